//! What keys, signatures and the resolver's verdict mean for the domain.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use chrono::{DateTime, Utc};

use super::{DnssecCode, DnssecFacts, KeySet, Signing, Validation, Verdict};
use crate::kernel::{
    CASE, Code, Context, Judgement, Name, Raised, Reason, RecordChange, Rtype, Severity,
};
use crate::records::dnssec::{Dnskey, Ds};

/// What a finding about the resolver itself is about.
const RESOLVER: &str = "resolver";

/// RSASHA1 and RSASHA1-NSEC3-SHA1.
const WEAK_ALGORITHMS: [u8; 2] = [5, 7];

/// SHA-1 in a DS record.
const WEAK_DIGEST: u8 = 1;

/// RFC 9276 §3.2: from here on validators may fail.
const MANY_ITERATIONS: u16 = 50;

pub fn judge(facts: &DnssecFacts, context: &Context<'_>) -> Judgement {
    let Some(zone) = &facts.zone else { return Judgement::nothing_to_ask("no-zone") };
    let mut raised = held(facts, zone, context);
    if facts.validation == Validation::Fails {
        // Its negatives and the missing AD say nothing, so only what is there is judged.
        raised.push(unknown(RESOLVER, Reason::NotOffered));
        return raised.into();
    }
    raised.extend(chain(facts, zone, context.now));
    raised.extend(unsigned_hosts(facts, &context.target.domain));
    raised.into()
}

/// The mail hosts without signatures, once for all that lie under one domain: its owner signs, or nobody.
fn unsigned_hosts(facts: &DnssecFacts, domain: &Name) -> Vec<Raised> {
    let mut unsigned: BTreeMap<Name, Vec<&str>> = BTreeMap::new();
    for host in &facts.insecure_hosts {
        unsigned.entry(host.registrable()).or_default().push(host.as_str());
    }
    let raise = |(zone, hosts): (Name, Vec<&str>)| {
        let raised = DnssecCode::MxZoneUnsigned.on(zone).with("domain", domain);
        raised.with("hosts", hosts.join(", ")).evidence("hosts", &hosts)
    };
    unsigned.into_iter().map(raise).collect()
}

/// What is to be said of keys and signatures that are there.
fn held(facts: &DnssecFacts, zone: &Name, context: &Context<'_>) -> Vec<Raised> {
    let mut raised = Vec::new();
    raised.extend(without_key(facts, zone));
    raised.extend(expiring(facts, context.now));
    raised.extend(weak(facts, zone));
    let iterations = facts.nsec3_iterations.filter(|iterations| *iterations > 0);
    if let Some(iterations) = iterations.filter(|_| facts.is_signed()) {
        let many = iterations > MANY_ITERATIONS;
        let weight = if many { Severity::Error } else { Severity::Warning };
        let raised_of = DnssecCode::Nsec3Iterations.on(zone).severity(weight);
        raised.push(raised_of.with("iterations", iterations).evidence("iterations", iterations));
    }
    raised
}

/// RFC 4035 §4.3: without a DS nobody validates, so that the end of a signature breaks nothing.
fn expiring(facts: &DnssecFacts, now: DateTime<Utc>) -> Option<Raised> {
    facts.ds.found()?;
    let ending = facts.ending.as_ref().filter(|ending| ending.is_near(now))?;
    let raised = DnssecCode::SignatureExpiring.on(&ending.name).with("type", ending.rtype);
    let raised = raised.with("ends", shown(ending.expiration)).with("server", ending.server);
    let raised = raised.evidence("signature", ending);
    match (ending.has_ended(now), facts.verdict) {
        (false, _) => Some(raised),
        (true, Verdict::Secure | Verdict::Insecure) => Some(raised.with(CASE, "ended")),
        // It is why the domain is bogus, or may be.
        (true, Verdict::Bogus { .. } | Verdict::Unknown { .. }) => None,
    }
}

fn shown(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// The key sets with a key that the zone above points to and that signs the keys, and those without.
fn by_ds<'f>(facts: &'f DnssecFacts, zone: &Name, ds: &[Ds]) -> (Vec<&'f KeySet>, Vec<&'f KeySet>) {
    let leads_to = |set: &KeySet, key: &Dnskey| {
        set.signed_by.contains(&key.key_tag) && ds.iter().any(|ds| ds.stands_for(zone, key))
    };
    facts.keys.iter().partition(|set| set.keys.iter().any(|key| leads_to(set, key)))
}

