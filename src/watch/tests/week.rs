//! A simulated week in which the network misbehaves tells of nothing that is not so, and what is so
//! is told within two periods.

#[path = "../../../tests/scenarios/memory.rs"]
mod memory;

use std::path::Path;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use tempfile::TempDir;
use tokio::sync::watch;
use vigie_checks::kernel::{Clock, Controls, Lang, Name, Net, Tape, Vantage};
use vigie_lab::world::World;
use vigie_scenario::{Fault, FaultAnswer, Resolver, Scenario};

use super::super::runner::{Watcher, Working};
use super::super::{Site, committing, plugins, queue};
use crate::alerts::Doorbell;
use crate::config::{ProcessEnvironment, Settings};
use crate::net::FixedClock;
use crate::run::commit::Committer;
use crate::schedule::{Due, Queue, Runner};
use crate::store::Store;
use memory::Memory;

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
const CALM: TimeDelta = TimeDelta::hours(25);

/// A daemon over a world in memory, in simulated time.
pub(super) struct House {
    world: World,
    pub(super) clock: Arc<FixedClock>,
    pub(super) store: Store,
    committer: Arc<Committer>,
    working: watch::Sender<Arc<Working>>,
    watcher: Watcher,
    memory: Arc<dyn Net>,
    vantage: Vantage,
    queue: Queue,
    pub(super) begun: DateTime<Utc>,
    _folder: TempDir,
}

impl House {
    pub(super) async fn new() -> Self {
        let scenario = Scenario::parse(WORLD).unwrap();
        let world = World::from_scenario(&scenario).unwrap();
        let memory: Arc<dyn Net> = Arc::new(Memory::of(world.clone(), &Tape::default()));
        let environment = &ProcessEnvironment;
        let settings =
            Settings::parse(environment, Path::new("vigie.toml"), SETTINGS.to_owned()).unwrap();
        let settings = Arc::new(settings);
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite://{}", folder.path().join("vigie.db").display());
        let store = Store::open(&url).await.unwrap();
        let begun: DateTime<Utc> = "2026-11-23T00:00:00Z".parse().unwrap();
        let clock = Arc::new(FixedClock::at(begun));
        let committed = committing(&settings, Lang::En, "https://vigie.example.net");
        let committer = Arc::new(Committer::start(store.clone(), committed, begun).await.unwrap());
        let vantage = Vantage {
            helo: "vigie.example.net".to_owned(),
            resolvers: 2,
            own_networks: settings.network.own_networks.clone(),
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
            site: Arc::new(Site::before(Arc::clone(&memory), vantage.clone())),
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
            memory,
            vantage,
            queue,
            begun,
            _folder: folder,
        }
    }

    /// Lets time pass; before each run the weather of the network is set for that moment.
    pub(super) async fn pass(&mut self, time: TimeDelta, weather: &dyn Fn(&World, DateTime<Utc>)) {
        let end = self.clock.now() + time;
        while let Some(next) = self.queue.next_at().filter(|next| *next < end) {
            self.clock.sleep_until(next).await;
            weather(&self.world, self.clock.now());
            let due: Vec<Due> = self.queue.due(self.clock.now());
            // What is kept for a second of real time would last for simulated hours.
            let site = Site::before(Arc::clone(&self.memory), self.vantage.clone());
            self.working.send_modify(|working| {
                *working = Arc::new(Working { site: Arc::new(site), ..(**working).clone() });
            });
            let again = self.watcher.run(due.clone()).await;
            for due in due {
                self.queue.finished(&due.key, self.clock.now());
            }
            for again in again {
                self.queue.look_again(&again.key, again.at);
            }
            self.committer.announce(self.clock.now()).await.unwrap();
        }
        self.clock.sleep_until(end).await;
    }

    /// The incidents so far: what for, and how long after the beginning.
    async fn incidents(&self) -> Vec<(String, TimeDelta)> {
        let incidents = self.store.incidents(100).await.unwrap();
        let told = |i: crate::incidents::Incident| (i.cause.id, i.opened_at - self.begun);
        incidents.into_iter().map(told).collect()
    }
}

fn everywhere(answer: FaultAnswer) -> Fault {
    let address = Some("192.0.2.99".parse().unwrap());
    let delay_ms = Some(30_000);
    Fault { name: None, rtype: None, answer, ede: None, address, delay_ms, only_at: None }
}

