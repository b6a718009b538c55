//! What is to be said where no selector is known? Guessing proves presence, never absence.

use crate::dkim::DkimCode;
use crate::dkim::facts::{DkimFacts, Organization};
use crate::kernel::{CASE, Code, Judgement, Lookup, Name, Raised, Reason, Severity, Target};
use crate::records::provider::named;
use crate::records::selectors::owner;

pub fn judge(facts: &DkimFacts, target: &Target, mut raised: Vec<Raised>) -> Judgement {
    let domain = &target.domain;
    match &facts.any_below {
        None => return Judgement::nothing_to_ask("no-selectors"),
        Some(Lookup::Absent { .. }) => {
            raised.push(none_published(domain, facts.organization.as_ref()));
            return raised.into();
        }
        Some(Lookup::Unknown { reason }) => {
            raised.push(untold(&domain.child("_domainkey"), *reason));
        }
        // Behind a wildcard any name answers, and that has been told.
        Some(Lookup::Found(_)) if facts.wildcard.is_some() => {}
        Some(Lookup::Found(_)) => raised.push(match facts.wildcard_untold {
            Some(reason) => untold(&domain.child("*._domainkey"), reason),
            None => selectors_unknown(domain, &facts.guessed),
        }),
    }
    Judgement { raised, ..Judgement::nothing_to_ask("no-selectors") }
}

/// RFC 9989 §4.4.1: what its organizational domain signs aligns for a name below it too.
fn none_published(domain: &Name, organization: Option<&Organization>) -> Raised {
    let raised = DkimCode::NonePublished.on(domain).with("domain", domain);
    let Some(above) = organization else { return raised };
    match &above.any_below {
        Lookup::Found(_) => raised
            .severity(Severity::Info)
            .with(CASE, "organization")
            .with("organization", &above.domain)
            .evidence("organization", above),
        Lookup::Absent { .. } => raised,
        Lookup::Unknown { reason } => untold(&above.domain.child("_domainkey"), *reason),
    }
}

fn selectors_unknown(domain: &Name, guessed: &[String]) -> Raised {
    let named = |selector: &String| named(selector, owner(selector));
    let guessed: Vec<String> = guessed.iter().map(named).collect();
    let raised = DkimCode::SelectorsUnknown.on(domain).with("domain", domain);
    let raised = raised.evidence("guessed", &guessed);
    match guessed.is_empty() {
        true => raised,
        false => raised.with(CASE, "found").with("guessed", guessed.join(", ")),
    }
}

fn untold(name: &Name, reason: Reason) -> Raised {
    DkimCode::LookupFailed
        .on(name)
        .with("selector", "*")
        .with("reason", reason)
        .evidence("reason", reason)
}