/// A server holds no key that the zone above points to and that signs the keys.
fn without_key(facts: &DnssecFacts, zone: &Name) -> Option<Raised> {
    let ds = facts.ds.found()?;
    let (with, without) = by_ds(facts, zone, ds);
    let first = without.first()?;
    let tags: Vec<String> = ds.iter().map(|ds| ds.key_tag.to_string()).collect();
    let raised = DnssecCode::DsWithoutDnskey.on(zone).with("tags", tags.join(", "));
    let raised = raised.evidence("ds", ds).evidence("keys", first);
    // RFC 4035 §5.2: the DS is that of a key which is there; the servers without it are behind.
    if !with.is_empty() {
        let servers: BTreeSet<IpAddr> =
            without.iter().flat_map(|set| &set.servers).copied().collect();
        let shown: Vec<String> = servers.iter().map(ToString::to_string).collect();
        let raised = raised.with(CASE, "one-server").with("servers", shown.join(", "));
        let weight = if facts.is_bogus() { Severity::Critical } else { Severity::Error };
        return Some(raised.severity(weight));
    }
    if facts.is_partial {
        // A server that did not answer may hold the key, but who validates does not get there.
        return Some(raised).filter(|_| facts.is_bogus());
    }
    let is_unsigned = facts.keys.iter().all(|set| set.keys.is_empty());
    let raised = if is_unsigned { raised.with(CASE, "unsigned") } else { raised };
    // Who validates found no key either, at whichever server it asked.
    let delete = |ds: &Ds| RecordChange::delete(zone, Rtype::DS, ds.to_string());
    let removed = ds.iter().filter(|_| facts.is_bogus()).map(delete);
    Some(removed.fold(raised, Raised::fix))
}

fn weak(facts: &DnssecFacts, zone: &Name) -> Option<Raised> {
    let ds = facts.ds.found().map_or(&[][..], Vec::as_slice);
    let has_weak_ds = !ds.is_empty() && ds.iter().all(|ds| ds.digest_type == WEAK_DIGEST);
    let raised = DnssecCode::WeakAlgorithm.on(zone);
    let raised = raised.evidence("ds", ds).evidence("keys", &facts.keys);
    let leads_to_weak = || ds.iter().all(|ds| WEAK_ALGORITHMS.contains(&ds.algorithm));
    if has_weak_keys(facts) || has_weak_ds && leads_to_weak() {
        return Some(raised.with("algorithm", "RSASHA1"));
    }
    let raised = has_weak_ds.then(|| raised.with(CASE, "ds"))?;
    Some(match ds_by_sha256(facts, zone, ds) {
        Some(ds) => raised.fix(RecordChange::add(zone, Rtype::DS, ds.to_string())),
        None => raised,
    })
}

/// The DS by SHA-256 of the key that DS records by SHA-1 point to. Validators that pass SHA-1 over begin to validate
/// with it, so that it is proposed only where the resolver vouches for the zone and every server holds the key.
fn ds_by_sha256(facts: &DnssecFacts, zone: &Name, weak: &[Ds]) -> Option<Ds> {
    let is_sound = facts.verdict == Verdict::Secure && !facts.is_partial;
    let leads = |key: &&Dnskey| weak.iter().any(|ds| ds.stands_for(zone, key));
    let key = signing_everywhere(facts).into_iter().find(leads)?;
    Ds::of(zone, key).filter(|_| is_sound)
}

fn has_weak_keys(facts: &DnssecFacts) -> bool {
    let mut keys = facts.keys.iter().flat_map(|set| &set.keys);
    facts.is_signed() && keys.all(|key| WEAK_ALGORITHMS.contains(&key.algorithm))
}

