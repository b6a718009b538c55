//! How are the machine's values kept in the store?

use vigie_checks::kernel::Severity;

use crate::incidents::{Case, Event, EventKind, Phase};
use crate::store::{CaseRow, IncidentEvent, SpanKey, StoreError};

pub(super) fn case_row(case: &Case) -> CaseRow {
    let (phase, shifting_to) = match case.phase {
        Phase::Suspected { .. } => ("suspected", None),
        Phase::Standing => ("standing", None),
        Phase::Shifting { to, .. } => ("shifting", Some(to)),
        Phase::Healing { .. } => ("healing", None),
    };
    CaseRow {
        key: SpanKey {
            domain: case.domain.clone(),
            check: case.check.clone(),
            instance: case.instance.clone(),
        },
        finding: case.finding.clone(),
        severity: case.severity,
        phase: phase.to_owned(),
        phase_since: case.phase.undecided_since(),
        shifting_to,
        baseline: case.baseline,
        reported_at: case.reported_at,
        incident: case.incident.clone(),
        retired: case.retired,
        beside: case.beside.iter().cloned().collect(),
        first_seen: case.first_seen,
        last_seen: case.last_seen,
    }
}

pub(super) fn case(row: CaseRow) -> Result<Case, StoreError> {
    let phase = phase(&row)?;
    Ok(Case {
        domain: row.key.domain,
        check: row.key.check,
        instance: row.key.instance,
        finding: row.finding,
        severity: row.severity,
        phase,
        baseline: row.baseline,
        reported_at: row.reported_at,
        incident: row.incident,
        retired: row.retired,
        beside: row.beside.into_iter().collect(),
        first_seen: row.first_seen,
        last_seen: row.last_seen,
    })
}

fn phase(row: &CaseRow) -> Result<Phase, StoreError> {
    let to: Option<Severity> = row.shifting_to;
    match (row.phase.as_str(), row.phase_since, to) {
        ("suspected", Some(since), _) => Ok(Phase::Suspected { since }),
        ("standing", ..) => Ok(Phase::Standing),
        ("shifting", Some(since), Some(to)) => Ok(Phase::Shifting { since, to }),
        ("healing", Some(since), _) => Ok(Phase::Healing { since }),
        (other, ..) => Err(StoreError::Content { column: "phase", value: other.to_owned() }),
    }
}

pub(super) fn event_row(event: &Event, at: chrono::DateTime<chrono::Utc>) -> IncidentEvent {
    IncidentEvent {
        sequence: event.incident.sequence,
        event_type: event.kind.to_string(),
        severity: event.incident.severity,
        domains: event.incident.domains.clone(),
        cause: event.incident.cause.clone(),
        acknowledged: match event.kind {
            EventKind::Acknowledged => event.incident.acknowledged.clone(),
            _ => None,
        },
        at,
    }
}
