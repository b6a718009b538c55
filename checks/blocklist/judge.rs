//! Which lists are to be believed, and what do those say?

use std::net::IpAddr;

use super::BlocklistCode;
use super::codes::{Meaning, meaning};
use super::facts::{BlocklistFacts, Entry, ListSeen};
use crate::kernel::{Blocklist, Code, Judgement, ListKind, Lookup, Raised, Reason};

/// What a finding about all lists at once is about.
const RESOLVER: &str = "resolver";

/// How a list did in its own test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelfTest {
    Passed,
    Refused(Reason),
    /// What answered was not the list.
    Invalid,
    /// It does not hold its test point.
    Empty,
    /// It holds what it must not.
    ListsTheWorld,
}

/// RFC 5782 §5: a list that fails its own test says nothing about anybody.
pub fn self_test(list: &Blocklist, seen: &ListSeen) -> SelfTest {
    let points = [&seen.listed, &seen.unlisted];
    let said = |wanted: Meaning| {
        points.iter().filter_map(|point| point.found()).any(|a| meaning(list, a) == wanted)
    };
    let outside = |answers: &Vec<IpAddr>| answers.iter().any(|answer| !answer.is_loopback());
    if said(Meaning::Refused) {
        return SelfTest::Refused(Reason::RateLimited);
    }
    if points.iter().filter_map(|point| point.found()).any(outside) {
        return SelfTest::Invalid;
    }
    match (&seen.listed, &seen.unlisted) {
        (Lookup::Unknown { reason }, _) | (_, Lookup::Unknown { reason }) => {
            SelfTest::Refused(*reason)
        }
        (_, Lookup::Found(_)) => SelfTest::ListsTheWorld,
        (Lookup::Absent { .. }, _) => SelfTest::Empty,
        (Lookup::Found(_), Lookup::Absent { .. }) => SelfTest::Passed,
    }
}

pub fn judge(facts: &BlocklistFacts, lists: &[Blocklist]) -> Judgement {
    let known: Vec<(&Blocklist, &ListSeen, SelfTest)> = facts
        .lists
        .iter()
        .filter_map(|seen| {
            let list = lists.iter().find(|list| list.id == seen.id)?;
            Some((list, seen, self_test(list, seen)))
        })
        .collect();
    if known.is_empty() {
        return Judgement::nothing_to_ask(if lists.is_empty() {
            "no-lists"
        } else {
            "no-addresses"
        });
    }
    let failed = known.iter().filter(|(.., test)| *test != SelfTest::Passed).count();
    if failed == known.len() && failed > 1 {
        return vec![all_failed(&known)].into();
    }
    let raised = known.iter().flat_map(|(list, seen, test)| match test {
        SelfTest::Passed => entries(list, seen),
        failed => vec![failed_test(list, seen, *failed)],
    });
    raised.collect::<Vec<Raised>>().into()
}

/// When no list passes, the resolver is the reason, and it is said once.
fn all_failed(known: &[(&Blocklist, &ListSeen, SelfTest)]) -> Raised {
    let names: Vec<&str> = known.iter().map(|(list, ..)| name(list)).collect();
    let all_invalid = known.iter().all(|(.., test)| *test == SelfTest::Invalid);
    let (code, reason) = if all_invalid {
        (BlocklistCode::AnswerInvalid, Reason::RewrittenAnswer)
    } else {
        let first = known.iter().find_map(|(.., test)| match test {
            SelfTest::Refused(reason) => Some(*reason),
            _ => None,
        });
        (BlocklistCode::Refused, first.unwrap_or(Reason::ResolverBlocked))
    };
    let shown = names.iter().take(2).copied().collect::<Vec<_>>().join(", ");
    let more = if names.len() > 2 { format!("… ({})", names.len()) } else { String::new() };
    code.on(RESOLVER)
        .with("list", shown + &more)
        .with("reason", reason)
        .evidence("reason", reason)
        .evidence("lists", names)
}

fn failed_test(list: &Blocklist, seen: &ListSeen, test: SelfTest) -> Raised {
    let (code, reason) = match test {
        SelfTest::Refused(reason) => (BlocklistCode::Refused, reason),
        SelfTest::Invalid => (BlocklistCode::AnswerInvalid, Reason::RewrittenAnswer),
        SelfTest::Empty | SelfTest::ListsTheWorld | SelfTest::Passed => {
            (BlocklistCode::ListDead, Reason::NotOffered)
        }
    };
    indeterminate(code, list, reason)
        .evidence("test_listed", &seen.listed)
        .evidence("test_unlisted", &seen.unlisted)
}

fn indeterminate(code: BlocklistCode, list: &Blocklist, reason: Reason) -> Raised {
    code.on(&list.id)
        .with("list", name(list))
        .with("reason", reason)
        .evidence("reason", reason)
        .evidence("zone", &list.zone)
}

fn name(list: &Blocklist) -> &str {
    list.name.as_deref().unwrap_or(&list.id)
}

/// What a list that passed says; what it refuses or garbles is said once for the list.
fn entries(list: &Blocklist, seen: &ListSeen) -> Vec<Raised> {
    let mut raised = Vec::new();
    let mut refused = Vec::new();
    let mut garbled = Vec::new();
    for entry in &seen.entries {
        match &entry.answers {
            Lookup::Unknown { reason } => refused.push((entry, *reason)),
            Lookup::Absent { .. } => {}
            Lookup::Found(answers) => match meaning(list, answers) {
                Meaning::Listed(severity) => {
                    raised.push(listed(list, entry, answers).severity(severity));
                }
                Meaning::Refused => refused.push((entry, Reason::RateLimited)),
                Meaning::Invalid => garbled.push((entry, Reason::Malformed)),
                Meaning::Policy | Meaning::Harmless => {}
            },
        }
    }
    raised.extend(summed(BlocklistCode::Refused, list, &refused));
    raised.extend(summed(BlocklistCode::AnswerInvalid, list, &garbled));
    raised
}

fn listed(list: &Blocklist, entry: &Entry, answers: &[IpAddr]) -> Raised {
    let code = match list.kind {
        ListKind::Domain => BlocklistCode::DomainListed,
        ListKind::Ip4 | ListKind::Ip6 | ListKind::Ip => BlocklistCode::IpListed,
    };
    let shown: Vec<String> = answers.iter().map(ToString::to_string).collect();
    code.on(format!("{}/{}", list.id, entry.subject))
        .with("list", name(list))
        .with("listed", &entry.subject)
        .with("answer", shown.join(", "))
        .with("delist", list.delist.as_deref().unwrap_or(list.zone.as_str()))
        .evidence("zone", &list.zone)
        .evidence("answers", shown)
        .evidence("text", &entry.text)
}

fn summed(code: BlocklistCode, list: &Blocklist, entries: &[(&Entry, Reason)]) -> Option<Raised> {
    let (_, reason) = entries.first()?;
    let asked: Vec<&str> = entries.iter().map(|(entry, _)| entry.subject.as_str()).collect();
    let answers: Vec<_> = entries.iter().map(|(entry, _)| &entry.answers).collect();
    let raised = indeterminate(code, list, *reason);
    Some(raised.evidence("asked", asked).evidence("answers", answers))
}
