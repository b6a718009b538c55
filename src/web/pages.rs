//! The pages, each from one look at the store.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use vigie_checks::kernel::{Catalogue, Lang, Name, parse_domain};

use super::WebState;
use super::api::failed;
use super::frame::{Frame, Moment, moment};
use super::view::{CheckView, FindingView, GradeView, Row, class, columns, grade, percent};
use crate::report::{State as Seen, badge, check_label};
use crate::store::{DomainState, IncidentRow, Of, OutboxState, StoreError};

/// Changes and rounds shown of one domain.
const SHOWN: u32 = 50;

#[derive(Deserialize)]
pub struct Asked {
    lang: Option<String>,
}

struct Verdict {
    class: &'static str,
    title: String,
    line: String,
    link: Option<String>,
}

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    frame: Frame,
    verdict: Verdict,
    columns: Vec<String>,
    rows: Vec<Row>,
}

/// `/`: every domain at a glance.
pub async fn overview(
    State(state): State<WebState>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let made = async {
        let frame = Frame::of(&state, &headers, asked.lang.as_deref(), "overview").await?;
        let lang = frame.w.0;
        let mut rows = Vec::new();
        for domain in every_domain(&state).await? {
            let rate = state.store.delivery_rate(Of::Domain(&domain.domain)).await?;
            rows.push(Row::of(&domain, rate, lang));
        }
        rows.sort_by(|a, b| b.worst.cmp(&a.worst).then_with(|| a.domain.cmp(&b.domain)));
        let incidents = state.store.incidents(SHOWN).await?;
        let verdict = verdict(&rows, &incidents, &frame);
        let columns = columns().into_iter().map(|check| check_label(check, lang)).collect();
        Ok(OverviewPage { frame, verdict, columns, rows })
    };
    page(made.await, StatusCode::OK)
}

/// What has history, and what is configured and has none yet.
async fn every_domain(state: &WebState) -> Result<Vec<DomainState>, StoreError> {
    let mut all = state.store.overview().await?;
    for name in &state.domains {
        if !all.iter().any(|known| known.domain == *name) {
            all.push(DomainState { domain: name.clone(), checks: Vec::new() });
        }
    }
    Ok(all)
}

/// One sentence that answers "is anything wrong?".
fn verdict(rows: &[Row], incidents: &[IncidentRow], frame: &Frame) -> Verdict {
    let (en_or_fr, lang) = (&frame.w, frame.w.0);
    let open: Vec<&IncidentRow> =
        incidents.iter().filter(|incident| incident.state != "resolved").collect();
    let worst = open.iter().max_by_key(|incident| incident.severity);
    let bad = rows.iter().filter(|row| row.worst >= Seen::Error).count();
    let unknown = rows.iter().filter(|row| row.worst == Seen::Unknown).count();
    let line = match lang {
        Lang::En => format!(
            "{} domains: {bad} with errors, {unknown} not told, {} open incidents.",
            rows.len(),
            open.len()
        ),
        Lang::Fr => format!(
            "{} domaines : {bad} en erreur, {unknown} indéterminés, {} incidents ouverts.",
            rows.len(),
            open.len()
        ),
    };
    if let Some(worst) = worst {
        let state = Seen::of_finding(&worst.cause);
        let title = Catalogue::words(&worst.cause, lang).title;
        return Verdict {
            class: class(state),
            title,
            line,
            link: Some(format!("/incidents/{}", worst.id)),
        };
    }
    let worst = rows.iter().map(|row| row.worst).max().unwrap_or(Seen::Skipped);
    let title = match worst {
        Seen::Critical | Seen::Error => {
            en_or_fr.t("Some domains need you", "Des domaines ont besoin de vous")
        }
        Seen::Unknown => {
            en_or_fr.t("Some domains could not be told", "Des domaines sont indéterminés")
        }
        Seen::Skipped => en_or_fr.t("First look in progress", "Premier regard en cours"),
        Seen::Warning => en_or_fr
            .t("Mail arrives; something is at risk", "Le courrier arrive ; un point est fragile"),
        Seen::Ok | Seen::Info => {
            en_or_fr.t("All quiet: mail arrives", "Calme : le courrier arrive")
        }
    };
    Verdict { class: class(worst), title: title.to_owned(), line, link: None }
}

