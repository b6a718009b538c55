//! What the MX set and its hosts are worth to somebody who wants to send mail here.

use super::contact::{Contact, Control};
use super::{Host, MxCode, MxFacts};
use crate::kernel::{
    Action, Code, Context, Name, Profile, Raised, Reason, RecordChange, Rtype, Severity, Target,
};
use crate::records::special::is_public;

pub fn judge(facts: &MxFacts, context: &Context<'_>) -> Vec<Raised> {
    let target = context.target;
    if let Some(reason) = facts.records.reason() {
        return vec![untold(&target.domain, reason)];
    }
    if facts.is_null() {
        return vec![null(target)];
    }
    if let Some(none) = none(facts, target) {
        return vec![none];
    }
    let mut raised = hosts(facts, context);
    // When the control fails, the hosts are judged from DNS alone; `smtp.egress-blocked` says so.
    if !facts.is_egress_blocked() {
        raised.extend(reachability(facts, context));
    }
    raised
}

fn untold(subject: &Name, reason: Reason) -> Raised {
    MxCode::LookupFailed.on(subject).with("reason", reason).evidence("reason", reason)
}

fn null(target: &Target) -> Raised {
    let null = MxCode::Null.on(&target.domain).evidence("record", "0 .");
    if target.profile == Profile::Sender || sends_in_the_name_of(target) {
        null.severity(Severity::Critical)
    } else {
        null
    }
}

/// The domain stands in From or MAIL FROM of a stream.
fn sends_in_the_name_of(target: &Target) -> bool {
    target.streams.iter().any(|stream| {
        stream.from == target.domain || stream.mail_from.as_ref() == Some(&target.domain)
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
    let weight = if sends_in_the_name_of(target) { Severity::Critical } else { Severity::Error };
    Some(none.severity(weight))
}

/// What DNS alone says of each host.
fn hosts(facts: &MxFacts, context: &Context<'_>) -> Vec<Raised> {
    let mut raised = Vec::new();
    let all_lost = facts.hosts.iter().all(|host| host.addresses.is_absent());
    for host in &facts.hosts {
        if host.addresses.is_absent() {
            let weight = if all_lost { Severity::Critical } else { Severity::Error };
            let lost = MxCode::TargetUnresolvable.on(&host.name).severity(weight);
            raised.push(
                lost.with("domain", &context.target.domain).evidence("addresses", &host.addresses),
            );
        }
        if let Some(canonical) = &host.alias_of {
            raised.push(alias(facts, host, canonical, &context.target.domain));
        }
        raised.extend(not_public(host, context));
        if let Some(reason) = host.addresses.unknown() {
            raised.push(untold(&host.name, reason));
        }
    }
    raised
}

fn alias(facts: &MxFacts, host: &Host, canonical: &Name, domain: &Name) -> Raised {
    let alias = MxCode::TargetCname
        .on(&host.name)
        .with("canonical", canonical)
        .evidence("canonical", canonical);
    let records = facts.records.found().map_or(&[][..], Vec::as_slice);
    let mut named = records.iter().filter(|record| record.exchange == host.name);
    match (named.next(), named.next()) {
        (Some(record), None) if !host.addresses.found().is_empty() => {
            let value = |exchange: &Name| format!("{} {exchange}.", record.preference);
            alias.fix(RecordChange {
                action: Action::Replace,
                name: domain.clone(),
                rtype: Rtype::MX,
                old: Some(value(&record.exchange)),
                value: Some(value(canonical)),
            })
        }
        _ => alias,
    }
}

fn not_public(host: &Host, context: &Context<'_>) -> Option<Raised> {
    let found = host.addresses.found();
    let own = &context.vantage.own_networks;
    let is_certain = host.addresses.unknown().is_none() && !found.is_empty();
    if !is_certain || found.iter().any(|address| is_public(*address, own)) {
        return None;
    }
    let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
    let hidden = MxCode::TargetNotPublic.on(&host.name).with("addresses", shown.join(", "));
    Some(hidden.evidence("addresses", &found))
}

/// What the conversations say of all hosts together.
fn reachability(facts: &MxFacts, context: &Context<'_>) -> Option<Raised> {
    let contacts: Vec<Contact> = facts.contacts().collect();
    if contacts.is_empty() || contacts.contains(&Contact::Greets) {
        return None;
    }
    let domain = &context.target.domain;
    let whole = facts.hosts.iter().all(|host| is_wholly_asked(host, context));
    let all = |is: fn(Contact) -> bool| whole && contacts.iter().all(|contact| is(*contact));
    let code = if all(Contact::is_refusal) {
        MxCode::AllUnreachable
    } else if all(|contact| contact == Contact::Silent) && facts.control == Some(Control::Passed) {
        MxCode::Silent
    } else {
        let reason = contacts.iter().find_map(|contact| contact.reason());
        let is_told_of = facts.hosts.iter().any(|host| host.addresses.unknown().is_some());
        return (!is_told_of).then(|| untold(domain, reason.unwrap_or(Reason::Timeout)));
    };
    let raised = code.on(domain).with("addresses", addresses(facts));
    Some(raised.evidence("hosts", &facts.hosts).evidence("control", facts.control))
}

/// Both families are known and every address that can be reached was asked.
fn is_wholly_asked(host: &Host, context: &Context<'_>) -> bool {
    let own = &context.vantage.own_networks;
    let is_asked = |address| host.contacts.contains_key(address) || !is_public(*address, own);
    host.addresses.unknown().is_none() && host.addresses.found().iter().all(is_asked)
}

fn addresses(facts: &MxFacts) -> String {
    let each = |host: &Host| {
        let asked = host.contacts.keys().map(ToString::to_string).collect::<Vec<_>>();
        (!asked.is_empty()).then(|| format!("{} ({})", host.name, asked.join(", ")))
    };
    facts.hosts.iter().filter_map(each).collect::<Vec<_>>().join(", ")
}
