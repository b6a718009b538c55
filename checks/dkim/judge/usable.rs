//! Is a key that can be read strong enough, and fit for mail?

use super::{holder, on};
use crate::dkim::DkimCode;
use crate::dkim::facts::{DkimFacts, KeySeen, SelectorFacts};
use crate::kernel::{CASE, Code, Name, Raised, RecordChange, Rtype, Severity, Target};
use crate::records::dkim_key::{DkimKey, KeyState, without_testing};

use super::respelled::respelled;

/// RFC 8301 §3.2: verifiers must not accept shorter keys.
const SHORTEST: usize = 1024;

/// RFC 8301 §3.2: signers should use keys of at least this length.
const RECOMMENDED: usize = 2048;

/// RFC 8301 §3.2: verifiers need not accept longer keys.
const LONGEST: usize = 4096;

pub fn strength(seen: &SelectorFacts, key: &DkimKey, target: &Target) -> Option<Raised> {
    let sized = |code, bits: usize| {
        let raised = on(code, seen).with("bits", bits).evidence("bits", bits);
        of_holder(raised, holder(seen, target))
    };
    if let Some(weakness) = key.weakness {
        let raised = on(DkimCode::KeyCompromised, seen).with(CASE, weakness);
        return Some(raised.evidence("weakness", weakness));
    }
    match key.bits? {
        bits if bits < SHORTEST => Some(sized(DkimCode::KeyTooShort, bits)),
        bits if bits < RECOMMENDED => Some(sized(DkimCode::Key1024, bits)),
        bits if bits > LONGEST => Some(sized(DkimCode::KeyTooLong, bits)),
        _ => None,
    }
}

/// The remedy is for whoever keeps the key.
fn of_holder(raised: Raised, holder: Option<String>) -> Raised {
    match holder {
        Some(holder) => raised.with(CASE, "provider").with("provider", holder),
        None => raised,
    }
}

/// What keeps a sound key from being used for mail.
pub fn usable(seen: &SelectorFacts, key: &KeySeen, target: &Target) -> Vec<Raised> {
    let mut raised = Vec::new();
    // What is read as the type may be a slip, which has been told.
    if key.key.state == KeyState::OtherType && respelled(&key.record).is_none() {
        raised.push(on(DkimCode::KeyTypeUnknown, seen).with("type", shown(&key.key.key_type)));
    }
    if key.key.refuses_sha256 {
        raised.push(on(DkimCode::Sha1Only, seen));
    }
    if let Some(service) = &key.key.other_service {
        let finding = on(DkimCode::ServiceType, seen).with("service", shown(service));
        // RFC 8460 §3: such keys sign reports, not mail.
        let is_reports = service.eq_ignore_ascii_case("tlsrpt");
        raised.push(if is_reports { finding.severity(Severity::Info) } else { finding });
    }
    // A provider that signs with its customer's domain knows what it asks for.
    if key.key.strict && holder(seen, target).is_none() {
        raised.push(on(DkimCode::StrictIdentity, seen));
    }
    if key.key.testing {
        raised.push(testing(seen, key, target));
    }
    raised
}

/// A value as it stands in a sentence.
fn shown(value: &str) -> &str {
    if value.is_empty() { "–" } else { value }
}

fn testing(seen: &SelectorFacts, key: &KeySeen, target: &Target) -> Raised {
    let raised = on(DkimCode::Testing, seen);
    if let Some(holder) = holder(seen, target) {
        return of_holder(raised, Some(holder));
    }
    if seen.by_wildcard {
        return raised.with(CASE, "wildcard").with("wildcard", format!("*{}", below(seen)));
    }
    // Behind an alias the record is in somebody else's zone.
    if !seen.alias.is_absent() {
        return raised;
    }
    raised.fix(RecordChange::replace(
        &seen.name,
        Rtype::TXT,
        key.record.clone(),
        without_testing(&key.record),
    ))
}

/// What follows the selector.
fn below(seen: &SelectorFacts) -> &str {
    seen.name.as_str().strip_prefix(&seen.selector).unwrap_or(seen.name.as_str())
}

/// RFC 8463 §3: many receivers cannot verify Ed25519 yet.
pub fn ed25519_only(facts: &DkimFacts, domain: &Name) -> Option<Raised> {
    // A selector that could not be told may hold an RSA key.
    if facts.selectors.iter().any(|seen| seen.key.reason().is_some()) {
        return None;
    }
    let keys = facts.selectors.iter().filter_map(|seen| seen.key.found());
    let active: Vec<&str> = keys
        .filter(|seen| seen.key.state == KeyState::Usable)
        .flat_map(|seen| seen.types.iter().chain([&seen.key.key_type]))
        .map(String::as_str)
        .collect();
    let is_only = !active.is_empty() && active.iter().all(|key_type| *key_type == "ed25519");
    is_only.then(|| DkimCode::Ed25519Only.on(domain).with("domain", domain))
}
