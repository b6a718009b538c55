//! The questions of `blocklist`: each list's own test first, then the addresses and domains.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use futures::StreamExt;
use futures::future::{join, join_all, join3};
use futures::stream;

use super::codes::{Meaning, meanings};
use super::facts::{BlocklistFacts, Entry, ListSeen, Role};
use super::selftest::SelfTest;
use crate::kernel::{
    Blocklist, Data, ListKind, Lookup, Name, Net, Rtype, Target, View, addresses, addresses_of,
    ask, mail_exchangers, texts,
};
use crate::records::reverse::reversed;
use crate::records::special::is_public;
use crate::spf::{MOST_NAMED, Named, named};

/// Addresses and domains asked at most.
pub(super) const LIMIT: usize = 64;

/// Lists asked at most.
const MOST_LISTS: usize = 160;

/// Addresses of mail hosts, name servers and the website, and hosts of each kind looked up.
const MOST_INFRASTRUCTURE: usize = 16;
const MOST_HOSTS: usize = 8;

/// Questions to one list at the same time, and lists at the same time.
const QUESTIONS_AT_ONCE: usize = 8;
const LISTS_AT_ONCE: usize = 16;

/// Characters kept of a list's own words.
const TEXT_KEPT: usize = 300;

pub async fn observe(view: &View<'_>) -> BlocklistFacts {
    let mut lists: Vec<&Blocklist> = view.vantage.blocklists.iter().take(MOST_LISTS).collect();
    lists.sort_by(|a, b| a.id.cmp(&b.id));
    let addresses = sending_addresses(view.target);
    let domains = domains(view.target);
    let takes_addresses = lists.iter().any(|list| list.kind != ListKind::Domain);
    let (infrastructure, named) = if takes_addresses {
        undeclared(view, &addresses).await
    } else {
        (BTreeMap::new(), Named::default())
    };
    let undeclared = infrastructure.keys().chain(named.addresses.keys());
    let asked: Vec<IpAddr> = addresses.iter().chain(undeclared).copied().collect();
    let mut looks = Vec::new();
    for list in lists {
        let questions = questions(list, &asked, &domains);
        if !questions.is_empty() {
            looks.push(look(view.net, list, questions));
        }
    }
    let seen = stream::iter(looks).buffered(LISTS_AT_ONCE).collect().await;
    BlocklistFacts { addresses, named, infrastructure, domains, lists: seen }
}

fn sending_addresses(target: &Target) -> Vec<IpAddr> {
    let streams = target.streams.iter().flat_map(|stream| &stream.ips);
    let all: BTreeSet<IpAddr> = target.sending_ips.iter().chain(streams).copied().collect();
    all.into_iter().take(LIMIT).collect()
}

/// Lists of domains hold registrable ones: those in From, MAIL FROM, EHLO and links.
fn domains(target: &Target) -> Vec<String> {
    let streams = target.streams.iter().flat_map(|stream| {
        let helo = stream.helo.as_deref().map(Name::new).filter(|name| name.labels().len() > 1);
        let sent = [Some(stream.from.clone()), stream.mail_from.clone(), helo];
        let linked = stream.links.iter().map(|link| link.host().clone());
        let linked = linked.chain(stream.one_click.iter().map(|url| url.host.clone()));
        sent.into_iter().flatten().chain(linked)
    });
    let all: BTreeSet<Name> = std::iter::once(target.domain.clone())
        .chain(streams)
        .map(|name| name.registrable())
        .collect();
    all.into_iter().take(LIMIT).map(|name| name.to_string()).collect()
}

/// What nobody declared as sending: the addresses of the domain's hosts, and apart from them those that its
/// SPF record names.
async fn undeclared(view: &View<'_>, sending: &[IpAddr]) -> (BTreeMap<IpAddr, Role>, Named) {
    let own = infrastructure(view, sending);
    let (mut hosts, mut named) = join(own, named(view.net, &view.target.domain)).await;
    let mut further = 0;
    named.addresses.retain(|address, _| {
        if sending.contains(address) || !is_public(*address, &view.vantage.own_networks) {
            return false;
        }
        let is_host = hosts.remove(address).is_some();
        further += usize::from(!is_host);
        is_host || further <= MOST_NAMED
    });
    (hosts, named)
}

