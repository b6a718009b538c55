//! The questions of `dkim`: each selector that is known, and whether a CNAME leads elsewhere; where none
//! is known, whether there can be any.

use std::collections::BTreeMap;

use futures::future::{join, join_all};

use super::facts::{DkimFacts, KeySeen, Misplaced, SelectorFacts, Wildcard};
use crate::kernel::{Lookup, Name, Net, Rtype, Target, Text, View, alias, texts};
use crate::records::dkim_key::{DkimKey, KeyFault, KeyState};
use crate::records::selectors::guesses;

/// Selectors asked at most.
pub(super) const LIMIT: usize = 50;

pub async fn observe(view: &View<'_>) -> DkimFacts {
    let (net, target) = (view.net, view.target);
    let known = selectors(target);
    if known.is_empty() {
        return unknown(view).await;
    }
    let asked = known.iter().take(LIMIT);
    let selectors = join_all(asked.map(|(selector, domains)| look(net, selector, domains)));
    let (selectors, wildcard) = join(selectors, wildcard(view)).await;
    DkimFacts { selectors, any_below: None, wildcard, guessed: Vec::new() }
}

/// Without a selector: can there be a key (RFC 8020 §2), and which of the usual names has one?
async fn unknown(view: &View<'_>) -> DkimFacts {
    let mut facts =
        DkimFacts { selectors: Vec::new(), any_below: None, wildcard: None, guessed: Vec::new() };
    if !view.target.profile.sends() {
        return facts;
    }
    let (net, domain) = (view.net, &view.target.domain);
    let any_below = match texts(net, &domain.child("_domainkey")).await {
        Lookup::Found(_) | Lookup::Absent { nxdomain: false } => Lookup::Found(true),
        Lookup::Absent { nxdomain: true } => Lookup::Absent { nxdomain: true },
        Lookup::Unknown { reason } => Lookup::Unknown { reason },
    };
    let is_possible = any_below.found().is_some();
    facts.any_below = Some(any_below);
    if !is_possible {
        return facts;
    }
    facts.wildcard = wildcard(view).await;
    // Behind a wildcard every guess is right and none means anything.
    if facts.wildcard.is_none() {
        let asked = guesses().iter().map(|selector| async move {
            let seen = look_at(net, selector, domain).await;
            seen.key.found().map(|_| selector.clone())
        });
        facts.guessed = join_all(asked).await.into_iter().flatten().collect();
        facts.guessed.sort();
    }
    facts
}

/// A name that nobody has published answers only through a wildcard.
async fn wildcard(view: &View<'_>) -> Option<Wildcard> {
    let label = view.vantage.random_label("dkim-wildcard");
    let name = view.target.domain.child(&format!("{label}._domainkey"));
    let found = texts(view.net, &name).await;
    let texts = found.found()?;
    let is_revoked = strongest(texts).key.state == KeyState::Revoked;
    Some(if is_revoked { Wildcard::Revoked } else { Wildcard::Other })
}

/// Each selector with the domains that may hold it: the audited one, then those that streams sign for.
fn selectors(target: &Target) -> BTreeMap<String, Vec<Name>> {
    let mut known: BTreeMap<String, Vec<Name>> = BTreeMap::new();
    for selector in &target.selectors {
        known.insert(selector.to_ascii_lowercase(), vec![target.domain.clone()]);
    }
    for stream in &target.streams {
        let Some(selector) = &stream.dkim else { continue };
        let domains = known
            .entry(selector.to_ascii_lowercase())
            .or_insert_with(|| vec![target.domain.clone()]);
        if !domains.contains(&stream.from) {
            domains.push(stream.from.clone());
        }
    }
    known
}

/// The first domain that holds the selector; one that could not be told stands in the way of the next.
async fn look(net: &dyn Net, selector: &str, domains: &[Name]) -> SelectorFacts {
    let mut seen = look_at(net, selector, &domains[0]).await;
    for domain in &domains[1..] {
        if !seen.key.is_absent() {
            break;
        }
        let next = look_at(net, selector, domain).await;
        if !next.key.is_absent() {
            seen = next;
        }
    }
    seen
}

async fn look_at(net: &dyn Net, selector: &str, domain: &Name) -> SelectorFacts {
    let name = domain.child(&format!("{selector}._domainkey"));
    let (found, alias) = join(texts(net, &name), alias(net, &name, Rtype::TXT)).await;
    let misplaced = match found.is_absent() {
        true => misplaced(net, &name, domain).await,
        false => None,
    };
    SelectorFacts {
        selector: selector.to_owned(),
        alias,
        key: found.map(|texts| strongest(&texts)),
        name,
        misplaced,
    }
}

/// RFC 1035 §5.1: a name without its final dot has the domain appended. Asked by `dns` in any case.
async fn misplaced(net: &dyn Net, name: &Name, domain: &Name) -> Option<Misplaced> {
    let at = Name::new(&format!("{name}.{domain}"));
    let found = texts(net, &at).await;
    let [only] = found.found()?.as_slice() else { return None };
    let key = strongest(std::slice::from_ref(only));
    let is_key = matches!(key.key.state, KeyState::Usable | KeyState::OtherType);
    is_key.then_some(Misplaced { at, record: key.record })
}

fn strongest(texts: &[Text]) -> KeySeen {
    let rank = |seen: &KeySeen| {
        let usable = match seen.key.state {
            KeyState::Usable => 3,
            KeyState::OtherType => 2,
            KeyState::Revoked => 1,
            KeyState::Unreadable(_) => 0,
        };
        // An Ed25519 key is no weaker than any RSA key.
        (usable, seen.key.bits.unwrap_or(usize::MAX), !seen.key.testing)
    };
    let is_secret = |seen: &KeySeen| seen.key.state == KeyState::Unreadable(KeyFault::PrivateKey);
    let read = |text: &Text| {
        let octets = text.joined();
        let written = String::from_utf8_lossy(&octets);
        let key = DkimKey::parse(&written);
        let mut seen = KeySeen { record: String::new(), records: texts.len(), key };
        // A private key is shown to nobody else, and kept nowhere.
        seen.record = if is_secret(&seen) { "(private key)".to_owned() } else { text.printable() };
        (DkimKey::is_meant(&written), seen)
    };
    // Whatever else stands there, a private key is what has to be told.
    let best = texts
        .iter()
        .map(read)
        .max_by_key(|(is_meant, seen)| (is_secret(seen), *is_meant, rank(seen)));
    best.map(|(_, seen)| seen).unwrap_or_else(|| KeySeen {
        record: String::new(),
        records: 0,
        key: DkimKey::parse(""),
    })
}
