//! The questions of `dkim`: each selector that is known, and whether a CNAME leads elsewhere.

use std::collections::BTreeMap;

use futures::future::{join, join_all};

use super::facts::{DkimFacts, KeySeen, SelectorFacts};
use crate::kernel::{Data, Name, Net, Rtype, Target, Text, View, ask, texts};
use crate::records::dkim_key::{DkimKey, KeyState};

/// Selectors asked at most.
pub(super) const LIMIT: usize = 50;

pub async fn observe(view: &View<'_>) -> DkimFacts {
    let known = selectors(view.target);
    let asked = known.iter().take(LIMIT);
    let selectors =
        join_all(asked.map(|(selector, domains)| look(view.net, selector, domains))).await;
    DkimFacts { selectors }
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
    let (found, alias) = join(texts(net, &name), ask(net, &name, Rtype::CNAME)).await;
    SelectorFacts {
        selector: selector.to_owned(),
        alias: alias.map(|records| target(records).unwrap_or_else(|| name.clone())),
        key: found.map(|texts| strongest(&texts)),
        name,
    }
}

fn target(records: Vec<Data>) -> Option<Name> {
    records.into_iter().find_map(|data| match data {
        Data::Cname(target) => Some(target),
        _ => None,
    })
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
    let read = |text: &Text| {
        let octets = text.joined();
        let written = String::from_utf8_lossy(&octets);
        let seen = KeySeen { record: text.printable(), key: DkimKey::parse(&written) };
        (DkimKey::is_meant(&written), seen)
    };
    let best = texts.iter().map(read).max_by_key(|(is_meant, seen)| (*is_meant, rank(seen)));
    best.map(|(_, seen)| seen)
        .unwrap_or_else(|| KeySeen { record: String::new(), key: DkimKey::parse("") })
}
