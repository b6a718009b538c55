//! What the answers say of the domain's existence, of its servers and of stray records.

mod copies;
mod servers;
mod strays;

pub use strays::is_spf_alone;

use super::{Canary, DnsCode, DnsFacts, Existence, Gone, Parent};
use crate::kernel::{CASE, Code, Lookup, Name, Raised, Reason, Target};

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
        Existence::Nxdomain { parent } => vec![denied(*parent, facts, domain)],
    }
}

fn denied(parent: Parent, facts: &DnsFacts, domain: &Name) -> Raised {
    match (parent, &facts.canary) {
        // The zone above holds the name: the resolver hides it, or has not heard of it yet.
        (Parent::Disagrees, _) => {
            unknown(Reason::ResolverBlocked, domain).evidence("parent", parent)
        }
        // A resolver that sees the rest of the world but not this zone has only lost an answer.
        (Parent::Unknown { reason }, Canary::Honest) => unknown(reason, domain),
        _ => {
            let absent = Lookup::<()>::Absent { nxdomain: true };
            let raised = DnsCode::Nxdomain.on(domain).evidence("answer", absent);
            because(raised.evidence("parent", parent), facts.gone.as_ref(), domain)
        }
    }
}

/// The same in the words of its cause, where that is known.
fn because(raised: Raised, gone: Option<&Gone>, domain: &Name) -> Raised {
    let Some(gone) = gone else { return raised };
    let raised = raised.evidence("gone", gone).with("registered", domain.registrable());
    match gone {
        Gone::Below { domain } => raised.with(CASE, "below").with("above", domain),
        Gone::Held { status } => raised.with(CASE, "held").with("status", status),
        Gone::Over { status } => raised.with(CASE, "over").with("status", status),
        Gone::Undelegated => raised.with(CASE, "undelegated"),
        Gone::Unregistered => raised.with(CASE, "unregistered"),
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
        | Reason::Bogus
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
