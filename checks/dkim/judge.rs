//! Which rules for keys do the known selectors break?

mod absent;
mod respelled;
mod revoked;
mod unknown;
mod usable;

use super::facts::{DkimFacts, KeySeen, SelectorFacts, Wildcard};
use super::{DkimCode, past};
use crate::kernel::{
    CASE, Code, Context, Judgement, Lookup, Name, Raised, RecordChange, Rtype, Severity, Target,
};
use crate::records::dkim_key::{DkimKey, KeyFault, KeyState};
use crate::records::provider::{named, of_key};
use crate::records::selectors::owner;

use respelled::{Slip, respelled};

pub fn judge(facts: &DkimFacts, context: &Context<'_>) -> Judgement {
    let target = context.target;
    let mut raised: Vec<Raised> = wildcard(facts, &target.domain).into_iter().collect();
    if facts.selectors.is_empty() {
        return unknown::judge(facts, target, raised);
    }
    raised.extend(facts.selectors.iter().flat_map(|seen| selector(seen, facts, target)));
    raised.extend(usable::ed25519_only(facts, &target.domain));
    raised.extend(past::stale_keys(facts, context));
    raised.into()
}

fn wildcard(facts: &DkimFacts, domain: &Name) -> Option<Raised> {
    let seen = facts.wildcard?;
    let name = domain.child("*._domainkey");
    let raised = DkimCode::Wildcard.on(name).with("domain", domain).evidence("wildcard", seen);
    // The form that a domain without mail is told to publish.
    Some(if seen == Wildcard::Revoked { raised.severity(Severity::Info) } else { raised })
}

fn selector(seen: &SelectorFacts, facts: &DkimFacts, target: &Target) -> Vec<Raised> {
    let Lookup::Found(key) = &seen.key else {
        return absent::judge(seen, facts, target).into_iter().collect();
    };
    let told = |raised: Raised| {
        raised.evidence("record", &key.record).evidence("key_type", &key.key.key_type)
    };
    let mut raised: Vec<Raised> = Vec::new();
    raised.extend(several(seen, key));
    raised.extend(match key.key.state {
        KeyState::Revoked => revoked::judge(seen, facts, target),
        _ => readable(seen, key),
    });
    if matches!(key.key.state, KeyState::Usable | KeyState::OtherType) {
        raised.extend(usable::strength(seen, &key.key, target));
        raised.extend(usable::usable(seen, key, target));
    }
    raised.extend(mismatch(seen, &key.key, target));
    raised.into_iter().map(told).collect()
}

fn on(code: DkimCode, seen: &SelectorFacts) -> Raised {
    // Where the key is kept proves more than how the selector is called.
    let kept_by = seen.alias.found().and_then(of_key);
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
fn readable(seen: &SelectorFacts, key: &KeySeen) -> Option<Raised> {
    // That it is half a key has been told.
    if key.is_halves {
        return None;
    }
    let fault = match key.key.state {
        KeyState::Unreadable(fault) => Some(fault),
        KeyState::Usable | KeyState::OtherType | KeyState::Revoked => None,
    };
    let told = |code| on(code, seen).evidence("fault", fault);
    let misread = || {
        let part = key.key.misread.as_ref()?;
        Some(told(DkimCode::Syntax).with("part", part).evidence("part", part))
    };
    let raised = match fault {
        Some(KeyFault::PrivateKey) => return Some(told(DkimCode::PrivateKeyPublished)),
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
    };
    raised.map(|raised| slipped(raised, seen, key))
}

/// Names the slip of whoever copied the record, and proposes it as it was meant.
fn slipped(raised: Raised, seen: &SelectorFacts, key: &KeySeen) -> Raised {
    let Some(Slip { case, meant }) = respelled(&key.record) else { return raised };
    let raised = raised.with(CASE, case);
    let is_own = key.records == 1 && seen.alias.is_absent() && !seen.by_wildcard;
    match meant.filter(|_| is_own) {
        Some(meant) => {
            raised.fix(RecordChange::replace(&seen.name, Rtype::TXT, key.record.clone(), meant))
        }
        None => raised,
    }
}

/// Who keeps the key, where an alias leads out of the organizational domain: nobody else can change its record.
fn holder(seen: &SelectorFacts, target: &Target) -> Option<String> {
    let alias = seen.alias.found()?;
    if alias.is_at_or_below(&target.domain.registrable()) {
        return None;
    }
    let of_unknown = || alias.registrable().to_string();
    Some(of_key(alias).map_or_else(of_unknown, |provider| provider.name.clone()))
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
