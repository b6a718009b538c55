//! The questions of `mx`: the MX set, its hosts' addresses, and whether they greet.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use futures::future::{join, join_all};

use super::alias;
use super::contact::{Contact, Control};
use super::facts::{Host, MxFacts, ReturnPath, inspect};
use crate::kernel::{
    Addresses, Lookup, Mx, Name, Net, Profile, View, addresses, canonical, mail_exchangers, texts,
};
use crate::rdap::unregistered_above;
use crate::records::provider;
use crate::records::special::is_public;
use crate::records::spf;

/// Hosts that are looked up; RFC 5321 sets no limit, real sets have fewer than ten.
const MOST_HOSTS: usize = 32;

/// Addresses that are connected to, over all hosts.
const MOST_ADDRESSES: usize = 16;

/// Control hosts that are asked.
const MOST_CONTROLS: usize = 3;

pub async fn observe(view: &View<'_>) -> MxFacts {
    let domain = &view.target.domain;
    let (records, return_paths) = join(mail_exchangers(view.net, domain), return_paths(view)).await;
    let mut facts = MxFacts { return_paths, ..MxFacts::of(records.map(sorted)) };
    if facts.is_null() {
        facts.spf_authorises = Some(spf_authorises(view.net, domain).await);
        return facts;
    }
    facts.hosts = match &facts.records {
        Lookup::Found(records) => {
            let hosts = targets(records).map(|(name, at)| target(view.net, domain, name, at));
            join_all(hosts).await
        }
        Lookup::Absent { .. } => {
            let (host, closed) =
                join(implicit(view.net, domain), spf_is_closed(view.net, domain)).await;
            facts.spf_is_closed = Some(closed);
            vec![host]
        }
        Lookup::Unknown { .. } => Vec::new(),
    };
    // Nobody waits for mail at the web server of a parked domain.
    if !(facts.records.is_absent() && view.target.profile == Profile::Parked) {
        connect(view, &mut facts.hosts).await;
    }
    let needs_control =
        facts.contacts().next().is_some() && !facts.contacts().any(Contact::proves_egress);
    if needs_control {
        facts.control = Some(control(view, |_| true).await);
    }
    let needs_control_ipv6 = facts.contacts().any(|contact| contact == Contact::Greets)
        && facts.hosts.iter().any(|host| !host.refusing(false).is_empty())
        && !facts.heard_over_ipv6();
    if needs_control_ipv6 {
        facts.control_ipv6 = Some(control(view, IpAddr::is_ipv6).await);
    }
    facts
}

/// Whether SPF names anybody who may send. What all others meet, `-all`, `~all` or `?all`, lets nobody pass.
fn names_senders(record: &spf::Record) -> bool {
    let names_somebody = |term: &spf::Term| match &term.kind {
        spf::Kind::Directive { qualifier, mechanism: spf::Mechanism::All } => {
            *qualifier == spf::Qualifier::Pass
        }
        spf::Kind::Directive { .. } | spf::Kind::Redirect(_) => true,
        spf::Kind::Explanation(_) | spf::Kind::Unknown => false,
    };
    !record.faults.is_empty() || record.reachable().any(names_somebody)
}

async fn spf_records(net: &dyn Net, domain: &Name) -> Lookup<Vec<spf::Record>> {
    match texts(net, domain).await {
        Lookup::Found(all) => Lookup::Found(spf::records(&all).collect()),
        Lookup::Absent { .. } => Lookup::Found(Vec::new()),
        Lookup::Unknown { reason } => Lookup::Unknown { reason },
    }
}

async fn spf_authorises(net: &dyn Net, domain: &Name) -> Lookup<bool> {
    spf_records(net, domain).await.map(|records| records.iter().any(names_senders))
}

/// Whether there is an SPF record, and it names nobody.
async fn spf_is_closed(net: &dyn Net, domain: &Name) -> Lookup<bool> {
    let is_closed =
        |records: Vec<spf::Record>| !records.is_empty() && !records.iter().any(names_senders);
    spf_records(net, domain).await.map(is_closed)
}

/// The return paths of streams, but for the domain itself.
async fn return_paths(view: &View<'_>) -> BTreeMap<Name, ReturnPath> {
    let target = view.target;
    let paths: BTreeSet<&Name> =
        target.streams.iter().filter_map(|stream| stream.mail_from.as_ref()).collect();
    let others = paths.into_iter().filter(|path| **path != target.domain).take(MOST_HOSTS);
    let looks = others.map(|path| async {
        let records = mail_exchangers(view.net, path).await.map(sorted);
        let addresses = match records {
            Lookup::Absent { .. } => Some(addresses(view.net, path).await),
            Lookup::Found(_) | Lookup::Unknown { .. } => None,
        };
        (path.clone(), ReturnPath { records, addresses })
    });
    join_all(looks).await.into_iter().collect()
}