/// Whether the fault is there: now and then for two days, then for two days on end, then by the hour.
fn is_there(since: TimeDelta) -> bool {
    let chance = |number: i64| number.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64 as i64) >> 61 & 1 == 1;
    match since.num_days() {
        0..2 => chance(since.num_seconds()),
        2..4 => true,
        _ => chance(since.num_hours()),
    }
}

/// Sets the faults of a world, or takes them away.
type Weather = Box<dyn Fn(&World, bool) + Send>;

/// Plays weeks side by side, as many as there are processors.
fn at_once(weeks: Vec<(String, Weather)>) -> Vec<String> {
    let weeks = Mutex::new(weeks);
    let next = || weeks.lock().unwrap().pop();
    let play = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut wrong = Vec::new();
        while let Some((name, weather)) = next() {
            wrong.extend(runtime.block_on(week(&name, weather)));
        }
        wrong
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(play)).collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

/// A week of one weather, and then a regression in fair weather.
async fn week(name: &str, weather: Weather) -> Vec<String> {
    let mut house = House::new().await;
    house.pass(CALM, &|_, _| {}).await;
    assert_eq!(house.incidents().await, [], "{name}: before anything happened");
    let since = house.clock.now();
    let by_day = |world: &World, now| weather(world, is_there(now - since));
    house.pass(TimeDelta::days(7), &by_day).await;
    let mut wrong: Vec<String> = house
        .incidents()
        .await
        .into_iter()
        .map(|(id, after)| format!("{name}: {id} after {after}"))
        .collect();
    weather(&house.world, false);
    house.pass(TimeDelta::hours(2), &|_, _| {}).await;
    house.world.replace_rrset("example.com", "TXT", &["\"v=spf1 +all\""]).unwrap();
    let broken = house.clock.now();
    house.pass(TimeDelta::hours(2) + TimeDelta::seconds(45), &|_, _| {}).await;
    let found = house
        .incidents()
        .await
        .into_iter()
        .any(|(id, after)| id.starts_with("spf.") && house.begun + after > broken);
    if !found {
        wrong.push(format!("{name}: a regression afterwards is not found"));
    }
    wrong
}

