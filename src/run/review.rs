//! What the review of a campaign rests on: a fresh look at each domain that its streams use, and what
//! changed of their records lately.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::try_join_all;
use tracing::warn;
use vigie_checks::blocklist::{BlocklistFacts, unanswered};
use vigie_checks::kernel::{Blocklist, Name, ProbeSpec, Target};

use super::changes::differences;
use super::{Auditor, DomainAudit, recall_from};
use crate::net::OverlayError;
use crate::store::{Change, Store, StoreError};

/// The checks whose records a stream rests on.
const RECORDS: [&str; 4] = ["spf", "dkim", "dmarc", "mx"];

/// How long an answer from before a change may live. History keeps no TTL, so that none is taken for
/// shorter than it was; few are longer than this.
const OLD_ANSWERS: TimeDelta = TimeDelta::hours(48);

/// Changes of one domain that are told.
const MOST_CHANGES: u32 = 50;

/// Where the history is.
#[derive(Clone, Copy)]
pub enum Records<'a> {
    /// At this URL, if there is any yet.
    At(&'a str),
    Open(&'a Store),
}

/// How far a review is.
#[derive(Clone, Debug)]
pub enum ReviewState {
    /// Others are before it.
    Waiting,
    Running(Progress),
    Done(Arc<Review>),
    /// It broke off; the log says why.
    Failed,
}

/// Domains that are looked at, and how many are done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub looked: usize,
    pub of: usize,
}

/// What of the history can be read.
enum Readable {
    Store(Store),
    Nothing,
    Unreadable,
}

/// What is known of the latest changes of a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lately {
    /// The domain was never watched.
    NoHistory,
    Unreadable,
    Known {
        /// The first look that is kept; of what was before, nothing is known.
        since: DateTime<Utc>,
        /// The newest first.
        changes: Vec<RecentChange>,
    },
}

/// A record that is not what it was, so lately that receivers may still see the old one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecentChange {
    /// The check that looks at the record.
    pub check: String,
    pub what: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub seen_at: DateTime<Utc>,
    /// Until when answers from before may live.
    pub old_until: DateTime<Utc>,
}

/// What was seen for a review.
#[derive(Clone, Debug)]
pub struct Review {
    pub at: DateTime<Utc>,
    /// The first is the domain's own.
    pub audits: Vec<DomainAudit>,
    /// The sending addresses that no blocklist was able to speak of.
    pub unanswered: BTreeMap<Name, Vec<IpAddr>>,
    /// Whether the history told of a test send.
    pub has_sends: bool,
    pub lately: BTreeMap<Name, Lately>,
}

impl Review {
    /// Looks at every target; `looked` is called as each one is done.
    ///
    /// # Errors
    /// The auditor has an overlay that cannot be read.
    pub async fn of(
        auditor: &Auditor,
        records: Records<'_>,
        probes: &[(Name, ProbeSpec)],
        targets: Vec<Target>,
        looked: impl Fn(),
    ) -> Result<Self, OverlayError> {
        let readable = match records {
            Records::Open(store) => Readable::Store(store.clone()),
            Records::At(url) => match Store::open_to_read(url).await {
                Ok(Some(store)) => Readable::Store(store),
                Ok(None) => Readable::Nothing,
                Err(error) => {
                    warn!(%error, "the history is not told");
                    Readable::Unreadable
                }
            },
        };
        let review = Self::with(auditor, &readable, probes, targets, looked).await;
        if let (Records::At(_), Readable::Store(store)) = (records, readable) {
            store.close().await;
        }
        review
    }

    async fn with(
        auditor: &Auditor,
        readable: &Readable,
        probes: &[(Name, ProbeSpec)],
        mut targets: Vec<Target>,
        looked: impl Fn(),
    ) -> Result<Self, OverlayError> {
        if let Readable::Store(store) = readable
            && let Err(error) = recall_from(store, probes, &mut targets).await
        {
            warn!(%error, "past test sends and reports are not told");
        }
        let at = Utc::now();
        let has_sends = targets.iter().any(|target| !target.past_sends.is_empty());
        let audits = targets.into_iter().map(|target| async {
            let audit = auditor.audit(target, BTreeMap::new()).await;
            looked();
            audit
        });
        let audits = try_join_all(audits).await?;
        let lists = &auditor.vantage.blocklists;
        let of_lists =
            audits.iter().map(|audit| (audit.target.domain.clone(), not_looked_up(audit, lists)));
        let unanswered = of_lists.collect();
        let mut lately = BTreeMap::new();
        for audit in &audits {
            lately.insert(audit.target.domain.clone(), Lately::of(readable, audit, at).await);
        }
        Ok(Self { at, audits, unanswered, has_sends, lately })
    }
}

/// The sending addresses of the domain that no list was able to speak of.
fn not_looked_up(audit: &DomainAudit, lists: &[Blocklist]) -> Vec<IpAddr> {
    let outcome = audit.outcomes.iter().find(|outcome| outcome.check == "blocklist");
    let facts: Option<BlocklistFacts> = outcome.and_then(|outcome| outcome.facts.read().ok());
    facts.map(|facts| unanswered(&facts, lists)).unwrap_or_default()
}

impl Lately {
    async fn of(readable: &Readable, audit: &DomainAudit, now: DateTime<Utc>) -> Self {
        let store = match readable {
            Readable::Store(store) => store,
            Readable::Nothing => return Self::NoHistory,
            Readable::Unreadable => return Self::Unreadable,
        };
        let domain = &audit.target.domain;
        Self::read(store, audit, now).await.unwrap_or_else(|error| {
            warn!(%domain, %error, "recent changes are not told");
            Self::Unreadable
        })
    }

    async fn read(
        store: &Store,
        audit: &DomainAudit,
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let domain = &audit.target.domain;
        let Some((since, _)) = store.seen(domain).await? else { return Ok(Self::NoHistory) };
        let mut changes = not_yet_kept(store, audit).await?;
        let kept = store.changes_since(domain, now - OLD_ANSWERS, MOST_CHANGES).await?;
        let ours = kept.into_iter().filter(|change| RECORDS.contains(&change.check.as_str()));
        changes.extend(ours.map(RecentChange::of));
        changes.retain(|change| change.old_until > now);
        Ok(Self::Known { since, changes })
    }
}

impl RecentChange {
    fn of(change: Change) -> Self {
        Self {
            check: change.check,
            what: change.what,
            before: change.before,
            after: change.after,
            seen_at: change.seen_at,
            old_until: change.seen_at + OLD_ANSWERS,
        }
    }
}

/// What the audit saw otherwise than the last look that is kept: nobody has noted it so far.
async fn not_yet_kept(store: &Store, audit: &DomainAudit) -> Result<Vec<RecentChange>, StoreError> {
    let domain = &audit.target.domain;
    let mut changes = Vec::new();
    for span in store.last_definite_of(domain, &RECORDS).await? {
        let of_check = |outcome: &&vigie_checks::kernel::Outcome| {
            outcome.check == span.key.check
                && outcome.is_definite()
                && outcome.facts_version == span.facts_version
        };
        let Some(outcome) = audit.outcomes.iter().find(of_check) else { continue };
        let found = differences(domain, &span.key.check, "", &span.facts, &outcome.facts);
        changes.extend(found.into_iter().map(|difference| RecentChange {
            check: span.key.check.clone(),
            what: difference.what,
            before: difference.before,
            after: difference.after,
            seen_at: audit.started_at,
            old_until: audit.started_at + OLD_ANSWERS,
        }));
    }
    Ok(changes)
}
