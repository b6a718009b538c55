//! The review of a campaign on the page: it is asked for, followed and read.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use chrono::{TimeDelta, Utc};
use vigie_checks::kernel::{Name, Outcome, Target};

use super::{HOSTILE, ask, finding, get, post, send, state};
use crate::run::{DomainAudit, Lately, Progress, RecentChange, Review, ReviewState};
use crate::web::{Reviews, WebState};

/// Reviews as a test wants them.
#[derive(Default)]
pub struct Begun(Mutex<Vec<(Name, ReviewState)>>);

impl Reviews for Begun {
    fn begin(&self, domain: &Name) {
        let mut all = self.0.lock().unwrap();
        all.retain(|(name, _)| name != domain);
        all.push((domain.clone(), ReviewState::Waiting));
    }

    fn all(&self) -> Vec<(Name, ReviewState)> {
        self.0.lock().unwrap().clone()
    }
}

async fn with(reviewed: ReviewState) -> WebState {
    let mut state = state(None).await;
    let begun = Begun(Mutex::new(vec![(Name::new("example.com"), reviewed)]));
    state.reviews = Arc::new(begun);
    state
}

/// A review in which SPF is missing and a record changed three hours before.
fn review(ago: TimeDelta) -> ReviewState {
    let (at, domain) = (Utc::now() - ago, Name::new("example.com"));
    let findings = vec![finding("example.com")];
    let outcome = Outcome {
        check: "spf".to_owned(),
        status: Outcome::status_of(&findings),
        because: None,
        findings,
        facts: serde_json::json!({}).into(),
        facts_version: 1,
        started_at: at,
        duration_ms: 1,
        dns_queries: 1,
    };
    let audit = DomainAudit {
        target: Target::new(domain.clone()),
        past: Arc::default(),
        started_at: at,
        duration_ms: 1,
        outcomes: vec![outcome],
        what_if: None,
        exchanges: 0,
        tape: Default::default(),
        plugins: BTreeMap::new(),
    };
    let change = RecentChange {
        check: "spf".to_owned(),
        what: "TXT example.com".to_owned(),
        before: Some(HOSTILE.to_owned()),
        after: None,
        seen_at: at - TimeDelta::hours(3),
        old_until: at + TimeDelta::hours(45),
    };
    let known = Lately::Known { since: at - TimeDelta::days(9), changes: vec![change] };
    ReviewState::Done(Arc::new(Review {
        at,
        audits: vec![audit],
        unanswered: BTreeMap::new(),
        has_sends: true,
        lately: [(domain, known)].into(),
    }))
}

#[tokio::test]
async fn a_review_is_asked_for_from_our_own_pages_and_of_watched_domains_alone() {
    let state = state(None).await;
    let (_, before) = ask(&state, get("/preflight")).await;
    assert!(before.contains("<option value=\"example.com\">") && !before.contains("http-equiv"));
    let form = |path| {
        post(path)
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded")
    };
    let begun = send(&state, form("/preflight"), "domain=example.com").await;
    assert_eq!(
        (begun.status, begun.header("location")),
        (StatusCode::SEE_OTHER, "/preflight?domain=example.com")
    );
    for unknown in ["domain=evil.example", "domain=https%3A%2F%2Fexample.com", ""] {
        let refused = send(&state, form("/preflight"), unknown).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{unknown}");
    }
    let elsewhere = get("/preflight").method("POST").header("origin", "https://evil.example");
    assert_eq!(ask(&state, elsewhere).await.0, StatusCode::FORBIDDEN);
    assert_eq!(ask(&state, get("/preflight?domain=evil.example")).await.0, StatusCode::NOT_FOUND);
    let (_, waiting) = ask(&state, get("/preflight?domain=example.com")).await;
    assert!(waiting.contains("It waits for other reviews to end"), "{waiting}");
    assert!(waiting.contains("http-equiv=\"refresh\"") && waiting.contains("disabled"));
}

#[tokio::test]
async fn its_progress_is_what_is_done() {
    let state = with(ReviewState::Running(Progress { looked: 1, of: 3 })).await;
    let (_, page) = ask(&state, get("/preflight?domain=example.com")).await;
    assert!(page.contains("<progress max=\"3\" value=\"1\">"), "{page}");
    let (_, french) = ask(&state, get("/preflight?domain=example.com&lang=fr")).await;
    assert!(french.contains("1 / 3 domaines terminés"), "{french}");
    let (_, other) = ask(&state, get("/preflight?domain=new.example")).await;
    assert!(other.contains("under way") && !other.contains("http-equiv"), "{other}");
    let state = with(ReviewState::Failed).await;
    let (_, page) = ask(&state, get("/preflight?domain=example.com")).await;
    assert!(page.contains("The review broke off"), "{page}");
}

#[tokio::test]
async fn what_it_came_to_is_told_in_both_languages() {
    let state = with(review(TimeDelta::zero())).await;
    let (_, page) = ask(&state, get("/preflight?domain=example.com")).await;
    for told in [
        "NO-GO",
        "Do not send yet.",
        "authentication-fails",
        "TXT example.com changed, seen on",
        "(nothing)",
        "may live until",
        "What could not be checked",
        "Review again",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    for hidden in ["<script>alert", "\u{202e}", "http-equiv", "does not hold any more"] {
        assert!(!page.contains(hidden), "{hidden}: {page}");
    }
    let (_, french) = ask(&state, get("/preflight?domain=example.com&lang=fr")).await;
    for told in [
        "STOP",
        "N’envoyez pas encore.",
        "Ce qui n’a pas pu être vérifié",
        "peut subsister jusqu’au",
    ] {
        assert!(french.contains(told), "{told}: {french}");
    }
    assert!(!french.contains("NO-GO") && !french.contains("CAUTION"), "{french}");
    let (_, list) = ask(&state, get("/preflight?lang=fr")).await;
    assert!(list.contains("FEU VERT, PRUDENCE ou STOP") && !list.contains("NO-GO"), "{list}");
    assert!(list.contains("href=\"/preflight?domain=example.com\""), "{list}");
}

#[tokio::test]
async fn its_times_are_those_of_the_zone_in_the_footer() {
    let mut state = with(review(TimeDelta::zero())).await;
    state.timezone = chrono_tz::Asia::Tokyo;
    let (_, page) = ask(&state, get("/preflight?domain=example.com")).await;
    let at = |ago: TimeDelta| {
        let at = (Utc::now() - ago).with_timezone(&chrono_tz::Asia::Tokyo);
        at.format("%-d %b %Y %H:").to_string()
    };
    assert!(page.contains("times in Asia/Tokyo") && !page.contains(" UTC"), "{page}");
    // The minute may be another by now, and the hour is another than that of UTC.
    let near = [TimeDelta::zero(), TimeDelta::minutes(1)].map(at);
    assert!(near.iter().any(|at| page.contains(at)), "{page}");
    assert!(page.contains(" JST"), "{page}");
}

#[tokio::test]
async fn a_review_that_is_over_says_so() {
    let state = with(review(TimeDelta::hours(5))).await;
    let (_, page) = ask(&state, get("/preflight?domain=example.com")).await;
    assert!(page.contains("This review does not hold any more."), "{page}");
}
