//! What the pages answer, and that nothing hostile gets through them.

use std::collections::HashSet;

use axum::http::StatusCode;

use super::{ask, get, state};

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
