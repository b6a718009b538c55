//! One run becomes history, incidents and messages.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use ulid::{Generator, Overflow};
use vigie_checks::kernel::{Catalogue, Lang, Name, Outcome};

use super::digest::Digest;
use super::history::{Compared, record};
use super::quiet::{Quiet, Window};
use super::rows::event_row;
use super::{body, outbox, situation};
use crate::incidents::{
    Acknowledged, Case, Event, Look, LookAgain, Policy, Route, Routes, Seen, Silence, acknowledge,
    retire, step, wake,
};
use crate::store::{Change, Send, SpanKey, Store, StoreError, Write};

/// What decides who is told what.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The language of what is sent.
    pub lang: Lang,
    /// The channels that are told in a language of their own.
    pub channel_langs: HashMap<String, Lang>,
    /// The channels that people read: what waits for them may become one message.
    pub people: HashSet<String>,
    /// Where the web pages are, for links.
    pub url: String,
    pub routes: Routes,
    /// The tags of the domains that have any.
    pub tags: HashMap<Name, Vec<String>>,
    /// The least time between the first look and the one that confirms it.
    pub confirm_after: TimeDelta,
    /// When nobody is told.
    pub maintenance: Vec<Window>,
    /// Every domain that is watched.
    pub domains: Vec<Name>,
    pub digests: Vec<Digest>,
}

impl Settings {
    /// The language that a channel is told in.
    pub(super) fn lang_of(&self, channel: &str) -> Lang {
        self.channel_langs.get(channel).copied().unwrap_or(self.lang)
    }

    pub(super) fn tags_of(&self, domains: &[Name]) -> BTreeSet<&str> {
        let tags = domains.iter().filter_map(|domain| self.tags.get(domain));
        tags.flatten().map(String::as_str).collect()
    }

    /// The domains that a route is about.
    pub(super) fn domains_of(&self, route: &Route) -> Vec<&Name> {
        let concerns = |domain: &&Name| {
            let domain = std::slice::from_ref(*domain);
            route.concerns(domain, &self.tags_of(domain))
        };
        self.domains.iter().filter(concerns).collect()
    }

    fn policy(&self) -> Policy {
        Policy {
            confirm_after: self.confirm_after,
            reopen_within: TimeDelta::hours(1),
            baseline_opens: self.routes.baseline_opens(),
        }
    }
}

/// What one check saw.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// Empty, or the name of the probe.
    pub instance: String,
    pub outcome: Outcome,
    /// The messages of a test send.
    pub sends: Vec<Send>,
}

impl Observed {
    /// The outcome of a check that a domain has once.
    pub fn of(outcome: Outcome) -> Self {
        Self { instance: String::new(), outcome, sends: Vec::new() }
    }
}

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Committed {
    pub events: Vec<Event>,
    /// What is to be looked at again, past the cache, soonest first.
    pub look_again: Vec<LookAgain>,
    /// Messages that wait in the outbox because of it.
    pub messages: usize,
}

/// What became of "somebody has seen this incident".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledgement {
    Done,
    /// It is resolved.
    Resolved,
    NoSuchIncident,
}

/// Turns runs into history, incidents and messages. Another one is made when the configuration
/// changes.
#[derive(Clone, Debug)]
pub struct Committer {
    pub(super) store: Store,
    pub(super) settings: Settings,
}

impl Committer {
    /// Begins; finding ids that no version before could raise are noted as new from `now` on.
    ///
    /// # Errors
    /// The store fails.
    pub async fn start(
        store: Store,
        settings: Settings,
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let mut write = store.write().await?;
        let ids = Catalogue::all().flat_map(|catalogue| {
            let check = catalogue.check();
            catalogue.entries().keys().map(move |condition| format!("{check}.{condition}"))
        });
        let ids: Vec<String> = ids.collect();
        write.learn_findings(ids.into_iter(), now).await?;
        write.commit().await?;
        Ok(Self { store, settings })
    }

    /// Compares what a run saw of a domain with the last, decides, and writes history, incidents and
    /// messages in one transaction.
    ///
    /// # Errors
    /// The store fails; then nothing of it stays, and the same run may be committed again.
    pub async fn commit(
        &self,
        domain: &Name,
        seen: &[Observed],
        look: Look,
    ) -> Result<Committed, StoreError> {
        let mut write = self.store.write().await?;
        let mut changes = Vec::new();
        let compared = record(&mut write, domain, seen, look, &mut changes).await?;
        let mut situation = situation::load(&mut write, domain, seen).await?;
        let before = situation.clone();
        let seen: Vec<Seen<'_>> = seen.iter().zip(&compared).map(Compared::beside).collect();
        // Of two that open at once the order of their ids tells which was first.
        let mut ids = Generator::new();
        let mut new_id = || {
            let next = ids.generate_from_datetime(look.now.into());
            next.unwrap_or_else(Overflow::commit_overflow_increment).to_string()
        };
        let policy = self.settings.policy();
        let stepped = step(&mut situation, domain, &seen, look, policy, &mut new_id);
        situation::save(&mut write, &before, &situation).await?;
        let mut messages = 0;
        for event in &stepped.events {
            messages += self.tell(&mut write, event, look.now).await?;
        }
        let harmless = harmless(changes, &situation.cases, domain, look.now);
        messages += self.tell_changes(&mut write, domain, &harmless, look.now).await?;
        write.commit().await?;
        Ok(Committed { events: stepped.events, look_again: stepped.look_again, messages })
    }

