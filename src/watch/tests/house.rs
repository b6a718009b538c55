//! A daemon over a world in memory, in simulated time.

#[path = "../../../tests/scenarios/memory.rs"]
pub(super) mod memory;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tempfile::TempDir;
use tokio::sync::watch;
use vigie_checks::kernel::{Blocklist, Clock, Controls, Lang, Name, Net, Tape, Vantage};
use vigie_lab::world::World;
use vigie_scenario::Scenario;

use super::super::runner::{Watcher, Working};
use super::super::{Site, committing, plugins, queue};
use crate::alerts::Doorbell;
use crate::config::{ProcessEnvironment, Settings};
use crate::incidents::Incident;
use crate::net::FixedClock;
use crate::run::commit::Committer;
use crate::schedule::{Due, Queue, Runner};
use crate::store::Store;
use memory::Memory;

/// A house that stands alone is one of DNS: nobody answers anything else.
const WORLD: &str = r#"
name = "a domain that sends and receives"
[target]
domain = "example.com"
[zones]
"example.com" = '''
@            IN SOA ns1.vigie-lab.example. hostmaster.example.com. 7 3600 900 1209600 300
@            IN NS  ns1.vigie-lab.example.
@            IN NS  ns2.vigie-lab.example.
@            IN MX  10 mx1
@            IN MX  20 mx2
@            IN TXT "v=spf1 ip4:192.0.2.10 include:_spf.example.net -all"
_dmarc       IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@example.com"
s1._domainkey IN TXT "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAzu/o/ato7xEjr3gO6kXBFmgEYR85WpVojnh5o4OrGEtre62YDTQVZF92D0A4H+GdcqELRn9HKrGsSr8bCxT4VQwIOOnk+EIU151D/2GbY2p2ikLM94Xbe+dq/2gIdrlV5zEMq1eBx8SRUbN3V0oJra/u5ra1MtFCZHs45AkZ" "QJidITTb6XKYw+936hjNk+HX9gSQ+Sr/hUFlu5P764TKFBmEESbUFZxQrJOogePjRRx0JA2huXwDL1AlboFaxcFygIZo9e0wbVCQRAkKHMN1LU1MKaVd01jHHOP5CO63fzoUMBhX7iYX68ZoIPuRCTBuiH5tD7rcMaDBH3U3Ocxo1QIDAQAB"
mx1          IN A   192.0.2.25
mx2          IN A   198.51.100.25
out          IN A   192.0.2.10
'''
"example.net" = '''
_spf         IN TXT "v=spf1 ip4:198.51.100.10 -all"
'''
"2.0.192.in-addr.arpa" = '''
10           IN PTR out.example.com.
25           IN PTR mx1.example.com.
'''
[expect]
findings = []
"#;

const SETTINGS: &str = r#"
[network]
own_networks = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"]
[schedule]
confirm_after = "45s"
[[domains]]
name = "example.com"
selectors = ["s1"]
sending_ips = ["192.0.2.10"]
[[channels]]
name = "ops"
kind = "webhook"
url = "http://127.0.0.1:9/"
[[routes]]
channels = ["ops"]
min_severity = "warning"
"#;

/// Fine until the baseline is there.
pub(super) const CALM: TimeDelta = TimeDelta::hours(25);

/// What a house is of.
pub(super) struct Plan<'a> {
    pub world: &'a str,
    pub settings: &'a str,
    pub blocklists: Vec<Blocklist>,
}

pub(super) struct House {
    pub world: World,
    pub clock: Arc<FixedClock>,
    pub store: Store,
    committer: Arc<Committer>,
    working: watch::Sender<Arc<Working>>,
    watcher: Watcher,
    net: Arc<dyn Net>,
    vantage: Vantage,
    queue: Queue,
    pub begun: DateTime<Utc>,
    /// What one look suspected, whatever became of it.
    pub suspected: BTreeSet<String>,
    _folder: TempDir,
}

impl House {
    pub async fn new() -> Self {
        let plan = Plan { world: WORLD, settings: SETTINGS, blocklists: Vec::new() };
        Self::of(plan, |world, _| Arc::new(Memory::of(world, &Tape::default()))).await
    }

