//! The keys and signatures as the zone's own servers hold them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::{join_all, join3};

use crate::dns::Zone;
use crate::dnssec::{Ending, KeySet};
use crate::kernel::{Answer, Message, Name, Question, Rcode, Rtype, To, View};
use crate::records::dnssec::{Dnskey, Rrsig, nsec3_iterations};

/// Servers that are asked.
const MOST_SERVERS: usize = 4;

/// Keys that are read of one set.
const MOST_KEYS: usize = 16;

/// What the servers hold.
pub struct Held {
    pub keys: BTreeSet<KeySet>,
    pub is_partial: bool,
    pub ending: Option<Ending>,
    pub nsec3_iterations: Option<u16>,
}

pub async fn observe(view: &View<'_>, zone: &Zone) -> Held {
    let origin = &zone.origin;
    let mut servers: Vec<To> =
        zone.serving().into_iter().take(MOST_SERVERS).map(To::Server).collect();
    let mut checking_disabled = false;
    if servers.is_empty() {
        // CD, for a zone that is bogus still has keys (RFC 4035 §3.2.2).
        (servers, checking_disabled) = (vec![To::Resolver], true);
    }
    let ask = |to: To, name: &Name, rtype: Rtype| {
        view.net.dns(Question { to, checking_disabled, ..Question::with_signatures(name, rtype) })
    };
    let iterations = async {
        // The first that tells is enough: whether all hold the same zone is what `dns` looks at.
        for to in &servers {
            let answer = ask(*to, origin, Rtype::NSEC3PARAM).await;
            if let Some(said) = told(&answer) {
                return said.answers.iter().filter_map(|one| nsec3_iterations(&one.data)).max();
            }
        }
        None
    };
    let (keys, nsec3_iterations, ending) = join3(
        join_all(servers.iter().map(|to| ask(*to, origin, Rtype::DNSKEY))),
        iterations,
        ending(view, origin, &servers),
    )
    .await;
    let told: Vec<(To, KeySet)> = servers
        .iter()
        .zip(&keys)
        .filter_map(|(to, answer)| Some((*to, key_set(origin, answer)?)))
        .collect();
    Held { is_partial: told.len() < servers.len(), ending, nsec3_iterations, keys: each_once(told) }
}

/// The keys as validators find them: asked where the domain is bogus, so that an answer which a server of the zone
/// owes does not hide that the DS leads to none. It is a sample of its own, for where no server can be asked the
/// first comes from the resolver too.
pub async fn of_resolver(view: &View<'_>, zone: &Zone) -> Option<KeySet> {
    let question = Question::with_signatures(&zone.origin, Rtype::DNSKEY);
    let question = Question { sample: 1, checking_disabled: true, ..question };
    key_set(&zone.origin, &view.net.dns(question).await)
}

/// The sets, with those who hold them where not all hold the same.
fn each_once(told: Vec<(To, KeySet)>) -> BTreeSet<KeySet> {
    let mut holders: BTreeMap<KeySet, BTreeSet<IpAddr>> = BTreeMap::new();
    for (to, set) in told {
        let holders = holders.entry(set).or_default();
        if let To::Server(address) = to {
            holders.insert(address);
        }
    }
    let is_one = holders.len() < 2;
    let with_holders = |(set, servers): (KeySet, BTreeSet<IpAddr>)| match is_one {
        true => set,
        false => KeySet { servers, ..set },
    };
    holders.into_iter().map(with_holders).collect()
}

fn message(answer: &Answer) -> Option<&Message> {
    match answer {
        Answer::Message(message) => Some(message),
        Answer::Failed { .. } => None,
    }
}

/// The message of one who can tell what the zone holds, and does.
pub(super) fn told(answer: &Answer) -> Option<&Message> {
    let speaks = |said: &&Message| said.authoritative || said.recursion_available;
    message(answer).filter(speaks).filter(|said| said.rcode == Rcode::NOERROR)
}

/// The keys, or that there are none; nothing if the answer says neither.
pub(super) fn key_set(zone: &Name, answer: &Answer) -> Option<KeySet> {
    let said = told(answer)?;
    let own = || said.answers.iter().filter(|record| record.name == *zone);
    let mut keys: Vec<Dnskey> =
        own().filter_map(|record| Dnskey::read(&record.data)).take(MOST_KEYS).collect();
    keys.sort();
    keys.dedup();
    let signatures = own().filter_map(|record| Rrsig::read(&record.data));
    let covering = signatures.filter(|signature| signature.covered == Rtype::DNSKEY);
    let signed_by = covering.map(|signature| signature.key_tag).collect();
    Some(KeySet { keys, signed_by, servers: BTreeSet::new() })
}

/// The signature that ends first over what mail rests on. An RRset stands as long as one signature
/// of each algorithm does.
async fn ending(view: &View<'_>, zone: &Name, servers: &[To]) -> Option<Ending> {
    let domain = &view.target.domain;
    let addresses = servers.iter().filter_map(|to| match to {
        To::Server(address) => Some(*address),
        To::Resolver | To::OtherResolver => None,
    });
    let sets =
        [(zone, Rtype::SOA), (zone, Rtype::DNSKEY), (domain, Rtype::MX), (domain, Rtype::TXT)];
    let questions = addresses
        .flat_map(|address| sets.map(|(name, rtype)| (address, name, rtype)))
        .map(|(server, name, rtype)| async move {
            let direct =
                Question { to: To::Server(server), ..Question::with_signatures(name, rtype) };
            let answer = view.net.dns(direct).await;
            message(&answer).and_then(|said| first_to_end(said, server, name, rtype))
        });
    let soon = soon(view.clock.now());
    let ending =
        join_all(questions).await.into_iter().flatten().filter(|one| one.expiration < soon);
    ending.min_by(|a, b| (a.expiration, &a.name, a.server).cmp(&(b.expiration, &b.name, b.server)))
}

/// What ends later is no fact worth keeping: signatures are made anew all the time.
fn soon(now: DateTime<Utc>) -> DateTime<Utc> {
    now + TimeDelta::days(1)
}

fn first_to_end(said: &Message, server: IpAddr, name: &Name, rtype: Rtype) -> Option<Ending> {
    let own = said.answers.iter().filter(|record| record.name == *name);
    let signatures = own.filter_map(|record| Rrsig::read(&record.data));
    let mut last_of: BTreeMap<u8, Rrsig> = BTreeMap::new();
    for signature in signatures.filter(|signature| signature.covered == rtype) {
        let last = last_of.entry(signature.algorithm).or_insert_with(|| signature.clone());
        if signature.expiration > last.expiration {
            *last = signature;
        }
    }
    let first = last_of.into_values().min_by_key(|signature| signature.expiration)?;
    let Rrsig { inception, expiration, .. } = first;
    Some(Ending { name: name.clone(), rtype, server, inception, expiration })
}
