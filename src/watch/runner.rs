//! Does the work of one run: looks at a domain or sends a test message, commits what was seen, and
//! says what is to be looked at again.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{error, info, warn};

use vigie_checks::kernel::{Clock, Name, Net, Outcome, Past, SeenGreeting, Sighting, Target};
use vigie_checks::probe::{Delivery, ProbeFacts, SeedFacts};

use super::Site;
use super::metrics::Results;
use crate::alerts::Doorbell;
use crate::config::{Probe, Settings};
use crate::incidents;
use crate::net::{Allowance, Deadline, Freshness, Guard, Memoised, Recorder};
use crate::plugin::Programs;
use crate::run::commit::{Committed, Committer, Observed};
use crate::run::{Looking, Plugins, Selection, Sender, observe, recall_from};
use crate::schedule::{Again, Due, Key, Look, Runner};
use crate::store::{Send, SendOutcome, Span, SpanKey, Store};

/// How far back a check is told what it saw: changes, not runs.
const MOST_SIGHTINGS: u32 = 50;

/// What looks and tells until the configuration is read anew.
#[derive(Clone)]
pub struct Working {
    pub settings: Arc<Settings>,
    pub store: Store,
    pub committer: Arc<Committer>,
    pub clock: Arc<dyn Clock>,
    pub doorbell: Doorbell,
    pub plugins: Arc<Programs>,
    pub site: Arc<Site>,
    pub results: Arc<Results>,
}

/// Looks at what is due, by the configuration that holds then.
pub struct Watcher {
    pub working: watch::Receiver<Arc<Working>>,
}

impl Watcher {
    fn working(&self) -> Arc<Working> {
        Arc::clone(&self.working.borrow())
    }
}

#[async_trait]
impl Runner for Watcher {
    async fn run(&self, due: Vec<Due>) -> Vec<Again> {
        let Some(first) = due.first() else { return Vec::new() };
        let domain = first.key.domain.clone();
        let working = self.working();
        let is = |look| due.iter().any(|due| due.look == look);
        let (second, asked) = (is(Look::Second), is(Look::Asked));
        let freshness = match (second, asked) {
            (true, _) => Freshness::Second,
            (false, true) => Freshness::Asked,
            (false, false) => Freshness::Kept,
        };
        let now = working.clock.now();
        let seen = match working.settings.probe(&first.key.instance) {
            Some(probe) => working.send(probe, freshness, now).await,
            None => working.look(&domain, &due, freshness, now).await,
        };
        // What is told is told by the configuration of now; what it no longer names is dropped.
        let working = self.working();
        if !working.settings.looks_at(&domain, &first.key.instance) {
            return Vec::new();
        }
        let look = incidents::Look { now, second };
        match working.committer.commit(&domain, &seen, look).await {
            Ok(committed) => {
                working.results.take(&domain, &seen, now);
                working.again(&domain, committed)
            }
            Err(error) => {
                error!(%domain, %error, "what was seen could not be kept");
                Vec::new()
            }
        }
    }
}

impl Working {
    /// The checks of a domain that are due, with what they need.
    async fn look(
        &self,
        domain: &Name,
        due: &[Due],
        freshness: Freshness,
        now: DateTime<Utc>,
    ) -> Vec<Observed> {
        let names: Vec<String> = due.iter().map(|due| due.key.check.to_string()).collect();
        let plugins = self.plugins.names();
        let Ok(selection) = Selection::among(&names, &[], &plugins) else { return Vec::new() };
        let mut target = self.settings.target(domain);
        self.add_seen_senders(&mut target).await;
        self.add_past(&mut target).await;
        let net = self.net(freshness, self.settings.network.time_per_domain);
        let looking =
            Looking { past: self.past(domain, &selection).await, ..self.looking(net, now) };
        let plugins = Plugins::Run { programs: Arc::clone(&self.plugins), until: None };
        let (mut outcomes, said) = tokio::join!(
            observe(&target, &selection, &looking),
            plugins.consult(&target, &selection, now),
        );
        outcomes.extend(said.into_iter().map(|(outcome, _)| outcome));
        outcomes.into_iter().map(Observed::of).collect()
    }

    /// One round of a probe.
    async fn send(&self, probe: &Probe, freshness: Freshness, now: DateTime<Utc>) -> Vec<Observed> {
        let selection = Sender::selection();
        let target = self.settings.probe_target(probe);
        let most = probe.deliver_within * 4 + self.settings.network.time_per_domain;
        let net = self.net(freshness, most);
        let outcomes = observe(&target, &selection, &self.looking(net, now)).await;
        let round = ulid::Ulid::from_datetime(now.into()).to_string();
        let observed = outcomes.into_iter().map(|outcome| Observed {
            instance: probe.name.clone(),
            sends: sends(&outcome, probe, &round, now),
            outcome,
        });
        observed.collect()
    }

