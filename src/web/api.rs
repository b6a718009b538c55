//! The same as JSON, for scripts. Sentences are in the language of the pages: `?lang=`, else what the
//! request prefers.

mod outbox;

use std::iter;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tracing::error;
use vigie_checks::kernel::{CheckStatus, Lang, Name, Severity, worst};
use vigie_checks::registry::CHECKS;

use super::filter::{Candidate, Filter, NO_STANDING, candidates};
use super::mishap::{NOT_WATCHED, Refusal};
use super::parameters::{Parameters, limit};
use super::view::{grade, grade_of};
use super::visitor::Visitor;
use super::{Watched, WebState, actions, pages};
use crate::config::nearest;
use crate::incidents::Incident;
use crate::report::{FindingReport, Grade, HistoryReport};
use crate::run::{Asked, DomainHistory, ends};
use crate::store::StoreError;

pub use outbox::{NO_STATE, outbox};

/// Incidents told of all domains.
const INCIDENTS: u32 = 500;

/// Domains of one part where no number is asked for, and where any is.
const PART: usize = 100;
const LARGEST_PART: usize = 1000;

const LIMIT: Refusal = Refusal::new(
    "`limit` is a whole number from 1",
    "« limit » est un nombre entier à partir de 1",
);

const NO_TIME: Refusal = Refusal::new(
    "`since` is a date such as 2026-11-23, or a time such as 2026-11-23T09:00:00Z",
    "« since » est une date telle que 2026-11-23, ou une heure telle que 2026-11-23T09:00:00Z",
);

/// Whether the store can be written and what is due is run.
pub async fn ready(State(state): State<WebState>) -> Response {
    if !(state.works)() {
        return (StatusCode::SERVICE_UNAVAILABLE, "the scheduler does not run\n").into_response();
    }
    match state.store.ready().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            error!(%error, "the store is not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the store cannot be written\n").into_response()
        }
    }
}

/// A part of the domains, in the order of their names.
#[derive(Deserialize)]
pub struct Part {
    limit: Option<String>,
    /// The last name of the part before.
    after: Option<String>,
}

/// Every watched domain with the last word of each check, the worst first; by name, tag and state as
/// in the overview. In parts where one is asked for: `next` is then what to ask for `after`.
pub async fn domains(
    State(state): State<WebState>,
    Parameters(filter): Parameters<Filter>,
    Parameters(part): Parameters<Part>,
) -> Response {
    let limit = match limit(part.limit.as_deref(), &LIMIT) {
        Ok(Some(0)) => return LIMIT.into_response(),
        Ok(limit) => limit,
        Err(why) => return why.into_response(),
    };
    if !filter.is_of_a_state() {
        return NO_STANDING.into_response();
    }
    match state.store.glance().await {
        Ok(known) => {
            let mut all = candidates(&state.domains, &known);
            all.retain(|each| filter.names(each) && filter.admits(each));
            match (limit, &part.after) {
                (None, None) => whole(all),
                (limit, after) => Json(part_of(&mut all, limit, after.as_deref())).into_response(),
            }
        }
        Err(error) => failed(&error),
    }
}

fn part_of<'a>(all: &'a mut Vec<Candidate>, limit: Option<usize>, after: Option<&str>) -> Told<'a> {
    all.sort_by(|a, b| a.watched.name.cmp(&b.watched.name));
    if let Some(after) = after {
        let after = Name::new(after);
        all.retain(|each| each.watched.name > after);
    }
    let limit = limit.unwrap_or(PART).min(LARGEST_PART);
    let next = all.get(limit - 1).filter(|_| all.len() > limit);
    let next = next.map(|last| last.watched.name.to_string());
    Told { domains: all.iter().take(limit).map(DomainTold::of).collect(), next }
}

/// All of them, written as fast as they are read: the list of ten thousand is never held as a whole.
fn whole(all: Vec<Candidate>) -> Response {
    let rows = all.into_iter().enumerate().map(|(at, candidate)| {
        let row = serde_json::to_string(&DomainTold::of(&candidate))?;
        Ok(if at == 0 { row } else { format!(",{row}") })
    });
    let (begin, end) = (Ok("{\"domains\":[".to_owned()), Ok("]}".to_owned()));
    let texts = stream::iter(iter::once(begin).chain(rows).chain(iter::once(end)));
    let pieces = texts.ready_chunks(PART);
    let pieces = pieces.map(|texts| texts.into_iter().collect::<serde_json::Result<String>>());
    ([(CONTENT_TYPE, "application/json")], Body::from_stream(pieces)).into_response()
}

/// One domain with its findings and facts, and what ends when, soonest first.
pub async fn domain(
    State(state): State<WebState>,
    Path(name): Path<String>,
    visitor: Visitor,
) -> Response {
    let Some(watched) = pages::watched(&state, &name) else {
        return NOT_WATCHED.into_response();
    };
    match tell_domain(&state, watched, visitor.lang).await {
        Ok(told) => Json(told).into_response(),
        Err(error) => failed(&error),
    }
}

async fn tell_domain(state: &WebState, watched: &Watched, lang: Lang) -> Result<Value, StoreError> {
    let name = &watched.name;
    let spans = state.store.latest(name).await?;
    let findings = spans.iter().flat_map(|span| &span.findings);
    let findings: Vec<FindingReport> =
        findings.map(|finding| FindingReport::of(finding, name, lang)).collect();
    let weights =
        spans.iter().map(|span| (span.key.check.as_str(), span.status, worst(&span.findings)));
    let grade = grade(weights);
    let ends = ends(&state.store, name).await?;
    let ends: Vec<Value> = ends.iter().map(|end| end.json(lang)).collect();
    let checks = spans.iter().map(|span| {
        json!({ "name": span.key.check, "instance": span.key.instance, "status": span.status,
            "since": span.first_seen, "last_seen": span.last_seen, "facts": span.facts })
    });
    Ok(json!({ "domain": name, "tags": watched.tags, "grade": grade,
        "checks": checks.collect::<Vec<_>>(), "findings": findings, "ends": ends }))
}

