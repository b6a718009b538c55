//! What the pages answer, and that nothing hostile gets through them.

use std::collections::HashSet;

use axum::http::StatusCode;
use vigie_checks::kernel::{Finding, Severity};

use crate::incidents::Incident;

use super::{HOSTILE, ask, finding, get, incident, look_again, look_of, post, send, state};

/// A form of ours.
fn form(path: &str) -> axum::http::request::Builder {
    post(path).header("content-type", "application/x-www-form-urlencoded")
}

#[tokio::test]
async fn the_pages_answer_their_questions() {
    let state = state(None).await;
    let cases = [
        ("/", StatusCode::OK, "example.com"),
        ("/?lang=fr", StatusCode::OK, "Domaines"),
        ("/domains/example.com", StatusCode::OK, "spf.missing"),
        ("/domains/new.example", StatusCode::OK, "First look in progress"),
        ("/domains/nobody.example", StatusCode::NOT_FOUND, "Nothing here"),
        ("/incidents", StatusCode::OK, "All quiet"),
        ("/incidents/none", StatusCode::NOT_FOUND, "Nothing here"),
        ("/checks", StatusCode::OK, "/domains/example.com#check-spf"),
        ("/outbox", StatusCode::OK, "Nothing here."),
        ("/outbox?state=lost", StatusCode::BAD_REQUEST, "`state` is pending"),
        ("/badge/example.com.svg", StatusCode::OK, "aria-label=\"example.com: grade D\""),
        ("/badge/EXAMPLE.com.svg?lang=fr", StatusCode::OK, "example.com : note D"),
        ("/badge/new.example.svg", StatusCode::OK, "new.example: could not tell"),
        ("/badge/example.com", StatusCode::NOT_FOUND, "Nothing here"),
        ("/badge/nobody.example.svg", StatusCode::NOT_FOUND, "Nothing here"),
        ("/nowhere", StatusCode::NOT_FOUND, "Nothing here"),
        ("/api/v1/domains", StatusCode::OK, "\"grade\":\"D\""),
        ("/api/v1/domains/example.com", StatusCode::OK, "spf.missing"),
        ("/api/v1/incidents", StatusCode::OK, "incidents"),
        ("/healthz", StatusCode::OK, "ok"),
        ("/readyz", StatusCode::OK, "ready"),
        ("/assets/vigie.css", StatusCode::OK, "color-scheme"),
    ];
    for (path, status, words) in cases {
        let (answered, body) = ask(&state, get(path)).await;
        assert_eq!(answered, status, "{path}");
        assert!(body.contains(words), "{path}: {body}");
    }
}

#[tokio::test]
async fn what_follows_from_a_cause_is_named_in_words() {
    let state = state(None).await;
    let told = Incident {
        symptoms: vec!["dane.mismatch".to_owned(), "mx.unreachable".to_owned()],
        ..incident("spf.missing")
    };
    let symptom = Finding { id: "dane.mismatch".to_owned(), ..finding("mx.example.com") };
    // It stands for a reason of its own, and follows from nothing.
    let other = Finding { id: "dane.mismatch".to_owned(), ..finding("mx2.example.com") };
    for findings in [vec![symptom, other.clone()], vec![other]] {
        // It is named still when it is gone.
        drop(look_of(&state.store, "dane", serde_json::json!({}), findings).await);
    }
    let mut write = state.store.write().await.expect("the store takes writes");
    write.put_incident(&told).await.expect("it is new");
    write.commit().await.expect("the store takes it");
    let (_, page) = ask(&state, get("/incidents/01JDINCIDENT?lang=en")).await;
    let from = page.find("What follows from it").expect("it has symptoms");
    let part = &page[from..page[from..].find("</section>").expect("it ends") + from];
    let items: Vec<&str> = part.split("<li>").skip(1).collect();
    assert_eq!(items.len(), 2, "{part}");
    assert!(items[0].starts_with("mx.example.com presents a certificate"), "{part}");
    assert!(items[0].contains("<span class=\"fid\">dane.mismatch</span>"), "{part}");
    // Another domain may have it: its id is all that is known here.
    assert!(items[1].starts_with("<span class=\"fid\">mx.unreachable</span>"), "{part}");
}

