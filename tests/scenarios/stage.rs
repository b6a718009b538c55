//! Scenarios on their two stages: the world in memory, and real sockets on loopback.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use vigie::net::{Freshness, Live, LiveSettings, Memo};
use vigie::report::DomainReport;
use vigie::run::{Auditor, DomainAudit, DomainEvidence, Selection};
use vigie_checks::kernel::{
    Blocklist, Controls, Expected, HttpsUrl, Lang, Link, ListKind, Name, Net, Past, Profile,
    Request, Sighting, Stream, Tape, TapeEntry, Target, Vantage,
};
use vigie_lab::Lab;
use vigie_lab::world::World;
use vigie_scenario::{Case, Days, FaultAnswer, Scenario};

use crate::before;
use crate::memory::Memory;
use crate::send::{secrets, send, send_again};

/// What one domain may take where a fault keeps silent; the others have the usual minute.
const SILENCE: Duration = Duration::from_secs(3);

/// The same on a machine that was too busy to tell the rest in that time.
const LONGER_SILENCE: Duration = Duration::from_secs(20);

/// A scenario's file with its cases, the raising one first.
pub struct Written {
    pub file: PathBuf,
    pub cases: Vec<Case>,
}

/// Every scenario of every check.
pub fn every_scenario() -> Vec<Written> {
    let checks = Path::new(env!("CARGO_MANIFEST_DIR")).join("checks");
    let mut files: Vec<PathBuf> = folders(&checks)
        .into_iter()
        .flat_map(|check| folders(&check.join("scenarios")))
        .filter(|file| file.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    files.into_iter().map(|file| read(&file)).collect()
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
    entries.map(|entry| entry.expect("the folder can be read").path()).collect()
}

fn read(file: &Path) -> Written {
    let told = |error: &dyn std::fmt::Display| -> ! { panic!("{}: {error}", file.display()) };
    let scenario = Scenario::load(file).unwrap_or_else(|error| told(&error));
    let cases = scenario.cases().unwrap_or_else(|error| told(&error));
    Written { file: file.to_owned(), cases }
}

/// What an audit of a case said, in the words of `[expect]`.
pub struct Said {
    pub audit: DomainAudit,
    pub selection: Selection,
    pub findings: Vec<String>,
    pub skipped: Vec<String>,
    pub vantage: Vantage,
}

impl Said {
    pub fn of(audit: DomainAudit, selection: Selection, vantage: Vantage) -> Self {
        let report = DomainReport::of(&audit, &selection, Lang::En);
        let mut findings: Vec<String> = report
            .findings
            .iter()
            .map(|finding| {
                let severity = if finding.is_failing() {
                    finding.severity.to_string()
                } else {
                    "indet.".to_owned()
                };
                format!("{severity} {} {}", finding.id, finding.subject)
            })
            .collect();
        findings.sort();
        let skipped = report
            .checks
            .iter()
            .filter(|check| check.because.is_some())
            .map(|check| check.name.clone());
        Self { skipped: skipped.collect(), findings, audit, selection, vantage }
    }
}

/// What is wrong with what was said; nothing if it is as expected.
pub fn complaint(case: &Case, said: &Said) -> Option<String> {
    let mut expected: Vec<String> =
        case.scenario.expect.findings.iter().map(ToString::to_string).collect();
    expected.sort();
    if expected != said.findings {
        return Some(format!(
            "{}:\n    expected {expected:?}\n    said     {:?}",
            case.name, said.findings
        ));
    }
    let skipped = case.scenario.expect.skipped.as_ref()?;
    let same = skipped.len() == said.skipped.len()
        && skipped.iter().all(|check| said.skipped.contains(check));
    (!same).then(|| {
        format!("{}:\n    skipped: expected {skipped:?}, was {:?}", case.name, said.skipped)
    })
}

/// Audits a case over the world in memory, at the moment its conversations were recorded.
pub async fn in_memory(case: &Case) -> Said {
    in_memory_under(case, None).await
}

/// The same with the records of an overlay laid over.
pub async fn in_memory_under(case: &Case, overlay: Option<&str>) -> Said {
    let world = World::from_scenario(&case.scenario).expect("the scenario's world stands");
    let recording = Recording::of(case);
    if case.scenario.probe.is_some() {
        return send_again(&case.scenario, recording.conversations, recording.at).await;
    }
    let memory = Memory::of(world, &recording.conversations);
    let mut past = Sightings::default();
    for before in befores(case) {
        past.add(recording.at, before.0, &Box::pin(in_memory(&before.1)).await);
    }
    let said = audit(case, Arc::new(memory), Duration::from_secs(60), past, overlay).await;
    let mut evidence = DomainEvidence::of(&said.audit);
    evidence.started_at = recording.at;
    let vantage = Arc::new(said.vantage.clone());
    let audit =
        evidence.replay(&said.selection, &vantage, overlay).await.expect("it was read before");
    Said::of(audit, said.selection, said.vantage)
}

/// Audits a case over real sockets; with `UPDATE=1` its conversations are recorded.
pub async fn on_sockets(case: &Case) -> Said {
    let said = on_sockets_within(case, SILENCE).await;
    match complaint(case, &said) {
        Some(_) => on_sockets_within(case, LONGER_SILENCE).await,
        None => said,
    }
}

async fn on_sockets_within(case: &Case, silence: Duration) -> Said {
    let mut past = Sightings::default();
    for before in befores(case) {
        past.add(Utc::now(), before.0, &Box::pin(on_sockets(&before.1)).await);
    }
    let lab = Lab::start(&case.scenario).await.expect("loopback has free ports");
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let root = folder.path().join("ca.pem");
    std::fs::write(&root, lab.ca_pem()).expect("the folder can be written");
    let settings = LiveSettings {
        resolvers: vec![lab.resolver().to_string().parse().expect("an address is a resolver")],
        proxy: Some(lab.proxy().parse().expect("the lab prints a proxy")),
        ca: vec![root],
        secrets: secrets(&case.scenario),
        ..LiveSettings::default()
    };
    let live = Live::open(settings).await.expect("loopback can be asked");
    if case.scenario.probe.is_some() {
        let said = send(&case.scenario, live, lab.clock()).await;
        return recorded(case, said);
    }
    let drops = |host: &vigie_scenario::Host| {
        host.smtp.as_ref().is_some_and(|smtp| smtp.drop || smtp.silent)
    };
    let hides = |host: &vigie_scenario::Host| host.https.as_ref().is_some_and(|https| https.drop);
    let silent = case.scenario.resolver.silent
        || case.scenario.hosts.values().any(hides)
        || case.scenario.faults.iter().any(|fault| fault.answer == FaultAnswer::Timeout);
    let waits = case.scenario.hosts.values().any(drops);
    let timeout = if silent && !waits { silence } else { Duration::from_secs(60) };
    let said = audit(case, live, timeout, past, None).await;
    recorded(case, said)
}

/// What was said, its conversations recorded with `UPDATE=1`.
fn recorded(case: &Case, said: Said) -> Said {
    if std::env::var_os("UPDATE").is_some() {
        Recording::write(case, &said.audit);
    }
    said
}

/// The conversations of a case as they were on the sockets.
#[derive(serde::Serialize, serde::Deserialize)]
struct Recording {
    at: DateTime<Utc>,
    conversations: Tape,
}

impl Recording {
    /// Nothing is recorded of cases that only ask DNS.
    fn of(case: &Case) -> Self {
        match std::fs::read_to_string(Self::path(case)) {
            Ok(text) => serde_json::from_str(&text).expect("UPDATE=1 wrote it"),
            Err(_) => Self { at: Utc::now(), conversations: Tape::default() },
        }
    }

    fn write(case: &Case, audit: &DomainAudit) {
        // A test send is played from its tape alone.
        let is_kept = |entry: &&TapeEntry| {
            case.scenario.probe.is_some() || !matches!(entry.ask, Request::Dns(_))
        };
        let entries: Vec<TapeEntry> = audit.tape.entries.iter().filter(is_kept).cloned().collect();
        if entries.is_empty() {
            return;
        }
        let recording = Self { at: audit.started_at, conversations: Tape { entries } };
        let text = serde_json::to_string_pretty(&recording).expect("a tape is plain data");
        std::fs::write(Self::path(case), format!("{text}\n"))
            .expect("the tests' folder can be written");
    }

    fn path(case: &Case) -> PathBuf {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        let name: String = case.name.chars().map(plain).collect();
        let tapes = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/tapes");
        tapes.join(format!("{name}.json"))
    }
}

/// The worlds seen before a case, each as a case of its own.
fn befores(case: &Case) -> impl Iterator<Item = (Days, Case)> {
    case.before.iter().enumerate().map(|(number, before)| {
        let name = format!("{}: before {number}", case.name);
        (before.days, Case { name, scenario: before.scenario.clone(), before: Vec::new() })
    })
}

/// What the checks saw of the worlds before, newest first.
#[derive(Default)]
pub struct Sightings(BTreeMap<String, Past>);

impl Sightings {
    fn add(&mut self, now: DateTime<Utc>, days: Days, said: &Said) {
        let ago = |days: u32| now - TimeDelta::days(days.into());
        for outcome in &said.audit.outcomes {
            self.0.entry(outcome.check.clone()).or_default().sightings.push(Sighting {
                facts: outcome.facts.clone(),
                facts_version: outcome.facts_version,
                first_seen: ago(days.first),
                last_seen: ago(days.last),
            });
        }
    }
}

/// Audits a case over a world.
pub async fn audit(
    case: &Case,
    net: Arc<dyn Net>,
    timeout: Duration,
    past: Sightings,
    overlay: Option<&str>,
) -> Said {
    let selection = Selection::of(&case.scenario.checks, &[]).expect("the scenario names checks");
    let vantage = vantage();
    let auditor = Auditor {
        keeps_tape: true,
        freshness: Freshness::Kept,
        memo: memo(net),
        own_networks: vantage.own_networks.clone(),
        vantage: Arc::new(vantage),
        selection: selection.clone(),
        plugins: Arc::default(),
        overlay: overlay.map(str::to_owned),
        allow_private: false,
        timeout,
    };
    let audit =
        auditor.audit(target(&case.scenario), past.0).await.expect("the overlay can be read");
    Said::of(audit, selection, auditor.vantage.as_ref().clone())
}

/// Where the tests stand: the simulated networks are the internet.
pub fn vantage() -> Vantage {
    let networks = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"];
    Vantage {
        helo: "vigie.example.net".to_owned(),
        salt: 7,
        own_networks: networks.map(|network| network.parse().expect("written above")).to_vec(),
        blocklists: blocklists(),
        resolvers: 2,
        controls: Controls {
            smtp_hosts: vec![Name::new("control-mx.vigie-lab.example")],
            zones: vec![Name::new("."), Name::new("org")],
        },
        ..Vantage::default()
    }
}

/// Keeps every answer of a run.
pub fn memo(net: Arc<dyn Net>) -> Arc<Memo> {
    Memo::new(net, Duration::from_secs(3600), Duration::from_secs(3600))
}

/// Two lists that a scenario may play in its zones.
fn blocklists() -> Vec<Blocklist> {
    let list = |id: &str, zone: &str, kind, codes: &[(&str, &str)]| Blocklist {
        id: id.to_owned(),
        name: None,
        zone: Name::new(zone),
        kind,
        codes: codes.iter().map(|(code, word)| ((*code).to_owned(), (*word).to_owned())).collect(),
        tier: 1,
        test_listed: None,
        delist: None,
        terms: None,
        replaces: None,
    };
    let addresses = [("127.0.0.2", "listed"), ("127.0.0.10", "policy"), ("127.0.0.20", "info")];
    let domains = [("127.0.1.2", "critical"), ("127.0.1.102", "abused")];
    vec![
        list("house", "bl.example.net", ListKind::Ip4, &addresses),
        list("house-domains", "dbl.example.net", ListKind::Domain, &domains),
    ]
}

fn page(written: &str) -> HttpsUrl {
    HttpsUrl::parse(written).expect("the scenario names pages")
}

fn link(written: &str) -> Link {
    match written.contains("://") {
        true => Link::Page(page(written)),
        false => Link::Host(Name::new(written)),
    }
}

pub fn target(scenario: &Scenario) -> Target {
    let written = &scenario.target;
    let mut target = Target::new(Name::new(&written.domain));
    target.profile = match written.profile {
        vigie_scenario::Profile::Sender => Profile::Sender,
        vigie_scenario::Profile::Receiver => Profile::Receiver,
        vigie_scenario::Profile::Both => Profile::Both,
        vigie_scenario::Profile::Parked => Profile::Parked,
    };
    target.selectors.clone_from(&written.selectors);
    target.sending_ips.clone_from(&written.sending_ips);
    target.expect = Expected {
        mx: written.expect.mx.iter().map(|name| Name::new(name)).collect(),
        ns: written.expect.ns.iter().map(|name| Name::new(name)).collect(),
        dkim_keys: written.expect.dkim_keys.clone(),
    };
    target.services = written
        .services
        .iter()
        .map(|url| vigie::config::service(url).expect("the scenario names services"))
        .collect();
    target.auto_renew = written.auto_renew;
    target.intrusive = written.intrusive;
    target.streams = written
        .streams
        .iter()
        .map(|stream| Stream {
            name: stream.name.clone(),
            from: Name::new(&stream.from),
            mail_from: stream.mail_from.as_deref().map(Name::new),
            dkim: stream.dkim.clone(),
            ips: stream.ips.clone(),
            helo: stream.helo.clone(),
            bulk: stream.bulk,
            links: stream.links.iter().map(|written| link(written)).collect(),
            one_click: stream.one_click.as_deref().map(page),
        })
        .collect();
    target.reports = before::reports(&scenario.reports);
    target.past_sends = written.past_sends.iter().map(before::past_send).collect();
    target
}
