//! Which sending addresses was no list able to speak of?

use std::net::IpAddr;

use super::codes::{Meaning, meanings};
use super::facts::{BlocklistFacts, ListSeen};
use super::observe::takes;
use super::selftest::SelfTest;
use crate::kernel::{Blocklist, Lookup};

/// The sending addresses that lists were to be asked about and none of them told of. One that no list
/// takes is not among them: there was nothing to ask.
pub fn unanswered(facts: &BlocklistFacts, lists: &[Blocklist]) -> Vec<IpAddr> {
    let known: Vec<(&Blocklist, &ListSeen)> = facts
        .lists
        .iter()
        .filter_map(|seen| Some((lists.iter().find(|list| list.id == seen.id)?, seen)))
        .filter(|(list, _)| holds_senders(list))
        .collect();
    let is_unanswered = |address: &IpAddr| {
        let mut asked = known.iter().filter(|(list, _)| takes(list, address)).peekable();
        asked.peek().is_some() && !asked.any(|(list, seen)| tells_of(list, seen, address))
    };
    facts.addresses.iter().copied().filter(is_unanswered).collect()
}

/// A list that only vouches for addresses does not say that others refuse them.
fn holds_senders(list: &Blocklist) -> bool {
    list.codes.values().any(|word| !matches!(word.as_str(), "allow" | "info" | "refused"))
}

/// What a list denied stands in no entry.
fn tells_of(list: &Blocklist, seen: &ListSeen, address: &IpAddr) -> bool {
    let subject = address.to_string();
    let entry = seen.entries.iter().find(|entry| entry.subject == subject);
    let is_told = entry.is_none_or(|entry| match &entry.answers {
        Lookup::Absent { .. } => true,
        Lookup::Unknown { .. } => false,
        Lookup::Found(answers) => {
            let said = meanings(list, answers);
            !matches!(said.as_slice(), [Meaning::Refused | Meaning::Invalid])
        }
    });
    SelfTest::of(list, seen) == SelfTest::Passed && is_told
}
