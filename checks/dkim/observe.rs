//! The questions of `dkim`: each selector that is known, and whether a CNAME leads elsewhere; where none
//! is known, whether there can be any.

mod beside;
mod unknown;

use std::collections::{BTreeMap, BTreeSet};

use futures::future::{join, join_all};

use super::facts::{DkimFacts, KeySeen, SelectorFacts, Wildcard};
use crate::kernel::{Lookup, Name, Net, Rtype, Target, Text, View, alias, texts};
use crate::records::dkim_key::{DkimKey, KeyFault, KeyState};

/// Selectors asked at most.
pub(super) const LIMIT: usize = 50;

/// Names above a domain at most whose keys are looked up, those nearest to its organizational domain: as many as a
/// DMARC tree walk asks (RFC 9989 §4.10).
const MOST_ABOVE: usize = 7;

/// Records told of that are no keys, and characters of each.
const MOST_OTHERS: usize = 3;
const LONGEST_OTHER: usize = 80;

pub async fn observe(view: &View<'_>) -> DkimFacts {
    let known = selectors(view.target);
    if known.is_empty() {
        return unknown::observe(view).await;
    }
    let asked = known.iter().take(LIMIT);
    let selectors = join_all(asked.map(|(selector, domains)| look(view, selector, domains)));
    let (mut selectors, wildcard) = join(selectors, wildcard(view)).await;
    for seen in &mut selectors {
        let record = seen.key.found().map(|key| &key.record);
        seen.by_wildcard = record.is_some() && record == wildcard.found().map(|key| &key.record);
    }
    let wildcard_untold = wildcard.reason();
    let wildcard = wildcard.found().map(kind);
    DkimFacts { selectors, wildcard, wildcard_untold, ..DkimFacts::default() }
}

async fn key_at(net: &dyn Net, selector: &str, domain: &Name) -> Lookup<KeySeen> {
    let found = texts(net, &domain.child(&format!("{selector}._domainkey"))).await;
    without_others(found).0.map(|texts| strongest(&texts))
}

/// The key at a name that nobody has published: there is one only through a wildcard.
async fn wildcard(view: &View<'_>) -> Lookup<KeySeen> {
    let label = view.vantage.random_label("dkim-wildcard");
    key_at(view.net, &label, &view.target.domain).await
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
    let is_other = |text: &Text| {
        let written = text.printable();
        // The name of a key is none, whatever it is called.
        DkimKey::is_other(&String::from_utf8_lossy(&text.joined()))
            || beside::host_name(&written).is_some()
    };
    match found {
        Lookup::Found(texts) if texts.iter().all(is_other) => {
            let shown = |text: &Text| text.printable().chars().take(LONGEST_OTHER).collect();
            let others = texts.iter().take(MOST_OTHERS).map(shown).collect();
            (Lookup::Absent { nxdomain: false }, others)
        }
        found => (found, Vec::new()),
    }
}

/// The domains that may hold the key of a selector.
#[derive(Default)]
struct Places {
    /// The audited one, then those that streams sign for.
    declared: Vec<Name>,
    /// Those above them, whose signatures align as well (RFC 9989 §4.4.1).
    above: Vec<Name>,
}

impl Places {
    fn of(domain: &Name) -> Self {
        Self { declared: vec![domain.clone()], above: nearest_above(domain) }
    }

    fn add(&mut self, domain: &Name) {
        push_new(&mut self.declared, domain.clone());
        for above in nearest_above(domain) {
            push_new(&mut self.above, above);
        }
    }
}

fn push_new(names: &mut Vec<Name>, name: Name) {
    if !names.contains(&name) {
        names.push(name);
    }
}

fn nearest_above(domain: &Name) -> Vec<Name> {
    let above: Vec<Name> = domain.up_to_organization().into_iter().skip(1).collect();
    let left_out = above.len().saturating_sub(MOST_ABOVE);
    above.into_iter().skip(left_out).collect()
}

/// Each selector with the places of its key.
fn selectors(target: &Target) -> BTreeMap<String, Places> {
    let mut known: BTreeMap<String, Places> = BTreeMap::new();
    for selector in &target.selectors {
        known.insert(selector.to_ascii_lowercase(), Places::of(&target.domain));
    }
    for stream in &target.streams {
        let Some(selector) = &stream.dkim else { continue };
        let places = known
            .entry(selector.to_ascii_lowercase())
            .or_insert_with(|| Places::of(&target.domain));
        places.add(&stream.from);
    }
    known
}

/// The first domain that holds the selector; one that could not be told stands in the way of the next.
async fn look(view: &View<'_>, selector: &str, places: &Places) -> SelectorFacts {
    let domain = &view.target.domain;
    let own = look_at(view.net, selector, domain).await;
    if !own.key.is_absent() {
        return own;
    }
    for declared in places.declared.iter().filter(|declared| *declared != domain) {
        let next = look_at(view.net, selector, declared).await;
        if !next.key.is_absent() {
            return next;
        }
    }
    if says_nothing(&own) {
        for above in &places.above {
            let next = look_at(view.net, selector, above).await;
            if !says_nothing(&next) {
                return next;
            }
        }
    }
    beside::observe(view, own, domain).await
}

/// Whether neither a key stands at the name nor an alias that once led to one.
fn says_nothing(seen: &SelectorFacts) -> bool {
    match &seen.alias {
        Lookup::Absent { .. } => seen.key.is_absent(),
        // A host that a wildcard's alias leads to.
        Lookup::Found(_) => matches!(seen.key, Lookup::Absent { nxdomain: false }),
        Lookup::Unknown { .. } => false,
    }
}

async fn look_at(net: &dyn Net, selector: &str, domain: &Name) -> SelectorFacts {
    let name = domain.child(&format!("{selector}._domainkey"));
    let (found, alias) = join(texts(net, &name), alias(net, &name, Rtype::TXT)).await;
    let (found, others) = without_others(found);
    SelectorFacts {
        selector: selector.to_owned(),
        alias,
        key: found.map(|texts| strongest(&texts)),
        name,
        misplaced: None,
        undotted: None,
        spelled: None,
        others,
        by_wildcard: false,
    }
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
