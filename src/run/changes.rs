//! What changed in the world between two looks that could tell? Records, hosts, certificates and
//! sending addresses, each by its name.
//!
//! Reads only that part of a check's facts. What one of the two looks could not tell is no change.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use vigie_checks::kernel::{Addresses, KeptFacts, Lookup, Mx, Name, Text};

use crate::incidents::SENDING_IPS;

/// A name as in `changed` of the contract, with what stood there; nothing where there was nothing.
pub(super) type Known = BTreeMap<String, Option<String>>;

/// What is not what it was: its name, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub what: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// The differences between the facts of two definite outcomes of one check.
pub fn differences(
    domain: &Name,
    check: &str,
    instance: &str,
    before: &KeptFacts,
    after: &KeptFacts,
) -> Vec<Difference> {
    let before = known(domain, check, instance, before);
    let after = known(domain, check, instance, after);
    let both = before.into_iter().filter_map(|(what, before)| {
        let after = after.get(&what)?.clone();
        (before != after).then_some(Difference { what, before, after })
    });
    both.collect()
}

/// What the facts of one outcome know of the world, by name.
pub(super) fn known(domain: &Name, check: &str, instance: &str, facts: &KeptFacts) -> Known {
    match check {
        "spf" => read(facts, spf),
        "dkim" => read(facts, dkim),
        "dmarc" => read(facts, dmarc),
        "mx" => read(facts, |facts: MxFacts| mx(domain, facts)),
        "tls" => read(facts, tls),
        "mta-sts" => read(facts, |facts: MtaStsFacts| mta_sts(domain, facts)),
        "tls-rpt" => read(facts, |facts: TlsRptFacts| tls_rpt(domain, facts)),
        "probe" => read(facts, |facts: ProbeFacts| probe(instance, facts)),
        _ => Known::new(),
    }
}

/// Facts of another form than expected say nothing.
fn read<F: DeserializeOwned>(facts: &KeptFacts, know: impl Fn(F) -> Known) -> Known {
    facts.read().map(know).unwrap_or_default()
}

/// Adds what a look-up came to; nothing if it could not tell.
fn add(known: &mut Known, what: String, lookup: Lookup<String>) {
    match lookup {
        Lookup::Found(text) => drop(known.insert(what, Some(text))),
        Lookup::Absent { .. } => drop(known.insert(what, None)),
        Lookup::Unknown { .. } => {}
    }
}

/// Several of one name, in one order.
fn together(mut all: Vec<String>) -> String {
    all.sort();
    all.join("\n")
}

#[derive(Deserialize)]
struct SpfFacts {
    tree: SpfNode,
}

#[derive(Deserialize)]
struct SpfNode {
    domain: Name,
    records: Lookup<Vec<String>>,
    #[serde(default)]
    terms: Vec<SpfTerm>,
}

#[derive(Deserialize)]
struct SpfTerm {
    seen: Value,
}

/// The domain's record and those it includes: the include of a third party is named as such.
fn spf(facts: SpfFacts) -> Known {
    let mut known = Known::new();
    let mut nodes = vec![facts.tree];
    while let Some(node) = nodes.pop() {
        add(&mut known, format!("TXT {}", node.domain), node.records.map(together));
        let below = node.terms.into_iter().filter_map(|term| term.seen.get("record").cloned());
        nodes.extend(below.filter_map(|node| serde_json::from_value(node).ok()));
    }
    known
}

#[derive(Deserialize)]
struct DkimFacts {
    selectors: Vec<Selector>,
}

#[derive(Deserialize)]
struct Selector {
    name: Name,
    key: Lookup<DkimKey>,
}

#[derive(Deserialize)]
struct DkimKey {
    record: String,
}

fn dkim(facts: DkimFacts) -> Known {
    let mut known = Known::new();
    for Selector { name, key } in facts.selectors {
        add(&mut known, format!("TXT {name}"), key.map(|key| key.record));
    }
    known
}

#[derive(Deserialize)]
struct DmarcFacts {
    walk: Vec<DmarcStep>,
}

#[derive(Deserialize)]
struct DmarcStep {
    domain: Name,
    records: Lookup<Vec<Text>>,
}

fn dmarc(facts: DmarcFacts) -> Known {
    let mut known = Known::new();
    for DmarcStep { domain, records } in facts.walk {
        kept_texts(&mut known, format!("TXT {}", domain.child("_dmarc")), records);
    }
    known
}

#[derive(Deserialize)]
struct MxFacts {
    records: Lookup<Vec<Mx>>,
}

