//! The same as JSON, for scripts.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::{Value, json};
use tracing::error;
use vigie_checks::kernel::{Lang, Name, parse_domain};

use super::view::grade_of;
use super::{WebState, pages};
use crate::report::FindingReport;
use crate::store::{DomainState, IncidentRow, StoreError};

/// Changes told of one domain.
const CHANGES: u32 = 200;

/// Whether the store can be written now.
pub async fn ready(State(state): State<WebState>) -> Response {
    match state.store.ready().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => failed(&error),
    }
}

/// Every domain with the last word of each check.
pub async fn domains(State(state): State<WebState>) -> Response {
    match state.store.overview().await {
        Ok(all) => Json(json!({ "domains": all.iter().map(domain_json).collect::<Vec<_>>() }))
            .into_response(),
        Err(error) => failed(&error),
    }
}

/// One domain with its findings and facts.
pub async fn domain(State(state): State<WebState>, Path(name): Path<String>) -> Response {
    match tell_domain(&state, &name).await {
        Ok(Some(told)) => Json(told).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => failed(&error),
    }
}

async fn tell_domain(state: &WebState, name: &str) -> Result<Option<Value>, StoreError> {
    let Some(name) = pages::watched(state, name) else { return Ok(None) };
    let spans = state.store.latest(&name).await?;
    let findings = spans.iter().flat_map(|span| &span.findings);
    let findings: Vec<FindingReport> =
        findings.map(|finding| FindingReport::of(finding, &name, Lang::En)).collect();
    let checks = spans.iter().map(|span| {
        json!({ "name": span.key.check, "instance": span.key.instance, "status": span.status,
            "since": span.first_seen, "last_seen": span.last_seen, "facts": span.facts })
    });
    Ok(Some(json!({ "domain": name, "checks": checks.collect::<Vec<_>>(), "findings": findings })))
}

/// What changed of one domain, newest first.
pub async fn history(State(state): State<WebState>, Path(name): Path<String>) -> Response {
    let Some(name) = pages::watched(&state, &name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match state.store.changes(&name, CHANGES).await {
        Ok(changes) => Json(json!({ "domain": name, "changes": changes })).into_response(),
        Err(error) => failed(&error),
    }
}

/// Looks at a domain now.
pub async fn audit(State(state): State<WebState>, Path(name): Path<String>) -> Response {
    let Ok(name) = parse_domain(&name) else { return StatusCode::NOT_FOUND.into_response() };
    if (state.run_now)(&name) == 0 {
        return StatusCode::NOT_FOUND.into_response();
    }
    Redirect::to(&format!("/domains/{name}")).into_response()
}

/// The incidents, open ones first.
pub async fn incidents(State(state): State<WebState>) -> Response {
    match state.store.incidents(500).await {
        Ok(all) => Json(json!({ "incidents": all.iter().map(incident_json).collect::<Vec<_>>() }))
            .into_response(),
        Err(error) => failed(&error),
    }
}

fn domain_json(domain: &DomainState) -> Value {
    let checks = domain.checks.iter().map(|check| {
        json!({ "name": check.check, "instance": check.instance, "status": check.status,
            "worst": check.worst, "since": check.since, "last_seen": check.last_seen })
    });
    let checks: Vec<Value> = checks.collect();
    json!({ "domain": domain.domain, "grade": grade_of(&domain.checks), "checks": checks })
}

fn incident_json(incident: &IncidentRow) -> Value {
    let domain: &Name = &incident.domain;
    json!({ "incident": incident.id, "state": incident.state, "severity": incident.severity,
        "domain": domain, "domains": incident.domains, "symptoms": incident.symptoms,
        "cause": FindingReport::of(&incident.cause, domain, Lang::En), "since": incident.since,
        "opened_at": incident.opened_at, "resolved_at": incident.resolved_at })
}

/// The store failed: said in the log, not to the visitor.
pub fn failed(error: &StoreError) -> Response {
    error!(%error, "a page could not be made");
    (StatusCode::SERVICE_UNAVAILABLE, "The store cannot be read now.\n").into_response()
}