/// The public addresses of mail hosts, name servers and the website that are not declared as sending.
/// A host whose addresses could not be told is not asked for; `mx` and `dns` say so.
async fn infrastructure(view: &View<'_>, sending: &[IpAddr]) -> BTreeMap<IpAddr, Role> {
    let domain = &view.target.domain;
    let mail_hosts = async {
        let found = mail_exchangers(view.net, domain).await;
        let hosts = found.found().into_iter().flatten().map(|mx| mx.exchange.clone()).collect();
        hosts_with(view, hosts, Role::MailHost).await
    };
    let name_servers = async {
        let found = ask(view.net, domain, Rtype::NS).await;
        let hosts = found.found().into_iter().flatten().filter_map(|data| match data {
            Data::Ns(host) => Some(host.clone()),
            _ => None,
        });
        hosts_with(view, hosts.collect(), Role::NameServer).await
    };
    let website = hosts_with(view, vec![domain.clone()], Role::Website);
    let (mail_hosts, name_servers, website) = join3(mail_hosts, name_servers, website).await;
    let mut roles = BTreeMap::new();
    for (address, role) in mail_hosts.into_iter().chain(name_servers).chain(website) {
        let is_new = !sending.contains(&address) && roles.len() < MOST_INFRASTRUCTURE;
        if is_new && is_public(address, &view.vantage.own_networks) {
            roles.entry(address).or_insert(role);
        }
    }
    roles
}

async fn hosts_with(view: &View<'_>, hosts: Vec<Name>, role: Role) -> Vec<(IpAddr, Role)> {
    let hosts = hosts.into_iter().filter(|host| !host.is_root()).take(MOST_HOSTS);
    let looks = hosts.map(|host| async move { addresses(view.net, &host).await.found() });
    join_all(looks).await.into_iter().flatten().map(|address| (address, role)).collect()
}

/// What the list is to be asked: the subject with the name to look up.
fn questions(list: &Blocklist, addresses: &[IpAddr], domains: &[String]) -> Vec<(String, Name)> {
    if list.kind == ListKind::Domain {
        return domains.iter().map(|domain| (domain.clone(), list.zone.child(domain))).collect();
    }
    let taken = addresses.iter().filter(|address| takes(list, address));
    taken.map(|address| (address.to_string(), list.zone.child(&reversed(*address)))).collect()
}

/// Whether the list can be asked about the address.
pub(super) fn takes(list: &Blocklist, address: &IpAddr) -> bool {
    match list.kind {
        ListKind::Ip4 => address.is_ipv4(),
        ListKind::Ip6 => address.is_ipv6(),
        ListKind::Ip => true,
        ListKind::Domain => false,
    }
}

async fn look(net: &dyn Net, list: &Blocklist, questions: Vec<(String, Name)>) -> ListSeen {
    let (listed, unlisted) = test(net, list).await;
    let mut seen = ListSeen { id: list.id.clone(), listed, unlisted, entries: Vec::new() };
    if SelfTest::of(list, &seen) == SelfTest::Passed {
        let mut asked = Vec::new();
        for (subject, name) in questions {
            asked.push(entry(net, list, subject, name));
        }
        let entries: Vec<Option<Entry>> =
            stream::iter(asked).buffered(QUESTIONS_AT_ONCE).collect().await;
        seen.entries = entries.into_iter().flatten().collect();
    }
    seen
}

/// RFC 5782 §5: what the list must hold, and what it must not.
async fn test(net: &dyn Net, list: &Blocklist) -> (Lookup<Vec<IpAddr>>, Lookup<Vec<IpAddr>>) {
    let ask = |label: &str| {
        let name = list.zone.child(label);
        async move { addresses_of(net, &name, Rtype::A).await }
    };
    let (held, not_held) = match list.kind {
        ListKind::Ip4 | ListKind::Ip => ("2.0.0.127".to_owned(), "1.0.0.127".to_owned()),
        ListKind::Ip6 => {
            let mapped = |last| {
                reversed(IpAddr::V6(std::net::Ipv4Addr::new(127, 0, 0, last).to_ipv6_mapped()))
            };
            (mapped(2), mapped(1))
        }
        ListKind::Domain => ("test".to_owned(), "invalid".to_owned()),
    };
    let own = async {
        match &list.test_listed {
            Some(name) => Some(ask(name.as_str()).await),
            None => None,
        }
    };
    let (own, (listed, unlisted)) = join(own, join(ask(&held), ask(&not_held))).await;
    let listed = match own {
        Some(Lookup::Found(answers)) => Lookup::Found(answers),
        Some(Lookup::Unknown { reason }) if listed.is_absent() => Lookup::Unknown { reason },
        _ => listed,
    };
    (listed, unlisted)
}

async fn entry(net: &dyn Net, list: &Blocklist, subject: String, name: Name) -> Option<Entry> {
    let answers = addresses_of(net, &name, Rtype::A).await;
    if answers.is_absent() {
        return None;
    }
    let is_listed = answers.found().is_some_and(|found| {
        let weighs = |meaning: &Meaning| {
            matches!(meaning, Meaning::Listed(_) | Meaning::Abused | Meaning::Policy)
        };
        meanings(list, found).iter().any(weighs)
    });
    let text = if is_listed { words(net, &name).await } else { None };
    Some(Entry { subject, answers, text })
}

async fn words(net: &dyn Net, name: &Name) -> Option<String> {
    let found = texts(net, name).await;
    let first = found.found()?.first()?.printable();
    Some(first.chars().take(TEXT_KEPT).collect())
}
