//! How does every check of every domain stand? Kept in memory, so that a scrape of ten thousand
//! domains asks the store for none of it.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use vigie_checks::kernel::{CheckStatus, Name, Severity, worst};
use vigie_checks::names::Part;

use crate::run::commit::Observed;
use crate::run::{FIRST_ENDS, first_end};
use crate::store::{SendOutcome, SpanKey, Standing, Store, StoreError};

/// The last word of one check of a domain.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    pub part: Part,
    pub status: CheckStatus,
    pub worst: Option<Severity>,
    pub definite_at: Option<DateTime<Utc>>,
    /// The end that it saw coming, of a certificate or a registration.
    pub end: Option<DateTime<Utc>>,
    /// Of a probe's last round, the messages that arrived and those of which that is known.
    pub arrived: Option<(u32, u32)>,
}

impl Word {
    fn none(part: Part) -> Self {
        let (worst, definite_at, end, arrived) = (None, None, None, None);
        Self { part, status: CheckStatus::Skipped, worst, definite_at, end, arrived }
    }
}

/// The last words of all checks, by domain.
#[derive(Debug, Default)]
pub struct Results(Mutex<BTreeMap<Name, Vec<Word>>>);

impl Results {
    /// Those that the store knows.
    ///
    /// # Errors
    /// The store fails.
    pub async fn load(store: &Store) -> Result<Self, StoreError> {
        let mut words: BTreeMap<Name, Vec<Word>> = BTreeMap::new();
        let take = |standing: Standing| {
            let key = standing.key;
            let domain = &key.domain;
            let word = Word {
                status: standing.status,
                worst: standing.worst,
                definite_at: standing.definite_at,
                end: first_end(&key.check, domain, &standing.facts),
                ..Word::none(Part::of(&key.check, &key.instance))
            };
            add(words.entry(domain.clone()).or_default(), word);
        };
        store.each_standing(FIRST_ENDS, take).await?;
        Ok(Self(Mutex::new(words)))
    }

    /// Takes what a run saw of a domain.
    pub fn take(&self, domain: &Name, seen: &[Observed], now: DateTime<Utc>) {
        let mut words = self.words();
        let words = words.entry(domain.clone()).or_default();
        for observed in seen {
            let outcome = &observed.outcome;
            let names = (outcome.check.as_str(), observed.instance.as_str());
            let at = words.iter().position(|word| word.part.names() == names);
            let at = at.unwrap_or_else(|| {
                add(words, Word::none(Part::of(names.0, names.1)));
                words.len() - 1
            });
            let word = &mut words[at];
            word.status = outcome.status;
            word.worst = worst(&outcome.findings);
            if outcome.is_definite() {
                word.definite_at = Some(now);
                word.end = first_end(&outcome.check, domain, &outcome.facts);
            }
            word.arrived = arrived(observed).or(word.arrived);
        }
    }

    /// Forgets what is no longer watched.
    pub fn keep(&self, is_watched: impl Fn(&SpanKey) -> bool) {
        self.words().retain(|domain, words| {
            words.retain(|word| {
                let (check, instance) = word.part.names();
                let (check, instance) = (check.to_owned(), instance.to_owned());
                is_watched(&SpanKey { domain: domain.clone(), check, instance })
            });
            !words.is_empty()
        });
    }

    /// Shows the words of at most `most` domains that come after one, in order, and names the last.
    pub fn after(
        &self,
        domain: Option<&Name>,
        most: usize,
        mut show: impl FnMut(&Name, &Word),
    ) -> Option<Name> {
        let words = self.words();
        let from = domain.map_or(Bound::Unbounded, Bound::Excluded);
        let mut last = None;
        for (domain, words) in words.range::<Name, _>((from, Bound::Unbounded)).take(most) {
            words.iter().for_each(|word| show(domain, word));
            last = Some(domain);
        }
        last.cloned()
    }

    fn words(&self) -> MutexGuard<'_, BTreeMap<Name, Vec<Word>>> {
        // Every change of the map is whole before anything can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// There are many domains, and each has few words: none has room for more of them.
fn add(words: &mut Vec<Word>, word: Word) {
    words.reserve_exact(1);
    words.push(word);
}

fn arrived(observed: &Observed) -> Option<(u32, u32)> {
    let known = observed.sends.iter().filter(|send| send.outcome != SendOutcome::Unknown);
    let (mut arrived, mut sent) = (0, 0);
    for send in known {
        sent += 1;
        arrived += u32::from(send.outcome == SendOutcome::Arrived);
    }
    (sent > 0).then_some((arrived, sent))
}
