//! How does every domain stand, at a glance?

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use sqlx::any::AnyRow;
use vigie_checks::kernel::{CheckStatus, Finding, Name, Severity, worst};
use vigie_checks::names::Part;

use super::row::Column;
use super::{Store, StoreError};

/// The last word of one check.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckState {
    pub part: Part,
    pub status: CheckStatus,
    /// The heaviest failing finding.
    pub worst: Option<Severity>,
    /// Since when the status is what it is.
    pub since: DateTime<Utc>,
    pub last_seen: DateTime<Utc>,
}

impl CheckState {
    /// A check that says so since `at`.
    pub(super) fn of(
        part: Part,
        status: CheckStatus,
        worst: Option<Severity>,
        at: DateTime<Utc>,
    ) -> Self {
        Self { part, status, worst, since: at, last_seen: at }
    }
}

/// A domain with the last word of each of its checks.
#[derive(Clone, Debug, PartialEq)]
pub struct DomainState {
    pub domain: Name,
    pub checks: Vec<CheckState>,
}

impl Store {
    /// Every domain of which there is history, by name; each check with its status and since when.
    ///
    /// # Errors
    /// The database fails, or holds what this version cannot read.
    pub async fn overview(&self) -> Result<Vec<DomainState>, StoreError> {
        // A status begins after the last span that had another one.
        let query = "SELECT s.domain, s.check_name, s.instance, s.status, s.findings, s.last_seen, \
            (SELECT MIN(b.first_seen) FROM spans b WHERE b.domain = s.domain \
             AND b.check_name = s.check_name AND b.instance = s.instance \
             AND b.position > COALESCE((SELECT MAX(o.position) FROM spans o \
              WHERE o.domain = s.domain AND o.check_name = s.check_name \
              AND o.instance = s.instance AND o.status <> s.status), -1)) AS since \
            FROM spans s WHERE s.position = (SELECT MAX(l.position) FROM spans l \
             WHERE l.domain = s.domain AND l.check_name = s.check_name \
             AND l.instance = s.instance) \
            ORDER BY s.domain, s.check_name, s.instance";
        let mut rows = sqlx::query(query).fetch(self.readers());
        let mut domains: BTreeMap<Name, Vec<CheckState>> = BTreeMap::new();
        while let Some(row) = rows.try_next().await? {
            let domain = Name::new(&row.text("domain")?);
            domains.entry(domain).or_default().push(read(&row)?);
        }
        let states = domains.into_iter().map(|(domain, checks)| DomainState { domain, checks });
        Ok(states.collect())
    }
}

fn read(row: &AnyRow) -> Result<CheckState, StoreError> {
    let findings: Vec<Finding> = row.json("findings")?;
    let (check, instance) = (row.text("check_name")?, row.text("instance")?);
    let (status, since) = (row.word("status")?, row.time("since")?);
    let state = CheckState::of(Part::of(&check, &instance), status, worst(&findings), since);
    Ok(CheckState { last_seen: row.time("last_seen")?, ..state })
}
