//! Which digest is due, and what does it tell? How all domains of a route stand, at the times that the
//! route names, also when all is well.
//!
//! When one was told stands beside its messages: a restart repeats none, and of those that were missed
//! one is told.

pub(super) mod sample;
mod standing;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use vigie_checks::kernel::Name;

use super::{Committer, Recurrence, outbox};
use crate::incidents::{Incident, Route};
use crate::run::ends::{End, ends_of_all};
use crate::store::{Blindness, CaseRow, StoreError, Write};
use standing::Standing;

/// A message that comes at its time, whatever happened.
#[derive(Clone, Debug)]
pub struct Digest {
    /// Tells it from others, also after a restart: another schedule or other domains are another one.
    pub key: String,
    pub route: Route,
    pub due: Arc<dyn Recurrence>,
}

/// Everything that digests tell of.
struct Known {
    /// Those that stand, and those that were resolved lately.
    incidents: Vec<Incident>,
    /// What was wrong at the start and still is.
    cases: Vec<CaseRow>,
    /// What could not be told for so long that it was said.
    blind: Vec<Blindness>,
    looked_at: BTreeSet<Name>,
    ends: BTreeMap<Name, Vec<End>>,
}

impl Known {
    async fn load(write: &mut Write, since: DateTime<Utc>) -> Result<Self, StoreError> {
        Ok(Self {
            incidents: write.incidents_since(since).await?,
            cases: write.cases_without_incident().await?,
            blind: write.said_blindness().await?,
            looked_at: write.domains_looked_at().await?,
            ends: ends_of_all(write).await?,
        })
    }
}

impl Committer {
    /// Tells the digests that are due. The number of messages is the answer.
    pub(super) async fn tell_digests(
        &self,
        write: &mut Write,
        now: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        let due = self.due_digests(write, now).await?;
        let Some(first) = due.iter().map(|(_, since)| *since).min() else { return Ok(0) };
        let known = Known::load(write, first).await?;
        let settings = &self.settings;
        let mut messages = 0;
        for (digest, since) in due {
            let rates = write.probe_rates(since).await?;
            let domains = settings.domains_of(&digest.route);
            let standing = Standing::of(&digest.route, domains, &known, &rates, since, now);
            let channels = digest.route.channels.iter().map(String::as_str);
            let channels = channels.filter(|channel| settings.routes.has(channel)).collect();
            let data = |lang| standing.data(&settings.url, lang);
            messages += outbox::put(write, "report.ready", data, &channels, settings, now).await?;
            write.put_digest(&digest.key, now).await?;
        }
        Ok(messages)
    }

    /// The digests that are due, each with when the last one was told. What is new is waited for from
    /// now on; what nobody wants any more is forgotten.
    async fn due_digests(
        &self,
        write: &mut Write,
        now: DateTime<Utc>,
    ) -> Result<Vec<(&Digest, DateTime<Utc>)>, StoreError> {
        let mut told = write.digests().await?;
        let mut due = Vec::new();
        for digest in &self.settings.digests {
            match told.remove(&digest.key) {
                None => write.put_digest(&digest.key, now).await?,
                Some(last) => {
                    let next = digest.due.next_after(last);
                    due.extend(next.filter(|next| *next <= now).map(|_| (digest, last)));
                }
            }
        }
        for key in told.keys() {
            write.forget_digest(key).await?;
        }
        Ok(due)
    }
}
