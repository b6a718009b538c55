//! When does what a domain rests on end? Read from the facts of the checks that know.

use chrono::{DateTime, Utc};
use serde_json::Value;
use vigie_checks::registration::{Registered, RegistrationFacts};
use vigie_checks::tls::{Chain, Service, Session, TlsFacts};

/// The checks whose facts hold an end.
pub const CHECKS: [&str; 2] = ["registration", "tls"];

/// The end that the facts of a check tell; nothing of those that hold none.
pub fn end(check: &str, facts: &Value) -> Option<DateTime<Utc>> {
    match check {
        "registration" => registration(serde_json::from_value(facts.clone()).ok()?),
        "tls" => certificate(&serde_json::from_value(facts.clone()).ok()?),
        _ => None,
    }
}

fn registration(facts: RegistrationFacts) -> Option<DateTime<Utc>> {
    match facts.registered {
        Registered::Found(found) => found.expires,
        Registered::NoService | Registered::Unknown { .. } => None,
    }
}

/// Of the leaves that are presented, the one that ends first.
fn certificate(facts: &TlsFacts) -> Option<DateTime<Utc>> {
    let sessions = facts.hosts.iter().flat_map(|host| host.addresses.values());
    let of_hosts = sessions.filter_map(|session| match session {
        Session::Encrypted { chain, .. } => Some(chain),
        Session::Unreachable | Session::Untold { .. } => None,
    });
    let of_services = facts.services.values().filter_map(|service| match service {
        Service::Shown { chain, .. } => Some(chain),
        Service::Untold { .. } => None,
    });
    let leaf = |chain: &Chain| facts.certificates.get(&chain.certificate);
    of_hosts.chain(of_services).filter_map(leaf).map(|leaf| leaf.not_after).min()
}
