//! The aggregate reports of DMARC that were there before.

use serde::Deserialize;

use crate::Days;

/// A report of each day, given an hour after the day that it tells of.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reports {
    /// Who reports (RFC 9990 §3.1.1, `org_name`).
    pub reporter: String,
    /// How long ago the days ended that it tells of.
    pub days_ago: Days,
}
