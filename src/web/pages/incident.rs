//! `/incidents` and `/incidents/{id}`: what went wrong, why, and who was told?

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use vigie_checks::kernel::{Catalogue, Finding, Lang, Name};

use super::domain::ChangeView;
use super::maintenance::{MaintenanceView, maintenance};
use super::outbox::in_words;
use super::page;
use crate::incidents::{self, Acknowledged, CHANGES_READ, EXPLAINED_WITHIN, Incident, may_explain};
use crate::report::{State as Seen, badge};
use crate::run::{Asked, DomainHistory, Spell};
use crate::store::{Change, Store, StoreError};
use crate::web::WebState;
use crate::web::api::failed;
use crate::web::frame::{Frame, INCIDENTS, Moment, Times};
use crate::web::mishap::NO_INCIDENT;
use crate::web::view::{FindingView, event_in_words};
use crate::web::visitor::Visitor;

/// Symptoms that ended so long before an incident are part of it.
const BEFORE: TimeDelta = TimeDelta::hours(1);

/// Changes that are shown.
const CHANGES: usize = 10;

struct IncidentView {
    id: String,
    class: &'static str,
    state: &'static str,
    title: String,
    domains: String,
    opened: Moment,
    resolved: Option<Moment>,
}

impl IncidentView {
    fn of(incident: &Incident, frame: &Frame) -> Self {
        let lang = frame.w.0;
        let domains: Vec<String> = incident.domains.iter().map(Name::to_string).collect();
        Self {
            id: incident.id.clone(),
            class: match incident.state {
                incidents::State::Resolved => over(incident, lang).0,
                _ => Seen::of_finding(&incident.cause).class(),
            },
            state: match incident.state {
                incidents::State::Resolved => over(incident, lang).1,
                incidents::State::Acknowledged => frame.w.t("Acknowledged", "Pris en charge"),
                incidents::State::Open => badge(Seen::of_finding(&incident.cause), lang),
            },
            title: Catalogue::words(&incident.cause, lang).title,
            domains: domains.join(", "),
            opened: frame.times.moment(incident.opened_at),
            resolved: incident.resolved_at.map(|at| frame.times.moment(at)),
        }
    }
}

/// The class and the word of an incident that is over: what nobody looks at any more did not heal.
fn over(incident: &Incident, lang: Lang) -> (&'static str, &'static str) {
    match (incident.unwatched, lang) {
        (true, Lang::En) => (Seen::Skipped.class(), "No longer watched"),
        (true, Lang::Fr) => (Seen::Skipped.class(), "N’est plus surveillé"),
        (false, Lang::En) => (Seen::Ok.class(), "Resolved"),
        (false, Lang::Fr) => (Seen::Ok.class(), "Résolu"),
    }
}

#[derive(Template)]
#[template(path = "incidents.html")]
struct IncidentsPage {
    frame: Frame,
    /// How many silences hold.
    silences: usize,
    maintenance: Vec<MaintenanceView>,
    rows: Vec<IncidentView>,
}

/// `/incidents`: open ones first.
pub async fn incidents(State(state): State<WebState>, visitor: Visitor) -> Response {
    let made = async {
        let frame = Frame::of(&state, &visitor, "incidents").await?;
        let all = state.store.incidents(INCIDENTS).await?;
        let rows = all.iter().map(|incident| IncidentView::of(incident, &frame)).collect();
        let now = Utc::now();
        let silences = state.store.silences(now).await?.len();
        let maintenance = maintenance(&state, &frame, now);
        Ok(IncidentsPage { frame, silences, maintenance, rows })
    };
    page(made.await)
}

struct EventView {
    at: Moment,
    class: &'static str,
    what: String,
    cause: String,
    /// Who took it on, why and until when.
    acknowledged: Option<AcknowledgedView>,
}

struct ToldView {
    at: Moment,
    channel: String,
    event: String,
    attempts: i64,
    class: &'static str,
    state: &'static str,
    answer: String,
}

#[derive(Template)]
#[template(path = "incident.html")]
struct IncidentPage {
    frame: Frame,
    row: IncidentView,
    finding: FindingView,
    symptoms: Vec<SymptomView>,
    changes: Vec<ChangeView>,
    /// There are more than are shown.
    more_changes: bool,
    /// The domain that it was first seen on, whose history has the rest.
    domain: String,
    events: Vec<EventView>,
    told: Vec<ToldView>,
    /// Who took it on, why and until when.
    acknowledged: Option<AcknowledgedView>,
    /// Whether there is something to take on.
    is_open: bool,
    /// Nobody was told because of a silence or a time of maintenance.
    held: bool,
    /// What a silence of it says.
    finding_id: String,
    subject: String,
}

/// What follows from a cause; without a title where only other domains have it.
struct SymptomView {
    id: String,
    title: Option<String>,
}

struct AcknowledgedView {
    by: String,
    why: String,
    until: Moment,
}

impl AcknowledgedView {
    fn of(seen: Acknowledged, times: Times) -> Self {
        Self { by: seen.by, why: seen.why, until: times.ahead(seen.until) }
    }
}