    /// Somebody has seen an incident.
    ///
    /// # Errors
    /// The store fails.
    pub async fn acknowledge(
        &self,
        incident: &str,
        acknowledged: Acknowledged,
    ) -> Result<Acknowledgement, StoreError> {
        let now = acknowledged.at;
        let mut write = self.store.write().await?;
        let Some(mut incident) = write.incident(incident).await? else {
            return Ok(Acknowledgement::NoSuchIncident);
        };
        let Some(event) = acknowledge(&mut incident, acknowledged) else {
            return Ok(Acknowledgement::Resolved);
        };
        write.put_incident(&incident).await?;
        self.tell(&mut write, &event, now).await?;
        write.commit().await?;
        Ok(Acknowledgement::Done)
    }

    /// Adds changes that no check saw to the history of their domains: what the configuration says anew.
    ///
    /// # Errors
    /// The store fails; then nothing is added.
    pub async fn note(&self, changes: &[(Name, Change)]) -> Result<(), StoreError> {
        let mut write = self.store.write().await?;
        for (domain, change) in changes {
            write.put_change(domain, change).await?;
        }
        write.commit().await
    }

    /// Keeps alerts back from now on.
    ///
    /// # Errors
    /// The store fails.
    pub async fn silence(&self, silence: &Silence) -> Result<(), StoreError> {
        let mut write = self.store.write().await?;
        write.put_silence(silence).await?;
        write.commit().await
    }

    /// Ends a silence before its time; whether there was one that held is the answer.
    ///
    /// # Errors
    /// The store fails.
    pub async fn end_silence(&self, id: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let mut write = self.store.write().await?;
        let ended = write.end_silence(id, now).await?;
        write.commit().await?;
        Ok(ended)
    }

    /// Tells what waited for the end of an acknowledgement or of a quiet time. The number of messages
    /// is the answer.
    pub(super) async fn release(
        &self,
        write: &mut Write,
        now: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        let mut messages = 0;
        let quiet = self.quiet(write, now).await?;
        for mut incident in write.waiting_incidents(now).await? {
            let is_quiet = quiet.covers(&incident, &self.settings.tags, now);
            let Some(event) = wake(&mut incident, is_quiet, now) else { continue };
            write.put_incident(&incident).await?;
            messages += self.tell(write, &event, now).await?;
        }
        Ok(messages)
    }

    /// The maintenance that is configured.
    pub fn maintenance(&self) -> &[Window] {
        &self.settings.maintenance
    }

    pub(super) async fn quiet(
        &self,
        write: &mut Write,
        now: DateTime<Utc>,
    ) -> Result<Quiet, StoreError> {
        let silences = write.silences(now).await?;
        Ok(Quiet { windows: self.settings.maintenance.clone(), silences })
    }

    /// Forgets what nobody looks at any more, after the configuration has changed: its incidents are
    /// resolved and it is blind no longer. The number of messages is the answer.
    ///
    /// # Errors
    /// The store fails; then nothing is forgotten.
    pub async fn retire(
        &self,
        is_watched: impl Fn(&SpanKey) -> bool,
        now: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        let mut write = self.store.write().await?;
        let followed = write.followed().await?;
        let mut gone: BTreeMap<Name, Vec<SpanKey>> = BTreeMap::new();
        for key in followed.into_iter().filter(|key| !is_watched(key)) {
            gone.entry(key.domain.clone()).or_default().push(key);
        }
        let mut messages = 0;
        for (domain, keys) in &gone {
            write.end_blindness(domain, &keys.iter().collect::<Vec<_>>()).await?;
            let mut situation = situation::load(&mut write, domain, &[]).await?;
            let before = situation.clone();
            let watched = |check: &str, instance: &str| {
                !keys.iter().any(|key| key.check == check && key.instance == instance)
            };
            let events = retire(&mut situation, domain, watched, now);
            situation::save(&mut write, &before, &situation).await?;
            for event in &events {
                messages += self.tell(&mut write, event, now).await?;
            }
        }
        write.commit().await?;
        Ok(messages)
    }

    /// What was waiting for a second look when the daemon ended, by domain.
    ///
    /// # Errors
    /// The store fails.
    pub async fn waiting(&self) -> Result<Vec<(Name, LookAgain)>, StoreError> {
        let undecided = self.store.undecided_cases().await?;
        let look = |case: crate::store::CaseRow| {
            let at = case.phase_since? + self.settings.confirm_after;
            let checks = BTreeSet::from([(case.key.check, case.key.instance)]);
            Some((case.key.domain, LookAgain { at, checks }))
        };
        Ok(undecided.into_iter().filter_map(look).collect())
    }

    pub(super) async fn tell(
        &self,
        write: &mut Write,
        event: &Event,
        now: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        write.put_incident_event(&event.incident.id, &event_row(event, now)).await?;
        let is_quiet =
            self.quiet(write, now).await?.covers(&event.incident, &self.settings.tags, now);
        outbox::put_incident(write, event, is_quiet, &self.settings, now).await
    }

    async fn tell_changes(
        &self,
        write: &mut Write,
        domain: &Name,
        changes: &[Change],
        now: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        let tags = self.settings.tags_of(std::slice::from_ref(domain));
        let checks = changes.iter().map(|change| change.check.as_str()).collect();
        let channels = self.settings.routes.of_change(domain, &checks, &tags);
        if changes.is_empty() || channels.is_empty() {
            return Ok(0);
        }
        let data = |_| body::change(domain, changes);
        outbox::put(write, "change.detected", data, &channels, &self.settings, now).await
    }
}

/// The changes that broke no rule: their check has nothing that this run began to suspect.
fn harmless(
    changes: Vec<Change>,
    cases: &[Case],
    domain: &Name,
    now: DateTime<Utc>,
) -> Vec<Change> {
    let breaks = |change: &Change| {
        let mut begun =
            cases.iter().filter(|case| case.domain == *domain && case.first_seen == now);
        begun.any(|case| case.check == change.check)
    };
    changes.into_iter().filter(|change| !breaks(change)).collect()
}