/// What of a history is asked for.
#[derive(Deserialize)]
pub struct HistoryQuery {
    check: Option<String>,
    /// A date, or a time as RFC 3339 writes it.
    since: Option<String>,
}

impl HistoryQuery {
    /// Nothing where the time is none.
    fn asked(&self) -> Option<Asked<'_>> {
        let since = match self.since.as_deref() {
            None => None,
            Some(written) => Some(moment(written)?),
        };
        Some(Asked { check: self.check.as_deref(), since })
    }
}

fn moment(written: &str) -> Option<DateTime<Utc>> {
    let midnight = |date: NaiveDate| date.and_time(NaiveTime::MIN).and_utc();
    written.parse().map(midnight).or_else(|_| written.parse()).ok()
}

/// Whether there is a check or a plugin of this name.
fn known_check(state: &WebState, written: &str) -> Result<(), Refusal> {
    let built_in = CHECKS.iter().map(|entry| entry.name);
    let known = || built_in.clone().chain(state.plugins.iter().map(String::as_str));
    if known().any(|name| name == written) {
        return Ok(());
    }
    let said =
        ("`check` names no check".to_owned(), "« check » ne nomme aucun contrôle".to_owned());
    let all = ("; `vigie checks list` names them all", " ; `vigie checks list` les nomme tous");
    Err(Refusal::unknown(said, nearest(written, known()), all))
}

/// What one domain looked like, what was found and what changed, newest first; of one check with
/// `check`, without what ended before `since`.
pub async fn history(
    State(state): State<WebState>,
    Path(name): Path<String>,
    Parameters(query): Parameters<HistoryQuery>,
    visitor: Visitor,
) -> Response {
    let Some(watched) = pages::watched(&state, &name) else {
        return NOT_WATCHED.into_response();
    };
    let Some(asked) = query.asked() else { return NO_TIME.unread().into_response() };
    let check = asked.check;
    match DomainHistory::of(&state.store, &watched.name, asked).await {
        // A plugin that was removed has a history still.
        Ok(history) if history.is_empty() => match check.map(|check| known_check(&state, check)) {
            Some(Err(why)) => why.into_response(),
            _ => Json(HistoryReport::of(history, visitor.lang)).into_response(),
        },
        Ok(history) => Json(HistoryReport::of(history, visitor.lang)).into_response(),
        Err(error) => failed(&error),
    }
}

/// Looks at a domain as soon as there is room: back to its page for people, a count for scripts.
pub async fn audit(
    State(state): State<WebState>,
    Path(name): Path<String>,
    visitor: Visitor,
) -> Response {
    let Some(watched) = pages::watched(&state, &name) else {
        return NOT_WATCHED.into_response();
    };
    let checks = (state.run_now)(&watched.name);
    if visitor.reads_pages {
        return Redirect::to(&format!("/domains/{}", watched.name)).into_response();
    }
    let told = json!({ "domain": watched.name, "checks": checks });
    (StatusCode::ACCEPTED, Json(told)).into_response()
}

/// The incidents, open ones first.
pub async fn incidents(State(state): State<WebState>, visitor: Visitor) -> Response {
    match state.store.incidents(INCIDENTS).await {
        Ok(all) => {
            let told: Vec<Value> =
                all.iter().map(|incident| incident_json(incident, visitor.lang)).collect();
            Json(json!({ "incidents": told })).into_response()
        }
        Err(error) => failed(&error),
    }
}

/// A part of the domains, as it is told.
#[derive(Serialize)]
struct Told<'a> {
    domains: Vec<DomainTold<'a>>,
    next: Option<String>,
}

#[derive(Serialize)]
struct DomainTold<'a> {
    domain: &'a Name,
    tags: &'a [String],
    grade: Grade,
    checks: Vec<CheckTold<'a>>,
}

#[derive(Serialize)]
struct CheckTold<'a> {
    name: &'a str,
    instance: &'a str,
    status: CheckStatus,
    worst: Option<Severity>,
    since: DateTime<Utc>,
    last_seen: DateTime<Utc>,
}

impl<'a> DomainTold<'a> {
    fn of(candidate: &'a Candidate) -> Self {
        let checks = candidate.checks().iter().map(|check| CheckTold {
            name: check.part.check(),
            instance: check.part.instance(),
            status: check.status,
            worst: check.worst,
            since: check.since,
            last_seen: check.last_seen,
        });
        Self {
            domain: &candidate.watched.name,
            tags: &candidate.watched.tags,
            grade: grade_of(candidate.checks()),
            checks: checks.collect(),
        }
    }
}

fn incident_json(incident: &Incident, lang: Lang) -> Value {
    json!({ "incident": incident.id, "state": incident.state.to_string(), "severity": incident.severity,
        "domain": incident.domain, "domains": incident.domains, "symptoms": incident.symptoms,
        "cause": FindingReport::of(&incident.cause, &incident.domain, lang),
        "since": incident.since, "opened_at": incident.opened_at, "unwatched": incident.unwatched,
        "acknowledged": incident.acknowledged.as_ref().map(actions::acknowledged_json), "resolved_at": incident.resolved_at })
}

/// The store failed: said in the log, not to the visitor.
pub fn failed(error: &StoreError) -> Response {
    error!(%error, "a page could not be made");
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}