/// How the zone hangs on to the one above.
fn chain(facts: &DnssecFacts, zone: &Name, now: DateTime<Utc>) -> Vec<Raised> {
    if let (Verdict::Bogus { rtype, ede }, Some(ds)) = (facts.verdict, facts.ds.found()) {
        let (with, without) = by_ds(facts, zone, ds);
        // Not signatures are wrong then, and to sign again would heal nothing.
        if with.is_empty() && !without.is_empty() {
            return Vec::new();
        }
        let ede = ede.map_or_else(|| "SERVFAIL".to_owned(), |ede| format!("EDE {ede}"));
        let bogus = DnssecCode::Bogus.on(zone).with("type", rtype).with("answer", ede);
        let bogus = bogus.evidence("verdict", facts.verdict).evidence("ds", &facts.ds);
        return vec![expired(bogus, facts, now)];
    }
    if facts.ds.is_absent() && facts.is_signed() {
        return vec![island(facts, zone, now)];
    }
    let is_unsigned = facts.ds.is_absent() && !facts.is_partial && !facts.is_signed();
    match facts.verdict {
        Verdict::Insecure if is_unsigned => {
            vec![DnssecCode::Unsigned.on(zone).evidence("ds", &facts.ds)]
        }
        Verdict::Unknown { reason } => vec![unknown(zone.as_str(), reason)],
        // Without a DS nothing can be bogus: the failure has another cause.
        Verdict::Bogus { .. } => {
            vec![unknown(zone.as_str(), facts.ds.reason().unwrap_or(Reason::Servfail))]
        }
        Verdict::Secure | Verdict::Insecure => {
            facts.ds.reason().map(|reason| unknown(zone.as_str(), reason)).into_iter().collect()
        }
    }
}

/// The same in the words of a signature that has ended, where one was seen.
fn expired(bogus: Raised, facts: &DnssecFacts, now: DateTime<Utc>) -> Raised {
    let Some(ended) = facts.ending.as_ref().filter(|ending| ending.has_ended(now)) else {
        return bogus;
    };
    let bogus = bogus.with(CASE, "expired").with("covered", ended.rtype).with("name", &ended.name);
    let bogus = bogus.with("ends", shown(ended.expiration)).with("server", ended.server);
    bogus.evidence("signature", ended)
}

/// A DS is proposed only where it would lead to signatures that hold: it would break the domain else.
fn island(facts: &DnssecFacts, zone: &Name, now: DateTime<Utc>) -> Raised {
    let raised = DnssecCode::Island.on(zone).evidence("keys", &facts.keys);
    let raised = raised.evidence("signing", &facts.signing);
    if has_weak_keys(facts) {
        return raised.with(CASE, "weak");
    }
    match &facts.signing {
        Some(Signing::Broken { name, rtype, server }) => raised
            .with(CASE, "broken")
            .with("name", name)
            .with("type", rtype)
            .with("server", server),
        // It would break the domain when they end.
        Some(Signing::Sound)
            if let Some(ending) = facts.ending.as_ref().filter(|it| it.is_near(now)) =>
        {
            let raised = raised.with(CASE, "ending").with("type", ending.rtype);
            raised.with("name", &ending.name).with("ends", shown(ending.expiration))
        }
        Some(Signing::Sound) if let Some(ds) = ds_to_publish(facts, zone) => {
            raised.fix(RecordChange::add(zone, Rtype::DS, ds.to_string()))
        }
        Some(Signing::Sound | Signing::Untold) | None => raised.with(CASE, "untold"),
    }
}

/// The DS of a key that signs the keys at every server.
fn ds_to_publish(facts: &DnssecFacts, zone: &Name) -> Option<Ds> {
    let candidates = signing_everywhere(facts);
    let entry = candidates.iter().find(|key| key.is_entry_point()).or(candidates.first())?;
    Ds::of(zone, entry)
}

/// The keys of a sound algorithm that sign the keys at every server.
fn signing_everywhere(facts: &DnssecFacts) -> Vec<&Dnskey> {
    let signs =
        |set: &KeySet, key: &Dnskey| set.keys.contains(key) && set.signed_by.contains(&key.key_tag);
    facts
        .keys
        .iter()
        .flat_map(|set| &set.keys)
        .filter(|key| !WEAK_ALGORITHMS.contains(&key.algorithm))
        .filter(|key| facts.keys.iter().all(|set| signs(set, key)))
        .collect()
}

fn unknown(subject: &str, reason: Reason) -> Raised {
    DnssecCode::Unknown.on(subject).with("reason", reason).evidence("reason", reason)
}
