//! Have aggregate reports stopped that used to come? (RFC 9990 §3.1: daily or more often)
//!
//! *Regular* is a reporter that told of at least 7 of the 10 days up to the newest day that any report
//! tells of. *Stopped* is when nobody told of a later time for 3 days, or for as long as reports ever
//! stayed away in the weeks before, such as over a weekend, and 2 days more: one for the day that is told
//! of, one for the report to come.
//!
//! The days before the record asked for reports, as far as the history knows, are no silence.
//!
//! A silence of vigie's own says nothing: that nobody gave it reports. They count as missing only if it was
//! given some since, all of them old ones, or if it used to be given them as they came, on 7 of 10 days.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::super::facts::DmarcFacts;
use super::super::{Dmarc, DmarcCode};
use super::{Discovery, Told, discover, shortened};
use crate::kernel::{Context, GivenReports, Raised};

/// Days up to the last one, and how many of them make a habit.
const WINDOW: TimeDelta = TimeDelta::days(10);
const HABIT: usize = 7;

/// The shortest silence that means something.
const SILENCE: TimeDelta = TimeDelta::days(3);

/// What a silence is longer than the longest before it.
const BEYOND: TimeDelta = TimeDelta::days(2);

/// Reporters that a sentence names.
const NAMED: usize = 3;

/// Reports of the domain's own record that stopped, while it still asks for them.
pub fn judge(told: &Told<'_>, context: &Context<'_>) -> Option<Raised> {
    let given = told.target.reports.as_ref()?;
    if !told.is_own() || !told.record.has_report_address() {
        return None;
    }
    let all: BTreeSet<NaiveDate> = given.days.values().flatten().copied().collect();
    let last = *all.last()?;
    let mut regular: Vec<(&str, usize)> = given
        .days
        .iter()
        .map(|(reporter, days)| (reporter.as_str(), recent(days, last)))
        .filter(|(_, days)| *days >= HABIT)
        .collect();
    let patience = SILENCE.max(longest_silence(&all) + BEYOND);
    if regular.is_empty() || context.now - given.last_end < patience || !is_fed(given, patience) {
        return None;
    }
    // The history is read last: it is long, and most domains end above.
    let since = asked_since(context).map_or(given.last_end, |asked| asked.max(given.last_end));
    if context.now - since < patience {
        return None;
    }
    regular.sort_by_key(|(_, days)| std::cmp::Reverse(*days));
    let mut named: Vec<String> =
        regular.iter().take(NAMED).map(|(reporter, _)| shortened(reporter)).collect();
    if regular.len() > NAMED {
        named.push("…".to_owned());
    }
    let days: serde_json::Map<String, serde_json::Value> =
        regular.iter().map(|(reporter, days)| (shortened(reporter), (*days).into())).collect();
    let raised = told
        .on(DmarcCode::ReportsStopped)
        .with("date", last)
        .with("reporters", named.join(", "))
        .with("rua", told.facts.rua.join(", "));
    let raised = raised.evidence("last_end", given.last_end).evidence("days_of_ten", days);
    Some(raised.evidence("expected_by", since + patience))
}

/// How many of the days up to `last` are told of.
fn recent(days: &BTreeSet<NaiveDate>, last: NaiveDate) -> usize {
    days.iter().filter(|day| last - **day < WINDOW).count()
}

/// The longest time between two days that are told of.
fn longest_silence(days: &BTreeSet<NaiveDate>) -> TimeDelta {
    let gaps = days.iter().zip(days.iter().skip(1)).map(|(day, next)| *next - *day);
    gaps.max().unwrap_or_default()
}

/// When the record was last seen to ask for no reports, if it ever was.
fn asked_since(context: &Context<'_>) -> Option<DateTime<Utc>> {
    let seen = context.past.of::<Dmarc>();
    let silent = seen.iter().filter(|seen| asks_nobody(&seen.facts));
    silent.map(|seen| seen.last_seen).max()
}

fn asks_nobody(facts: &DmarcFacts) -> bool {
    match discover(&facts.walk) {
        Discovery::Unknown { .. } => false,
        Discovery::Nothing => true,
        Discovery::Found { record, .. } => !record.has_report_address(),
    }
}

/// Whether vigie would have been given reports that came.
fn is_fed(given: &GivenReports, patience: TimeDelta) -> bool {
    let as_they_come =
        given.given_on.last().is_some_and(|last| recent(&given.given_on, *last) >= HABIT);
    as_they_come || given.last_given - given.last_end >= patience
}
