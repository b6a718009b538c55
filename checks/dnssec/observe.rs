//! The questions of `dnssec`: the resolver about the domain, and the zone's servers about its keys
//! and signatures.

mod signatures;
mod signing;
mod verdict;

use futures::future::{join, join_all, join4};

use super::{DnssecFacts, Validation, Verdict};
use crate::dns::Dns;
use crate::kernel::{
    Answer, Lookup, Message, Name, Question, Reason, Rtype, View, ask, mail_exchangers,
};
use crate::records::dnssec::{Ds, Rrsig};

/// Control zones that are asked.
const MOST_CONTROLS: usize = 3;

/// DS records that are read.
const MOST_DS: usize = 16;

/// Mail hosts that are asked.
const MOST_HOSTS: usize = 16;

pub async fn observe(view: &View<'_>) -> DnssecFacts {
    let zone = view.needs.facts::<Dns>().and_then(|dns| dns.zone.as_ref());
    let unknown = Reason::NotRecorded;
    let mut facts = DnssecFacts {
        zone: None,
        validation: Validation::Untold,
        ds: Lookup::Unknown { reason: unknown },
        keys: Default::default(),
        is_partial: true,
        verdict: Verdict::Unknown { reason: unknown },
        ending: None,
        nsec3_iterations: None,
        signing: None,
        insecure_hosts: Vec::new(),
    };
    let Some(zone) = zone else { return facts };
    let origin = zone.origin.clone();
    let (validation, ds, verdict, held) = join4(
        validation(view),
        ds(view, &origin),
        verdict::verdict(view, &origin),
        signatures::observe(view, zone),
    )
    .await;
    facts.zone = Some(origin);
    (facts.validation, facts.ds, facts.verdict) = (validation, ds, verdict);
    (facts.keys, facts.is_partial) = (held.keys, held.is_partial);
    (facts.ending, facts.nsec3_iterations) = (held.ending, held.nsec3_iterations);
    if facts.is_bogus() {
        let of_resolver = signatures::of_resolver(view, zone).await;
        facts.keys.extend(of_resolver.filter(|_| facts.keys.is_empty()));
    }
    if facts.ds.is_absent() && facts.is_signed() {
        facts.signing = Some(signing::signing(view, zone).await);
    }
    if facts.verdict == Verdict::Secure {
        facts.insecure_hosts = insecure_hosts(view).await;
    }
    facts
}

/// Whether the resolver vouches for zones that are known to be signed, asked as all else is asked, and
/// hands their signatures on.
pub async fn validation(view: &View<'_>) -> Validation {
    let zones = &view.vantage.controls.zones;
    if zones.is_empty() {
        return Validation::Off;
    }
    let answers = join_all(zones.iter().take(MOST_CONTROLS).map(|zone| {
        let plain = view.net.dns(Question::new(zone, Rtype::SOA));
        join(plain, view.net.dns(Question::with_signatures(zone, Rtype::SOA)))
    }))
    .await;
    let validated = answers.iter().filter_map(|(plain, signed)| {
        let (plain, signed) = (soa(plain)?, soa(signed)?);
        let is_signed = signed.answers.iter().any(|record| Rrsig::read(&record.data).is_some());
        Some(plain.authenticated && is_signed)
    });
    match validated.collect::<Vec<_>>() {
        told if told.contains(&true) => Validation::Works,
        told if told.is_empty() => Validation::Untold,
        _ => Validation::Fails,
    }
}

/// The message, if it holds a SOA.
fn soa(answer: &Answer) -> Option<&Message> {
    match answer {
        Answer::Message(said) => {
            said.answers.iter().any(|record| record.data.rtype() == Rtype::SOA).then_some(said)
        }
        Answer::Failed { .. } => None,
    }
}

async fn ds(view: &View<'_>, zone: &Name) -> Lookup<Vec<Ds>> {
    match ask(view.net, zone, Rtype::DS).await {
        Lookup::Found(records) => {
            let read: Vec<Ds> = records.iter().filter_map(Ds::read).take(MOST_DS).collect();
            match read.is_empty() {
                true => Lookup::Unknown { reason: Reason::Malformed },
                false => Lookup::Found(read),
            }
        }
        Lookup::Absent { nxdomain } => Lookup::Absent { nxdomain },
        Lookup::Unknown { reason } => Lookup::Unknown { reason },
    }
}

/// The mail hosts whose addresses the resolver gives without vouching for them.
async fn insecure_hosts(view: &View<'_>) -> Vec<Name> {
    let Lookup::Found(records) = mail_exchangers(view.net, &view.target.domain).await else {
        return Vec::new();
    };
    let mut hosts: Vec<Name> = records.into_iter().map(|record| record.exchange).collect();
    hosts.sort();
    hosts.dedup();
    let asked = hosts.into_iter().take(MOST_HOSTS).filter(Name::is_askable);
    let insecure = asked.map(|host| async move {
        let ask = |rtype| view.net.dns(Question::new(&host, rtype));
        let (v4, v6) = join(ask(Rtype::A), ask(Rtype::AAAA)).await;
        let is_insecure = |answer: &Answer, rtype| match answer {
            Answer::Message(said) => {
                !said.authenticated && said.answers.iter().any(|r| r.data.rtype() == rtype)
            }
            Answer::Failed { .. } => false,
        };
        (is_insecure(&v4, Rtype::A) || is_insecure(&v6, Rtype::AAAA)).then_some(host)
    });
    join_all(insecure).await.into_iter().flatten().collect()
}
