//! The questions of `caa`: from each host up to its top-level domain, until a name has a set.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;

use super::{CaaFacts, Host, Issued, Relevant};
use crate::kernel::{
    Answer, Data, Link, Lookup, Name, Net, Question, Rcode, Reason, Rtype, Trust, View, confirmed,
};
use crate::mta_sts::{Delivery, Fetch, MtaSts, MtaStsFacts};
use crate::records::caa::Caa;
use crate::records::web_certificate::WebCertificate;
use crate::web;

/// Hosts that are looked at.
const MOST_HOSTS: usize = 12;

/// Hosts of links that are looked at.
const MOST_LINKED: usize = 4;

/// Records of a set that are kept.
const MOST_RECORDS: usize = 50;

/// Names from a host upwards that are asked.
const MOST_LEVELS: usize = 10;

pub async fn observe(view: &View<'_>) -> CaaFacts {
    let Some(seen) = view.needs.facts::<MtaSts>() else {
        return CaaFacts::default();
    };
    let mut mail = certificates(seen, &view.target.domain);
    let linked = linked(view, &mail).await;
    mail.extend(
        linked.iter().filter_map(|(name, shown)| Some((name.clone(), shown.clone().ok()?))),
    );
    let untold = linked.iter().filter_map(|(name, shown)| {
        let relevant = Relevant::Unknown { at: name.clone(), reason: shown.clone().err()? };
        Some(Host { name: name.clone(), relevant, certificates: Vec::new(), linked: true })
    });
    let hosts = mail.into_iter().take(MOST_HOSTS);
    let starts = hosts.flat_map(|(name, shown)| {
        starts(&name, shown)
            .into_iter()
            .map(move |(at, certificates)| (name.clone(), at, certificates))
    });
    let is_linked = |name: &Name| linked.contains_key(name);
    let hosts = starts.map(|(name, at, certificates)| async move {
        let linked = is_linked(&name);
        Host { name, relevant: climb(view.net, &at).await, certificates, linked }
    });
    CaaFacts { hosts: join_all(hosts).await.into_iter().chain(untold).collect() }
}

/// The domain's own hosts that its messages link to and that show a trusted certificate, or may. One that only private
/// addresses have is lost to readers whatever it shows; see `web`.
async fn linked(
    view: &View<'_>,
    mail: &BTreeMap<Name, BTreeSet<Issued>>,
) -> BTreeMap<Name, Result<BTreeSet<Issued>, Reason>> {
    let own = view.target.domain.registrable();
    let mut links: BTreeMap<&Name, &Link> = BTreeMap::new();
    let streams = view.target.streams.iter().filter(|_| view.target.profile.sends());
    for link in streams.flat_map(|stream| &stream.links) {
        if link.host().registrable() == own && !mail.contains_key(link.host()) {
            links.entry(link.host()).or_insert(link);
        }
    }
    let looks = links.into_iter().take(MOST_LINKED).map(|(host, link)| async move {
        match web::shown(view.net, link).await {
            web::Answer::Page { certificate, .. } => {
                Some((host.clone(), Ok(BTreeSet::from([issued(&certificate, host)?]))))
            }
            web::Answer::Unknown { reason: Reason::PrivateAddress } => None,
            web::Answer::Unknown { reason } => Some((host.clone(), Err(reason))),
            web::Answer::NoAddress | web::Answer::PrivateOnly | web::Answer::Refused => None,
        }
    });
    join_all(looks).await.into_iter().flatten().collect()
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
