//! What is silenced can be seen and ended, and nothing is silenced that nobody can find.

use axum::http::StatusCode;
use serde_json::Value;

use super::{Answer, HOSTILE, get, incident, post, send, state, with_incident};
use crate::web::WebState;

fn json(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).expect("JSON")
}

async fn silence(state: &WebState, body: &str) -> Answer {
    let request = post("/api/v1/silences").header("content-type", "application/json");
    send(state, request, body).await
}

#[tokio::test]
async fn a_silence_is_kept_listed_and_ended() {
    let state = with_incident().await;
    let as_json = || post("/api/v1/silences").header("content-type", "application/json");
    let nothing = send(&state, as_json(), r#"{"by": "ana", "hours": 2}"#).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", nothing.body);
    let body = r#"{"by": "ana", "domain": "Example.com.", "finding": "spf.*", "hours": 2}"#;
    let kept = send(&state, as_json(), body).await;
    assert_eq!(kept.status, StatusCode::CREATED, "{}", kept.body);
    let gone = send(&state, as_json(), r#"{"by": "ana", "domain": "gone.example"}"#).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND, "{}", gone.body);
    let id = json(&kept)["silence"].as_str().expect("it has an id").to_owned();
    let all = json(&send(&state, get("/api/v1/silences"), "").await);
    assert_eq!(all["silences"][0]["domain"], "example.com");
    let ended = send(&state, post(&format!("/api/v1/silences/{id}/end")), "").await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    let again = send(&state, post(&format!("/api/v1/silences/{id}/end")), "").await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    let all = json(&send(&state, get("/api/v1/silences"), "").await);
    assert_eq!(all["silences"], serde_json::json!([]));
}

#[tokio::test]
async fn a_silence_of_what_nobody_can_find_is_refused_with_what_was_meant() {
    let state = with_incident().await;
    #[rustfmt::skip]
    let cases = [
        ("a finding",                 "spf.missing",         201, ""),
        ("all of a check",            "tls-rpt.*",           201, ""),
        ("what a plugin may find",    "ticketing.anything",  201, ""),
        ("all of a plugin",           "ticketing.*",         201, ""),
        ("a slip in a finding",       "spf.mising",          422, "did you mean `spf.missing`?"),
        ("a slip in a check",         "smpt.*",              422, "did you mean `smtp.*`?"),
        ("a slip in a plugin",        "tickting.*",          422, "did you mean `ticketing.*`?"),
        ("a check without its star",  "spf",                 422, "no check finds `spf`"),
        ("a plugin that is not there", "printer.jam",        422, "`vigie checks list` names"),
    ];
    for (rule, finding, status, words) in cases {
        let body = serde_json::json!({ "by": "ana", "finding": finding }).to_string();
        let answer = silence(&state, &body).await;
        assert_eq!(answer.status.as_u16(), status, "{rule}: {}", answer.body);
        assert!(answer.body.contains(words), "{rule}: {}", answer.body);
    }
    for (tag, status, words) in [
        ("prod", 201, ""),
        ("prood", 422, "no domain bears the tag `prood`; did you mean `prod`?"),
        ("billing", 422, "no domain bears the tag `billing`"),
    ] {
        let body = serde_json::json!({ "by": "ana", "tag": tag }).to_string();
        let answer = silence(&state, &body).await;
        assert_eq!(answer.status.as_u16(), status, "{tag}: {}", answer.body);
        assert!(answer.body.contains(words), "{tag}: {}", answer.body);
    }
    let form = post("/api/v1/silences?lang=fr")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html");
    let page = send(&state, form, "by=ana&finding=spf.mising&hours=4").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("vouliez-vous dire « spf.missing » ?"), "{}", page.body);
}

#[tokio::test]
async fn a_field_that_nobody_reads_is_refused_with_what_was_meant() {
    let state = with_incident().await;
    let silences = "/api/v1/silences";
    let acknowledgement = "/api/v1/incidents/01JDINCIDENT/ack";
    #[rustfmt::skip]
    let cases = [
        ("a slip",            silences,        r#"{"by":"me","domain":"example.com","hourz":2}"#, "`hourz` is no field here; did you mean `hours`?"),
        ("nothing like it",   silences,        r#"{"by":"me","domain":"example.com","colour":2}"#, "`colour` is no field here; known are domain, finding"),
        ("of an incident",    acknowledgement, r#"{"by":"me","untill":"2026-12-24T18:00:00Z"}"#, "`untill` is no field here; did you mean `until`?"),
        ("a list",            silences,        "[]",                                              "an object is expected"),
        ("a text",            silences,        "\"by\"",                                          "an object is expected"),
    ];
    for (rule, path, body, words) in cases {
        let answer =
            send(&state, post(path).header("content-type", "application/json"), body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{rule}: {}", answer.body);
        assert!(answer.body.contains(words), "{rule}: {}", answer.body);
    }
    let form = |path| post(path).header("content-type", "application/x-www-form-urlencoded");
    let slip = send(&state, form(silences), "by=me&domain=example.com&hourz=2").await;
    assert!(slip.body.contains("did you mean `hours`?"), "{}", slip.body);
    let bare = send(&state, post(silences), "[]").await;
    assert!(bare.body.contains("an object is expected"), "{}", bare.body);
    let all = json(&send(&state, get(silences), "").await);
    assert_eq!(all["silences"], serde_json::json!([]), "nothing was kept");
    let noted = r#"{"by":"me","domain":"example.com","note":"moving","hours":"2"}"#;
    assert_eq!(silence(&state, noted).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn an_incident_of_a_plugin_that_is_gone_can_be_silenced_on_its_page() {
    let state = state(None).await;
    let mut write = state.store.write().await.expect("it can be written");
    write.put_incident(&incident("printer.jam")).await.expect("it is new");
    write.commit().await.expect("it can be kept");
    let cases = [
        ("01JDINCIDENT", "printer.jam", 201),
        ("01JDINCIDENT", "printer.ink", 422),
        ("", "printer.jam", 422),
    ];
    for (incident, finding, status) in cases {
        let body = serde_json::json!({ "by": "ana", "finding": finding, "incident": incident });
        let answer = silence(&state, &body.to_string()).await;
        assert_eq!(answer.status.as_u16(), status, "{incident} {finding}: {}", answer.body);
    }
}

#[tokio::test]
async fn the_page_lists_what_is_silenced_and_ends_it() {
    let state = with_incident().await;
    let page = async |path: &str| send(&state, get(path), "").await.body;
    assert!(page("/silences").await.contains("Nothing is silenced."));
    assert!(!page("/?lang=en").await.contains("href=\"/silences\""));
    let body = serde_json::json!({ "by": format!("ana {HOSTILE}"), "why": "a known fault",
        "domain": "example.com", "finding": "spf.missing", "subject": "shop.example.com",
        "tag": "prod", "hours": 48 });
    let kept = json(&silence(&state, &body.to_string()).await);
    let id = kept["silence"].as_str().expect("it has an id");
    let english = page("/silences").await;
    for part in [
        "<code>spf.missing</code>",
        "<code>shop.example.com</code>",
        "href=\"/domains/example.com\"",
        "href=\"/?tag=prod\"",
        "a known fault",
        "End now",
        &format!("action=\"/api/v1/silences/{id}/end\""),
        &format!("datetime=\"{}", &kept["until"].as_str().expect("it ends")[..16]),
    ] {
        assert!(english.contains(part), "{part}: {english}");
    }
    for hostile in ["<script>alert", "\u{1b}", "\u{202e}"] {
        assert!(!english.contains(hostile), "{hostile}");
    }
    let french = page("/silences?lang=fr").await;
    assert!(french.contains("Lever maintenant") && french.contains("Jusqu’à"), "{french}");
    let form = post("/api/v1/silences").header("accept", "text/html");
    let form = form.header("content-type", "application/x-www-form-urlencoded");
    let by_form = send(&state, form, "by=ana&finding=dkim.*&hours=1").await;
    assert_eq!((by_form.status, by_form.header("location")), (StatusCode::SEE_OTHER, "/silences"));
    let other = json(&send(&state, get("/api/v1/silences"), "").await)["silences"].clone();
    for one in other.as_array().expect("a list").iter().filter(|one| one["finding"] == "dkim.*") {
        let id = one["silence"].as_str().expect("it has an id");
        send(&state, post(&format!("/api/v1/silences/{id}/end")), "").await;
    }
    // Who looks elsewhere is led there.
    for path in ["/?lang=en", "/incidents", "/incidents/01JDINCIDENT"] {
        assert!(page(path).await.contains("href=\"/silences\""), "{path}");
    }
    let end = format!("/api/v1/silences/{id}/end");
    let elsewhere = get(&end).method("POST").header("origin", "https://evil.example");
    assert_eq!(send(&state, elsewhere, "").await.status, StatusCode::FORBIDDEN);
    for _ in 0..2 {
        let ended = send(&state, post(&end).header("accept", "text/html"), "").await;
        assert_eq!(
            (ended.status, ended.header("location")),
            (StatusCode::SEE_OTHER, "/silences"),
            "also where it has ended already"
        );
    }
    assert!(page("/silences?lang=en").await.contains("Nothing is silenced."));
}
