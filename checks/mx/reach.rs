//! Does anybody take mail at the addresses of the hosts?

use std::net::IpAddr;

use super::contact::{Contact, Control};
use super::judge::{untold, weighed};
use super::{Host, MxCode, MxFacts};
use crate::kernel::{CASE, Code, Context, Profile, Raised, Reason, Severity};
use crate::records::special::is_public;

pub fn judge(facts: &MxFacts, context: &Context<'_>) -> Vec<Raised> {
    if facts.contacts().any(|contact| contact == Contact::Greets) {
        facts.hosts.iter().flat_map(|host| one(facts, host)).collect()
    } else {
        together(facts, context).into_iter().collect()
    }
}

/// Where nobody listens at one host while another, or another address of it, takes mail. What turns mail away
/// in its greeting is `smtp.banner-rejects`.
fn one(facts: &MxFacts, host: &Host) -> Vec<Raised> {
    let on = |code: MxCode, addresses: &[IpAddr]| {
        let shown = addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        code.on(&host.name).with("addresses", shown).evidence("contacts", &host.contacts)
    };
    let mut raised = Vec::new();
    let mut refused = host.refusing(true);
    // Without a way out over IPv6 it may be our own router that refuses.
    let over_ipv6 = if facts.sees_ipv6() { host.refusing(false) } else { Vec::new() };
    if host.greets_over_ipv4_alone() && !over_ipv6.is_empty() {
        raised.push(on(MxCode::Ipv6Broken, &over_ipv6));
    } else {
        refused.extend(over_ipv6);
    }
    if refused.is_empty() {
        return raised;
    }
    let lowest = facts.hosts.iter().map(|host| host.preference).min();
    let weight = if lowest == Some(host.preference) { Severity::Error } else { Severity::Warning };
    raised.push(on(MxCode::SomeUnreachable, &refused).severity(weight));
    raised
}

/// What the conversations say of all hosts together.
fn together(facts: &MxFacts, context: &Context<'_>) -> Option<Raised> {
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
    let raised = raised.evidence("hosts", &facts.hosts).evidence("control", facts.control);
    if !facts.records.is_absent() {
        return Some(raised);
    }
    // Nobody said that mail goes to this address, which is that of the website in most cases.
    let raised = raised.with(CASE, "implicit");
    match context.target.profile {
        Profile::Sender => None,
        _ => Some(weighed(raised, facts, context.target)),
    }
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