fn sorted(mut records: Vec<Mx>) -> Vec<Mx> {
    records.sort();
    records
}

/// Each exchange once, at its lowest preference.
fn targets(records: &[Mx]) -> impl Iterator<Item = (&Name, u16)> {
    let is_first = |at: usize| {
        let name = &records[at].exchange;
        !records[..at].iter().any(|before| before.exchange == *name)
    };
    let first = records.iter().enumerate().filter(move |(at, _)| is_first(*at));
    first.map(|(_, record)| (&record.exchange, record.preference)).take(MOST_HOSTS)
}

async fn target(net: &dyn Net, domain: &Name, name: &Name, preference: u16) -> Host {
    let no_address = || Addresses {
        v4: Lookup::Absent { nxdomain: true },
        v6: Lookup::Absent { nxdomain: true },
    };
    let (addresses, alias_of) = if is_host_name(name) {
        join(addresses(net, name), canonical(net, name)).await
    } else {
        (no_address(), None)
    };
    let unregistered = match addresses.is_absent() {
        true => unregistered_above(net, alias_of.as_ref().unwrap_or(name), domain).await,
        false => None,
    };
    let meant = match addresses.is_absent() {
        true => meant(net, name, domain).await,
        false => None,
    };
    let rests = match &alias_of {
        Some(host) if !addresses.found().is_empty() => {
            Some(alias::rests(net, domain, name, host).await)
        }
        _ => None,
    };
    let (name, contacts) = (name.clone(), BTreeMap::new());
    Host { name, preference, alias_of, rests, addresses, unregistered, meant, contacts }
}

/// The host that was meant by a name without its final dot: one of the domain's owner, or the mail host of a
/// provider. Any other name may be that of a stranger.
async fn meant(net: &dyn Net, name: &Name, domain: &Name) -> Option<Name> {
    let owner = domain.registrable();
    for meant in name.without_appended_zone(domain) {
        let is_certain = meant.is_at_or_below(&owner) || provider::of_mail_host(&meant).is_some();
        if is_certain && !addresses(net, &meant).await.found().is_empty() {
            return Some(meant);
        }
    }
    None
}

/// An MX target is a host name of several labels, never an address (RFC 5321 §2.3.5, §5.1).
fn is_host_name(name: &Name) -> bool {
    name.labels().len() > 1 && name.is_askable() && !is_address(name)
}

/// Whether an address was written where a name belongs.
pub(super) fn is_address(name: &Name) -> bool {
    name.as_str().trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

async fn implicit(net: &dyn Net, domain: &Name) -> Host {
    let addresses = addresses(net, domain).await;
    let name = domain.clone();
    Host {
        name,
        preference: 0,
        alias_of: None,
        rests: None,
        addresses,
        unregistered: None,
        meant: None,
        contacts: BTreeMap::new(),
    }
}

async fn connect(view: &View<'_>, hosts: &mut [Host]) {
    let vantage = view.vantage;
    let mut left = MOST_ADDRESSES;
    let talks = hosts.iter().map(|host| {
        let may =
            |address: &IpAddr| vantage.allow_private || is_public(*address, &vantage.own_networks);
        let asked: Vec<IpAddr> =
            host.addresses.found().into_iter().filter(may).take(left).collect();
        left -= asked.len();
        inspect(view, &host.name, asked.into_iter())
    });
    let heard = join_all(talks.collect::<Vec<_>>()).await;
    for (host, heard) in hosts.iter_mut().zip(heard) {
        host.contacts = heard.iter().map(|(address, said)| (*address, Contact::of(said))).collect();
        if let (Some(rests), Some(canonical)) = (&mut host.rests, &host.alias_of) {
            rests.certificate = alias::has_certificate(&heard, &host.name, canonical);
        }
    }
}

/// Asks one control host after the other, at an address that is `wanted`, until one can be reached.
async fn control(view: &View<'_>, wanted: fn(&IpAddr) -> bool) -> Control {
    let hosts = &view.vantage.controls.smtp_hosts;
    let mut all_asked = !hosts.is_empty();
    let asked = hosts.iter().take(MOST_CONTROLS);
    let found = join_all(asked.clone().map(|host| addresses(view.net, host))).await;
    for (host, found) in asked.zip(&found) {
        let found = found.found();
        let Some(address) = found.iter().find(|address| wanted(address)) else {
            all_asked = false;
            continue;
        };
        let heard = inspect(view, host, std::iter::once(*address)).await;
        match heard.get(address).map(|said| Contact::of(said)) {
            Some(contact) if contact.proves_egress() => return Control::Passed,
            Some(contact) if contact.is_out_of_reach() => {}
            _ => all_asked = false,
        }
    }
    match (hosts.is_empty(), all_asked) {
        (true, _) => Control::Off,
        (false, true) => Control::Failed,
        (false, false) => Control::Unknown,
    }
}