struct ChangeView {
    at: Moment,
    what: String,
    before: String,
    after: String,
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
    let findings =
        found.into_iter().map(|finding| FindingView::of(finding, since(finding), lang)).collect();
    let overview = state.store.overview().await?;
    let states = overview
        .into_iter()
        .find(|known| known.domain == *name)
        .map(|known| known.checks)
        .unwrap_or_default();
    let day = chrono::Utc::now() - chrono::TimeDelta::days(7);
    let rates = state.store.delivery_rates(Of::Domain(name), day, 20_000).await?;
    let rounds = rates.iter().rev().take(12).map(|(at, rate)| RoundView {
        at: moment(*at, zone),
        sent: rate.sent,
        arrived: rate.arrived,
        rate: percent(*rate),
    });
    let changes = state.store.changes(name, SHOWN).await?.into_iter().map(|change| ChangeView {
        at: moment(change.seen_at, zone),
        what: change.what,
        before: change.before.unwrap_or_else(|| "–".to_owned()),
        after: change.after.unwrap_or_else(|| "–".to_owned()),
    });
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
        grade: GradeView::of(grade(&states)),
        quiet: frame
            .w
            .t("Nothing stands in the way of its mail.", "Rien ne s’oppose à son courrier."),
        line,
        findings,
        checks: spans.iter().map(|span| CheckView::of(span, zone, lang)).collect(),
        rounds: rounds.collect(),
        changes: changes.collect(),
        frame,
    })
}

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
    fn of(incident: &IncidentRow, frame: &Frame, zone: chrono_tz::Tz) -> Self {
        let lang = frame.w.0;
        let resolved = incident.state == "resolved";
        let domains: Vec<String> = incident.domains.iter().map(Name::to_string).collect();
        Self {
            id: incident.id.clone(),
            class: if resolved { "ok" } else { class(Seen::of_finding(&incident.cause)) },
            state: match incident.state.as_str() {
                "resolved" => frame.w.t("Resolved", "Résolu"),
                "acknowledged" => frame.w.t("Acknowledged", "Pris en charge"),
                _ => badge(Seen::of_finding(&incident.cause), lang),
            },
            title: Catalogue::words(&incident.cause, lang).title,
            domains: domains.join(", "),
            opened: moment(incident.opened_at, zone),
            resolved: incident.resolved_at.map(|at| moment(at, zone)),
        }
    }
}

#[derive(Template)]
#[template(path = "incidents.html")]
struct IncidentsPage {
    frame: Frame,
    rows: Vec<IncidentView>,
}

/// `/incidents`: open ones first.
pub async fn incidents(
    State(state): State<WebState>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let made = async {
        let frame = Frame::of(&state, &headers, asked.lang.as_deref(), "incidents").await?;
        let all = state.store.incidents(200).await?;
        let rows =
            all.iter().map(|incident| IncidentView::of(incident, &frame, state.timezone)).collect();
        Ok(IncidentsPage { frame, rows })
    };
    page(made.await, StatusCode::OK)
}

struct EventView {
    at: Moment,
    class: &'static str,
    what: String,
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
    symptoms: Vec<String>,
    events: Vec<EventView>,
    told: Vec<ToldView>,
}

/// `/incidents/{id}`: its cause, what followed, and who was told.
pub async fn incident(
    State(state): State<WebState>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    match state.store.incident(&id).await {
        Ok(Some(found)) => page(
            incident_page(&state, &found, asked.lang.as_deref(), &headers).await,
            StatusCode::OK,
        ),
        Ok(None) => missing(State(state), headers).await,
        Err(error) => failed(&error),
    }
}

