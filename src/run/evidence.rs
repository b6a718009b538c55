//! Evidence files: what was asked and what came back, never what was concluded.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use vigie_checks::kernel::{Past, Severity, Tape, Target, Vantage};

use super::{DomainAudit, Selection};
use crate::plugin::Sight;

/// The form of an evidence file.
pub const SCHEMA: &str = "vigie.evidence/1";

/// A whole audit as it can be judged again.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    pub schema: String,
    pub version: String,
    pub started_at: DateTime<Utc>,
    pub duration_ms: u64,
    pub request: AuditRequest,
    pub vantage: Vantage,
    pub domains: Vec<DomainEvidence>,
}

/// What the audit was asked to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditRequest {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skip: Vec<String>,
    /// The overlay's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlay: Option<String>,
    /// Absent: nothing fails the audit (`--fail-on never`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fail_on: Option<Severity>,
}

/// One domain's exchanges.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DomainEvidence {
    pub target: Target,
    pub started_at: DateTime<Utc>,
    pub duration_ms: u64,
    /// Milliseconds that each check took.
    pub durations: BTreeMap<String, u64>,
    /// What the checks had seen before.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub past: BTreeMap<String, Past>,
    pub exchanges: Tape,
    /// What was seen of the plugins.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub plugins: BTreeMap<String, Sight>,
}

impl DomainEvidence {
    pub fn of(audit: &DomainAudit) -> Self {
        let durations =
            audit.outcomes.iter().map(|outcome| (outcome.check.clone(), outcome.duration_ms));
        Self {
            target: audit.target.clone(),
            started_at: audit.started_at,
            duration_ms: audit.duration_ms,
            durations: durations.collect(),
            past: audit.past.as_ref().clone(),
            exchanges: audit.tape.clone(),
            plugins: audit.plugins.clone(),
        }
    }

    /// Judges the exchanges again; times are those that were recorded.
    ///
    /// # Errors
    /// The overlay cannot be read.
    pub async fn replay(
        self,
        selection: &Selection,
        vantage: &std::sync::Arc<Vantage>,
        overlay: Option<&str>,
    ) -> Result<DomainAudit, crate::net::OverlayError> {
        let mut audit = super::audit_tape(
            self.target,
            selection,
            vantage,
            overlay,
            super::Recorded { tape: self.exchanges, past: self.past, plugins: self.plugins },
            self.started_at,
        )
        .await?;
        audit.duration_ms = self.duration_ms;
        let all = audit.outcomes.iter_mut().chain(audit.what_if.iter_mut().flatten());
        for outcome in all {
            outcome.duration_ms = self.durations.get(&outcome.check).copied().unwrap_or(0);
        }
        Ok(audit)
    }
}
