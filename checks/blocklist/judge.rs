//! What the lists that are believed say of the domain.

use std::net::IpAddr;

use serde_json::{Map, Value, json};

use super::codes::{Meaning, meanings};
use super::facts::{BlocklistFacts, Entry, ListSeen};
use super::selftest::SelfTest;
use super::silence::{self, Silence, Why};
use super::{BlocklistCode, address, domain};
use crate::kernel::{
    ALL_PARTS, Blocklist, Code, Judgement, ListKind, Lookup, Raised, Reason, Severity, Target,
};

pub fn judge(facts: &BlocklistFacts, lists: &[Blocklist], target: &Target) -> Judgement {
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
    let mut raised = Vec::new();
    let mut silences = Vec::new();
    for (list, seen, test) in &known {
        let points = || {
            let points =
                [("test_listed", json!(seen.listed)), ("test_unlisted", json!(seen.unlisted))];
            Map::from_iter(points.map(|(name, seen)| (name.to_owned(), seen)))
        };
        match test {
            SelfTest::Passed => {
                let (said, refused) = entries(facts, target, (list, seen), &vouching(&known));
                raised.extend(said);
                silences.extend(refused);
            }
            SelfTest::Refused(why) => {
                silences.push(Silence { list, why: *why, evidence: points() });
            }
            SelfTest::Invalid => {
                let reason = Reason::RewrittenAnswer;
                raised.push(distrusted(BlocklistCode::AnswerInvalid, list, reason, points()));
            }
            SelfTest::Empty | SelfTest::ListsTheWorld => {
                raised.push(distrusted(
                    BlocklistCode::ListDead,
                    list,
                    Reason::NotOffered,
                    points(),
                ));
            }
        }
    }
    raised.extend(silence::told(silences));
    raised.into()
}

/// When no list passes, the resolver is the reason, and it is said once.
fn all_failed(known: &[(&Blocklist, &ListSeen, SelfTest)]) -> Raised {
    let names: Vec<&str> = known.iter().map(|(list, ..)| list.title()).collect();
    let shown = names.iter().take(2).copied().collect::<Vec<_>>().join(", ");
    let more = if names.len() > 2 { format!("… ({})", names.len()) } else { String::new() };
    let shown = shown + &more;
    let raised = if known.iter().all(|(.., test)| *test == SelfTest::Invalid) {
        let reason = Reason::RewrittenAnswer;
        let invalid = BlocklistCode::AnswerInvalid.on(ALL_PARTS).with("list", shown);
        invalid.with("reason", reason).evidence("reason", reason)
    } else {
        let whys = known.iter().filter_map(|(.., test)| match test {
            SelfTest::Refused(why) => Some(*why),
            _ => None,
        });
        let zones: Vec<&str> = known.iter().take(2).map(|(list, ..)| list.zone.as_str()).collect();
        silence::all(&whys.collect::<Vec<Why>>(), &shown).with("zone", zones.join(", "))
    };
    raised.evidence("lists", names)
}

/// What a list says is worth nothing, for what is in the evidence.
fn distrusted(
    code: BlocklistCode,
    list: &Blocklist,
    reason: Reason,
    evidence: Map<String, Value>,
) -> Raised {
    let raised = code
        .on(&list.id)
        .with("list", list.title())
        .with("reason", reason)
        .evidence("reason", reason)
        .evidence("zone", &list.zone)
        .evidence("terms", &list.terms);
    evidence.iter().fold(raised, |raised, (name, seen)| raised.evidence(name, seen))
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

/// What a list that passed says, and why it refuses the rest; what it garbles is said once for the list.
fn entries<'a>(
    facts: &BlocklistFacts,
    target: &Target,
    (list, seen): (&'a Blocklist, &ListSeen),
    vouching: &[(&str, &str)],
) -> (Vec<Raised>, Option<Silence<'a>>) {
    let mut raised = Vec::new();
    let mut refused = Vec::new();
    let mut garbled = Vec::new();
    for entry in &seen.entries {
        let answers = match &entry.answers {
            Lookup::Unknown { reason } => {
                refused.push((entry, Why::Unanswered(*reason)));
                continue;
            }
            Lookup::Absent { .. } => continue,
            Lookup::Found(answers) => answers,
        };
        match meanings(list, answers).as_slice() {
            [Meaning::Refused] => refused.push((entry, Why::of(answers))),
            [Meaning::Invalid] => garbled.push(entry),
            said => {
                let allowed = vouching.iter().filter(|(subject, _)| *subject == entry.subject);
                let allowed: Vec<&str> = allowed.map(|(_, list)| *list).collect();
                let findings = listed((facts, target), list, entry, said);
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
    if !garbled.is_empty() {
        let code = BlocklistCode::AnswerInvalid;
        raised.push(distrusted(code, list, Reason::Malformed, asked(&garbled)));
    }
    let silence = refused.first().map(|(_, why)| {
        let refused: Vec<&Entry> = refused.iter().map(|(entry, _)| *entry).collect();
        Silence { list, why: *why, evidence: asked(&refused) }
    });
    (raised, silence)
}

/// The findings that the meanings of one entry give.
fn listed(
    (facts, target): (&BlocklistFacts, &Target),
    list: &Blocklist,
    entry: &Entry,
    said: &[Meaning],
) -> Vec<Raised> {
    let subject = format!("{}/{}", list.id, entry.subject);
    let address: Option<IpAddr> = entry.subject.parse().ok();
    let about = |raised: Raised| match address {
        Some(address) => address::told_of(raised, facts, address),
        None => domain::told_of(raised, target, &entry.subject),
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

/// What was asked of a list in vain.
fn asked(entries: &[&Entry]) -> Map<String, Value> {
    let asked: Vec<&str> = entries.iter().map(|entry| entry.subject.as_str()).collect();
    let answers: Vec<_> = entries.iter().map(|entry| &entry.answers).collect();
    let both = [("asked", json!(asked)), ("answers", json!(answers))];
    Map::from_iter(both.map(|(name, seen)| (name.to_owned(), seen)))
}
