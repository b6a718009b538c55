//! What scripts are told.

use axum::http::StatusCode;
use serde_json::Value;

use super::{Answer, get, incident, post, send, state, with_incident};

fn json(answer: &Answer) -> Value {
    assert_eq!(answer.header("content-type"), "application/json", "{}", answer.body);
    serde_json::from_str(&answer.body).expect("JSON")
}

#[tokio::test]
async fn what_goes_wrong_is_told_to_scripts_as_json() {
    let state = state(None).await;
    let name = "/api/v1/domains/example.com";
    let cases = [
        ("an unknown address", get("/api/v1/nowhere"), 404),
        ("a domain that is not watched", get("/api/v1/domains/gone.example"), 404),
        ("its history", get("/api/v1/domains/gone.example/history"), 404),
        ("a time that is none", get(&format!("{name}/history?since=hier")), 400),
        ("its audit", post("/api/v1/domains/gone.example/audit"), 404),
        ("a method that is not taken", get(&format!("{name}/audit")), 405),
        (
            "a body over the limit",
            post(&format!("{name}/audit")).header("content-length", "70000"),
            413,
        ),
        ("a change from elsewhere", get(&format!("{name}/audit")).method("POST"), 403),
        ("a part of nothing", get("/api/v1/domains?limit=0"), 422),
        ("a part that is no number", get("/api/v1/domains?limit=many"), 400),
        ("a state that there is not", get("/api/v1/domains?state=foo"), 422),
        ("a query that cannot be read", get("/api/v1/domains?tag=a&tag=b"), 400),
    ];
    for (what, request, status) in cases {
        let answer = send(&state, request, "").await;
        assert_eq!(answer.status.as_u16(), status, "{what}");
        assert!(json(&answer)["error"].is_string(), "{what}");
        assert_eq!(answer.header("allow").is_empty(), status != 405, "{what}");
    }
    let asked = send(&state, get(&format!("{name}/audit")), "").await;
    assert_eq!((asked.status.as_u16(), asked.header("allow")), (405, "POST"));
}

#[tokio::test]
async fn who_asks_for_what_there_is_not_is_told_which_parameter_is_wrong() {
    let state = state(None).await;
    #[rustfmt::skip]
    let cases = [
        ("/api/v1/domains?limit=0",      422, "`limit` is a whole number from 1"),
        ("/api/v1/domains?limit=many",   400, "`limit` is a whole number from 1"),
        ("/api/v1/domains?tag=a&tag=b",  400, "`tag` stands twice"),
        ("/api/v1/domains?state=foo",    422, "`state` is broken, warning, unknown, fine or new"),
        ("/api/v1/outbox?limit=many",    400, "`limit` goes from 1 to 500"),
        ("/api/v1/outbox?limit=501",     422, "`limit` goes from 1 to 500"),
        ("/api/v1/outbox?state=lost",    422, "`state` is pending, delivered or dead"),
        ("/api/v1/domains/example.com/history?since=hier", 400, "`since` is a date such as"),
        ("/api/v1/domains/example.com/history?check=dmark", 422, "`check` names no check; did you mean `dmarc`?"),
        ("/api/v1/domains/example.com/history?check=nagios", 422, "`check` names no check; `vigie checks list`"),
        ("/api/v1/domains/gone.example", 404, "This domain is not watched."),
    ];
    for (path, status, words) in cases {
        let answer = send(&state, get(path), "").await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        let told = json(&answer)["error"].as_str().unwrap_or_default().to_owned();
        assert!(told.starts_with(words), "{path}: {told}");
    }
    let french = send(&state, get("/api/v1/domains?limit=0&lang=fr"), "").await;
    assert_eq!(json(&french)["error"], "« limit » est un nombre entier à partir de 1");
    let form = post("/api/v1/incidents/01JDINCIDENT/ack")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html");
    let page = send(&state, form, "by=ana&hours=abc").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("`hours` is no number of hours"), "{}", page.body);
}

#[tokio::test]
async fn without_the_token_a_script_is_told_how_to_show_it() {
    let state = state(Some("harbour")).await;
    let answer = send(&state, get("/api/v1/domains"), "").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    assert!(json(&answer)["error"].is_string());
}

