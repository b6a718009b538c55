//! What is wrong with the certificates, versions and ciphers of the hosts and services.

mod certificates;
mod revocation;
mod services;
mod versions;

use chrono::{DateTime, Utc};

use super::{Host, Session, TlsFacts};
use crate::kernel::{Judgement, Raised};

pub fn judge(facts: &TlsFacts, now: DateTime<Utc>) -> Judgement {
    let services = services::of_all(facts, now);
    let nothing = nothing_to_ask(facts);
    if let Some(what) = nothing.filter(|_| facts.services.is_empty()) {
        return Judgement::nothing_to_ask(what);
    }
    let mut raised: Vec<Raised> = Vec::new();
    if nothing.is_none() {
        for host in &facts.hosts {
            raised.extend(certificates::of_host(facts, host, now));
            let versions = versions::of_host(host);
            // What is out of date says enough of a host that shows no certificate.
            if versions.is_empty() && !shows_certificate(host) {
                raised.extend(certificates::not_tested(host));
            }
            raised.extend(versions);
        }
    }
    raised.extend(services);
    raised.into()
}

fn shows_certificate(host: &Host) -> bool {
    host.addresses.values().any(|session| matches!(session, Session::Encrypted { .. }))
}

/// Why there is no mail host to look at, if there is none.
fn nothing_to_ask(facts: &TlsFacts) -> Option<&'static str> {
    let mut sessions = facts.hosts.iter().flat_map(|host| host.addresses.values()).peekable();
    if facts.egress_blocked {
        Some("egress-blocked")
    } else if sessions.peek().is_none() {
        Some("no-mail-host")
    } else if sessions.all(|session| *session == Session::Unreachable) {
        Some("unreachable")
    } else {
        None
    }
}
