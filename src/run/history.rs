//! What did a domain look like over time? Each record, host and certificate, each finding, and when it
//! could not be told, put together from the stored history.
//!
//! Judges nothing again: findings are told as they were judged then.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use vigie_checks::kernel::{Because, Bilingual, CheckStatus, Finding, Name, Status};

use super::changes::{Known, addresses, known};
use crate::store::{Change, Span, SpanKey, Store, StoreError};

/// Changes that are told at most, newest first.
const CHANGES: u32 = 1000;

/// Why there is nothing to tell.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words().en)]
pub enum HistoryError {
    Unknown {
        domain: Name,
        known: Vec<Name>,
    },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl HistoryError {
    /// What people are told.
    pub fn words(&self) -> Bilingual {
        match self {
            Self::Unknown { domain, known } => {
                let named: Vec<&str> = known.iter().take(NAMED).map(Name::as_str).collect();
                let (named, more) = (named.join(", "), known.len().saturating_sub(NAMED));
                let and = |rest: String| if more > 0 { rest } else { String::new() };
                let words = Bilingual::new(
                    format!(
                        "the history does not know this domain; it knows {named}{}",
                        and(format!(" and {more} more"))
                    ),
                    format!(
                        "l’historique ne connaît pas ce domaine ; il connaît {named}{}",
                        and(format!(" et {more} de plus"))
                    ),
                );
                words.about(domain)
            }
            Self::Store(error) => error.words(),
        }
    }
}

/// Domains that a sentence names.
const NAMED: usize = 3;

/// What is told of one domain; everywhere the newest comes first.
#[derive(Clone, Debug, PartialEq)]
pub struct DomainHistory {
    pub domain: Name,
    /// The first and the last look that is kept; nothing before the first.
    pub seen: Option<(DateTime<Utc>, DateTime<Utc>)>,
    pub things: Vec<Thing>,
    pub findings: Vec<Spell>,
    pub untold: Vec<Untold>,
    pub changes: Vec<Change>,
}

impl DomainHistory {
    /// Whether it tells of nothing, as that of a check that there never was.
    pub fn is_empty(&self) -> bool {
        self.things.is_empty()
            && self.findings.is_empty()
            && self.untold.is_empty()
            && self.changes.is_empty()
    }
}

/// A record, a host or a certificate.
#[derive(Clone, Debug, PartialEq)]
pub struct Thing {
    pub check: String,
    /// Empty, or the name of the probe.
    pub instance: String,
    /// As in a change: `TXT example.com`, `certificate of mx.example.com`.
    pub what: String,
    pub periods: Vec<Period>,
}

/// A time over which it looked the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Period {
    /// Null where there was nothing.
    pub value: Option<String>,
    pub first_seen: DateTime<Utc>,
    pub last_seen: DateTime<Utc>,
    /// The last look that could tell saw it so.
    pub stands: bool,
}

/// A time over which a finding stood.
#[derive(Clone, Debug, PartialEq)]
pub struct Spell {
    pub check: String,
    pub instance: String,
    /// As it was judged last.
    pub finding: Finding,
    pub first_seen: DateTime<Utc>,
    pub last_seen: DateTime<Utc>,
    pub stands: bool,
}

/// A time over which a check could not tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Untold {
    pub check: String,
    pub instance: String,
    /// As in a finding's `evidence.reason`, of the last run.
    pub reason: String,
    pub first_seen: DateTime<Utc>,
    pub last_seen: DateTime<Utc>,
}

/// What of a history is told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    pub check: Option<&'a str>,
    /// What ended before is left out.
    pub since: Option<DateTime<Utc>>,
}

/// The history of a domain, from the store at `url`.
///
/// # Errors
/// There is no history, or none of the domain; the store cannot be read.
pub async fn recall_history(
    url: &str,
    domain: &Name,
    asked: Asked<'_>,
) -> Result<DomainHistory, HistoryError> {
    let empty = || HistoryError::Store(StoreError::Empty { place: Store::place(url) });
    let store = Store::open_to_read(url).await?.ok_or_else(empty)?;
    let told = DomainHistory::of(&store, domain, asked).await;
    let known = store.domains().await;
    store.close().await;
    let (told, known) = (told?, known?);
    match told.seen {
        Some(_) => Ok(told),
        None if known.is_empty() => Err(empty()),
        None => Err(HistoryError::Unknown { domain: domain.clone(), known }),
    }
}

impl DomainHistory {
    /// The history of a domain, from an open store.
    ///
    /// # Errors
    /// The store fails, or holds what this version cannot read.
    pub async fn of(store: &Store, domain: &Name, asked: Asked<'_>) -> Result<Self, StoreError> {
        let mut told = Telling::default();
        // The bounds are those of the domain, whatever is asked of it.
        let seen = store.seen(domain).await?;
        store.each_span(domain, asked.check, |span| told.span(domain, &span)).await?;
        let since = asked.since.unwrap_or(DateTime::<Utc>::MIN_UTC);
        let mut changes = store.changes(domain, CHANGES).await?;
        changes.retain(|change| asked.check.is_none_or(|check| check == change.check));
        let mut things = told.things();
        for thing in &mut things {
            begin_earlier(thing, &changes);
        }
        changes.retain(|change| change.seen_at >= since);
        let mut history = Self {
            domain: domain.clone(),
            seen,
            things,
            findings: told.findings,
            untold: told.untold,
            changes,
        };
        history.leave_out(since);
        Ok(history)
    }

