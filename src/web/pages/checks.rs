//! `/checks`: how does each check go, over all domains? Trouble of vigie's own shows here first.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use vigie_checks::kernel::Name;

use super::page;
use crate::report::{State as Seen, check_label};
use crate::store::StoreError;
use crate::web::WebState;
use crate::web::filter::{Candidate, candidates};
use crate::web::frame::Frame;
use crate::web::view::columns;
use crate::web::visitor::Visitor;

/// Domains that a row names.
const NAMED: usize = 10;

/// A domain where a check fails or cannot tell, with the place on its page.
struct Named {
    domain: String,
    class: &'static str,
}

/// One check over all domains. A domain with several test sends counts once, by the worst.
struct CheckRow {
    check: String,
    label: String,
    failing: usize,
    at_risk: usize,
    unknown: usize,
    fine: usize,
    skipped: usize,
    /// Those to look at, the worst first.
    named: Vec<Named>,
    more: usize,
}

#[derive(Template)]
#[template(path = "checks.html")]
struct ChecksPage {
    frame: Frame,
    rows: Vec<CheckRow>,
}

pub async fn checks(State(state): State<WebState>, visitor: Visitor) -> Response {
    page(checks_page(&state, &visitor).await)
}

async fn checks_page(state: &WebState, visitor: &Visitor) -> Result<ChecksPage, StoreError> {
    let frame = Frame::of(state, visitor, "checks").await?;
    let all = candidates(&state.domains, &state.store.glance().await?);
    let columns = columns(all.iter().flat_map(Candidate::checks));
    let mut seen = by_check(&all);
    let of = |check: &String| {
        let seen = seen.remove(check.as_str()).unwrap_or_default();
        row(check, check_label(check, frame.w.0), seen)
    };
    let rows = columns.iter().map(of).filter(CheckRow::was_run).collect();
    Ok(ChecksPage { rows, frame })
}

/// How each check goes at each domain, by the worst of its test sends.
fn by_check(all: &[Candidate]) -> HashMap<&str, Vec<(&Name, Seen)>> {
    let mut seen: HashMap<&str, Vec<(&Name, Seen)>> = HashMap::new();
    for each in all {
        for state in each.checks() {
            let domains = seen.entry(state.part.check()).or_default();
            let now = Seen::of_status(state.status, state.worst);
            match domains.last_mut() {
                Some((domain, worst)) if *domain == &each.watched.name => *worst = now.max(*worst),
                _ => domains.push((&each.watched.name, now)),
            }
        }
    }
    seen
}

fn row(check: &str, label: String, seen: Vec<(&Name, Seen)>) -> CheckRow {
    let count = |these: &[Seen]| seen.iter().filter(|(_, seen)| these.contains(seen)).count();
    let (failing, at_risk) = (count(&[Seen::Error, Seen::Critical]), count(&[Seen::Warning]));
    let (unknown, fine) = (count(&[Seen::Unknown]), count(&[Seen::Ok, Seen::Info]));
    let skipped = count(&[Seen::Skipped]);
    let needs_eyes =
        |seen: &Seen| matches!(seen, Seen::Error | Seen::Critical | Seen::Warning | Seen::Unknown);
    let mut named = seen;
    named.retain(|(_, seen)| needs_eyes(seen));
    named.sort_by(|(a, of_a), (b, of_b)| of_b.cmp(of_a).then_with(|| a.cmp(b)));
    let more = named.len().saturating_sub(NAMED);
    let named = named
        .into_iter()
        .take(NAMED)
        .map(|(domain, seen)| Named { domain: domain.to_string(), class: seen.class() });
    let named = named.collect();
    let check = check.to_owned();
    CheckRow { check, label, failing, at_risk, unknown, fine, skipped, named, more }
}

impl CheckRow {
    fn was_run(&self) -> bool {
        self.failing + self.at_risk + self.unknown + self.fine + self.skipped > 0
    }
}
