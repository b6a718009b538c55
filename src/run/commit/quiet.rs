//! When is nobody told, though something is wrong? Maintenance that was announced, and what somebody
//! silenced for a time.
//!
//! Looking and judging go on; what still stands when the quiet ends is told then.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Debug;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use vigie_checks::kernel::Name;

use crate::incidents::{Incident, Silence};

/// Moments that come again and again, as a calendar says.
pub trait Recurrence: Debug + Send + Sync {
    /// The first moment after `after`; none when there is none any more.
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>>;
}

/// Times that follow one another without a gap, as far as their end is sought.
const MOST_OVERLAPS: usize = 1000;

/// A time of maintenance.
#[derive(Clone, Debug)]
pub struct Window {
    /// The domains with one of these; with both lists empty, every domain.
    pub tags: Vec<String>,
    pub domains: Vec<Name>,
    pub when: When,
}

/// Once, or again and again.
#[derive(Clone, Debug)]
pub enum When {
    Once { from: DateTime<Utc>, until: DateTime<Utc> },
    Recurring { begins: Arc<dyn Recurrence>, lasts: TimeDelta },
}

impl When {
    /// Whether the moment lies in it; the moment of its end does not.
    pub fn holds(&self, now: DateTime<Utc>) -> bool {
        match self {
            Self::Once { from, until } => *from <= now && now < *until,
            Self::Recurring { begins, lasts } => {
                // The first beginning after `now - lasts` is the only one that can reach `now`.
                let begun = begins.next_after(now - *lasts);
                begun.is_some_and(|begun| begun <= now)
            }
        }
    }

    /// Until when it holds, if it holds at the moment.
    pub fn until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if !self.holds(now) {
            return None;
        }
        match self {
            Self::Once { until, .. } => Some(*until),
            Self::Recurring { begins, lasts } => {
                // Times that overlap go on to the end of the last; one that never ends is refused.
                let mut end = now;
                for _ in 0..MOST_OVERLAPS {
                    match begins.next_after(end - *lasts).filter(|begun| *begun <= end) {
                        Some(begun) => end = begun + *lasts,
                        None => break,
                    }
                }
                Some(end)
            }
        }
    }
}

impl Window {
    /// Whether it is of the domain, which has these tags.
    pub fn concerns(&self, domain: &Name, tags: &[String]) -> bool {
        let everything = self.tags.is_empty() && self.domains.is_empty();
        everything
            || self.domains.contains(domain)
            || tags.iter().any(|tag| self.tags.contains(tag))
    }
}

/// Everything that keeps alerts back.
#[derive(Clone, Debug, Default)]
pub struct Quiet {
    pub windows: Vec<Window>,
    pub silences: Vec<Silence>,
}

impl Quiet {
    /// Whether nobody is to be told of an incident now: a silence fits it, or every domain that it
    /// hits is in maintenance.
    pub fn covers(
        &self,
        incident: &Incident,
        tags: &HashMap<Name, Vec<String>>,
        now: DateTime<Utc>,
    ) -> bool {
        let tags_of = |domain: &Name| tags.get(domain).map_or(&[][..], Vec::as_slice);
        let in_maintenance = |domain: &Name| {
            let mut windows = self.windows.iter();
            windows.any(|window| window.concerns(domain, tags_of(domain)) && window.when.holds(now))
        };
        let all: BTreeSet<&str> =
            incident.domains.iter().flat_map(tags_of).map(String::as_str).collect();
        self.silences.iter().any(|silence| silence.covers(incident, &all, now))
            || incident.domains.iter().all(in_maintenance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Begins at every whole hour.
    #[derive(Debug)]
    struct Hourly;

    impl Recurrence for Hourly {
        fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
            DateTime::from_timestamp((after.timestamp().div_euclid(3600) + 1) * 3600, 0)
        }
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).expect("it is in range")
    }

    #[test]
    fn a_time_holds_from_its_beginning_to_just_before_its_end() {
        let once = When::Once { from: at(10), until: at(20) };
        let hourly = When::Recurring { begins: Arc::new(Hourly), lasts: TimeDelta::seconds(600) };
        let cases = [
            ("before", &once, 9, false),
            ("at its beginning", &once, 10, true),
            ("just before its end", &once, 19, true),
            ("at its end", &once, 20, false),
            ("recurring: at its beginning", &hourly, 3600, true),
            ("recurring: just before its end", &hourly, 4199, true),
            ("recurring: at its end", &hourly, 4200, false),
            ("recurring: between two", &hourly, 7199, false),
        ];
        for (rule, when, second, expected) in cases {
            assert_eq!(when.holds(at(second)), expected, "{rule}");
        }
    }

    #[test]
    fn the_end_of_a_time_is_that_of_the_last_which_overlaps() {
        let once = When::Once { from: at(10), until: at(20) };
        let hourly =
            |lasts| When::Recurring { begins: Arc::new(Hourly), lasts: TimeDelta::seconds(lasts) };
        let cases = [
            ("before", &once, 9, None),
            ("once", &once, 10, Some(20)),
            ("recurring", &hourly(600), 3700, Some(4200)),
            ("between two", &hourly(600), 4200, None),
        ];
        for (rule, when, second, expected) in cases {
            assert_eq!(when.until(at(second)), expected.map(at), "{rule}");
        }
        let endless = hourly(3600).until(at(3700)).expect("it holds");
        assert!(endless > at(3600 * 100), "{endless}");
    }
}