#[tokio::test]
async fn a_domain_is_told_with_tags_grade_checks_and_findings() {
    let state = state(None).await;
    let told = json(&send(&state, get("/api/v1/domains/example.com"), "").await);
    assert_eq!(told["domain"], "example.com");
    assert_eq!(told["tags"][0], "prod");
    assert_eq!(told["grade"], "D");
    assert_eq!(told["checks"][0]["name"], "spf");
    assert_eq!(told["findings"][1]["subject"], "shop.example.com");
    let title = |lang: &'static str| {
        let state = state.clone();
        async move {
            let request = get(&format!("/api/v1/domains/example.com?lang={lang}"));
            json(&send(&state, request, "").await)["findings"][0]["title"].clone()
        }
    };
    assert_ne!(title("en").await, title("fr").await);
    let all = json(&send(&state, get("/api/v1/domains?state=new"), "").await);
    assert_eq!(all["domains"][0]["domain"], "new.example");
    assert_eq!(all["domains"].as_array().map(Vec::len), Some(1));
    let history = json(&send(&state, get("/api/v1/domains/example.com/history"), "").await);
    assert!(history["changes"].is_array(), "{history}");
}

#[tokio::test]
async fn domains_are_told_in_parts_where_that_is_asked_for() {
    let state = state(None).await;
    let of = |query: &'static str| {
        let state = state.clone();
        async move {
            let path = format!("/api/v1/domains{query}");
            let told = json(&send(&state, get(&path), "").await);
            let names = told["domains"].as_array().expect("a list").iter();
            let names: Vec<String> = names.map(|one| one["domain"].to_string()).collect();
            (names.join(" "), told.get("next").cloned())
        }
    };
    let (both, none) = ("\"example.com\" \"new.example\"", Some(Value::Null));
    let cases = [
        ("without a word of parts, all, the worst first", "", both, None),
        ("the first", "?limit=1", "\"example.com\"", Some("example.com".into())),
        ("the next", "?limit=1&after=example.com", "\"new.example\"", none.clone()),
        ("all that are left", "?after=Example.COM.", "\"new.example\"", none.clone()),
        (
            "after a name that is not watched any more",
            "?after=f.example",
            "\"new.example\"",
            none.clone(),
        ),
        ("after the last", "?after=new.example", "", none.clone()),
        ("as many as there are", "?limit=2", both, none.clone()),
        ("more than one part holds", "?limit=99999", both, none.clone()),
        ("of those that a filter finds", "?limit=5&tag=prod", "\"example.com\"", none),
    ];
    for (rule, query, names, next) in cases {
        assert_eq!(of(query).await, (names.to_owned(), next), "{rule}");
    }
}

#[tokio::test]
async fn what_ends_when_is_told_though_nothing_is_wrong() {
    let state = state(None).await;
    let registered = |ends: &str| {
        serde_json::json!({ "found": { "expires": ends, "statuses": [], "name_servers": [],
            "ds": [] } })
    };
    let facts = serde_json::json!({
        "domain": "example.com", "registered": registered("2099-12-14T10:00:00Z"),
        "vendors": [{ "domain": "mailer.example", "through": ["MX"],
            "registered": registered("2021-02-03T10:00:00Z") }],
    });
    super::look_of(&state.store, "registration", facts, Vec::new()).await;
    let told = json(&send(&state, get("/api/v1/domains/example.com"), "").await);
    let ends = told["ends"].as_array().expect("a list");
    let ends: Vec<_> = ends.iter().map(|end| (&end["title"], &end["ends_at"])).collect();
    let (vendor, own) =
        ("registration of mailer.example, used through MX", "registration of example.com");
    let expected = [
        (&vendor.into(), &"2021-02-03T10:00:00Z".into()),
        (&own.into(), &"2099-12-14T10:00:00Z".into()),
    ];
    assert_eq!(ends, expected, "soonest first");
    let page = send(&state, get("/domains/example.com?lang=fr"), "").await.body;
    for part in
        ["Échéances", "enregistrement du nom example.com", ">14 déc. 2099</time></td>", "échu"]
    {
        assert!(page.contains(part), "{part} in {page}");
    }
}

#[tokio::test]
async fn incidents_are_told_with_their_cause() {
    let state = state(None).await;
    let mut write = state.store.write().await.expect("it can be written");
    write.put_incident(&incident("spf.missing")).await.expect("it is new");
    write.commit().await.expect("it can be kept");
    let told = json(&send(&state, get("/api/v1/incidents"), "").await);
    assert_eq!(told["incidents"][0]["state"], "open");
    assert_eq!(told["incidents"][0]["cause"]["id"], "spf.missing");
    assert_eq!(told["incidents"][0]["unwatched"], false);
}

