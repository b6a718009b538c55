//! What the pages answer, to whom, and that nothing hostile gets through them.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use chrono::{TimeDelta, Utc};
use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tower::ServiceExt;
use vigie_checks::kernel::{CheckStatus, Finding, Lang, Name, Outcome, Severity, Status};

use super::{Access, WebState, router};
use crate::incidents::{Look, Routes};
use crate::run::commit::{Committer, Observed, Settings};
use crate::store::Store;

const HOST: &str = "127.0.0.1:8080";

/// A store in which `example.com` has one finding with a hostile subject.
async fn state(token: Option<&str>) -> WebState {
    let store = Store::open("sqlite://:memory:").await.expect("memory is there");
    let settings = Settings {
        lang: Lang::En,
        url: format!("http://{HOST}"),
        routes: Routes::new(Vec::new(), Vec::new()),
        tags: std::collections::HashMap::new(),
        confirm_after: TimeDelta::seconds(1),
    };
    let now = Utc::now();
    let committer = Committer::start(store.clone(), settings, now).await.expect("the store is new");
    let finding = Finding {
        id: "spf.missing".to_owned(),
        severity: Severity::Error,
        status: Status::Fail,
        subject: "example.com".to_owned(),
        params: [("domain".to_owned(), "<script>alert(1)</script>".to_owned())].into(),
        evidence: serde_json::json!({ "record": "<img src=x onerror=alert(1)>" }),
        fix: Vec::new(),
    };
    let outcome = Outcome {
        check: "spf".to_owned(),
        status: CheckStatus::Fail,
        because: None,
        findings: vec![finding],
        facts: serde_json::json!({ "record": "\"><b>bold</b>" }),
        facts_version: 1,
        started_at: now,
        duration_ms: 1,
        dns_queries: 1,
    };
    let domain = Name::new("example.com");
    let look = Look { now, second: false };
    committer.commit(&domain, &[Observed::of(outcome)], look).await.expect("it can be kept");
    WebState {
        store,
        domains: vec![domain, Name::new("new.example")],
        timezone: chrono_tz::Tz::UTC,
        run_now: Arc::new(|name| usize::from(name.as_str() == "example.com")),
        access: Arc::new(Access {
            hosts: vec![HOST.to_owned()],
            token: token.map(|token| SecretString::from(token.to_owned())),
            session_salt: [7; 32],
        }),
    }
}

async fn ask(state: &WebState, request: axum::http::request::Builder) -> (StatusCode, String) {
    let request: Request<Body> = request.body(Body::empty()).expect("a request");
    let response = router(state.clone()).oneshot(request).await.expect("the router answers");
    let status = response.status();
    assert!(response.headers().contains_key("content-security-policy"));
    let body = to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    (status, String::from_utf8_lossy(&body).into_owned())
}

fn get(path: &str) -> axum::http::request::Builder {
    Request::get(path).header("host", HOST)
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
async fn what_the_network_said_is_escaped() {
    let state = state(None).await;
    let (_, body) = ask(&state, get("/domains/example.com")).await;
    for hostile in ["<script>alert", "<img src=x", "<b>bold"] {
        assert!(!body.contains(hostile), "{hostile}");
    }
}

#[tokio::test]
async fn another_host_or_origin_is_turned_away() {
    let state = state(None).await;
    let other = Request::get("/").header("host", "evil.example");
    assert_eq!(ask(&state, other).await.0, StatusCode::MISDIRECTED_REQUEST);
    let post = || Request::post("/api/v1/domains/example.com/audit").header("host", HOST);
    assert_eq!(ask(&state, post()).await.0, StatusCode::FORBIDDEN);
    let foreign = post().header("origin", "http://evil.example");
    assert_eq!(ask(&state, foreign).await.0, StatusCode::FORBIDDEN);
    let own = post().header("origin", format!("http://{HOST}"));
    assert_eq!(ask(&state, own).await.0, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn with_a_token_every_request_needs_it() {
    let state = state(Some("harbour")).await;
    assert_eq!(ask(&state, get("/")).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&state, get("/api/v1/domains")).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&state, get("/healthz")).await.0, StatusCode::OK);
    let wrong = get("/").header("authorization", "Bearer anchor");
    assert_eq!(ask(&state, wrong).await.0, StatusCode::UNAUTHORIZED);
    let right = get("/").header("authorization", "Bearer harbour");
    assert_eq!(ask(&state, right).await.0, StatusCode::OK);
}

#[tokio::test]
async fn the_referrer_policy_lets_browsers_name_the_origin_of_our_forms() {
    let state = state(None).await;
    let request = get("/").body(Body::empty()).expect("a request");
    let response = router(state).oneshot(request).await.expect("the router answers");
    // `no-referrer` would make every form of ours send `Origin: null`.
    assert_eq!(response.headers()["referrer-policy"], "same-origin");
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_hold_the_stop() {
    let state = state(None).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a port");
    let mut half =
        TcpStream::connect(listener.local_addr().expect("it listens")).await.expect("it listens");
    let (tell, stop) = watch::channel(false);
    let serving = tokio::spawn(super::serve(listener, state, stop));
    // "100 Continue" shows that the request is being answered and waits for a body that never comes.
    let head = format!(
        "POST /token HTTP/1.1\r\nhost: {HOST}\r\norigin: http://{HOST}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: 99\r\n\
         expect: 100-continue\r\n\r\n"
    );
    half.write_all(head.as_bytes()).await.expect("it is open");
    let mut said = [0; 12];
    half.read_exact(&mut said).await.expect("it answers");
    assert_eq!(&said, b"HTTP/1.1 100");
    tell.send(true).expect("it listens");
    let ended = timeout(Duration::from_secs(8), serving).await.expect("it ends in time");
    ended.expect("it does not panic").expect("it ends well");
}
