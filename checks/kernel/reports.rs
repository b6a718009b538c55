//! Which aggregate reports of DMARC was vigie given of a domain, and when? What is needed to tell whether
//! they still come (RFC 9990 §3.1).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How far back from the newest report the others are handed over.
pub const REPORTS_TOLD: TimeDelta = TimeDelta::days(28);

/// Reporters that are told of, those of the most days.
const MOST_REPORTERS: usize = 20;

/// The reports on a domain, as days (UTC).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenReports {
    /// The end of the newest time that is reported of.
    pub last_end: DateTime<Utc>,
    /// When vigie was last given a report, new or not.
    pub last_given: DateTime<Utc>,
    /// The days on which vigie was given new ones.
    pub given_on: BTreeSet<NaiveDate>,
    /// The days that each reporter tells of.
    pub days: BTreeMap<String, BTreeSet<NaiveDate>>,
}

/// The times of one report.
#[derive(Clone, Debug)]
pub struct GivenReport {
    pub reporter: String,
    pub end: DateTime<Utc>,
    pub first_given: DateTime<Utc>,
    pub last_given: DateTime<Utc>,
}

impl GivenReports {
    /// What the reports of the last weeks come to; nothing if there is none.
    pub fn of(reports: &[GivenReport]) -> Option<Self> {
        let last_end = reports.iter().map(|report| report.end).max()?;
        let last_given = reports.iter().map(|report| report.last_given).max()?;
        let told = reports.iter().filter(|report| last_end - report.end <= REPORTS_TOLD);
        let mut days: BTreeMap<String, BTreeSet<NaiveDate>> = BTreeMap::new();
        for report in told {
            days.entry(report.reporter.clone()).or_default().insert(day_told_of(report.end));
        }
        let mut days: Vec<_> = days.into_iter().collect();
        days.sort_by_key(|(_, days)| Reverse(days.len()));
        let days = days.into_iter().take(MOST_REPORTERS).collect();
        let given_on = reports.iter().map(|report| report.first_given.date_naive()).collect();
        Some(Self { last_end, last_given, given_on, days })
    }
}

/// The day that a report tells of: a range may end with its last second or with the next midnight.
fn day_told_of(end: DateTime<Utc>) -> NaiveDate {
    (end - TimeDelta::seconds(1)).date_naive()
}