#[tokio::test]
async fn what_goes_wrong_is_told_to_people_as_a_page() {
    let state = state(None).await;
    let long = "x".repeat(70_000);
    let cases = [
        ("an unknown address", get("/nowhere"), "", 404, "Nothing here"),
        ("a domain that is not watched", get("/domains/gone.example"), "", 404, "Nothing here"),
        ("a name that is none", get("/domains/%ff"), "", 400, "cannot be read"),
        ("a method that is not taken", post("/incidents"), "", 405, "Not in this way"),
        ("a form without its field", form("/token"), "a=b", 422, "cannot be read"),
        ("a body over the limit", form("/token"), &long, 413, "Too large"),
        ("a parameter that stands twice", get("/?tag=a&tag=b"), "", 400, "`tag` stands twice"),
        ("a change from elsewhere", get("/x").method("POST"), "", 403, "Not from here"),
    ];
    for (what, request, body, status, words) in cases {
        let answer = send(&state, request, body).await;
        assert_eq!(answer.status.as_u16(), status, "{what}");
        assert!(answer.header("content-type").starts_with("text/html"), "{what}");
        assert!(answer.body.contains(words), "{what}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_page_says_so_when_the_store_is_gone() {
    let state = state(None).await;
    state.store.close().await;
    let answer = send(&state, get("/"), "").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("Not now"), "{}", answer.body);
    assert_eq!(ask(&state, get("/readyz")).await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ask(&state, get("/healthz")).await.0, StatusCode::OK);
}

#[tokio::test]
async fn two_findings_of_one_id_are_two_places_on_the_page() {
    let state = state(None).await;
    let (_, body) = ask(&state, get("/domains/example.com")).await;
    let ids: Vec<&str> = body
        .split(" id=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap_or_default())
        .collect();
    let distinct: HashSet<&&str> = ids.iter().collect();
    assert_eq!(ids.len(), distinct.len(), "{ids:?}");
    // Each button copies the record that stands under it.
    let records = body.split("data-copy=\"").skip(1);
    let copied: Vec<bool> = records
        .zip(["include:example.com", "include:shop.example.com"])
        .map(|(rest, value)| {
            let id = rest.split('"').next().unwrap_or_default();
            let record = body.split(&format!("<pre id=\"{id}\">")).nth(1).unwrap_or_default();
            record.split("</pre>").next().unwrap_or_default().contains(value)
        })
        .collect();
    assert_eq!(copied, [true, true]);
}

#[tokio::test]
async fn what_the_network_said_is_escaped() {
    let state = state(None).await;
    let (_, body) = ask(&state, get("/domains/example.com")).await;
    for hostile in ["<script>alert", "<img src=x", "<b>bold", "\u{1b}", "\u{202e}"] {
        assert!(!body.contains(hostile), "{hostile}");
    }
    // Shown for what it is, not left out.
    for shown in ["\\u{1b}[2J", "\\u{202e}moc.rotcod"] {
        assert!(body.contains(shown), "{shown}");
    }
}

#[tokio::test]
async fn a_domain_is_shown_as_it_was_and_as_it_is() {
    let state = state(None).await;
    let record = format!("v=spf1 -all <b>bold</b>{HOSTILE}");
    let tree = serde_json::json!({ "domain": "example.com", "records": { "found": [record] } });
    look_again(&state, serde_json::json!({ "tree": tree })).await;
    let (_, english) = ask(&state, get("/domains/example.com?lang=en")).await;
    for part in ["TXT example.com", "Since", "Past findings", "spf.missing", "v=spf1 -all"] {
        assert!(english.contains(part), "{part}: {english}");
    }
    for hostile in ["<script>alert", "<b>bold", "\u{1b}", "\u{202e}"] {
        assert!(!english.contains(hostile), "{hostile}");
    }
    let (_, french) = ask(&state, get("/domains/example.com?lang=fr")).await;
    assert!(french.contains("Constats passés"), "{french}");
    let (_, told) = ask(&state, get("/api/v1/domains/example.com/history")).await;
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!(told["schema"], "vigie.history/1");
    assert_eq!(told["records"][0]["what"], "TXT example.com");
    assert_eq!(told["findings"][0]["stands"], false);
    assert!(told["changes"].is_array(), "{told}");
    for (query, findings) in [
        ("since=2001-01-01", 2),
        ("check=spf&since=2001-01-01T00:00:00Z", 2),
        ("since=2999-01-01", 0),
        ("check=dmarc", 0),
    ] {
        let address = format!("/api/v1/domains/example.com/history?{query}");
        let (_, told) = ask(&state, get(&address)).await;
        let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
        assert_eq!(told["findings"].as_array().map(Vec::len), Some(findings), "{query}");
    }
}

#[tokio::test]
async fn the_checks_of_a_domain_begin_with_what_is_wrong() {
    let state = state(None).await;
    let wrong = |id: &str, severity| Finding {
        id: id.to_owned(),
        severity,
        fix: Vec::new(),
        withheld: None,
        ..finding("example.com")
    };
    let looks = [
        ("caa", vec![]),
        ("mx", vec![wrong("mx.null-mx-beside-others", Severity::Warning)]),
        ("blocklist", vec![wrong("blocklist.listed-ip", Severity::Critical)]),
        ("dkim", vec![]),
        ("ticketing", vec![]),
        ("dmarc", vec![wrong("dmarc.rua-missing", Severity::Warning)]),
    ];
    for (check, findings) in looks {
        drop(look_of(&state.store, check, serde_json::json!({}), findings).await);
    }
    let (_, page) = ask(&state, get("/domains/example.com")).await;
    let anchors: Vec<&str> = page
        .split("<details id=\"check-")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap_or_default())
        .collect();
    assert_eq!(anchors, ["blocklist", "spf", "dmarc", "mx", "dkim", "caa", "ticketing"]);
}
