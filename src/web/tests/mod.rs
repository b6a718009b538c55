//! What the pages answer, to whom, and that nothing hostile gets through them.

mod access;
mod api;
mod contrast;
mod incidents;
mod openapi;
mod outbox;
mod overview;
mod pages;
mod preflight;
mod session;
mod silences;
mod visitor;

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::request::Builder;
use axum::http::{HeaderMap, Request, StatusCode};
use chrono::{TimeDelta, Utc};
use futures::{FutureExt, StreamExt};
use secrecy::SecretString;
use tower::ServiceExt;
use vigie_checks::kernel::{
    Action, Finding, Lang, Name, Outcome, RecordChange, Rtype, Severity, Status,
};

use super::serve::router;
use super::{Access, Sessions, Watched, WebState};
use crate::incidents::{Incident, State};
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
        withheld: None,
    }
}

/// A store in which `example.com` has one finding on two subjects, and hostile facts.
async fn state(token: Option<&str>) -> WebState {
    let store = Store::open("sqlite://:memory:").await.expect("memory is there");
    let findings = vec![finding("example.com"), finding("shop.example.com")];
    let facts = serde_json::json!({ "record": format!("\"><b>bold</b>{HOSTILE}") });
    let committer = look(&store, facts, findings).await;
    WebState {
        store,
        committer: Arc::new(committer),
        domains: [watched("example.com", &["prod", "shop & co"]), watched("new.example", &[])]
            .into(),
        plugins: ["ticketing".to_owned()].into(),
        timezone: chrono_tz::Tz::UTC,
        lang: Lang::En,
        run_now: Arc::new(|name| usize::from(name.as_str() == "example.com")),
        works: Arc::new(|| true),
        refusals: Arc::new(|| None),
        reviews: Arc::new(preflight::Begun::default()),
        resend: Arc::new(|id| async move { Ok(id == "msg_dead") }.boxed()),
        metrics: Arc::new(|format| {
            let chunks = futures::stream::iter([format!("# {format:?}\n"), "more\n".to_owned()]);
            async { Ok(chunks.boxed()) }.boxed()
        }),
        access: Arc::new(Access {
            hosts: vec![HOST.to_owned()],
            token: token.map(|token| SecretString::from(token.to_owned())),
            secure: false,
            sessions: Arc::default(),
            tries: Arc::default(),
        }),
    }
}

/// Looks at the SPF of `example.com` once more, and finds nothing wrong.
async fn look_again(state: &WebState, facts: serde_json::Value) {
    drop(look(&state.store, facts, Vec::new()).await);
}

/// Keeps what a look at the SPF of `example.com` came to.
async fn look(store: &Store, facts: serde_json::Value, findings: Vec<Finding>) -> Committer {
    look_of(store, "spf", facts, findings).await
}

/// The same of another check, or of a plugin.
async fn look_of(
    store: &Store,
    check: &str,
    facts: serde_json::Value,
    findings: Vec<Finding>,
) -> Committer {
    let now = Utc::now();
    let committer =
        Committer::start(store.clone(), deciding(), now).await.expect("the store is new");
    let outcome = Outcome {
        check: check.to_owned(),
        status: Outcome::status_of(&findings),
        because: None,
        findings,
        facts: facts.into(),
        facts_version: 1,
        started_at: now,
        duration_ms: 1,
        dns_queries: 1,
    };
    let domain = Name::new("example.com");
    let look = Look { now, second: false };
    committer.commit(&domain, &[Observed::of(outcome)], look).await.expect("it can be kept");
    committer
}

/// Who is told what: nobody of anything.
fn deciding() -> Settings {
    Settings {
        channel_langs: Default::default(),
        people: Default::default(),
        lang: Lang::En,
        url: format!("http://{HOST}"),
        routes: Routes::new(Vec::new(), Vec::new()),
        tags: std::collections::HashMap::new(),
        confirm_after: TimeDelta::seconds(1),
        maintenance: Vec::new(),
        domains: Vec::new(),
        digests: Vec::new(),
    }
}

fn watched(name: &str, tags: &[&str]) -> Arc<Watched> {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    Arc::new(Watched { name: Name::new(name), tags })
}

/// What was answered.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The first line that sets a cookie of that name.
    fn cookie(&self, name: &str) -> &str {
        let lines = self.headers.get_all("set-cookie").into_iter();
        let mut lines = lines.filter_map(|line| line.to_str().ok());
        lines.find(|line| line.starts_with(&format!("{name}="))).unwrap_or_default()
    }
}

async fn send(state: &WebState, request: Builder, body: &str) -> Answer {
    let request = request.body(Body::from(body.to_owned())).expect("a request");
    let response = router(state.clone()).oneshot(request).await.expect("the router answers");
    let (parts, body) = response.into_parts();
    assert!(parts.headers.contains_key("content-security-policy"));
    let body = to_bytes(body, 1 << 22).await.expect("a body");
    let body = String::from_utf8_lossy(&body).into_owned();
    Answer { status: parts.status, headers: parts.headers, body }
}

async fn ask(state: &WebState, request: Builder) -> (StatusCode, String) {
    let answer = send(state, request, "").await;
    (answer.status, answer.body)
}

fn get(path: &str) -> Builder {
    Request::get(path).header("host", HOST)
}

/// A change that comes from a page of ours.
fn post(path: &str) -> Builder {
    Request::post(path).header("host", HOST).header("origin", format!("http://{HOST}"))
}

/// A state with an open incident of `example.com`.
async fn with_incident() -> WebState {
    let state = state(None).await;
    let mut write = state.store.write().await.expect("it can be written");
    write.put_incident(&incident("spf.missing")).await.expect("it is new");
    write.commit().await.expect("it can be kept");
    state
}

/// An open incident of `example.com`.
fn incident(cause: &str) -> Incident {
    let now = Utc::now();
    Incident {
        id: "01JDINCIDENT".to_owned(),
        state: State::Open,
        severity: Severity::Error,
        baseline: false,
        domain: Name::new("example.com"),
        domains: vec![Name::new("example.com")],
        symptoms: Vec::new(),
        cause: Finding { id: cause.to_owned(), ..finding("example.com") },
        merged_into: None,
        since: now,
        opened_at: now,
        acknowledged: None,
        resolved_at: None,
        unwatched: false,
        reopenings: 0,
        held: false,
        sequence: 1,
    }
}
