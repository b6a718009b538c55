//! What the MX set says as a set: who else is in it, and is it the one that was approved?

use std::collections::{BTreeMap, BTreeSet};

use super::{MxCode, MxFacts};
use crate::kernel::{CASE, Code, Mx, Name, Profile, Raised, RecordChange, Rtype, Target};
use crate::records::provider::{self, Kind};

/// RFC 7208 §4.6.4: more names make an SPF `mx` a permerror.
const MOST_NAMES: usize = 10;

pub fn judge(facts: &MxFacts, target: &Target) -> Vec<Raised> {
    let records = facts.records.found().map_or(&[][..], Vec::as_slice);
    let findings = [
        implicit(facts, target),
        null_with_others(records, target),
        too_many(records, target),
        stale_provider(records, target),
    ];
    findings.into_iter().flatten().chain(takeovers(facts, records, target)).collect()
}

/// Hosts under a domain that nobody holds, once for each such domain.
fn takeovers(facts: &MxFacts, records: &[Mx], target: &Target) -> Vec<Raised> {
    let mut lost: BTreeMap<&Name, BTreeSet<&Name>> = BTreeMap::new();
    for host in &facts.hosts {
        if let Some(domain) = &host.unregistered {
            lost.entry(domain).or_default().insert(&host.name);
        }
    }
    let takeover = |(domain, hosts): (&Name, BTreeSet<&Name>)| {
        let named = hosts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let raised = MxCode::TargetTakeover.on(domain).with("domain", &target.domain);
        let raised = raised.with("host", named).evidence("hosts", &hosts);
        let theirs = records.iter().filter(|record| hosts.contains(&record.exchange));
        theirs.fold(raised, |raised, record| raised.fix(deletion(record, target)))
    };
    lost.into_iter().map(takeover).collect()
}

fn deletion(record: &Mx, target: &Target) -> RecordChange {
    let exchange = &record.exchange;
    let end = if exchange.is_root() { "" } else { "." };
    RecordChange::delete(
        &target.domain,
        Rtype::MX,
        format!("{} {exchange}{end}", record.preference),
    )
}

/// The set is known, and it is not the one that the owner approved.
pub fn unexpected(facts: &MxFacts, target: &Target) -> Option<Raised> {
    let expected: BTreeSet<&Name> = target.expect.mx.iter().collect();
    let found: BTreeSet<&Name> =
        facts.records.found().into_iter().flatten().map(|record| &record.exchange).collect();
    if expected.is_empty() || expected == found {
        return None;
    }
    let listed = |names: Vec<&Name>| match names.as_slice() {
        [] => "–".to_owned(),
        names => names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    };
    let missing = listed(expected.difference(&found).copied().collect());
    let added = listed(found.difference(&expected).copied().collect());
    let unexpected = MxCode::Unexpected.on(&target.domain).with("missing", missing);
    Some(unexpected.with("added", added).evidence("expected", &expected).evidence("found", &found))
}

fn implicit(facts: &MxFacts, target: &Target) -> Option<Raised> {
    let [host] = facts.hosts.as_slice() else { return None };
    let stands_in = facts.records.is_absent() && !host.addresses.found().is_empty();
    let shown = || host.addresses.found().iter().map(ToString::to_string).collect::<Vec<_>>();
    stands_in.then(|| {
        let implicit = MxCode::Implicit.on(&target.domain).with("addresses", shown().join(", "));
        match target.profile {
            Profile::Sender => implicit.with(CASE, "sender"),
            _ => with_null_mx(implicit, target),
        }
    })
}

/// The record to publish where the domain is declared to want no mail (RFC 7505 §3).
pub fn with_null_mx(raised: Raised, target: &Target) -> Raised {
    if target.profile != Profile::Parked {
        return raised;
    }
    raised.fix(RecordChange::add(&target.domain, Rtype::MX, "0 ."))
}

fn null_with_others(records: &[Mx], target: &Target) -> Option<Raised> {
    let (roots, others): (Vec<&Mx>, Vec<&Mx>) =
        records.iter().partition(|record| record.exchange.is_root());
    let named = others.iter().map(|record| record.exchange.to_string()).collect::<Vec<_>>();
    if roots.is_empty() || others.is_empty() {
        return None;
    }
    let mixed = MxCode::NullWithOthers.on(&target.domain).with("others", named.join(", "));
    Some(roots.into_iter().fold(mixed, |mixed, root| mixed.fix(deletion(root, target))))
}

fn too_many(records: &[Mx], target: &Target) -> Option<Raised> {
    let names: BTreeSet<&Name> = records.iter().map(|record| &record.exchange).collect();
    let too_many = || MxCode::TooMany.on(&target.domain).with("count", names.len());
    (names.len() > MOST_NAMES).then(|| too_many().evidence("names", &names))
}

/// Mailboxes of two providers at once are a move that was not finished. What filters before them, and
/// hosts of nobody known, may stand beside a provider for good.
fn stale_provider(records: &[Mx], target: &Target) -> Option<Raised> {
    let mut providers: BTreeMap<&str, BTreeSet<&Name>> = BTreeMap::new();
    for record in records {
        let known = provider::of_mail_host(&record.exchange);
        if let Some(known) = known.filter(|p| matches!(p.kind, Kind::Mailbox | Kind::Both)) {
            providers.entry(&known.name).or_default().insert(&record.exchange);
        }
    }
    let named = providers.keys().copied().collect::<Vec<_>>().join(", ");
    (providers.len() > 1).then(|| {
        MxCode::StaleProvider
            .on(&target.domain)
            .with("providers", named)
            .evidence("hosts", &providers)
    })
}
