//! What is it worth that an address is listed? That depends on what says that it sends, and on whose it is.

use std::net::IpAddr;

use super::BlocklistCode;
use super::codes::Meaning;
use super::facts::{BlocklistFacts, Role};
use crate::kernel::{CASE, Code, Raised, Severity};
use crate::records::provider;

/// What is said of a host of the domain that nothing says to send. Where the SPF record could not be told, nothing
/// may say so.
pub fn of_host(
    facts: &BlocklistFacts,
    role: Role,
    subject: &str,
    said: &[Meaning],
) -> Option<Raised> {
    let is_listed = said.iter().any(|meaning| matches!(meaning, Meaning::Listed(_)));
    let raised = match facts.named.untold {
        Some(reason) if is_listed || said.contains(&Meaning::Policy) => {
            let unknown = BlocklistCode::SenderUnknown.on(subject);
            unknown.with("reason", reason).evidence("reason", reason)
        }
        None if is_listed => BlocklistCode::InfraListed.on(subject),
        _ => return None,
    };
    Some(raised.evidence("role", role))
}

/// The most that something said of the address weighs.
pub fn most_severe(facts: &BlocklistFacts, address: IpAddr, said: Meaning) -> Severity {
    let is_listed = matches!(said, Meaning::Listed(_));
    // What many customers of a provider share was not spoiled by this one alone.
    if is_listed && provider::of_address(address).is_some() {
        return Severity::Warning;
    }
    match facts.named.addresses.contains_key(&address) {
        false => Severity::Critical,
        // Who declares what sends has said that the rest does not.
        true if !facts.addresses.is_empty() => Severity::Warning,
        true => facts.named.most_severe(address),
    }
}

/// Tells of the address by who can do something about it: a provider about what is its own, else the owner.
pub fn told_of(raised: Raised, facts: &BlocklistFacts, address: IpAddr) -> Raised {
    let raised = match facts.named.addresses.get(&address) {
        Some(term) => raised.with(CASE, "named").with("term", term).evidence("named_by", term),
        None => raised,
    };
    match provider::of_address(address) {
        Some(holder) => raised
            .with(CASE, "provider")
            .with("provider", &holder.name)
            .with("help", &holder.help)
            .evidence("provider", &holder.name)
            .evidence("provider_help", &holder.help),
        None => raised,
    }
}
