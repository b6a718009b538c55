//! What one check came to for one domain.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Check, Finding, KeptFacts, Learned, Severity, Status};

/// How a check ended.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum CheckStatus {
    Pass,
    Fail,
    Indeterminate,
    Skipped,
}

/// Why a check was skipped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Because {
    /// A check that it needs could not tell; it weighs.
    NeedUnknown { need: String },
    /// The domain does not exist, so there is nothing else to say.
    NoDomain,
    /// There is nothing to ask for this domain: a word of the check's own, such as `no-selectors`.
    NothingToAsk { what: String },
}

/// The end of one check for one domain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub check: String,
    pub status: CheckStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<Because>,
    pub findings: Vec<Finding>,
    pub facts: KeptFacts,
    /// The version of the facts' form.
    pub facts_version: u32,
    pub started_at: DateTime<Utc>,
    pub duration_ms: u64,
    pub dns_queries: u64,
}

impl Outcome {
    /// The status that findings give: `fail` from warning up, else `indeterminate`, else `pass`.
    pub fn status_of(findings: &[Finding]) -> CheckStatus {
        let fails = |f: &Finding| f.status == Status::Fail && f.severity >= Severity::Warning;
        if findings.iter().any(fails) {
            CheckStatus::Fail
        } else if findings.iter().any(|f| f.status == Status::Indeterminate) {
            CheckStatus::Indeterminate
        } else {
            CheckStatus::Pass
        }
    }

    /// Whether its verdict counts: it passes, fails, or could not tell of some parts alone.
    pub fn is_definite(&self) -> bool {
        is_definite(self.status, &self.findings)
    }

    /// Whether the check could not tell: itself, or what it needs.
    pub fn is_blind(&self) -> bool {
        self.status == CheckStatus::Indeterminate
            || matches!(self.because, Some(Because::NeedUnknown { .. }))
    }
}

/// As [`Outcome::is_definite`], of an outcome that is kept elsewhere.
pub fn is_definite(status: CheckStatus, findings: &[Finding]) -> bool {
    match status {
        CheckStatus::Pass | CheckStatus::Fail => true,
        CheckStatus::Skipped => false,
        // A check that ended in a panic says nothing at all.
        CheckStatus::Indeterminate => {
            !findings.is_empty() && !findings.iter().any(Finding::leaves_nothing)
        }
    }
}

/// What the checks that were needed learned; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    learned: BTreeMap<&'static str, Learned>,
}

impl Needs {
    /// Adds what a check learned.
    pub fn insert(&mut self, check: &'static str, learned: Learned) {
        self.learned.insert(check, learned);
    }

    /// Those of the checks named.
    #[must_use]
    pub fn only(&self, checks: &[&str]) -> Self {
        let named = self.learned.iter().filter(|(check, _)| checks.contains(check));
        Self { learned: named.map(|(check, learned)| (*check, Arc::clone(learned))).collect() }
    }

    /// The facts of a needed check; nothing if it did not look.
    pub fn facts<C: Check>(&self) -> Option<&C::Facts> {
        self.learned.get(C::NAME)?.downcast_ref()
    }
}
