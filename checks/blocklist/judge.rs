//! What the lists that are believed say of the domain.

use std::net::IpAddr;

use super::codes::{Meaning, meanings};
use super::facts::{BlocklistFacts, Entry, ListSeen};
use super::selftest::SelfTest;
use super::{BlocklistCode, address};
use crate::kernel::{
    ALL_PARTS, Blocklist, Code, Judgement, ListKind, Lookup, Raised, Reason, Severity,
};

pub fn judge(facts: &BlocklistFacts, lists: &[Blocklist]) -> Judgement {
    let known: Vec<(&Blocklist, &ListSeen, SelfTest)> = facts
        .lists
        .iter()
        .filter_map(|seen| {
            let list = lists.iter().find(|list| list.id == seen.id)?;
            Some((list, seen, SelfTest::of(list, seen)))
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
        SelfTest::Passed => entries(facts, list, seen, &vouching(&known)),
        failed => vec![failed_test(list, seen, *failed)],
    });
    raised.collect::<Vec<Raised>>().into()
}

/// When no list passes, the resolver is the reason, and it is said once.
fn all_failed(known: &[(&Blocklist, &ListSeen, SelfTest)]) -> Raised {
    let names: Vec<&str> = known.iter().map(|(list, ..)| list.title()).collect();
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
    code.on(ALL_PARTS)
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
        .with("list", list.title())
        .with("reason", reason)
        .evidence("reason", reason)
        .evidence("zone", &list.zone)
        .evidence("terms", &list.terms)
}

/// The addresses and domains that a list vouches for, with the list.
fn vouching<'a>(known: &[(&'a Blocklist, &'a ListSeen, SelfTest)]) -> Vec<(&'a str, &'a str)> {
    let passed = known.iter().filter(|(.., test)| *test == SelfTest::Passed);
    let allowed = passed.flat_map(|(list, seen, _)| {
        let entries = seen.entries.iter().filter(|entry| {
            let found = entry.answers.found();
            found.is_some_and(|answers| meanings(list, answers) == [Meaning::Allowed])
        });
        entries.map(|entry| (entry.subject.as_str(), list.title()))
    });
    allowed.collect()
}

/// What a list that passed says; what it refuses or garbles is said once for the list.
fn entries(
    facts: &BlocklistFacts,
    list: &Blocklist,
    seen: &ListSeen,
    vouching: &[(&str, &str)],
) -> Vec<Raised> {
    let mut raised = Vec::new();
    let mut refused = Vec::new();
    let mut garbled = Vec::new();
    for entry in &seen.entries {
        let answers = match &entry.answers {
            Lookup::Unknown { reason } => {
                refused.push((entry, *reason));
                continue;
            }
            Lookup::Absent { .. } => continue,
            Lookup::Found(answers) => answers,
        };
        match meanings(list, answers).as_slice() {
            [Meaning::Refused] => refused.push((entry, Reason::RateLimited)),
            [Meaning::Invalid] => garbled.push((entry, Reason::Malformed)),
            said => {
                let allowed = vouching.iter().filter(|(subject, _)| *subject == entry.subject);
                let allowed: Vec<&str> = allowed.map(|(_, list)| *list).collect();
                let findings = listed(facts, list, entry, said);
                raised.extend(findings.into_iter().map(|finding| {
                    let finding = evidence(finding, list, entry, answers);
                    if allowed.is_empty() {
                        finding
                    } else {
                        finding.evidence("allowed_by", &allowed)
                    }
                }));
            }
        }
    }
    raised.extend(summed(BlocklistCode::Refused, list, &refused));
    raised.extend(summed(BlocklistCode::AnswerInvalid, list, &garbled));
    raised
}

/// The findings that the meanings of one entry give.
fn listed(
    facts: &BlocklistFacts,
    list: &Blocklist,
    entry: &Entry,
    said: &[Meaning],
) -> Vec<Raised> {
    let subject = format!("{}/{}", list.id, entry.subject);
    let address: Option<IpAddr> = entry.subject.parse().ok();
    let about = |raised: Raised| match address {
        Some(address) => address::told_of(raised, facts, address),
        None => raised,
    };
    if let Some(role) = address.and_then(|address| facts.infrastructure.get(&address)) {
        let raised = address::of_host(facts, *role, &subject, said);
        return raised.map(about).into_iter().collect();
    }
    let weighed = |severity: Severity, meaning: &Meaning| match address {
        Some(address) => severity.min(address::most_severe(facts, address, *meaning)),
        None => severity,
    };
    let finding = |meaning: &Meaning| match meaning {
        Meaning::Listed(severity) => {
            let is_domain = list.kind == ListKind::Domain;
            let code =
                if is_domain { BlocklistCode::DomainListed } else { BlocklistCode::IpListed };
            Some(code.on(&subject).severity(weighed(*severity, meaning)))
        }
        Meaning::Abused => Some(BlocklistCode::DomainAbused.on(&subject)),
        Meaning::Policy => {
            let severity = weighed(Severity::Error, meaning);
            Some(BlocklistCode::IpPolicy.on(&subject).severity(severity))
        }
        Meaning::Harmless if said.len() == 1 => Some(BlocklistCode::Informational.on(&subject)),
        Meaning::Harmless | Meaning::Allowed | Meaning::Refused | Meaning::Invalid => None,
    };
    said.iter().filter_map(finding).map(about).collect()
}

fn evidence(finding: Raised, list: &Blocklist, entry: &Entry, answers: &[IpAddr]) -> Raised {
    let shown: Vec<String> = answers.iter().map(ToString::to_string).collect();
    finding
        .with("list", list.title())
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