    fn net(&self, freshness: Freshness, timeout: Duration) -> Arc<dyn Net> {
        let network = &self.settings.network;
        let shared = Memoised::new(Arc::clone(&self.site.memo), freshness);
        let guarded = Guard::new(shared, network.own_networks.clone(), network.allow_private);
        let in_time = Deadline::new(guarded, Instant::now() + timeout);
        Recorder::new(Allowance::new(in_time), false)
    }

    fn looking(&self, net: Arc<dyn Net>, now: DateTime<Utc>) -> Looking {
        let (clock, vantage) = (Arc::clone(&self.clock), Arc::new(self.site.vantage()));
        Looking { net, clock, vantage, past: Arc::default(), now }
    }

    /// What the checks that judge changes saw before. What cannot be read is left out: their rows
    /// are then silent.
    async fn past(&self, domain: &Name, selection: &Selection) -> Arc<BTreeMap<String, Past>> {
        let reading = selection.entries().filter(|entry| entry.reads_past);
        let reading: Vec<&str> = reading.map(|entry| entry.name).collect();
        let spans = self.store.definite_of(domain, &reading, MOST_SIGHTINGS).await;
        let spans = spans.unwrap_or_else(|error| {
            warn!(%domain, %error, "what was seen before is not told");
            Vec::new()
        });
        let mut past: BTreeMap<String, Past> = BTreeMap::new();
        for Span { key, facts, facts_version, first_seen, last_seen, .. } in spans {
            let sighting = Sighting { facts, facts_version, first_seen, last_seen };
            past.entry(key.check).or_default().sightings.push(sighting);
        }
        Arc::new(past)
    }

    /// Addresses that our own test sends were seen to come from send for the domain too, and greet
    /// with the names that were noted.
    pub async fn add_seen_senders(&self, target: &mut Target) {
        for probe in self.settings.probes.iter().filter(|probe| probe.domain == target.domain) {
            let key = SpanKey {
                domain: probe.domain.clone(),
                check: "probe".to_owned(),
                instance: probe.name.clone(),
            };
            let Ok(Some(last)) = self.store.last_definite(&key).await else { continue };
            let SeenSenders { mut sending_ips, greetings } = last.facts.read().unwrap_or_default();
            sending_ips.retain(|ip| !target.sending_ips.contains(ip));
            target.sending_ips.extend(sending_ips);
            target.greetings.extend(greetings);
        }
    }

    /// What `web` and `dmarc` judge of before: the last test sends, and the reports that were given. What
    /// cannot be read is left out: their rows are then silent.
    async fn add_past(&self, target: &mut Target) {
        let probes = self.settings.probes.iter().filter(|probe| probe.domain == target.domain);
        let probes: Vec<_> = probes.map(|probe| (probe.domain.clone(), probe.spec())).collect();
        let domain = target.domain.clone();
        if let Err(error) = recall_from(&self.store, &probes, std::slice::from_mut(target)).await {
            warn!(%domain, %error, "past test sends and reports are not told");
        }
    }

    fn again(&self, domain: &Name, committed: Committed) -> Vec<Again> {
        if committed.messages > 0 {
            self.doorbell.ring();
        }
        for event in &committed.events {
            info!(%domain, incident = event.incident.id, kind = %event.kind, cause = event.incident.cause.id, "incident");
        }
        let looks = committed.look_again.into_iter().flat_map(|look| {
            let at = look.at;
            look.checks.into_iter().map(move |(check, instance)| (check, instance, at))
        });
        looks
            .map(|(check, instance, at)| Again {
                key: Key::new(domain, &check).of_probe(&instance),
                at,
            })
            .collect()
    }
}

/// What a test send saw of who sent it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct SeenSenders {
    sending_ips: Vec<IpAddr>,
    greetings: Vec<SeenGreeting>,
}

/// The messages of a round, for the delivery rate.
fn sends(outcome: &Outcome, probe: &Probe, round: &str, now: DateTime<Utc>) -> Vec<Send> {
    let facts: ProbeFacts = outcome.facts.read().unwrap_or_default();
    let send = |seed: SeedFacts| {
        let (delivery, detail) = seed.end.delivery();
        Send {
            probe: probe.name.clone(),
            domain: probe.domain.clone(),
            round: round.to_owned(),
            submitted_at: now,
            outcome: match delivery {
                Delivery::Arrived => SendOutcome::Arrived,
                Delivery::Junk => SendOutcome::Junk,
                Delivery::Refused => SendOutcome::Refused,
                Delivery::Deferred => SendOutcome::Deferred,
                Delivery::Missing => SendOutcome::Missing,
                Delivery::Unknown => SendOutcome::Unknown,
            },
            delay_ms: None,
            detail: detail.to_owned(),
            address: seed.address,
        }
    };
    facts.seeds.into_iter().map(send).collect()
}
