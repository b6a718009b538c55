//! What is due now, and when is the next? A pure structure: time is handed in, nothing runs here.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use vigie_checks::kernel::Name;

use super::entry::Entry;
use super::key::{Due, Key};
use super::plan::Planned;

/// Keys by the time at which they are due. A key that was given out is not given out again before it
/// is [finished](Queue::finished).
#[derive(Default)]
pub struct Queue {
    /// Where calendars are read.
    zone: Tz,
    domains: HashMap<Name, Watched>,
    /// The first time of each domain. May hold times that no longer count; a domain knows which one does.
    times: Times,
}

/// The earliest first.
type Times = BinaryHeap<Reverse<(DateTime<Utc>, Name)>>;

/// What is planned of one domain: its checks share most of their times, so the domain waits for them.
#[derive(Default)]
struct Watched {
    /// By check and instance.
    entries: Vec<Entry>,
    /// Under which time it stands in the queue.
    stands_at: Option<DateTime<Utc>>,
}

impl Watched {
    fn due_at(&self) -> Option<DateTime<Utc>> {
        self.entries.iter().filter_map(Entry::due_at).min()
    }

    fn place(&self, key: &Key) -> Option<usize> {
        self.entries.binary_search_by(|entry| entry.part().cmp(&key.part())).ok()
    }

    fn entry(&self, key: &Key) -> Option<&Entry> {
        self.place(key).map(|at| &self.entries[at])
    }

    fn entry_mut(&mut self, key: &Key) -> Option<&mut Entry> {
        self.place(key).map(|at| &mut self.entries[at])
    }
}

impl Queue {
    /// Takes what is planned in place of all before: what is new and never ran is due at once, what
    /// was missed since its last run is due once, what is no longer planned is forgotten.
    /// `last_run` says what the store knows of a key.
    pub fn replace(
        &mut self,
        planned: &[Planned],
        zone: Tz,
        now: DateTime<Utc>,
        last_run: impl Fn(&Key) -> Option<DateTime<Utc>>,
    ) {
        self.zone = zone;
        self.times.clear();
        let before = std::mem::take(&mut self.domains);
        for planned in planned.chunk_by(|a, b| a.key.domain == b.key.domain) {
            let domain = &planned[0].key.domain;
            let before = before.get(domain);
            let entries = planned.iter().map(|planned| {
                let before = before.and_then(|watched| watched.entry(&planned.key));
                Entry::new(planned, before, zone, now, &last_run)
            });
            let watched = self.domains.entry(domain.clone()).or_default();
            watched.entries.reserve_exact(planned.len());
            watched.entries.extend(entries);
        }
        for (domain, watched) in &mut self.domains {
            watched.entries.sort_by(|a, b| a.part().cmp(&b.part()));
            push(&mut self.times, domain, watched);
        }
    }

    /// The clock was set back by so much, to `now`.
    pub fn set_back(&mut self, by: TimeDelta, now: DateTime<Utc>) {
        self.times.clear();
        for (domain, watched) in &mut self.domains {
            let entries = watched.entries.iter_mut();
            entries.for_each(|entry| entry.set_back(domain, self.zone, by, now));
            watched.stands_at = None;
            push(&mut self.times, domain, watched);
        }
    }

    /// Gives out what is due by `now`, the longest waiting first.
    pub fn due(&mut self, now: DateTime<Utc>) -> Vec<Due> {
        let mut due = Vec::new();
        while self.next_at().is_some_and(|at| at <= now) {
            let Some(Reverse((at, domain))) = self.times.pop() else { break };
            let Some(watched) = self.domains.get_mut(&domain) else { continue };
            watched.stands_at = None;
            for entry in watched.entries.iter_mut().filter(|entry| entry.due_at() == Some(at)) {
                due.push(Due { key: entry.key(&domain), look: entry.begin(now), at });
            }
            push(&mut self.times, &domain, watched);
        }
        due
    }

    /// When something is due next; none when nothing will be before something finishes.
    pub fn next_at(&mut self) -> Option<DateTime<Utc>> {
        while let Some(Reverse((at, domain))) = self.times.peek() {
            let counts = self.domains.get(domain).and_then(Watched::due_at) == Some(*at);
            if counts {
                return Some(*at);
            }
            self.times.pop();
        }
        None
    }

    /// The run of a key is over, however it went: it is due again by its schedule.
    pub fn finished(&mut self, key: &Key, now: DateTime<Utc>) {
        let zone = self.zone;
        self.change(key, |entry| entry.end(&key.domain, zone, now));
    }

    /// Everything of a domain is due now. Says how many keys that are.
    pub fn run_now(&mut self, domain: &Name, now: DateTime<Utc>) -> usize {
        let Some(watched) = self.domains.get_mut(domain) else { return 0 };
        watched.entries.iter_mut().for_each(|entry| entry.asked = Some(now));
        push(&mut self.times, domain, watched);
        watched.entries.len()
    }

    /// A second look at a key, no earlier than `at`; false for one that is not planned.
    pub fn look_again(&mut self, key: &Key, at: DateTime<Utc>) -> bool {
        self.change(key, |entry| {
            let at = entry.spaced(at);
            entry.second = Some(entry.second.map_or(at, |before| before.min(at)));
        })
    }

    /// False where the key is not planned.
    fn change(&mut self, key: &Key, change: impl FnOnce(&mut Entry)) -> bool {
        let Some(watched) = self.domains.get_mut(&key.domain) else { return false };
        let Some(entry) = watched.entry_mut(key) else { return false };
        change(entry);
        push(&mut self.times, &key.domain, watched);
        true
    }
}

/// A domain stands in the queue under the first time at which something of it is due.
fn push(times: &mut Times, domain: &Name, watched: &mut Watched) {
    let due_at = watched.due_at();
    if let Some(at) = due_at.filter(|_| due_at != watched.stands_at) {
        times.push(Reverse((at, domain.clone())));
    }
    watched.stands_at = due_at;
}
