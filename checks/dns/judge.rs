//! What the answers say of the domain's existence, of its servers and of stray records.

mod servers;
mod strays;

pub use strays::is_spf_alone;

use super::{Canary, DnsCode, DnsFacts, Existence, Parent};
use crate::kernel::{Code, Lookup, Name, Raised, Reason, Target};

/// What a finding about the resolver itself is about.
const RESOLVER: &str = "resolver";

pub fn judge(facts: &DnsFacts, target: &Target) -> Vec<Raised> {
    let domain = &target.domain;
    match &facts.canary {
        // Negatives and addresses of such a resolver are worthless, so nothing else is concluded.
        Canary::Lies { addresses } => {
            let shown: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            let lies = DnsCode::ResolverLies
                .on(RESOLVER)
                .with("addresses", shown.join(", "))
                .evidence("reason", Reason::RewrittenAnswer)
                .evidence("addresses", addresses);
            return vec![lies];
        }
        Canary::Denies { zones } => {
            let shown: Vec<String> = zones.iter().map(ToString::to_string).collect();
            let denies = DnsCode::ResolverDenies
                .on(RESOLVER)
                .with("zones", shown.join(", "))
                .evidence("reason", Reason::RewrittenAnswer)
                .evidence("zones", zones);
            return vec![denies];
        }
        Canary::Suspect { reason } => return vec![unknown(*reason, domain)],
        Canary::Honest | Canary::Untold { .. } => {}
    }
    let of_zone = facts.zone.iter().flat_map(servers::judge);
    match &facts.existence {
        Existence::Exists => of_zone.chain(strays::judge(&facts.strays, target)).collect(),
        Existence::Unknown { reason } => match facts.zone.as_ref().and_then(servers::dead) {
            Some(dead) => vec![dead],
            None => vec![unknown(*reason, domain)],
        },
        Existence::Nxdomain { parent } => vec![denied(*parent, &facts.canary, domain)],
    }
}

fn denied(parent: Parent, canary: &Canary, domain: &Name) -> Raised {
    match (parent, canary) {
        // The zone above holds the name: the resolver hides it, or has not heard of it yet.
        (Parent::Disagrees, _) => {
            unknown(Reason::ResolverBlocked, domain).evidence("parent", parent)
        }
        // A resolver that sees the rest of the world but not this zone has only lost an answer.
        (Parent::Unknown { reason }, Canary::Honest) => unknown(reason, domain),
        _ => DnsCode::Nxdomain
            .on(domain)
            .evidence("answer", Lookup::<()>::Absent { nxdomain: true })
            .evidence("parent", parent),
    }
}

fn unknown(reason: Reason, domain: &Name) -> Raised {
    let code = match reason {
        Reason::Timeout | Reason::Network | Reason::Truncated | Reason::NotRecorded => {
            DnsCode::LookupTimeout
        }
        Reason::Refused
        | Reason::Referral
        | Reason::ResolverBlocked
        | Reason::RewrittenAnswer
        | Reason::RateLimited
        | Reason::LoginRefused
        | Reason::NotOffered
        | Reason::PrivateAddress => DnsCode::RefusedOrFiltered,
        Reason::Servfail
        | Reason::Formerr
        | Reason::Notimp
        | Reason::Rcode
        | Reason::Malformed
        | Reason::NotProven
        | Reason::Outdated
        | Reason::TooLarge => DnsCode::Servfail,
    };
    code.on(domain).with("reason", reason).evidence("reason", reason)
}
