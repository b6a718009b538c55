//! Which RRsets are to be published so that findings heal?
//!
//! A fix touches one record; what is published is an RRset. So the siblings are looked up, and the
//! fixes of several findings on one set are put together, the severest first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use vigie_checks::kernel::{
    Action, Answer, Data, Finding, Lookup, Name, Net, Question, Reason, RecordChange, Rtype,
    Withheld, ask, own_alias,
};
use vigie_checks::records::dnssec::Ds;

use super::places::makes_room;
use super::zones::zone_of;

/// The TTL of a set that is not there yet, in seconds: a mistake in it is soon forgotten.
const NEW_TTL: u32 = 3_600;

/// An RRset as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposedSet {
    pub name: Name,
    pub rtype: Rtype,
    /// Seconds; that of the set as it is, where there is one.
    pub ttl: u32,
    /// Data in presentation form, texts without quotes; empty where the set is to be removed.
    pub records: Vec<String>,
    /// As it is now.
    pub was: Vec<String>,
    /// Where it stands; nothing where that could not be told.
    pub zone: Option<Name>,
    /// The findings that it heals, by their place among those given.
    pub heals: Vec<usize>,
}

/// Why a finding's records are not among those to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// The record that it changes is not there any more, or another finding changes it first.
    Overtaken { name: Name },
    /// The finding itself has none, for this reason.
    Withheld(Withheld),
    /// What else stands at the name could not be told, so that the set would not be whole.
    Untold { name: Name, reason: Reason },
}

/// What to publish, and what is left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    pub sets: Vec<ProposedSet>,
    /// By the place of the finding among those given.
    pub left: Vec<(usize, Left)>,
    /// Where the domain itself stands; nothing where that could not be told.
    pub zone: Option<Name>,
}

type Key = (Name, Rtype);

/// Puts the fixes of these findings on a domain together.
pub async fn propose(net: &dyn Net, domain: &Name, findings: &[&Finding]) -> Proposal {
    let mut order: Vec<usize> = (0..findings.len()).collect();
    order.sort_by_key(|at| Reverse(findings[*at].severity));
    let mut sets: BTreeMap<Key, ProposedSet> = BTreeMap::new();
    let mut left = Vec::new();
    for at in order {
        if let Some(why) = &findings[at].withheld {
            left.push((at, Left::Withheld(why.clone())));
            continue;
        }
        match applied(net, &findings[at].fix, &sets).await {
            Ok(changed) => {
                for mut set in changed {
                    set.heals.push(at);
                    sets.insert((set.name.clone(), set.rtype), set);
                }
            }
            Err(why) => left.push((at, why)),
        }
    }
    let mut sets: Vec<_> = sets.into_values().filter(|set| set.records != set.was).collect();
    for set in &mut sets {
        set.zone = zone_of(net, &set.name, set.rtype).await;
    }
    Proposal { sets, left, zone: zone_of(net, domain, Rtype::SOA).await }
}

/// The sets that a finding's changes touch, as they are afterwards: all of its changes, or none.
async fn applied(
    net: &dyn Net,
    changes: &[RecordChange],
    sets: &BTreeMap<Key, ProposedSet>,
) -> Result<Vec<ProposedSet>, Left> {
    let mut touched: BTreeMap<Key, ProposedSet> = BTreeMap::new();
    for change in changes {
        let key = (change.name.clone(), change.rtype);
        let mut set = match touched.remove(&key).or_else(|| sets.get(&key).cloned()) {
            Some(set) => set,
            None if makes_room(changes, &change.name) => {
                behind_alias(net, &change.name, change.rtype).await?
            }
            None => live(net, &change.name, change.rtype).await?,
        };
        if !apply(&mut set, change) {
            return Err(Left::Overtaken { name: change.name.clone() });
        }
        touched.insert(key, set);
    }
    Ok(touched.into_values().collect())
}

