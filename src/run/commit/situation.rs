//! What does the machine need to know for a step, and what of it is new afterwards?

use std::collections::BTreeSet;

use vigie_checks::kernel::{Name, Severity};

use super::Observed;
use super::rows::{case, case_row};
use crate::incidents::{Case, Situation};
use crate::store::{StoreError, Write};

/// Loads the cases of a domain, the incidents of these cases and of what was seen now, and the cases
/// of other domains in these incidents.
pub(super) async fn load(
    write: &mut Write,
    domain: &Name,
    seen: &[Observed],
) -> Result<Situation, StoreError> {
    let mut situation = Situation::default();
    for row in write.cases(domain).await? {
        situation.cases.push(case(row)?);
    }
    for id in incident_ids(write, &situation.cases, seen).await? {
        let Some(incident) = write.incident(&id).await? else { continue };
        situation.incidents.push(incident);
        for row in write.cases_of_incident(&id).await? {
            if row.key.domain != *domain {
                situation.cases.push(case(row)?);
            }
        }
    }
    Ok(situation)
}

async fn incident_ids(
    write: &mut Write,
    cases: &[Case],
    seen: &[Observed],
) -> Result<BTreeSet<String>, StoreError> {
    let mut ids: BTreeSet<String> = cases.iter().filter_map(|case| case.incident.clone()).collect();
    let seen = seen.iter().flat_map(|seen| &seen.outcome.findings);
    let seen = seen.filter(|f| f.is_failing() && f.severity >= Severity::Warning);
    let causes: BTreeSet<(&str, &str)> = cases
        .iter()
        .map(|case| &case.finding)
        .chain(seen)
        .map(|finding| (finding.id.as_str(), finding.subject.as_str()))
        .collect();
    ids.extend(write.incidents_of(causes.into_iter()).await?);
    Ok(ids)
}

/// Writes what a step changed, and only that.
pub(super) async fn save(
    write: &mut Write,
    before: &Situation,
    after: &Situation,
) -> Result<(), StoreError> {
    // One cause has one unresolved incident: those that resolve make room first.
    let mut changed: Vec<_> =
        after.incidents.iter().filter(|incident| !before.incidents.contains(incident)).collect();
    changed.sort_by_key(|incident| incident.resolved_at.is_none());
    for incident in changed {
        write.put_incident(incident).await?;
    }
    for case in &after.cases {
        if !before.cases.contains(case) {
            write.put_case(&case_row(case)).await?;
        }
    }
    for case in &before.cases {
        if !after.cases.iter().any(|kept| is_same(kept, case)) {
            write.delete_case(&case_row(case)).await?;
        }
    }
    Ok(())
}

fn is_same(a: &Case, b: &Case) -> bool {
    let identity = |case: &Case| {
        let finding = &case.finding;
        (
            case.domain.clone(),
            case.check.clone(),
            case.instance.clone(),
            finding.id.clone(),
            finding.subject.clone(),
        )
    };
    identity(a) == identity(b)
}
