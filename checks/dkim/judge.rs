//! Which rules for keys do the known selectors break?

use super::facts::{DkimFacts, KeySeen, SelectorFacts, Wildcard};
use super::{DkimCode, past};
use crate::kernel::{
    CASE, Code, Context, Judgement, Lookup, Name, Raised, RecordChange, Rtype, Severity, Target,
};
use crate::records::dkim_key::{DkimKey, KeyFault, KeyState, without_testing};
use crate::records::provider::{named, of_key};
use crate::records::selectors::owner;

/// RFC 8301 §3.2: verifiers must not accept shorter keys.
const SHORTEST: usize = 1024;

/// RFC 8301 §3.2: signers should use keys of at least this length.
const RECOMMENDED: usize = 2048;

/// RFC 8301 §3.2: verifiers need not accept longer keys.
const LONGEST: usize = 4096;

pub fn judge(facts: &DkimFacts, context: &Context<'_>) -> Judgement {
    let target = context.target;
    let mut raised: Vec<Raised> = wildcard(facts, &target.domain).into_iter().collect();
    if facts.selectors.is_empty() {
        return without_selectors(facts, target, raised);
    }
    raised.extend(facts.selectors.iter().flat_map(|seen| selector(seen, target)));
    raised.extend(ed25519_only(facts, &target.domain));
    raised.extend(past::stale_keys(facts, context));
    raised.into()
}

/// Guessing proves presence, never absence: nothing is said of a key that was not named.
fn without_selectors(facts: &DkimFacts, target: &Target, mut raised: Vec<Raised>) -> Judgement {
    let domain = &target.domain;
    let above = domain.child("_domainkey");
    match &facts.any_below {
        None => return Judgement::nothing_to_ask("no-selectors"),
        Some(Lookup::Absent { .. }) => {
            raised.push(DkimCode::NonePublished.on(domain).with("domain", domain));
            return raised.into();
        }
        Some(Lookup::Unknown { reason }) => raised.push(
            DkimCode::LookupFailed
                .on(&above)
                .with("selector", "*")
                .with("reason", reason)
                .evidence("reason", reason),
        ),
        Some(Lookup::Found(_)) => {
            let named = |selector: &String| named(selector, owner(selector));
            let guessed: Vec<String> = facts.guessed.iter().map(named).collect();
            let shown = if guessed.is_empty() { "–".to_owned() } else { guessed.join(", ") };
            let finding = DkimCode::SelectorsUnknown.on(domain).with("domain", domain);
            raised.push(finding.with("guessed", shown).evidence("guessed", guessed));
        }
    }
    Judgement { raised, ..Judgement::nothing_to_ask("no-selectors") }
}

fn wildcard(facts: &DkimFacts, domain: &Name) -> Option<Raised> {
    let seen = facts.wildcard?;
    let name = domain.child("*._domainkey");
    let raised = DkimCode::Wildcard.on(name).with("domain", domain).evidence("wildcard", seen);
    // The form that a domain without mail is told to publish.
    Some(if seen == Wildcard::Revoked { raised.severity(Severity::Info) } else { raised })
}

fn selector(seen: &SelectorFacts, target: &Target) -> Vec<Raised> {
    match (&seen.key, &seen.alias) {
        (Lookup::Absent { nxdomain: true }, Lookup::Found(alias)) => {
            let target = named(alias, of_key(alias));
            vec![on(DkimCode::CnameDangling, seen).with("target", target).evidence("alias", alias)]
        }
        (Lookup::Unknown { reason }, _)
        // Where it could not be told whether there is an alias, neither could what is missing.
        | (Lookup::Absent { .. }, Lookup::Unknown { reason }) => vec![
            on(DkimCode::LookupFailed, seen)
                .with("reason", reason)
                .evidence("reason", reason)
                .evidence("alias", &seen.alias),
        ],
        (Lookup::Absent { nxdomain }, _) => vec![missing(seen, *nxdomain)],
        (Lookup::Found(key), _) => {
            let told = |raised: Raised| {
                raised.evidence("record", &key.record).evidence("key_type", &key.key.key_type)
            };
            let mut raised: Vec<Raised> = Vec::new();
            raised.extend(several(seen, key));
            raised.extend(readable(seen, key, target));
            if matches!(key.key.state, KeyState::Usable | KeyState::OtherType) {
                raised.extend(strength(seen, &key.key));
                raised.extend(usable(seen, key));
            }
            raised.extend(mismatch(seen, &key.key, target));
            raised.into_iter().map(told).collect()
        }
    }
}