    /// `net` is how the world answers.
    pub async fn of(
        plan: Plan<'_>,
        net: impl FnOnce(World, Arc<FixedClock>) -> Arc<dyn Net>,
    ) -> Self {
        let scenario = Scenario::parse(plan.world).unwrap();
        let world = World::from_scenario(&scenario).unwrap();
        let (environment, written) = (&ProcessEnvironment, plan.settings.to_owned());
        let settings = Settings::parse(environment, Path::new("vigie.toml"), written).unwrap();
        let settings = Arc::new(settings);
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite://{}", folder.path().join("vigie.db").display());
        let store = Store::open(&url).await.unwrap();
        let begun: DateTime<Utc> = "2026-11-23T00:00:00Z".parse().unwrap();
        let clock = Arc::new(FixedClock::at(begun));
        let net = net(world.clone(), Arc::clone(&clock));
        let committed = committing(&settings, Lang::En, "https://vigie.example.net");
        let committer = Arc::new(Committer::start(store.clone(), committed, begun).await.unwrap());
        let vantage = Vantage {
            helo: "vigie.example.net".to_owned(),
            resolvers: 2,
            own_networks: settings.network.own_networks.clone(),
            blocklists: plan.blocklists,
            controls: Controls {
                smtp_hosts: vec![Name::new("control-mx.vigie-lab.example")],
                zones: vec![Name::new("."), Name::new("org")],
            },
            ..Vantage::default()
        };
        let (working, works) = watch::channel(Arc::new(Working {
            settings: Arc::clone(&settings),
            store: store.clone(),
            committer: Arc::clone(&committer),
            clock: clock.clone(),
            doorbell: Doorbell::new(),
            plugins: Arc::new(plugins(&settings)),
            site: Arc::new(Site::before(Arc::clone(&net), vantage.clone())),
            results: Arc::default(),
        }));
        let watcher = Watcher { working: works };
        let queue = queue(&settings, &store, &committer, clock.as_ref()).await.unwrap();
        Self {
            world,
            clock,
            store,
            committer,
            working,
            watcher,
            net,
            vantage,
            queue,
            begun,
            suspected: BTreeSet::new(),
            _folder: folder,
        }
    }

    /// Lets time pass; before each run the weather of the network is set for that moment.
    pub async fn pass(&mut self, time: TimeDelta, weather: &mut dyn FnMut(&World, DateTime<Utc>)) {
        let end = self.clock.now() + time;
        while let Some(next) = self.queue.next_at().filter(|next| *next < end) {
            self.clock.sleep_until(next).await;
            weather(&self.world, self.clock.now());
            let due: Vec<Due> = self.queue.due(self.clock.now());
            // What is kept for a second of real time would last for simulated hours.
            let site = Site::before(Arc::clone(&self.net), self.vantage.clone());
            self.working.send_modify(|working| {
                *working = Arc::new(Working { site: Arc::new(site), ..(**working).clone() });
            });
            // A probe has a run of its own.
            let mut runs: BTreeMap<String, Vec<Due>> = BTreeMap::new();
            for due in due {
                runs.entry(due.key.instance.to_string()).or_default().push(due);
            }
            for due in runs.into_values() {
                let again = self.watcher.run(due.clone()).await;
                for due in due {
                    self.queue.finished(&due.key, self.clock.now());
                }
                for again in again {
                    self.queue.look_again(&again.key, again.at);
                }
            }
            for case in self.store.undecided_cases().await.unwrap() {
                self.suspected.insert(case.finding.id);
            }
            self.committer.announce(self.clock.now()).await.unwrap();
        }
        self.clock.sleep_until(end).await;
    }

    /// The incidents so far: what for, and how long after the beginning.
    pub async fn incidents(&self) -> Vec<(String, TimeDelta)> {
        let told = |i: Incident| (i.cause.id, i.opened_at - self.begun);
        self.all_incidents().await.into_iter().map(told).collect()
    }

    pub async fn all_incidents(&self) -> Vec<Incident> {
        self.store.incidents(1000).await.unwrap()
    }
}