    /// What stands has not ended, however long ago it was looked at.
    fn leave_out(&mut self, since: DateTime<Utc>) {
        for thing in &mut self.things {
            thing.periods.retain(|period| period.stands || period.last_seen >= since);
        }
        self.things.retain(|thing| !thing.periods.is_empty());
        self.findings.retain(|spell| spell.stands || spell.last_seen >= since);
        self.findings.sort_by_key(|spell| std::cmp::Reverse((spell.stands, spell.last_seen)));
        self.untold.retain(|untold| untold.last_seen >= since);
        self.untold.sort_by_key(|untold| std::cmp::Reverse(untold.last_seen));
    }
}

/// The last change of a record is kept longer than the looks before it.
fn begin_earlier(thing: &mut Thing, changes: &[Change]) {
    let Some(oldest) = thing.periods.last_mut() else { return };
    let same = |change: &&Change| {
        (&change.check, &change.what, &change.after) == (&thing.check, &thing.what, &oldest.value)
    };
    let Some(began) = changes.iter().find(same) else { return };
    oldest.first_seen = oldest.first_seen.min(began.seen_at);
}

/// What the spans come to, told one by one, the oldest of a key first.
#[derive(Default)]
struct Telling {
    key: Option<SpanKey>,
    of_key: BTreeMap<String, Vec<Period>>,
    done: Vec<Thing>,
    findings: Vec<Spell>,
    untold: Vec<Untold>,
    /// Whether the last span of the key could not tell.
    blind: bool,
}

impl Telling {
    fn span(&mut self, domain: &Name, span: &Span) {
        if self.key.as_ref() != Some(&span.key) {
            self.end_key();
            self.key = Some(span.key.clone());
        }
        if span.is_definite() {
            let SpanKey { check, instance, .. } = &span.key;
            let mut seen = known(domain, check, instance, &span.facts);
            seen.extend(addresses(check, &span.facts));
            self.look(seen, span);
        }
        self.judged(span);
        self.could_not_tell(span);
    }

    fn look(&mut self, seen: Known, span: &Span) {
        for period in self.of_key.values_mut().filter_map(|periods| periods.last_mut()) {
            period.stands = false;
        }
        for (what, value) in seen {
            let periods = self.of_key.entry(what).or_default();
            match periods.last_mut().filter(|last| last.value == value) {
                Some(last) => (last.last_seen, last.stands) = (span.last_seen, true),
                None => periods.push(Period {
                    value,
                    first_seen: span.first_seen,
                    last_seen: span.last_seen,
                    stands: true,
                }),
            }
        }
    }

    /// Findings begin and go on wherever they were seen; they end where the whole check could tell,
    /// or there was nothing left to ask.
    fn judged(&mut self, span: &Span) {
        let Some(key) = &self.key else { return };
        let ours = |spell: &Spell| {
            spell.stands && spell.check == key.check && spell.instance == key.instance
        };
        let ends = match span.status {
            CheckStatus::Pass | CheckStatus::Fail => true,
            CheckStatus::Skipped => !matches!(span.because, Some(Because::NeedUnknown { .. })),
            CheckStatus::Indeterminate => false,
        };
        let failing: Vec<&Finding> =
            span.findings.iter().filter(|finding| finding.status == Status::Fail).collect();
        let same = |a: &Finding, b: &Finding| a.id == b.id && a.subject == b.subject;
        for spell in self.findings.iter_mut().filter(|spell| ours(spell)) {
            match failing.iter().find(|finding| same(finding, &spell.finding)) {
                Some(finding) => {
                    spell.finding = (*finding).clone();
                    spell.last_seen = span.last_seen;
                }
                None => spell.stands &= !ends,
            }
        }
        for finding in failing {
            if !self.findings.iter().any(|spell| ours(spell) && same(finding, &spell.finding)) {
                self.findings.push(Spell {
                    check: key.check.clone(),
                    instance: key.instance.clone(),
                    finding: finding.clone(),
                    first_seen: span.first_seen,
                    last_seen: span.last_seen,
                    stands: true,
                });
            }
        }
    }

    fn could_not_tell(&mut self, span: &Span) {
        let blind = span.status == CheckStatus::Indeterminate && !span.is_definite();
        let again = std::mem::replace(&mut self.blind, blind);
        if !blind {
            return;
        }
        let untold = span.findings.iter().find(|f| f.status == Status::Indeterminate);
        let reason = untold.and_then(|finding| finding.evidence.get("reason")?.as_str());
        let reason = reason.unwrap_or("unknown").to_owned();
        match self.untold.last_mut().filter(|_| again) {
            Some(last) => (last.last_seen, last.reason) = (span.last_seen, reason),
            None => self.untold.push(Untold {
                check: span.key.check.clone(),
                instance: span.key.instance.clone(),
                reason,
                first_seen: span.first_seen,
                last_seen: span.last_seen,
            }),
        }
    }

    fn end_key(&mut self) {
        self.blind = false;
        let Some(SpanKey { check, instance, .. }) = self.key.take() else { return };
        let of_key = std::mem::take(&mut self.of_key);
        self.done.extend(of_key.into_iter().map(|(what, mut periods)| {
            periods.reverse();
            Thing { check: check.clone(), instance: instance.clone(), what, periods }
        }));
    }

    fn things(&mut self) -> Vec<Thing> {
        self.end_key();
        std::mem::take(&mut self.done)
    }
}

#[cfg(test)]
mod tests;