/// The key that stands at the name that a missing final dot makes is published where it belongs.
fn missing(seen: &SelectorFacts, nxdomain: bool) -> Raised {
    let raised = on(DkimCode::SelectorMissing, seen)
        .evidence("nxdomain", nxdomain)
        .evidence("alias", &seen.alias);
    if let Some(other) = seen.others.first() {
        let raised = raised.with(CASE, "other").with("found", other);
        return raised.evidence("others", &seen.others);
    }
    let Some(found) = &seen.misplaced else { return raised };
    raised.evidence("misplaced", found).fix(RecordChange::add(
        &seen.name,
        Rtype::TXT,
        found.record.clone(),
    ))
}

fn on(code: DkimCode, seen: &SelectorFacts) -> Raised {
    // Where the key is kept proves more than how the selector is called.
    let kept_by = match &seen.alias {
        Lookup::Found(alias) => of_key(alias),
        _ => None,
    };
    let provider = kept_by.or_else(|| owner(&seen.selector));
    let raised = code.on(&seen.name).with("selector", named(&seen.selector, provider));
    match provider {
        Some(provider) => raised.evidence("provider", &provider.name),
        None => raised,
    }
}

/// RFC 6376 §3.6.2.2: which of several a verifier takes is open.
fn several(seen: &SelectorFacts, key: &KeySeen) -> Option<Raised> {
    let finding = || on(DkimCode::MultipleRecords, seen).with("count", key.records);
    match key.is_halves {
        true => Some(finding().with(CASE, "halves")),
        false => (key.records > 1).then(finding),
    }
}

/// One finding for the first thing that stops a verifier.
fn readable(seen: &SelectorFacts, key: &KeySeen, target: &Target) -> Option<Raised> {
    // That it is half a key has been told.
    if key.is_halves {
        return None;
    }
    let fault = match key.key.state {
        // Who sends nothing withdraws its keys on purpose.
        KeyState::Revoked if !target.signs_with(&seen.selector) => return None,
        KeyState::Revoked => return Some(on(DkimCode::Revoked, seen)),
        KeyState::Unreadable(fault) => Some(fault),
        KeyState::Usable | KeyState::OtherType => None,
    };
    let told = |code| on(code, seen).evidence("fault", fault);
    let misread = || {
        let part = key.key.misread.as_ref()?;
        Some(told(DkimCode::Syntax).with("part", part).evidence("part", part))
    };
    match fault {
        Some(KeyFault::PrivateKey) => Some(told(DkimCode::PrivateKeyPublished)),
        Some(KeyFault::Version) => Some(told(DkimCode::VersionBad)),
        Some(KeyFault::NoKey) => {
            misread().or_else(|| Some(told(DkimCode::Syntax).with("part", "p=")))
        }
        Some(KeyFault::NotSaidEd25519) => {
            misread().or_else(|| Some(told(DkimCode::KeyUndecodable).with(CASE, "ed25519")))
        }
        Some(KeyFault::NotBase64 | KeyFault::NotRsa) => {
            misread().or_else(|| Some(told(DkimCode::KeyUndecodable)))
        }
        Some(KeyFault::NotEd25519) => misread().or_else(|| Some(told(DkimCode::Ed25519Malformed))),
        None => misread(),
    }
}

fn strength(seen: &SelectorFacts, key: &DkimKey) -> Option<Raised> {
    let sized = |code, bits: usize| on(code, seen).with("bits", bits).evidence("bits", bits);
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

/// What keeps a sound key from being used for mail.
fn usable(seen: &SelectorFacts, key: &KeySeen) -> Vec<Raised> {
    let mut raised = Vec::new();
    if key.key.state == KeyState::OtherType {
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
    if key.key.strict {
        raised.push(on(DkimCode::StrictIdentity, seen));
    }
    if key.key.testing {
        raised.push(testing(seen, key));
    }
    raised
}

/// A value as it stands in a sentence.
fn shown(value: &str) -> &str {
    if value.is_empty() { "–" } else { value }
}

fn testing(seen: &SelectorFacts, key: &KeySeen) -> Raised {
    let raised = on(DkimCode::Testing, seen);
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

/// The key that the owner approved, against the one that stands there; wrappings do not matter.
fn mismatch(seen: &SelectorFacts, key: &DkimKey, target: &Target) -> Option<Raised> {
    let expected = target.expect.dkim_keys.get(&seen.selector)?;
    let expected = DkimKey::parse(&format!("k={}; p={expected}", key.key_type)).digest;
    // A key that cannot be read has been told by its cause.
    let published = key.digest.as_ref()?;
    if expected.as_ref() == Some(published) {
        return None;
    }
    Some(
        on(DkimCode::KeyMismatch, seen)
            .evidence("expected", expected)
            .evidence("published", published),
    )
}

/// RFC 8463 §3: many receivers cannot verify Ed25519 yet.
fn ed25519_only(facts: &DkimFacts, domain: &Name) -> Option<Raised> {
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
