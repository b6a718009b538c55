//! Where no selector is known: can there be a key (RFC 8020 §2), and which of the usual names has one?

use futures::future::join_all;

use crate::dkim::facts::{DkimFacts, KeySeen, Organization};
use crate::kernel::{Lookup, Name, Net, View, texts};
use crate::records::dkim_key::KeyState;
use crate::records::selectors::{commonest, guesses};

use super::{key_at, kind, wildcard};

pub async fn observe(view: &View<'_>) -> DkimFacts {
    let mut facts = DkimFacts::default();
    if !view.target.profile.sends() {
        return facts;
    }
    let (net, domain) = (view.net, &view.target.domain);
    let any_below = any_below(net, domain).await;
    if any_below.is_absent() {
        facts.organization = organization(net, domain).await;
    }
    let is_possible = any_below.found().is_some();
    facts.any_below = Some(any_below);
    if !is_possible {
        return facts;
    }
    match wildcard(view).await {
        // Behind a wildcard every guess is right and none means anything.
        Lookup::Found(every) => facts.wildcard = Some(kind(&every)),
        Lookup::Unknown { reason } => facts.wildcard_untold = Some(reason),
        Lookup::Absent { .. } => facts.guessed = guessed(net, domain).await,
    }
    facts
}

/// Whether a key can stand anywhere below the domain.
async fn any_below(net: &dyn Net, domain: &Name) -> Lookup<bool> {
    match texts(net, &domain.child("_domainkey")).await {
        Lookup::Found(_) | Lookup::Absent { nxdomain: false } => Lookup::Found(true),
        Lookup::Absent { nxdomain: true } => denied(net, domain).await,
        Lookup::Unknown { reason } => Lookup::Unknown { reason },
    }
}

/// Some servers deny a name that only leads to others, which RFC 8020 §2 forbids: the denial is believed where
/// the commonest selectors are denied too.
async fn denied(net: &dyn Net, domain: &Name) -> Lookup<bool> {
    let asked = commonest().iter().map(|selector| key_at(net, selector, domain));
    let found = join_all(asked).await;
    match found.iter().find_map(Lookup::reason) {
        _ if found.iter().any(|key| key.found().is_some()) => Lookup::Found(true),
        Some(reason) => Lookup::Unknown { reason },
        None => Lookup::Absent { nxdomain: true },
    }
}

/// The organizational domain of a name below it.
async fn organization(net: &dyn Net, domain: &Name) -> Option<Organization> {
    let organization = domain.registrable();
    if organization == *domain {
        return None;
    }
    let any_below = any_below(net, &organization).await;
    Some(Organization { domain: organization, any_below })
}

/// The usual selectors that hold a key; an empty one is none.
async fn guessed(net: &dyn Net, domain: &Name) -> Vec<String> {
    let is_kept = |seen: &KeySeen| seen.key.state != KeyState::Revoked;
    let asked = guesses().iter().map(|selector| async move {
        let key = key_at(net, selector, domain).await;
        key.found().is_some_and(is_kept).then(|| selector.clone())
    });
    let mut guessed: Vec<String> = join_all(asked).await.into_iter().flatten().collect();
    guessed.sort();
    guessed
}
