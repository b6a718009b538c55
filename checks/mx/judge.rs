//! What DNS says of the MX set and its hosts.

use super::facts::is_null;
use super::observe::is_address;
use super::reach;
use super::set;
use super::{Host, MxCode, MxFacts};
use crate::kernel::{
    CASE, Code, Context, Lookup, Name, Profile, Raised, Reason, RecordChange, Rtype, Severity,
    Target,
};
use crate::records::special::is_public;

pub fn judge(facts: &MxFacts, context: &Context<'_>) -> Vec<Raised> {
    let mut raised = way_in(facts, context);
    raised.extend(return_paths(facts));
    raised
}

fn way_in(facts: &MxFacts, context: &Context<'_>) -> Vec<Raised> {
    let target = context.target;
    if let Some(reason) = facts.records.reason() {
        return vec![untold(&target.domain, reason)];
    }
    let unexpected = set::unexpected(facts, target);
    if facts.is_null() {
        return unexpected.into_iter().chain(null(facts, target)).collect();
    }
    if let Some(none) = none(facts, target) {
        return unexpected.into_iter().chain([none]).collect();
    }
    let mut raised: Vec<Raised> = unexpected.into_iter().collect();
    raised.extend(set::judge(facts, target));
    raised.extend(hosts(facts, context));
    // When the control fails, the hosts are judged from DNS alone; `smtp.egress-blocked` says so.
    if !facts.is_egress_blocked() {
        raised.extend(reach::judge(facts, context));
    }
    raised
}

pub(super) fn untold(subject: &Name, reason: Reason) -> Raised {
    MxCode::LookupFailed.on(subject).with("reason", reason).evidence("reason", reason)
}

/// RFC 7505 §4.2: a domain that takes no mail should send none.
fn null(facts: &MxFacts, target: &Target) -> Option<Raised> {
    let null = MxCode::Null.on(&target.domain).evidence("record", "0 .");
    Some(match &facts.spf_authorises {
        _ if target.sends_in_a_stream() => null.severity(Severity::Critical),
        // It is as it should be; who may still send is said by `spf`.
        _ if target.profile == Profile::Parked => return None,
        // Its profile says that it sends.
        _ if target.profile == Profile::Sender => null,
        Some(Lookup::Found(true)) => {
            null.severity(Severity::Critical).evidence("spf", "authorises")
        }
        Some(Lookup::Unknown { reason }) => untold(&target.domain, *reason),
        _ => null,
    })
}

fn none(facts: &MxFacts, target: &Target) -> Option<Raised> {
    let [host] = facts.hosts.as_slice() else {
        return None;
    };
    if !facts.records.is_absent() || !host.addresses.is_absent() {
        return None;
    }
    let none = MxCode::None.on(&target.domain).evidence("mx", &facts.records);
    let none = none.evidence("addresses", &host.addresses);
    Some(match target.profile {
        _ if target.sends_in_a_stream() => none.with(CASE, "sender").severity(Severity::Critical),
        Profile::Sender => none.with(CASE, "sender"),
        Profile::Parked => set::with_null_mx(none, target),
        _ => weighed(none, facts, target),
    })
}

/// A domain that nobody sends for may be parked without a word of it: no mail of it is missed.
pub(super) fn weighed(raised: Raised, facts: &MxFacts, target: &Target) -> Raised {
    match &facts.spf_is_closed {
        Some(Lookup::Found(true)) => raised.severity(Severity::Warning),
        Some(Lookup::Unknown { reason }) => untold(&target.domain, *reason),
        _ => raised.severity(Severity::Error),
    }
}

/// Bounces go to the return path's own mail host, or to nobody.
fn return_paths(facts: &MxFacts) -> impl Iterator<Item = Raised> {
    facts.return_paths.iter().filter_map(|(path, seen)| {
        let addresses = seen.addresses.as_ref();
        let is_lost = is_null(&seen.records) || addresses.is_some_and(|found| found.is_absent());
        let lost = || MxCode::ReturnPathUnresolvable.on(path).evidence("mx", &seen.records);
        let reason = seen.records.reason().or_else(|| addresses?.unknown());
        match reason {
            _ if is_lost => Some(lost()),
            Some(_) if addresses.is_some_and(|found| !found.found().is_empty()) => None,
            Some(reason) => Some(untold(path, reason)),
            None => None,
        }
    })
}

