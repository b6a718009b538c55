//! Which rules for keys do the known selectors break?

use super::DkimCode;
use super::facts::{DkimFacts, KeySeen, SelectorFacts};
use crate::kernel::{Action, Code, Judgement, Lookup, Raised, RecordChange, Rtype, Target};
use crate::records::dkim_key::{KeyState, without_testing};

/// RFC 8301 §3.2: verifiers must not accept shorter keys.
const SHORTEST: usize = 1024;

/// RFC 8301 §3.2: signers should use keys of at least this length.
const RECOMMENDED: usize = 2048;

pub fn judge(facts: &DkimFacts, target: &Target) -> Judgement {
    if !facts.selectors.is_empty() {
        return facts.selectors.iter().flat_map(selector).collect::<Vec<Raised>>().into();
    }
    let mut judgement = Judgement::nothing_to_ask("no-selectors");
    if target.profile.sends() {
        judgement
            .raised
            .push(DkimCode::SelectorsUnknown.on(&target.domain).with("domain", &target.domain));
    }
    judgement
}

fn selector(seen: &SelectorFacts) -> Vec<Raised> {
    match &seen.key {
        Lookup::Absent { nxdomain } => vec![
            on(DkimCode::SelectorMissing, seen)
                .evidence("nxdomain", nxdomain)
                .evidence("alias", &seen.alias),
        ],
        Lookup::Unknown { reason } => vec![
            on(DkimCode::LookupFailed, seen)
                .with("reason", reason)
                .evidence("reason", reason)
                .evidence("alias", &seen.alias),
        ],
        Lookup::Found(key) => {
            let told = |raised: Raised| {
                raised.evidence("record", &key.record).evidence("key_type", &key.key.key_type)
            };
            strength(seen, key).into_iter().chain(testing(seen, key)).map(told).collect()
        }
    }
}

fn on(code: DkimCode, seen: &SelectorFacts) -> Raised {
    code.on(&seen.name).with("selector", &seen.selector)
}

fn strength(seen: &SelectorFacts, key: &KeySeen) -> Option<Raised> {
    let sized = |code, bits: usize| on(code, seen).with("bits", bits).evidence("bits", bits);
    match (key.key.state, key.key.bits) {
        (KeyState::Revoked, _) => Some(on(DkimCode::Revoked, seen)),
        (KeyState::Unreadable(fault), _) => Some(
            on(DkimCode::KeyUndecodable, seen).with("tag", fault.tag()).evidence("fault", fault),
        ),
        (_, Some(bits)) if bits < SHORTEST => Some(sized(DkimCode::KeyTooShort, bits)),
        (_, Some(bits)) if bits < RECOMMENDED => Some(sized(DkimCode::Key1024, bits)),
        (KeyState::Usable | KeyState::OtherType, _) => None,
    }
}

/// The flag matters only for a key that is in use.
fn testing(seen: &SelectorFacts, key: &KeySeen) -> Option<Raised> {
    if !key.key.testing || !matches!(key.key.state, KeyState::Usable | KeyState::OtherType) {
        return None;
    }
    let raised = on(DkimCode::Testing, seen);
    // Behind an alias the record is in somebody else's zone.
    if !seen.alias.is_absent() {
        return Some(raised);
    }
    Some(raised.fix(RecordChange {
        action: Action::Replace,
        name: seen.name.clone(),
        rtype: Rtype::TXT,
        old: Some(key.record.clone()),
        value: Some(without_testing(&key.record)),
    }))
}
