//! What the pages answer, to whom, and that nothing hostile gets through them.

mod access;
mod pages;

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use chrono::{TimeDelta, Utc};
use secrecy::SecretString;
use tower::ServiceExt;
use vigie_checks::kernel::{
    Action, CheckStatus, Finding, Lang, Name, Outcome, RecordChange, Rtype, Severity, Status,
};

use super::{Access, WebState, router};
use crate::incidents::{Look, Routes};
use crate::run::commit::{Committer, Observed, Settings};
use crate::store::Store;

const HOST: &str = "127.0.0.1:8080";

/// What a hostile record may hold: markup, a terminal's escape, and a mark that turns the direction.
const HOSTILE: &str = "<script>alert(1)</script>\u{1b}[2J\u{202e}moc.rotcod";

/// `spf.missing` of `example.com`, on a subject and with a record that would heal it.
fn finding(subject: &str) -> Finding {
    Finding {
        id: "spf.missing".to_owned(),
        severity: Severity::Error,
        status: Status::Fail,
        subject: subject.to_owned(),
        params: [("domain".to_owned(), HOSTILE.to_owned())].into(),
        evidence: serde_json::json!({ "record": format!("<img src=x onerror=alert(1)>{HOSTILE}") }),
        fix: vec![RecordChange {
            action: Action::Add,
            name: Name::new(subject),
            rtype: Rtype::TXT,
            old: None,
            value: Some(format!("v=spf1 include:{subject} -all")),
        }],
    }
}

/// A store in which `example.com` has one finding on two subjects, and hostile facts.
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
    let outcome = Outcome {
        check: "spf".to_owned(),
        status: CheckStatus::Fail,
        because: None,
        findings: vec![finding("example.com"), finding("shop.example.com")],
        facts: serde_json::json!({ "record": format!("\"><b>bold</b>{HOSTILE}") }),
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