/// What DNS alone says of each host.
fn hosts(facts: &MxFacts, context: &Context<'_>) -> Vec<Raised> {
    let mut raised = Vec::new();
    let is_lost = |host: &Host| host.addresses.is_absent() || is_hidden(host, context);
    let all_lost = facts.hosts.iter().all(is_lost);
    // Where nothing is known of the others, it cannot be told whether all are lost: law 8.
    let is_found = |host: &Host| !host.addresses.found().is_empty() && !is_hidden(host, context);
    let can_weigh = all_lost || facts.hosts.iter().any(is_found);
    // The root beside a host is `null-with-others`.
    let is_root_beside = |host: &&Host| host.name.is_root() && facts.hosts.len() > 1;
    for host in facts.hosts.iter().filter(|host| !is_root_beside(host)) {
        let weight = if all_lost { Severity::Critical } else { Severity::Error };
        let is_lost = host.addresses.is_absent();
        if is_lost && can_weigh {
            let weight = if is_left_over(host) && !all_lost { Severity::Info } else { weight };
            raised.push(unresolvable(facts, host, &context.target.domain).severity(weight));
        }
        // Of an alias that leads nowhere, that is what there is to say.
        if let Some(canonical) = host.alias_of.as_ref().filter(|_| !(is_lost && can_weigh)) {
            raised.push(alias(facts, host, canonical, context));
        }
        if is_hidden(host, context) && can_weigh {
            raised.push(not_public(host).severity(weight));
        }
        if let Some(reason) = host.addresses.unknown() {
            raised.push(untold(&host.name, reason));
        }
    }
    raised
}

/// RFC 5321 §5.1: an MX names a host, which has an address.
fn unresolvable(facts: &MxFacts, host: &Host, domain: &Name) -> Raised {
    let cause = match &host.meant {
        Some(meant) if meant.is_at_or_below(&domain.registrable()) => "domain-twice",
        Some(_) => "domain-appended",
        None if is_address(&host.name) => "mx-is-address",
        None => "no-address",
    };
    let lost = MxCode::TargetUnresolvable.on(&host.name).with("domain", domain);
    let lost = lost.with("reason", cause).evidence("addresses", &host.addresses);
    match &host.meant {
        Some(meant) => with_target(lost.evidence("meant", meant), facts, host, meant, domain),
        None if is_left_over(host) => lost.with(CASE, "verification"),
        None => match &host.alias_of {
            Some(gone) => lost.with(CASE, "alias").with("gone", gone).evidence("alias_of", gone),
            None => lost,
        },
    }
}

/// An MX that was published once to prove to a provider whose the domain is; it names no host.
fn is_left_over(host: &Host) -> bool {
    // Microsoft 365, "Add DNS records": ms12345678.msv1.invalid. Google Workspace: TOKEN.mx-verification.google.com.
    let places = ["msv1.invalid", "mx-verification.google.com"];
    places.iter().any(|place| host.name.parent() == Some(Name::new(place)))
}

fn alias(facts: &MxFacts, host: &Host, canonical: &Name, context: &Context<'_>) -> Raised {
    let alias = MxCode::TargetCname.on(&host.name).with("canonical", canonical);
    let alias = alias.evidence("canonical", canonical).evidence("rests", &host.rests);
    super::alias::heal(alias, facts, host, canonical, context)
}

/// The one MX record of a host, naming another.
pub(super) fn with_target(
    raised: Raised,
    facts: &MxFacts,
    host: &Host,
    target: &Name,
    domain: &Name,
) -> Raised {
    let records = facts.records.found().map_or(&[][..], Vec::as_slice);
    let mut named = records.iter().filter(|record| record.exchange == host.name);
    match (named.next(), named.next()) {
        (Some(record), None) => {
            let value = |exchange: &Name| format!("{} {exchange}.", record.preference);
            raised.fix(RecordChange::replace(
                domain,
                Rtype::MX,
                value(&record.exchange),
                value(target),
            ))
        }
        _ => raised,
    }
}

/// Every address that it has, all of them known, is one that the internet cannot reach.
fn is_hidden(host: &Host, context: &Context<'_>) -> bool {
    let found = host.addresses.found();
    let own = &context.vantage.own_networks;
    let is_certain = host.addresses.unknown().is_none() && !found.is_empty();
    is_certain && !found.iter().any(|address| is_public(*address, own))
}

fn not_public(host: &Host) -> Raised {
    let found = host.addresses.found();
    let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
    let hidden = MxCode::TargetNotPublic.on(&host.name).with("addresses", shown.join(", "));
    hidden.evidence("addresses", &found)
}