#[test]
fn a_week_of_any_network_fault_tells_of_nothing_that_is_not_so() {
    let answers = [
        FaultAnswer::Timeout,
        FaultAnswer::Servfail,
        FaultAnswer::Refused,
        FaultAnswer::Formerr,
        FaultAnswer::Notimp,
        // Of everything, the root and the control zones too.
        FaultAnswer::Nxdomain,
        FaultAnswer::Nodata,
        FaultAnswer::TruncateAndDropTcp,
        FaultAnswer::WrongId,
        FaultAnswer::Lie,
        FaultAnswer::Delay,
        FaultAnswer::Bogus,
        FaultAnswer::NotAuthoritative,
        FaultAnswer::UpwardReferral,
        FaultAnswer::Truncate,
        FaultAnswer::Garbage,
    ];
    let mut weeks: Vec<(String, Weather)> = Vec::new();
    for answer in answers {
        let weather = move |world: &World, there: bool| {
            let faults = if there { vec![everywhere(answer)] } else { Vec::new() };
            world.set_faults(&faults).unwrap();
        };
        weeks.push((format!("{answer:?}"), Box::new(weather)));
    }
    let resolvers = [
        ("a silent resolver", Resolver { silent: true, ..Resolver::default() }),
        ("no SOA", Resolver { strips_soa: true, ..Resolver::default() }),
        (
            "a resolver that rewrites",
            Resolver {
                rewrites_nxdomain: Some("192.0.2.99".parse().unwrap()),
                ..Resolver::default()
            },
        ),
    ];
    for (name, resolver) in resolvers {
        let weather = move |world: &World, there: bool| {
            let fair = Resolver::default();
            world.set_resolver(if there { &resolver } else { &fair }).unwrap();
        };
        weeks.push((name.to_owned(), Box::new(weather)));
    }
    let wrong = at_once(weeks);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_fault_that_is_a_regression_is_told_within_two_periods() {
    let at = |name: &str, rtype: Option<&str>, answer| Fault {
        name: Some(name.to_owned()),
        rtype: rtype.map(str::to_owned),
        ..everywhere(answer)
    };
    let server = |address: &str, answer| Fault {
        only_at: Some(address.parse().unwrap()),
        ..everywhere(answer)
    };
    // Nobody answers for the zone any more, and the resolver says so (RFC 8914 §4.23).
    let unanswered = |name: &str| Fault { ede: Some(22), ..at(name, None, FaultAnswer::Servfail) };
    let abandoned = vec![
        unanswered("example.com"),
        unanswered("*.example.com"),
        server("192.0.2.53", FaultAnswer::Servfail),
        server("198.51.100.53", FaultAnswer::Refused),
    ];
    let (hourly, six_hourly) = (TimeDelta::hours(1), TimeDelta::hours(6));
    let cases = [
        ("spf.", hourly, vec![at("example.com", Some("TXT"), FaultAnswer::Nodata)]),
        ("dmarc.", hourly, vec![at("_dmarc.example.com", None, FaultAnswer::Nxdomain)]),
        ("ip.", hourly, vec![at("10.2.0.192.in-addr.arpa", None, FaultAnswer::Nxdomain)]),
        ("dkim.", hourly, vec![at("s1._domainkey.example.com", None, FaultAnswer::Nxdomain)]),
        ("dns.no-working-ns", six_hourly, abandoned),
    ];
    for (begins, period, faults) in cases {
        let mut house = House::new().await;
        house.pass(CALM, &|_, _| {}).await;
        let since = house.clock.now();
        let weather = |world: &World, _| world.set_faults(&faults).unwrap();
        house.pass(period * 2 + TimeDelta::seconds(45), &weather).await;
        let found = house.incidents().await;
        let in_time = |(id, after): &(String, TimeDelta)| {
            id.starts_with(begins) && house.begun + *after > since
        };
        assert!(found.iter().any(in_time), "{begins} {found:?}");
    }
}

/// The types of what the channel was told since a moment, in order.
async fn told_since(house: &House, since: DateTime<Utc>) -> Vec<String> {
    let mut rows = house.store.outbox(None, 100).await.unwrap();
    rows.retain(|row| row.created_at > since);
    rows.sort_by_key(|row| (row.created_at, row.sequence));
    rows.into_iter().map(|row| row.event_type).collect()
}

#[tokio::test]
async fn an_outage_of_our_own_is_told_once_with_its_end_and_moves_no_incident() {
    let faults = |answer| (vec![everywhere(answer)], Resolver::default());
    let rewriting = Some("192.0.2.99".parse().unwrap());
    let outages = [
        ("SERVFAIL", faults(FaultAnswer::Servfail)),
        ("no name", faults(FaultAnswer::Nxdomain)),
        ("no data", faults(FaultAnswer::Nodata)),
        ("silence", (Vec::new(), Resolver { silent: true, ..Resolver::default() })),
        ("lies", (Vec::new(), Resolver { rewrites_nxdomain: rewriting, ..Resolver::default() })),
    ];
    for (name, (faults, resolver)) in outages {
        let mut house = House::new().await;
        house.pass(CALM, &|_, _| {}).await;
        // One incident stands open, which the outage must neither close nor double.
        house.world.replace_rrset("example.com", "TXT", &["\"v=spf1 +all\""]).unwrap();
        house.pass(TimeDelta::hours(2), &|_, _| {}).await;
        let before = house.incidents().await;
        assert!(!before.is_empty(), "{name}: the regression is found");
        let began = house.clock.now();
        let outage = |world: &World, _| {
            world.set_faults(&faults).unwrap();
            world.set_resolver(&resolver).unwrap();
        };
        house.pass(TimeDelta::hours(12), &outage).await;
        assert_eq!(told_since(&house, began).await, ["monitor.blind"], "{name}");
        assert_eq!(house.incidents().await, before, "{name}: none opened");
        let ended = house.clock.now();
        let fair = |world: &World, _| {
            world.set_faults(&[]).unwrap();
            world.set_resolver(&Resolver::default()).unwrap();
        };
        house.pass(TimeDelta::hours(12), &fair).await;
        assert_eq!(told_since(&house, ended).await, ["monitor.recovered"], "{name}");
        let all = house.store.incidents(100).await.unwrap();
        let stands = all.iter().all(|incident| incident.resolved_at.is_none());
        assert!(stands && all.len() == before.len(), "{name}: {all:?}");
    }
}
