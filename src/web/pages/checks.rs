//! `/checks`: how does each check go, over all domains? Trouble of vigie's own shows here first.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::page;
use crate::report::{State as Seen, check_label};
use crate::store::{CheckState, StoreError};
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
    severity: Seen,
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
    let of = |check: &String| {
        let seen = all.iter().filter_map(|each| {
            let seen = worst(check, each.checks())?;
            Some((each.watched.name.to_string(), seen))
        });
        row(check, check_label(check, frame.w.0), seen.collect())
    };
    let rows = columns.iter().map(of).filter(CheckRow::was_run).collect();
    Ok(ChecksPage { rows, frame })
}

fn worst(check: &str, states: &[CheckState]) -> Option<Seen> {
    let of_check = states.iter().filter(|state| state.check == check);
    of_check.map(|state| Seen::of_status(state.status, state.worst)).max()
}

fn row(check: &str, label: String, seen: Vec<(String, Seen)>) -> CheckRow {
    let count = |these: &[Seen]| seen.iter().filter(|(_, seen)| these.contains(seen)).count();
    let (failing, at_risk) = (count(&[Seen::Error, Seen::Critical]), count(&[Seen::Warning]));
    let (unknown, fine) = (count(&[Seen::Unknown]), count(&[Seen::Ok, Seen::Info]));
    let skipped = count(&[Seen::Skipped]);
    let needs_eyes =
        |seen: &Seen| matches!(seen, Seen::Error | Seen::Critical | Seen::Warning | Seen::Unknown);
    let mut named: Vec<Named> = seen
        .into_iter()
        .filter(|(_, seen)| needs_eyes(seen))
        .map(|(domain, seen)| Named { domain, class: seen.class(), severity: seen })
        .collect();
    named.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.domain.cmp(&b.domain)));
    let more = named.len().saturating_sub(NAMED);
    named.truncate(NAMED);
    let check = check.to_owned();
    CheckRow { check, label, failing, at_risk, unknown, fine, skipped, named, more }
}

impl CheckRow {
    fn was_run(&self) -> bool {
        self.failing + self.at_risk + self.unknown + self.fine + self.skipped > 0
    }
}
