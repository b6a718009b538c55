//! The questions of `blocklist`: each list's own test first, then the addresses and domains.

use std::collections::BTreeSet;
use std::net::IpAddr;

use futures::StreamExt;
use futures::future::join;
use futures::stream;

use super::codes::{Meaning, meaning};
use super::facts::{BlocklistFacts, Entry, ListSeen};
use super::judge::{SelfTest, self_test};
use crate::kernel::{
    Blocklist, ListKind, Lookup, Name, Net, Rtype, Target, View, addresses_of, texts,
};

/// Lists, addresses and domains asked at most.
pub(super) const LIMIT: usize = 64;

/// Questions to one list at the same time, and lists at the same time.
const AT_ONCE: usize = 8;

/// Characters kept of a list's own words.
const TEXT_KEPT: usize = 300;

pub async fn observe(view: &View<'_>) -> BlocklistFacts {
    let addresses = sending_addresses(view.target);
    let domains = domains(view.target);
    let mut lists: Vec<&Blocklist> = view.vantage.blocklists.iter().take(LIMIT).collect();
    lists.sort_by(|a, b| a.id.cmp(&b.id));
    let mut looks = Vec::new();
    for list in lists {
        let questions = questions(list, &addresses, &domains);
        if !questions.is_empty() {
            looks.push(look(view.net, list, questions));
        }
    }
    let seen = stream::iter(looks).buffered(AT_ONCE).collect().await;
    BlocklistFacts { addresses, domains, lists: seen }
}

fn sending_addresses(target: &Target) -> Vec<IpAddr> {
    let streams = target.streams.iter().flat_map(|stream| &stream.ips);
    let all: BTreeSet<IpAddr> = target.sending_ips.iter().chain(streams).copied().collect();
    all.into_iter().take(LIMIT).collect()
}

/// Lists of domains hold registrable ones: those in From and MAIL FROM.
fn domains(target: &Target) -> Vec<String> {
    let streams = target
        .streams
        .iter()
        .flat_map(|stream| std::iter::once(&stream.from).chain(&stream.mail_from));
    let all: BTreeSet<Name> =
        std::iter::once(&target.domain).chain(streams).map(Name::registrable).collect();
    all.into_iter().take(LIMIT).map(|name| name.to_string()).collect()
}

/// What the list is to be asked: the subject with the name to look up.
fn questions(list: &Blocklist, addresses: &[IpAddr], domains: &[String]) -> Vec<(String, Name)> {
    let takes = |address: &&IpAddr| match list.kind {
        ListKind::Ip4 => address.is_ipv4(),
        ListKind::Ip6 => address.is_ipv6(),
        ListKind::Ip => true,
        ListKind::Domain => false,
    };
    if list.kind == ListKind::Domain {
        return domains.iter().map(|domain| (domain.clone(), list.zone.child(domain))).collect();
    }
    let taken = addresses.iter().filter(takes);
    taken.map(|address| (address.to_string(), list.zone.child(&reversed(*address)))).collect()
}

/// RFC 5782 §2.1 and §2.4: octets, or nibbles, from the last to the first.
pub fn reversed(address: IpAddr) -> String {
    let labels: Vec<String> = match address {
        IpAddr::V4(address) => address.octets().iter().rev().map(u8::to_string).collect(),
        IpAddr::V6(address) => address
            .octets()
            .iter()
            .rev()
            .flat_map(|octet| [octet & 15, octet >> 4])
            .map(|nibble| format!("{nibble:x}"))
            .collect(),
    };
    labels.join(".")
}

async fn look(net: &dyn Net, list: &Blocklist, questions: Vec<(String, Name)>) -> ListSeen {
    let (listed, unlisted) = test(net, list).await;
    let mut seen = ListSeen { id: list.id.clone(), listed, unlisted, entries: Vec::new() };
    if self_test(list, &seen) == SelfTest::Passed {
        let mut asked = Vec::new();
        for (subject, name) in questions {
            asked.push(entry(net, list, subject, name));
        }
        let entries: Vec<Option<Entry>> = stream::iter(asked).buffered(AT_ONCE).collect().await;
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
    let is_listed = answers
        .found()
        .is_some_and(|found| matches!(meaning(list, found), Meaning::Listed(_) | Meaning::Policy));
    let text = if is_listed { words(net, &name).await } else { None };
    Some(Entry { subject, answers, text })
}

async fn words(net: &dyn Net, name: &Name) -> Option<String> {
    let found = texts(net, name).await;
    let first = found.found()?.first()?.printable();
    Some(first.chars().take(TEXT_KEPT).collect())
}
