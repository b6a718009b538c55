//! What is due now, and when is the next? A pure structure: time is handed in, nothing runs here.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use vigie_checks::kernel::Name;

use super::key::{Due, Key, Look};
use super::plan::Planned;
use crate::config::Schedule;

/// Keys by the time at which they are due. A key that was given out is not given out again before it
/// is [finished](Queue::finished).
#[derive(Default)]
pub struct Queue {
    /// Where calendars are read.
    zone: Tz,
    entries: HashMap<Key, Entry>,
    /// May hold times that no longer count; an entry knows which one does.
    times: BinaryHeap<Reverse<(DateTime<Utc>, Key)>>,
}

struct Entry {
    schedule: Arc<Schedule>,
    gap: Duration,
    last_run: Option<DateTime<Utc>>,
    running: bool,
    scheduled: Option<DateTime<Utc>>,
    second: Option<DateTime<Utc>>,
    asked: Option<DateTime<Utc>>,
}

impl Entry {
    fn looks(&self) -> [(Look, Option<DateTime<Utc>>); 3] {
        [(Look::Scheduled, self.scheduled), (Look::Second, self.second), (Look::Asked, self.asked)]
    }

    /// When it is due; none while it runs.
    fn due_at(&self) -> Option<DateTime<Utc>> {
        if self.running {
            return None;
        }
        self.looks().into_iter().filter_map(|(_, at)| at).min()
    }

    /// The weightiest look that is due by `now`.
    fn look(&self, now: DateTime<Utc>) -> Look {
        let due = self.looks().into_iter().filter(|(_, at)| at.is_some_and(|at| at <= now));
        due.map(|(look, _)| look).max().unwrap_or(Look::Scheduled)
    }

    /// No earlier than the gap after the last run allows.
    fn spaced(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        let gap = TimeDelta::from_std(self.gap).unwrap_or(TimeDelta::MAX);
        let earliest = self.last_run.and_then(|last| last.checked_add_signed(gap));
        earliest.map_or(at, |earliest| earliest.max(at))
    }
}

impl Queue {
    /// Takes what is planned in place of all before: what is new and never ran is due at once, what
    /// was missed since its last run is due once, what is no longer planned is forgotten.
    /// `last_run` says what the store knows of a key.
    pub fn replace(
        &mut self,
        planned: Vec<Planned>,
        zone: Tz,
        now: DateTime<Utc>,
        last_run: impl Fn(&Key) -> Option<DateTime<Utc>>,
    ) {
        self.zone = zone;
        let kept: HashSet<Key> = planned.iter().map(|planned| planned.key.clone()).collect();
        self.entries.retain(|key, _| kept.contains(key));
        for Planned { key, schedule, gap } in planned {
            let before = self.entries.remove(&key);
            let known = before.as_ref().and_then(|entry| entry.last_run);
            let mut entry = Entry {
                schedule,
                gap,
                // A clock that was set back must not keep a key waiting for the future.
                last_run: known.or_else(|| last_run(&key)).map(|last| last.min(now)),
                running: before.as_ref().is_some_and(|entry| entry.running),
                scheduled: None,
                second: before.as_ref().and_then(|entry| entry.second),
                asked: before.as_ref().and_then(|entry| entry.asked),
            };
            entry.scheduled = match entry.last_run {
                None => Some(now),
                Some(last) => self.next(&entry, &key, last).map(|at| at.max(now)),
            };
            self.entries.insert(key.clone(), entry);
            self.push(&key);
        }
    }

    /// Gives out what is due by `now`, the longest waiting first.
    pub fn due(&mut self, now: DateTime<Utc>) -> Vec<Due> {
        let mut due = Vec::new();
        while self.next_at().is_some_and(|at| at <= now) {
            let Some(Reverse((at, key))) = self.times.pop() else { break };
            let Some(entry) = self.entries.get_mut(&key) else { continue };
            let look = entry.look(now);
            entry.running = true;
            entry.scheduled = entry.scheduled.filter(|at| *at > now);
            entry.second = entry.second.filter(|at| *at > now);
            entry.asked = None;
            due.push(Due { key, look, at });
        }
        due
    }

    /// When something is due next; none when nothing will be before something finishes.
    pub fn next_at(&mut self) -> Option<DateTime<Utc>> {
        while let Some(Reverse((at, key))) = self.times.peek() {
            let counts = self.entries.get(key).and_then(Entry::due_at) == Some(*at);
            if counts {
                return Some(*at);
            }
            self.times.pop();
        }
        None
    }

    /// The run of a key is over, however it went: it is due again by its schedule.
    pub fn finished(&mut self, key: &Key, now: DateTime<Utc>) {
        let Some(mut entry) = self.entries.remove(key) else { return };
        entry.running = false;
        entry.last_run = Some(now);
        entry.second = entry.second.map(|at| entry.spaced(at));
        entry.scheduled = self.next(&entry, key, now);
        self.entries.insert(key.clone(), entry);
        self.push(key);
    }

    /// Everything of a domain is due now. Says how many keys that are.
    pub fn run_now(&mut self, domain: &Name, now: DateTime<Utc>) -> usize {
        let keys: Vec<Key> =
            self.entries.keys().filter(|key| key.domain == *domain).cloned().collect();
        for key in &keys {
            if let Some(entry) = self.entries.get_mut(key) {
                entry.asked = Some(now);
            }
            self.push(key);
        }
        keys.len()
    }

    /// A second look at a key, no earlier than `at`; false for one that is not planned.
    pub fn look_again(&mut self, key: &Key, at: DateTime<Utc>) -> bool {
        let Some(entry) = self.entries.get_mut(key) else { return false };
        let at = entry.spaced(at);
        entry.second = Some(entry.second.map_or(at, |before| before.min(at)));
        self.push(key);
        true
    }

    fn next(&self, entry: &Entry, key: &Key, last: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let next = entry.schedule.next_after(last, self.zone, &key.phase())?;
        Some(entry.spaced(next))
    }

    fn push(&mut self, key: &Key) {
        if let Some(at) = self.entries.get(key).and_then(Entry::due_at) {
            self.times.push(Reverse((at, key.clone())));
        }
    }
}
