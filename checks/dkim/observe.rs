//! The questions of `dkim`: each selector that is known, and whether a CNAME leads elsewhere; where none
//! is known, whether there can be any.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::{join, join_all};

use super::facts::{DkimFacts, KeySeen, Misplaced, SelectorFacts, Wildcard};
use crate::kernel::{Lookup, Name, Net, Rtype, Target, Text, View, alias, texts};
use crate::records::dkim_key::{DkimKey, KeyFault, KeyState};
use crate::records::selectors::{commonest, guesses};

/// Selectors asked at most.
pub(super) const LIMIT: usize = 50;

/// Records told of that are no keys, and characters of each.
const MOST_OTHERS: usize = 3;
const LONGEST_OTHER: usize = 80;

pub async fn observe(view: &View<'_>) -> DkimFacts {
    let (net, target) = (view.net, view.target);
    let known = selectors(target);
    if known.is_empty() {
        return unknown(view).await;
    }
    let asked = known.iter().take(LIMIT);
    let selectors = join_all(asked.map(|(selector, domains)| look(net, selector, domains)));
    let (mut selectors, wildcard) = join(selectors, wildcard(view)).await;
    for seen in &mut selectors {
        let record = seen.key.found().map(|key| &key.record);
        seen.by_wildcard = record.is_some() && record == wildcard.as_ref().map(|key| &key.record);
    }
    let wildcard = wildcard.as_ref().map(kind);
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
        Lookup::Absent { nxdomain: true } => denied(net, domain).await,
        Lookup::Unknown { reason } => Lookup::Unknown { reason },
    };
    let is_possible = any_below.found().is_some();
    facts.any_below = Some(any_below);
    if !is_possible {
        return facts;
    }
    facts.wildcard = wildcard(view).await.as_ref().map(kind);
    // Behind a wildcard every guess is right and none means anything.
    if facts.wildcard.is_none() {
        let asked = guesses().iter().map(|selector| async move {
            key_at(net, selector, domain).await.found().map(|_| selector.clone())
        });
        facts.guessed = join_all(asked).await.into_iter().flatten().collect();
        facts.guessed.sort();
    }
    facts
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

async fn key_at(net: &dyn Net, selector: &str, domain: &Name) -> Lookup<KeySeen> {
    let found = texts(net, &domain.child(&format!("{selector}._domainkey"))).await;
    without_others(found).0.map(|texts| strongest(&texts))
}

/// The key at a name that nobody has published: there is one only through a wildcard.
async fn wildcard(view: &View<'_>) -> Option<KeySeen> {
    let label = view.vantage.random_label("dkim-wildcard");
    key_at(view.net, &label, &view.target.domain).await.found().cloned()
}

fn kind(wildcard: &KeySeen) -> Wildcard {
    match wildcard.key.state {
        KeyState::Revoked => Wildcard::Revoked,
        _ => Wildcard::Other,
    }
}

/// RFC 6376 §3.6.2: where no record is a key there is none, whatever else a wildcard brings there. The records are
/// told apart then.
fn without_others(found: Lookup<Vec<Text>>) -> (Lookup<Vec<Text>>, Vec<String>) {
    let is_other = |text: &Text| DkimKey::is_other(&String::from_utf8_lossy(&text.joined()));
    match found {
        Lookup::Found(texts) if texts.iter().all(is_other) => {
            let shown = |text: &Text| text.printable().chars().take(LONGEST_OTHER).collect();
            let others = texts.iter().take(MOST_OTHERS).map(shown).collect();
            (Lookup::Absent { nxdomain: false }, others)
        }
        found => (found, Vec::new()),
    }
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
    let (found, others) = without_others(found);
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
        others,
        by_wildcard: false,
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
        let mut seen = KeySeen { records: texts.len(), ..empty(key) };
        // A private key is shown to nobody else, and kept nowhere.
        seen.record = if is_secret(&seen) { "(private key)".to_owned() } else { text.printable() };
        (DkimKey::is_meant(&written), seen)
    };
    let read: Vec<(bool, KeySeen)> = texts.iter().map(read).collect();
    let usable = read.iter().filter(|(_, seen)| seen.key.state == KeyState::Usable);
    let types: BTreeSet<String> = usable.map(|(_, seen)| seen.key.key_type.clone()).collect();
    // Whatever else stands there, a private key is what has to be told.
    let best = read
        .into_iter()
        .max_by_key(|(is_meant, seen)| (is_secret(seen), *is_meant, rank(seen)))
        .map(|(_, seen)| seen);
    let Some(best) = best else { return empty(DkimKey::parse("")) };
    let is_halves = types.is_empty() && !is_secret(&best) && are_halves(texts);
    let types = if texts.len() > 1 { types } else { BTreeSet::new() };
    KeySeen { types, is_halves, ..best }
}

fn empty(key: DkimKey) -> KeySeen {
    KeySeen { record: String::new(), records: 0, types: BTreeSet::new(), is_halves: false, key }
}

/// RFC 6376 §3.6.2.2: the strings of one record are joined, two records are not.
fn are_halves(texts: &[Text]) -> bool {
    let [first, second] = texts else { return false };
    [(first, second), (second, first)].into_iter().any(|(first, second)| {
        let joined = [first.joined(), second.joined()].concat();
        DkimKey::parse(&String::from_utf8_lossy(&joined)).state == KeyState::Usable
    })
}