/// `/incidents/{id}`: its cause, what followed, and who was told.
pub async fn incident(
    State(state): State<WebState>,
    Path(id): Path<String>,
    visitor: Visitor,
) -> Response {
    match state.store.incident(&id).await {
        Ok(Some(found)) => page(incident_page(&state, &found, &visitor).await),
        Ok(None) => NO_INCIDENT.into_response(),
        Err(error) => failed(&error),
    }
}

async fn incident_page(
    state: &WebState,
    found: &Incident,
    visitor: &Visitor,
) -> Result<IncidentPage, StoreError> {
    let frame = Frame::of(state, visitor, "incidents").await?;
    let (lang, times) = (frame.w.0, frame.times);
    // One that came back was over before, and that was another end.
    let ends = |event_type: &str, at: DateTime<Utc>| {
        event_type == "incident.resolved" && found.resolved_at.is_some_and(|end| at >= end)
    };
    let events = state.store.incident_events(&found.id).await?.into_iter().map(|event| {
        let (class, what) = match event.event_type.as_str() {
            end if ends(end, event.at) => {
                let (class, word) = over(found, lang);
                (class, word.to_owned())
            }
            "incident.resolved" => (Seen::Ok.class(), event_in_words(&event.event_type, lang)),
            other => (Seen::of_finding(&event.cause).class(), event_in_words(other, lang)),
        };
        EventView {
            at: times.moment(event.at),
            class,
            what,
            cause: event.cause.id,
            acknowledged: event.acknowledged.map(|seen| AcknowledgedView::of(seen, times)),
        }
    });
    let told = state.store.outbox_of(&found.id).await?.into_iter().map(|row| {
        let (class, word) = in_words(row.state, frame.w);
        let status = row.last_status.map(|status| status.to_string());
        ToldView {
            at: times.moment(row.delivered_at.unwrap_or(row.created_at)),
            channel: row.channel,
            event: match ends(&row.event_type, row.created_at) {
                true => over(found, lang).1.to_owned(),
                false => event_in_words(&row.event_type, lang),
            },
            attempts: row.attempts,
            class,
            state: word,
            answer: status.or(row.last_error).unwrap_or_default(),
        }
    });
    let mut changes = changes(&state.store, found).await?;
    let more_changes = changes.len() > CHANGES;
    changes.truncate(CHANGES);
    let changes = changes.into_iter().map(|change| ChangeView::of(change, times));
    let is_open = found.state != incidents::State::Resolved;
    let acknowledged = found.acknowledged.clone().filter(|_| is_open);
    let mut finding = FindingView::of(&found.cause, 0, Some(times.moment(found.since)), lang);
    if !is_open {
        // What is over needs no record.
        finding.records.clear();
    }
    let symptoms = symptoms(&state.store, found, lang).await?;
    Ok(IncidentPage {
        acknowledged: acknowledged.map(|seen| AcknowledgedView::of(seen, times)),
        is_open,
        held: found.held,
        finding_id: found.cause.id.clone(),
        subject: found.cause.subject.clone(),
        row: IncidentView::of(found, &frame),
        finding,
        symptoms,
        changes: changes.collect(),
        more_changes,
        domain: found.domain.to_string(),
        events: events.collect(),
        told: told.collect(),
        frame,
    })
}

/// What changed before it and may explain it, newest first.
async fn changes(store: &Store, found: &Incident) -> Result<Vec<Change>, StoreError> {
    // One that came back has its changes before that, not before it first opened.
    let end = found.opened_at.max(found.since);
    let mut all =
        store.changes_since(&found.domain, found.since - EXPLAINED_WITHIN, CHANGES_READ).await?;
    all.retain(|change| {
        change.seen_at <= end && may_explain(&change.check, &change.what, &found.cause)
    });
    Ok(all)
}

/// Each symptom under its title, once for every subject of the incident's domain that has it, or had it
/// meanwhile. The same finding may stand there for a reason of its own, and is then none of them.
async fn symptoms(
    store: &Store,
    found: &Incident,
    lang: Lang,
) -> Result<Vec<SymptomView>, StoreError> {
    if found.symptoms.is_empty() {
        return Ok(Vec::new());
    }
    let cases = store.cases(&found.domain).await?;
    let stand = cases.iter().filter(|case| case.incident.as_ref() == Some(&found.id));
    let history = DomainHistory::of(store, &found.domain, Asked::default()).await?;
    let is_over = |spell: &&Spell| {
        let ended_later = found.resolved_at.is_some_and(|end| spell.last_seen > end);
        !spell.stands && spell.last_seen >= found.since - BEFORE && !ended_later
    };
    let over = history.findings.iter().filter(is_over).map(|spell| &spell.finding);
    let findings: Vec<&Finding> = stand.map(|case| &case.finding).chain(over).collect();
    let mut shown = Vec::new();
    for id in &found.symptoms {
        let of_id = findings.iter().filter(|finding| finding.id == *id);
        let titles: BTreeSet<String> =
            of_id.map(|finding| Catalogue::words(finding, lang).title).collect();
        if titles.is_empty() {
            shown.push(SymptomView { id: id.clone(), title: None });
        }
        let titled = |title| SymptomView { id: id.clone(), title: Some(title) };
        shown.extend(titles.into_iter().map(titled));
    }
    Ok(shown)
}
