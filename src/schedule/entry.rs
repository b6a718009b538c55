//! When is one check of a domain due? Pure: time is handed in.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use vigie_checks::kernel::Name;
use vigie_checks::names::Part;

use super::key::{Key, Look};
use super::plan::{Planned, Rhythm};

/// A check of a domain, or one of its probes. The domain is that under which it stands: there are many
/// of these, so they are small.
pub(super) struct Entry {
    part: Part,
    rhythm: Arc<Rhythm>,
    last_run: Option<DateTime<Utc>>,
    running: bool,
    scheduled: Option<DateTime<Utc>>,
    pub second: Option<DateTime<Utc>>,
    pub asked: Option<DateTime<Utc>>,
}

impl Entry {
    /// What is planned, with what was asked of it `before` it was planned anew.
    pub fn new(
        planned: &Planned,
        before: Option<&Self>,
        zone: Tz,
        now: DateTime<Utc>,
        last_run: impl Fn(&Key) -> Option<DateTime<Utc>>,
    ) -> Self {
        let key = &planned.key;
        let known = before.and_then(|entry| entry.last_run);
        let mut entry = Self {
            part: Part::of(&key.check, &key.instance),
            rhythm: Arc::clone(&planned.rhythm),
            // A clock that was set back must not keep a key waiting for the future.
            last_run: known.or_else(|| last_run(key)).map(|last| last.min(now)),
            running: before.is_some_and(|entry| entry.running),
            scheduled: None,
            second: before.and_then(|entry| entry.second),
            asked: before.and_then(|entry| entry.asked),
        };
        entry.plan(&key.domain, zone, now);
        entry
    }

    /// What never ran is due now, and so is, once, what was missed since it ran.
    fn plan(&mut self, domain: &Name, zone: Tz, now: DateTime<Utc>) {
        self.scheduled = match self.last_run {
            None => Some(now),
            Some(last) => self.next(domain, zone, last).map(|at| at.max(now)),
        };
    }

    pub fn key(&self, domain: &Name) -> Key {
        Key::new(domain, self.part.check()).of_probe(self.part.instance())
    }

    /// What it is of its domain.
    pub fn part(&self) -> (&str, &str) {
        self.part.names()
    }

    /// When it is due; none while it runs.
    pub fn due_at(&self) -> Option<DateTime<Utc>> {
        if self.running {
            return None;
        }
        self.looks().into_iter().filter_map(|(_, at)| at).min()
    }

    /// It runs from now on: says how it looks, and forgets what was due by `now`.
    pub fn begin(&mut self, now: DateTime<Utc>) -> Look {
        let look = self.look(now);
        self.running = true;
        self.scheduled = self.scheduled.filter(|at| *at > now);
        self.second = self.second.filter(|at| *at > now);
        self.asked = None;
        look
    }

    /// Its run is over: it is due again by its schedule.
    pub fn end(&mut self, domain: &Name, zone: Tz, now: DateTime<Utc>) {
        self.running = false;
        self.last_run = Some(now);
        self.second = self.second.map(|at| self.spaced(at));
        self.scheduled = self.next(domain, zone, now);
    }

    /// The clock was set back by so much: what lay before it does still, and nothing waits for longer than
    /// it would have.
    pub fn set_back(&mut self, domain: &Name, zone: Tz, by: TimeDelta, now: DateTime<Utc>) {
        let earlier = |at: DateTime<Utc>| at.checked_sub_signed(by).unwrap_or(now);
        self.last_run = self.last_run.map(|last| earlier(last).min(now));
        self.second = self.second.map(earlier);
        self.asked = self.asked.map(earlier);
        self.plan(domain, zone, now);
    }

    /// No earlier than the gap after the last run allows.
    pub fn spaced(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        let gap = TimeDelta::from_std(self.rhythm.gap).unwrap_or(TimeDelta::MAX);
        let earliest = self.last_run.and_then(|last| last.checked_add_signed(gap));
        earliest.map_or(at, |earliest| earliest.max(at))
    }

    fn looks(&self) -> [(Look, Option<DateTime<Utc>>); 3] {
        [(Look::Scheduled, self.scheduled), (Look::Second, self.second), (Look::Asked, self.asked)]
    }

    /// The weightiest look that is due by `now`.
    fn look(&self, now: DateTime<Utc>) -> Look {
        let due = self.looks().into_iter().filter(|(_, at)| at.is_some_and(|at| at <= now));
        due.map(|(look, _)| look).max().unwrap_or(Look::Scheduled)
    }

    fn next(&self, domain: &Name, zone: Tz, last: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let next = self.rhythm.schedule.next_after(last, zone, &self.key(domain).phase())?;
        Some(self.spaced(next))
    }
}
