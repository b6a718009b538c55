//! `/domains/{name}`: what is known of one domain?

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use vigie_checks::kernel::{Lang, Name, parse_domain};

use super::{Asked, SHOWN, missing, page};
use crate::report::worst;
use crate::store::{Change, Of, Span, StoreError};
use crate::web::WebState;
use crate::web::frame::{Frame, Moment, moment};
use crate::web::view::{CheckView, FindingView, GradeView, grade, percent};

/// A change with both its sides.
pub struct ChangeView {
    pub at: Moment,
    pub what: String,
    pub before: String,
    pub after: String,
}

impl ChangeView {
    pub fn of(change: Change, zone: chrono_tz::Tz) -> Self {
        let shown = |side: Option<String>| side.unwrap_or_else(|| "–".to_owned());
        Self {
            at: moment(change.seen_at, zone),
            what: change.what,
            before: shown(change.before),
            after: shown(change.after),
        }
    }
}

struct RoundView {
    at: Moment,
    sent: u64,
    arrived: u64,
    rate: String,
}

#[derive(Template)]
#[template(path = "domain.html")]
struct DomainPage {
    frame: Frame,
    domain: String,
    grade: GradeView,
    line: String,
    quiet: &'static str,
    findings: Vec<FindingView>,
    checks: Vec<CheckView>,
    rounds: Vec<RoundView>,
    changes: Vec<ChangeView>,
}

/// The name of a domain that is watched or was.
pub fn watched(state: &WebState, written: &str) -> Option<Name> {
    let name = parse_domain(written).ok()?;
    state.domains.contains(&name).then_some(name)
}

/// `/domains/{name}`: one domain with all that is known of it.
pub async fn domain(
    State(state): State<WebState>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let Some(name) = watched(&state, &name) else { return missing(State(state), headers).await };
    page(domain_page(&state, &name, asked.lang.as_deref(), &headers).await, StatusCode::OK)
}

async fn domain_page(
    state: &WebState,
    name: &Name,
    asked: Option<&str>,
    headers: &HeaderMap,
) -> Result<DomainPage, StoreError> {
    let frame = Frame::of(state, headers, asked, "overview").await?;
    let (lang, zone) = (frame.w.0, state.timezone);
    let spans = state.store.latest(name).await?;
    let cases = state.store.cases(name).await?;
    let mut found: Vec<_> = spans.iter().flat_map(|span| &span.findings).collect();
    found.sort_by_key(|finding| std::cmp::Reverse((finding.is_failing(), finding.severity)));
    let since = |finding: &vigie_checks::kernel::Finding| {
        let case = cases
            .iter()
            .find(|case| case.finding.id == finding.id && case.finding.subject == finding.subject);
        case.map(|case| moment(case.first_seen, zone))
    };
    let findings = found
        .into_iter()
        .enumerate()
        .map(|(place, finding)| FindingView::of(finding, place, since(finding), lang))
        .collect();
    let ends =
        spans.iter().map(|span| (span.key.check.as_str(), span.status, worst(&span.findings)));
    let grade = GradeView::of(grade(ends));
    let day = chrono::Utc::now() - chrono::TimeDelta::days(7);
    let rates = state.store.delivery_rates(Of::Domain(name), day, 20_000).await?;
    let rounds = rates.iter().rev().take(12).map(|(at, rate)| RoundView {
        at: moment(*at, zone),
        sent: rate.sent,
        arrived: rate.arrived,
        rate: percent(*rate),
    });
    let changes = state.store.changes(name, SHOWN).await?;
    let changes = changes.into_iter().map(|change| ChangeView::of(change, zone));
    let seen = spans.iter().map(|span| span.last_seen).max();
    let line = match (seen, lang) {
        (None, Lang::En) => "First look in progress.".to_owned(),
        (None, Lang::Fr) => "Premier regard en cours.".to_owned(),
        (Some(at), Lang::En) => {
            format!("{} checks · looked at {}", spans.len(), moment(at, zone).text)
        }
        (Some(at), Lang::Fr) => {
            format!("{} contrôles · regardé à {}", spans.len(), moment(at, zone).text)
        }
    };
    Ok(DomainPage {
        domain: name.to_string(),
        grade,
        quiet: frame
            .w
            .t("Nothing stands in the way of its mail.", "Rien ne s’oppose à son courrier."),
        line,
        findings,
        checks: checks(&spans, zone, lang),
        rounds: rounds.collect(),
        changes: changes.collect(),
        frame,
    })
}

/// Every check with its place among the instances of the same check.
fn checks(spans: &[Span], zone: chrono_tz::Tz, lang: Lang) -> Vec<CheckView> {
    let earlier = |at: usize| {
        spans[..at].iter().filter(|other| other.key.check == spans[at].key.check).count()
    };
    let views = spans.iter().enumerate();
    views.map(|(at, span)| CheckView::of(span, earlier(at), zone, lang)).collect()
}