async fn incident_page(
    state: &WebState,
    found: &IncidentRow,
    asked: Option<&str>,
    headers: &HeaderMap,
) -> Result<IncidentPage, StoreError> {
    let frame = Frame::of(state, headers, asked, "incidents").await?;
    let zone = state.timezone;
    let events = state.store.incident_events(&found.id).await?.into_iter().map(|event| EventView {
        at: moment(event.at, zone),
        class: if event.event_type == "incident.resolved" {
            "ok"
        } else {
            class(Seen::of_finding(&event.cause))
        },
        what: format!("{} · {}", event.event_type, event.cause.id),
    });
    let told = state.store.outbox_of(&found.id).await?.into_iter().map(|row| {
        let (class, word) = match row.state {
            OutboxState::Delivered => ("ok", frame.w.t("delivered", "remis")),
            OutboxState::Pending => ("warn", frame.w.t("waiting", "en attente")),
            OutboxState::Dead => ("error", frame.w.t("given up", "abandonné")),
        };
        let status = row.last_status.map(|status| status.to_string());
        ToldView {
            at: moment(row.delivered_at.unwrap_or(row.created_at), zone),
            channel: row.channel,
            event: row.event_type,
            attempts: row.attempts,
            class,
            state: word,
            answer: status.or(row.last_error).unwrap_or_default(),
        }
    });
    Ok(IncidentPage {
        row: IncidentView::of(found, &frame, zone),
        finding: FindingView::of(&found.cause, Some(moment(found.since, zone)), frame.w.0),
        symptoms: found.symptoms.clone(),
        events: events.collect(),
        told: told.collect(),
        frame,
    })
}

#[derive(Template)]
#[template(path = "message.html")]
struct MessagePage {
    frame: Frame,
    title: &'static str,
    line: &'static str,
    asks_token: bool,
}

/// What is not here.
pub async fn missing(State(state): State<WebState>, headers: HeaderMap) -> Response {
    let words = |frame: &Frame| {
        (
            frame.w.t("Nothing here", "Rien ici"),
            frame.w.t("This address has no page. The overview lists every domain that is watched.", "Cette adresse n’a pas de page. La vue d’ensemble nomme tous les domaines surveillés."),
        )
    };
    message(&state, &headers, StatusCode::NOT_FOUND, false, words).await
}

/// A change that does not come from our own pages.
pub async fn refused(state: &WebState, headers: &HeaderMap) -> Response {
    let words = |frame: &Frame| {
        (
            frame.w.t("Not from here", "Pas d’ici"),
            frame.w.t(
                "Changes are taken from these pages alone, or with the token.",
                "Les changements viennent de ces pages seulement, ou avec le jeton.",
            ),
        )
    };
    message(state, headers, StatusCode::FORBIDDEN, false, words).await
}

/// The page that asks for the token.
pub async fn asking_for_token(state: &WebState, headers: &HeaderMap) -> Response {
    let words = |frame: &Frame| {
        (
            frame.w.t("Who is there?", "Qui est là ?"),
            frame.w.t(
                "These pages need the token of the configuration.",
                "Ces pages demandent le jeton de la configuration.",
            ),
        )
    };
    message(state, headers, StatusCode::UNAUTHORIZED, true, words).await
}

async fn message(
    state: &WebState,
    headers: &HeaderMap,
    status: StatusCode,
    asks_token: bool,
    words: impl Fn(&Frame) -> (&'static str, &'static str),
) -> Response {
    let made = Frame::of(state, headers, None, "").await.map(|frame| {
        let (title, line) = words(&frame);
        MessagePage { title, line, asks_token, frame }
    });
    page(made, status)
}

fn page<T: Template>(made: Result<T, StoreError>, status: StatusCode) -> Response {
    let template = match made {
        Ok(template) => template,
        Err(error) => return failed(&error),
    };
    match template.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