/// Whether the change could be made.
fn apply(set: &mut ProposedSet, change: &RecordChange) -> bool {
    let same = |a: &str, b: &str| canonical(change.rtype, a) == canonical(change.rtype, b);
    let place =
        change.old.as_ref().map(|old| set.records.iter().position(|record| same(record, old)));
    match (change.action, place, &change.value) {
        (Action::Add, _, Some(value)) if is_rivalled(set, value) => return false,
        (Action::Add, _, Some(value)) => {
            if !set.records.iter().any(|record| same(record, value)) {
                set.records.push(value.clone());
            }
        }
        (Action::Replace, Some(Some(at)), Some(value)) => set.records[at].clone_from(value),
        (Action::Delete, Some(Some(at)), _) => _ = set.records.remove(at),
        // Another finding asks for the very same, and has had it.
        (_, Some(None), value) => {
            let was_there = change.old.iter().any(|old| set.was.iter().any(|one| same(one, old)));
            let is_there = |value: &String| set.records.iter().any(|one| same(one, value));
            return was_there && value.as_ref().is_none_or(is_there);
        }
        _ => return false,
    }
    true
}

/// Whether a record of the same kind was added for another finding: two DMARC records at a name are
/// none (RFC 9989 §4.10), and so with SPF and their like, whose texts begin with their version.
fn is_rivalled(set: &ProposedSet, value: &str) -> bool {
    let version = |text: &str| text.split([' ', ';']).next().unwrap_or_default().to_lowercase();
    let is_added = |record: &&String| !set.was.contains(record) && record.as_str() != value;
    set.rtype == Rtype::TXT
        && set.records.iter().filter(is_added).any(|added| version(added) == version(value))
}

/// Data without what means nothing: case and the final dot of names.
fn canonical(rtype: Rtype, data: &str) -> String {
    if rtype == Rtype::TXT {
        return data.to_owned();
    }
    data.split_whitespace()
        .map(|word| if word == "." { word } else { word.trim_end_matches('.') }.to_lowercase())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The set of a name whose alias gives way: beside that nothing else stood there (RFC 1034 §3.6.2).
async fn behind_alias(net: &dyn Net, name: &Name, rtype: Rtype) -> Result<ProposedSet, Left> {
    if rtype == Rtype::CNAME {
        return live(net, name, rtype).await;
    }
    let (ttl, records, was) = (NEW_TTL, Vec::new(), Vec::new());
    Ok(ProposedSet { name: name.clone(), rtype, ttl, records, was, zone: None, heals: Vec::new() })
}

async fn live(net: &dyn Net, name: &Name, rtype: Rtype) -> Result<ProposedSet, Left> {
    let mut found = match ask(net, name, rtype).await {
        Lookup::Found(data) => data,
        Lookup::Absent { .. } => Vec::new(),
        Lookup::Unknown { reason } => return Err(Left::Untold { name: name.clone(), reason }),
    };
    let (mut ttl, mut alias) = (None, None);
    if let Answer::Message(message) = net.dns(Question::new(name, rtype)).await {
        for record in message.answers.iter().filter(|record| record.name == *name) {
            match &record.data {
                Data::Cname(target) if rtype != Rtype::CNAME => alias = Some(target.clone()),
                data if data.rtype() == rtype => ttl = Some(record.ttl),
                _ => {}
            }
        }
    }
    if let Some(target) = alias {
        if own_alias(net, name, rtype).await.is_some() {
            let name = name.clone();
            return Err(Left::Withheld(Withheld::Alias { name, target }));
        }
        // What a wildcard's alias leads to does not stand here.
        found.clear();
    }
    let records: Vec<String> = found.iter().filter_map(presented).collect();
    if records.len() != found.len() {
        return Err(Left::Untold { name: name.clone(), reason: Reason::Malformed });
    }
    Ok(ProposedSet {
        name: name.clone(),
        rtype,
        ttl: ttl.unwrap_or(NEW_TTL),
        was: records.clone(),
        records,
        zone: None,
        heals: Vec::new(),
    })
}

/// Data as findings write them; nothing for those that no fix touches.
fn presented(data: &Data) -> Option<String> {
    Some(match data {
        Data::A(address) => address.to_string(),
        Data::Aaaa(address) => address.to_string(),
        Data::Mx(mx) if mx.exchange.is_root() => format!("{} .", mx.preference),
        Data::Mx(mx) => format!("{} {}.", mx.preference, mx.exchange),
        Data::Txt(text) => text.printable(),
        Data::Cname(target) => format!("{target}."),
        other => Ds::read(other)?.to_string(),
    })
}