fn mx(domain: &Name, facts: MxFacts) -> Known {
    let mut known = Known::new();
    let hosts = facts.records.map(|mut all| {
        all.sort_by_key(|mx| (mx.preference, mx.exchange.clone()));
        let lines: Vec<String> =
            all.iter().map(|mx| format!("{} {}", mx.preference, mx.exchange)).collect();
        lines.join("\n")
    });
    add(&mut known, format!("MX {domain}"), hosts);
    known
}

#[derive(Deserialize)]
struct MailHosts {
    hosts: Vec<MailHost>,
}

#[derive(Deserialize)]
struct MailHost {
    name: Name,
    addresses: Addresses,
}

/// The addresses of the hosts that take mail. They are history and no change: the answers of large
/// providers differ from look to look.
pub(super) fn addresses(check: &str, facts: &KeptFacts) -> Known {
    let told = |MailHosts { hosts }| {
        let mut known = Known::new();
        for MailHost { name, addresses } in hosts {
            if addresses.unknown().is_none() {
                let found: Vec<String> =
                    addresses.found().iter().map(ToString::to_string).collect();
                let found = Some(found).filter(|found| !found.is_empty());
                known.insert(format!("addresses of {name}"), found.map(together));
            }
        }
        known
    };
    if check == "mx" { read(facts, told) } else { Known::new() }
}

#[derive(Deserialize)]
struct TlsFacts {
    hosts: Vec<TlsHost>,
    certificates: BTreeMap<String, Certificate>,
}

#[derive(Deserialize)]
struct TlsHost {
    name: Name,
    addresses: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Certificate {
    sha256: String,
    issuer: String,
    not_after: String,
}

/// The certificates that a host showed; a host with an address that showed none says nothing.
fn tls(facts: TlsFacts) -> Known {
    let mut known = Known::new();
    for host in &facts.hosts {
        let shown: Option<BTreeSet<String>> = host
            .addresses
            .values()
            .map(|session| {
                let digest = session.pointer("/encrypted/certificate")?.as_str()?;
                let Certificate { sha256, issuer, not_after } = facts.certificates.get(digest)?;
                Some(format!("SHA-256 {sha256}, {issuer}, {not_after}"))
            })
            .collect();
        if let Some(shown) = shown.filter(|shown| !shown.is_empty()) {
            let lines: Vec<String> = shown.into_iter().collect();
            known.insert(format!("certificate of {}", host.name), Some(lines.join("\n")));
        }
    }
    known
}

/// The records that a check keeps of a name, of which none may be left.
fn kept_texts(known: &mut Known, what: String, records: Lookup<Vec<Text>>) {
    match records.map(|all| together(all.iter().map(Text::printable).collect())) {
        Lookup::Found(none) if none.is_empty() => drop(known.insert(what, None)),
        texts => add(known, what, texts),
    }
}

#[derive(Deserialize)]
struct MtaStsFacts {
    records: Lookup<Vec<Text>>,
    #[serde(default)]
    policy: Value,
}

#[derive(Deserialize)]
struct Policy {
    mode: String,
    max_age: u32,
    mx: Vec<String>,
}

/// A policy that could not be read says nothing.
fn mta_sts(domain: &Name, facts: MtaStsFacts) -> Known {
    let mut known = Known::new();
    kept_texts(&mut known, format!("TXT {}", domain.child("_mta-sts")), facts.records);
    let served = facts.policy.pointer("/served/text").cloned();
    if let Some(Policy { mode, max_age, mx }) =
        served.and_then(|text| serde_json::from_value(text).ok())
    {
        let lines = [format!("mode: {mode}"), format!("max_age: {max_age}")].into_iter();
        let lines = lines.chain(mx.iter().map(|host| format!("mx: {host}")));
        let text = lines.collect::<Vec<String>>().join("\n");
        known.insert(format!("MTA-STS policy of {domain}"), Some(text));
    }
    known
}

#[derive(Deserialize)]
struct TlsRptFacts {
    records: Lookup<Vec<Text>>,
}

fn tls_rpt(domain: &Name, facts: TlsRptFacts) -> Known {
    let mut known = Known::new();
    kept_texts(&mut known, format!("TXT {}", domain.child("_smtp._tls")), facts.records);
    known
}

#[derive(Deserialize)]
struct ProbeFacts {
    /// The addresses that the receiving servers saw.
    sending_ips: Vec<String>,
}

/// A round in which no address was seen says nothing: the message may not have arrived.
fn probe(instance: &str, facts: ProbeFacts) -> Known {
    let what = format!("{SENDING_IPS}{instance}");
    let seen = Some(facts.sending_ips).filter(|ips| !ips.is_empty());
    seen.map(|ips| (what, Some(together(ips)))).into_iter().collect()
}

#[cfg(test)]
mod tests;
