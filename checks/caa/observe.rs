//! The questions of `caa`: from each host up to its top-level domain, until a name has a set.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;

use super::{CaaFacts, Host, Issued, Relevant};
use crate::kernel::{
    Answer, Data, Lookup, Name, Net, Question, Rcode, Reason, Rtype, Trust, View, confirmed,
};
use crate::mta_sts::{Delivery, Fetch, MtaSts, MtaStsFacts};
use crate::records::caa::Caa;
use crate::records::web_certificate::WebCertificate;

/// Hosts that are looked at.
const MOST_HOSTS: usize = 12;

/// Records of a set that are kept.
const MOST_RECORDS: usize = 50;

/// Names from a host upwards that are asked.
const MOST_LEVELS: usize = 10;

pub async fn observe(view: &View<'_>) -> CaaFacts {
    let Some(seen) = view.needs.facts::<MtaSts>() else {
        return CaaFacts::default();
    };
    let hosts = certificates(seen, &view.target.domain).into_iter().take(MOST_HOSTS);
    let starts = hosts.flat_map(|(name, shown)| {
        starts(&name, shown)
            .into_iter()
            .map(move |(at, certificates)| (name.clone(), at, certificates))
    });
    let hosts = starts.map(|(name, at, certificates)| async move {
        Host { name, relevant: climb(view.net, &at).await, certificates }
    });
    CaaFacts { hosts: join_all(hosts).await }
}

/// Where the sets of a host's certificates are looked for: at the host, and for those that name it by a
/// wildcard one label above, where the wildcard stands (RFC 8659 §3).
pub(super) fn starts(host: &Name, shown: BTreeSet<Issued>) -> Vec<(Name, Vec<Issued>)> {
    let (wildcards, named): (Vec<Issued>, Vec<Issued>) =
        shown.into_iter().partition(|issued| issued.wildcard);
    let above = host.parent().filter(|_| !wildcards.is_empty()).map(|above| (above, wildcards));
    let own = (above.is_none() || !named.is_empty()).then(|| (host.clone(), named));
    own.into_iter().chain(above).collect()
}

/// The hosts with what they show, each certificate once.
fn certificates(seen: &MtaStsFacts, domain: &Name) -> BTreeMap<Name, BTreeSet<Issued>> {
    let mut hosts: BTreeMap<Name, BTreeSet<Issued>> = BTreeMap::new();
    for host in &seen.hosts {
        let shown = host.deliveries.values().filter_map(|delivery| match delivery {
            Delivery::Encrypted(certificate) => issued(certificate, &host.name),
            _ => None,
        });
        hosts.entry(host.name.clone()).or_default().extend(shown);
    }
    if let Some(Fetch::Served(served)) = &seen.policy {
        let name = domain.child("mta-sts");
        let shown = issued(&served.certificate, &name);
        hosts.entry(name).or_default().extend(shown);
    }
    hosts
}

/// CAA binds public authorities alone: one that nobody trusts here issues as it likes.
fn issued(certificate: &WebCertificate, host: &Name) -> Option<Issued> {
    let is_named = certificate.leaf.names.iter().any(|name| name == host.as_str());
    (certificate.trust == Trust::Trusted).then(|| Issued {
        issuer: certificate.leaf.issuer.clone(),
        wildcard: !is_named && certificate.leaf.names_host(host),
    })
}

/// RFC 8659 §3: the first name with a set, the root left out. Aliases are followed at each name.
pub(super) async fn climb(net: &dyn Net, host: &Name) -> Relevant {
    let mut at = host.clone();
    for _ in 0..MOST_LEVELS {
        match caa(net, &at).await {
            Lookup::Found(records) => return Relevant::Set { at, records },
            Lookup::Absent { .. } => {}
            Lookup::Unknown { reason: Reason::Servfail | Reason::Bogus } => {
                return again(net, at).await;
            }
            Lookup::Unknown { reason } => return Relevant::Unknown { at, reason },
        }
        match at.parent() {
            Some(parent) if !parent.is_root() => at = parent,
            _ => return Relevant::Nothing,
        }
    }
    Relevant::Unknown { at, reason: Reason::TooLarge }
}

async fn caa(net: &dyn Net, name: &Name) -> Lookup<Vec<Caa>> {
    asked(net, Question::new(name, Rtype::CAA)).await
}

async fn asked(net: &dyn Net, question: Question) -> Lookup<Vec<Caa>> {
    let read = |data: &Data| match data {
        Data::Other { rtype: Rtype::CAA, hex } => Caa::read(hex),
        _ => None,
    };
    let found = confirmed(net, question).await;
    let read = found.map(|all| all.iter().filter_map(read).take(MOST_RECORDS).collect());
    match read {
        // There is a set, so the names above do not count, and what it says cannot be told.
        Lookup::Found(records) if Vec::is_empty(&records) => {
            Lookup::Unknown { reason: Reason::Malformed }
        }
        read => read,
    }
}

/// A failure that stays past the cache, at a name whose addresses are answered for.
async fn again(net: &dyn Net, at: Name) -> Relevant {
    let second = Question { sample: 1, ..Question::new(&at, Rtype::CAA) };
    match asked(net, second).await {
        Lookup::Unknown { reason: Reason::Servfail } => {}
        Lookup::Unknown { reason } => return Relevant::Unknown { at, reason },
        // It came and went: neither answer can be relied on.
        Lookup::Found(_) | Lookup::Absent { .. } => {
            return Relevant::Unknown { at, reason: Reason::Servfail };
        }
    }
    match net.dns(Question::new(&at, Rtype::A)).await {
        Answer::Message(message) if message.rcode == Rcode::NOERROR => {
            Relevant::Broken { at, signed: message.authenticated }
        }
        _ => Relevant::Unknown { at, reason: Reason::Servfail },
    }
}
