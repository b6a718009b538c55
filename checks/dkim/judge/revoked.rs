//! What is to be said of an empty key: is it still signed with?

use super::on;
use crate::dkim::DkimCode;
use crate::dkim::facts::{DkimFacts, SelectorFacts};
use crate::kernel::{CASE, Raised, Severity, Target};
use crate::records::dkim_key::KeyState;
use crate::records::provider::{Provider, of_key};

pub fn judge(seen: &SelectorFacts, facts: &DkimFacts, target: &Target) -> Option<Raised> {
    let raised = on(DkimCode::Revoked, seen);
    if target.signs_with(&seen.selector) {
        return match reserve(seen, facts, target) {
            Reserve::Of(provider) => Some(
                raised
                    .severity(Severity::Info)
                    .with(CASE, "reserve")
                    .with("provider", &provider.name),
            ),
            Reserve::Untold => None,
            Reserve::No => Some(raised),
        };
    }
    // Who sends nothing withdraws its keys on purpose.
    target.profile.sends().then(|| raised.severity(Severity::Info).with(CASE, "retired"))
}

/// Whether a provider that keeps several keys of the domain keeps this one for later.
pub enum Reserve {
    Of(&'static Provider),
    /// Another selector, which may be the one that is signed with, could not be told.
    Untold,
    No,
}

/// A provider signs with the keys that it has: where one of them is whole, one that is not is for a rotation, unless
/// a stream is known to be signed with it.
pub fn reserve(seen: &SelectorFacts, facts: &DkimFacts, target: &Target) -> Reserve {
    let Some(provider) = seen.alias.found().and_then(of_key) else { return Reserve::No };
    if target.is_named(&seen.selector) {
        return Reserve::No;
    }
    let others = || facts.selectors.iter().filter(|other| other.name != seen.name);
    let kept_by = |other: &SelectorFacts| other.alias.found().map(of_key);
    let is_here = |kept_by: Option<&Provider>| kept_by.is_some_and(|by| by.id == provider.id);
    let is_whole = |other: &SelectorFacts| {
        other.key.found().is_some_and(|other| other.key.state == KeyState::Usable)
    };
    if others().any(|other| kept_by(other).is_some_and(is_here) && is_whole(other)) {
        return Reserve::Of(provider);
    }
    let is_untold =
        others().any(|other| other.key.reason().is_some() && kept_by(other).is_none_or(is_here));
    if is_untold { Reserve::Untold } else { Reserve::No }
}