#[tokio::test]
async fn an_audit_is_counted_for_scripts_and_shown_to_people() {
    let state = state(None).await;
    let path = "/api/v1/domains/example.com/audit";
    let scripted = send(&state, post(path), "").await;
    assert_eq!(scripted.status, StatusCode::ACCEPTED);
    assert_eq!(json(&scripted)["checks"], 1);
    let read = send(&state, post(path).header("accept", "text/html,*/*;q=0.8"), "").await;
    assert_eq!(read.status, StatusCode::SEE_OTHER);
    assert_eq!(read.header("location"), "/domains/example.com");
}

#[tokio::test]
async fn an_incident_is_taken_on_by_form_and_by_json_for_a_time() {
    let state = with_incident().await;
    let path = "/api/v1/incidents/01JDINCIDENT/ack";
    let as_json = || post(path).header("content-type", "application/json");
    #[rustfmt::skip]
    let refused = [
        ("nobody says so",    r#"{"why": "on it"}"#,            "who says so"),
        ("it never ends",     r#"{"by": "ana", "hours": 25}"#,  "longer than 24 hours"),
        ("it never ends",     r#"{"by": "ana", "hours": 1e300}"#, "longer than 24 hours"),
        ("it ends at once",   r#"{"by": "ana", "hours": 0}"#,   "end at once"),
        ("no number",         r#"{"by": "ana", "hours": -1}"#,  "`hours` is no number of hours"),
        ("a word",            r#"{"by": "ana", "hours": "abc"}"#, "`hours` is no number of hours"),
        ("something else",    r#"{"by": "ana", "hours": []}"#,  "`hours` is no number of hours"),
        ("no time",           r#"{"by": "ana", "until": "soon"}"#, "`until` is no time"),
        ("the past",          r#"{"by": "ana", "until": "2020-01-01T00:00:00Z"}"#, "end at once"),
    ];
    for (rule, body, expected) in refused {
        let answer = send(&state, as_json(), body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{rule}");
        assert!(answer.body.contains(expected), "{rule}: {}", answer.body);
    }
    for (what, request, body, status, expected) in [
        (
            "JSON without a type",
            post(path),
            r#"{"by": "ana", "hours": 25}"#,
            422,
            "longer than 24 hours",
        ),
        (
            "JSON as a form",
            post(path).header("content-type", "application/x-www-form-urlencoded"),
            r#" {"why": "on it"}"#,
            422,
            "who says so",
        ),
        (
            "a field of another kind",
            as_json(),
            r#"{"by": 7}"#,
            422,
            "the body: invalid type: integer `7`",
        ),
        ("what is broken off", as_json(), r#"{"by": "#, 400, "the body: EOF"),
        ("what is none", as_json(), "ana", 400, "the body: expected value"),
    ] {
        let answer = send(&state, request, body).await;
        assert_eq!(answer.status.as_u16(), status, "{what}: {}", answer.body);
        assert!(
            json(&answer)["error"].as_str().is_some_and(|told| told.contains(expected)),
            "{what}: {}",
            answer.body
        );
    }
    let told = send(&state, as_json(), r#"{"by": "ana\n", "why": "on it", "hours": 2}"#).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    assert_eq!(json(&told)["by"], "ana");
    let form = post("/api/v1/silences")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html,*/*;q=0.8");
    let form = send(&state, form, "by=bo&why=&hours=4&finding=spf.*&incident=01JDINCIDENT").await;
    assert_eq!(form.header("location"), "/incidents/01JDINCIDENT", "{}", form.body);
    let form = post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html,*/*;q=0.8");
    let read = send(&state, form, "by=bo&note=mine+now&hours=4").await;
    assert_eq!(
        (read.status, read.header("location")),
        (StatusCode::SEE_OTHER, "/incidents/01JDINCIDENT")
    );
    let incidents = json(&send(&state, get("/api/v1/incidents"), "").await);
    assert_eq!(incidents["incidents"][0]["state"], "acknowledged");
    assert_eq!(incidents["incidents"][0]["acknowledged"]["why"], "mine now");
    let page = send(&state, get("/incidents/01JDINCIDENT?lang=en"), "").await;
    assert!(page.body.contains("mine now") && page.body.contains("bo"), "{}", page.body);
    let nobody = send(
        &state,
        post("/api/v1/incidents/01J/ack").header("content-type", "application/json"),
        r#"{"by": "ana"}"#,
    );
    assert_eq!(nobody.await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_scheduler_that_stands_still_is_not_ready() {
    let mut state = state(None).await;
    state.works = std::sync::Arc::new(|| false);
    let answer = send(&state, get("/readyz"), "").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("scheduler"), "{}", answer.body);
}
