//! The record to publish instead.

use super::LOOKUP_LIMIT;
use super::facts::{Facts, Node, SenderResult};
use crate::kernel::{Name, Raised, RecordChange, Rtype, Target};
use crate::records::spf::{Kind, Mechanism, Qualifier, Record, parse};
use crate::records::spf_lookalike::corrected;
use crate::records::spf_repair::{repaired, without_scheme};

/// A first record, where the addresses are known that send with the domain as return path.
pub fn add_record(raised: Raised, facts: &Facts, target: &Target) -> Raised {
    let domain = &target.domain;
    let own = facts.senders.iter().filter(|sender| sender.domain == *domain);
    let mut terms: Vec<String> = own.map(|sender| address_term(sender.ip)).collect();
    terms.dedup();
    if !target.profile.sends() || terms.is_empty() {
        return raised;
    }
    let value = format!("v=spf1 {} ~all", terms.join(" "));
    raised.fix(RecordChange::add(domain, Rtype::TXT, value))
}

/// A record that stood there before.
pub fn put_back(domain: &Name, record: String) -> RecordChange {
    RecordChange::add(domain, Rtype::TXT, record)
}

/// The record that nobody may send by, in place of the one that is there.
pub fn close(raised: Raised, domain: &Name, old: Option<&str>) -> Raised {
    let closed = "v=spf1 -all";
    raised.fix(match old {
        Some(old) => RecordChange::replace(domain, Rtype::TXT, old, closed),
        None => RecordChange::add(domain, Rtype::TXT, closed),
    })
}

/// The record that a lookalike was meant to be, where that is plain.
pub fn correct_lookalike(raised: Raised, domain: &Name, old: &str) -> Raised {
    match corrected(as_typed(old).as_bytes()) {
        Some(value) => raised.fix(RecordChange::replace(domain, Rtype::TXT, old, value)),
        None => raised,
    }
}

/// The end of every record in a form that nobody asks for.
pub fn delete_obsolete(raised: Raised, facts: &Facts) -> Raised {
    let domain = &facts.tree.domain;
    let type_spf = facts.obsolete.type_spf.found().map(Vec::as_slice).unwrap_or_default();
    let deletion = |rtype, text: &String| RecordChange::delete(domain, rtype, text);
    let old_type = type_spf.iter().map(|text| deletion(Rtype::SPF, text));
    let sender_id = facts.obsolete.sender_id.iter().map(|text| deletion(Rtype::TXT, text));
    old_type.chain(sender_id).fold(raised, Raised::fix)
}

/// The record without the terms given.
pub fn without_terms(raised: Raised, node: &Node, terms: &[&str]) -> Raised {
    rewrite(raised, node, |words| {
        words.into_iter().filter(|word| !terms.contains(&word.as_str())).collect()
    })
}

/// The record with one term replaced.
pub fn replace_term(raised: Raised, node: &Node, term: &str, by: &str) -> Raised {
    let replaced = |word: String| if word == term { by.to_owned() } else { word };
    rewrite(raised, node, |words| words.into_iter().map(replaced).collect())
}

/// The record with `~all` at its end, in place of every `all`; what stands after the first counts then.
pub fn end_softly(raised: Raised, node: &Node) -> Raised {
    rewrite(raised, node, |words| {
        let others = words.into_iter().filter(|word| !is_all(word));
        others.chain(["~all".to_owned()]).collect()
    })
}

/// The record with one more term at its end.
pub fn append(raised: Raised, node: &Node, term: &str) -> Raised {
    rewrite(raised, node, |words| words.into_iter().chain([term.to_owned()]).collect())
}

/// The record with the terms that follow its `all` before it; of two records that were pasted into one, with
/// those of both.
pub fn with_terms_before_all(record: &str) -> Option<String> {
    let read = parse(record.as_bytes());
    let after: Vec<&str> = read.after_all().into_iter().map(|term| term.text.as_str()).collect();
    if after.is_empty() {
        return None;
    }
    rewritten(record, |words| moved_before_all(words, &after))
}

/// The record with an ignored `redirect` as an include, and with what follows `all` before it.
pub fn with_redirect_included(record: &str) -> Option<String> {
    let read = parse(record.as_bytes());
    let (redirect, _) = read.redirect().filter(|_| read.has_all())?;
    let (_, target) = redirect.split_once('=')?;
    let include = format!("include:{target}");
    let after = read.after_all().into_iter().map(|term| term.text.as_str());
    let moved: Vec<&str> = after.chain([include.as_str()]).collect();
    rewritten(record, |words| {
        moved_before_all(words.into_iter().filter(|word| word != redirect).collect(), &moved)
    })
}

/// The `redirect` of a record, as written.
pub fn redirect_of(record: &str) -> Option<String> {
    parse(record.as_bytes()).redirect().map(|(text, _)| text.to_owned())
}

fn moved_before_all(words: Vec<String>, moved: &[&str]) -> Vec<String> {
    let all = words.iter().position(|word| is_all(word)).unwrap_or(words.len());
    let (before, from_all) = words.split_at(all);
    // A repeated `all` is one of the terms after the first, and stays out.
    let terms = moved.iter().filter(|term| !is_all(term)).map(|term| (*term).to_owned());
    let rest = from_all.iter().enumerate();
    let rest = rest.filter(|(at, word)| *at == 0 || !moved.contains(&word.as_str()));
    before.iter().cloned().chain(terms).chain(rest.map(|(_, word)| word.clone())).collect()
}

/// The record without its includes that have no record. One that is written as a web address is written as the
/// name that it holds: what stands there was meant, whether it has a record or not.
pub fn with_live_includes(tree: &Node) -> Option<String> {
    let dead: Vec<&str> = tree
        .terms
        .iter()
        .filter(|term| term.is_dead_include())
        .map(|term| term.term.as_str())
        .collect();
    let kept = |word: String| match dead.contains(&word.as_str()) {
        true => without_scheme(&word),
        false => Some(word),
    };
    if dead.is_empty() {
        return None;
    }
    rewritten(tree.record()?, |words| words.into_iter().filter_map(kept).collect())
}

/// A record in the place of the one at this node.
pub fn propose(raised: Raised, node: &Node, value: Option<String>) -> Raised {
    match (node.record(), value) {
        (Some(old), Some(value)) => {
            raised.fix(RecordChange::replace(&node.domain, Rtype::TXT, old, value))
        }
        _ => raised,
    }
}

/// The record with a space between the terms that strings glued together.
pub fn part(raised: Raised, node: &Node) -> Raised {
    rewrite(raised, node, |words| {
        let parted = |word: String| match node.glued.iter().find(|seam| seam.joined() == word) {
            Some(seam) => vec![seam.left.clone(), seam.right.clone()],
            None => vec![word],
        };
        words.into_iter().flat_map(parted).collect()
    })
}

/// The record as it was plainly meant, where that makes it readable: what word processors put in place of
/// spaces, hyphens and quotes as it was typed, and terms in the words of the grammar.
pub fn retype(raised: Raised, node: &Node) -> Raised {
    let value = node.record().and_then(as_meant).filter(|value| is_fit(value));
    propose(raised, node, value)
}

/// What an unreadable record was plainly meant to be.
pub fn as_meant(record: &str) -> Option<String> {
    let typed = as_typed(record).split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    repaired(&typed).filter(|meant| meant != record)
}

/// A record as it was typed, before a word processor or a web page embellished it.
fn as_typed(record: &str) -> String {
    TYPED.iter().fold(record.to_owned(), |text, (written, meant)| text.replace(written, meant))
}

/// UTF-8 octets, as [`crate::kernel::Text::printable`] shows them, and what was typed.
const TYPED: [(&str, &str); 10] = [
    ("\\194\\160", " "),     // no-break space
    ("\\009", " "),          // tabulator
    ("\\226\\128\\139", ""), // zero-width space
    ("\\239\\187\\191", ""), // byte order mark
    ("\\226\\128\\144", "-"),
    ("\\226\\128\\145", "-"),
    ("\\226\\128\\147", "-"), // en dash
    ("\\226\\128\\148", "-"), // em dash
    ("\\226\\128\\156", ""),  // quotation marks
    ("\\226\\128\\157", ""),
];

/// The record with the sender's address put before what ends it; where a term that is never reached would let
/// it pass, the record that has that term count.
pub fn authorise(raised: Raised, sender: &SenderResult) -> Raised {
    let Some(record) = sender.record.as_deref() else { return raised };
    if let Some(would_pass) = &sender.would_pass {
        return replace(raised, sender, record, would_pass.record.clone());
    }
    let added = address_term(sender.ip);
    let mut placed = false;
    let ends = |word: &str| is_all(word) || word.to_ascii_lowercase().starts_with("redirect=");
    let mut words = Vec::new();
    for word in record.split(' ').filter(|word| !word.is_empty()) {
        if !placed && (ends(word) || sender.matched.as_deref() == Some(word)) {
            words.push(added.clone());
            placed = true;
        }
        words.push(word.to_owned());
    }
    if !placed {
        words.push(added);
    }
    replace(raised, sender, record, without_second_version(words).join(" "))
}

/// The record of a sender that meets a permerror, repaired where that lets it pass; else with its address in the
/// first place, where receivers match it before they come to the error (RFC 7208 §4.6.2).
pub fn authorise_before_error(raised: Raised, sender: &SenderResult, tree: &Node) -> Raised {
    let Some(record) = sender.record.as_deref() else { return raised };
    if let Some(would_pass) = &sender.would_pass {
        return replace(raised, sender, record, would_pass.record.clone());
    }
    let live = if sender.domain == tree.domain { with_live_includes(tree) } else { None };
    let added = address_term(sender.ip);
    let base = live.as_deref().unwrap_or(record);
    let mut words = base.split(' ').filter(|word| !word.is_empty() && *word != added);
    let first = words.next().into_iter().chain([added.as_str()]);
    let value = first.chain(words).collect::<Vec<_>>().join(" ");
    if !is_closed_to_strangers(&parse(value.as_bytes())) {
        return raised;
    }
    replace(raised, sender, record, value)
}

fn replace(raised: Raised, sender: &SenderResult, old: &str, value: String) -> Raised {
    raised.fix(RecordChange::replace(&sender.domain, Rtype::TXT, old, value))
}

fn is_all(word: &str) -> bool {
    word.trim_start_matches(['+', '-', '~', '?']).eq_ignore_ascii_case("all")
}

fn rewrite(
    raised: Raised,
    node: &Node,
    rewriting: impl FnOnce(Vec<String>) -> Vec<String>,
) -> Raised {
    let value = node.record().and_then(|record| rewritten(record, rewriting));
    propose(raised, node, value)
}

/// The record with its words rewritten, where it may be proposed.
fn rewritten(record: &str, rewriting: impl FnOnce(Vec<String>) -> Vec<String>) -> Option<String> {
    let words: Vec<String> =
        record.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
    let was_closed = words.iter().any(|word| is_closing(word)) && !lists_somebody(&words);
    let words = without_second_version(rewriting(words));
    let value = words.join(" ");
    // A record that lists nobody any more would heal the finding and stop the mail.
    (is_fit(&value) && (lists_somebody(&words) || was_closed)).then_some(value)
}

/// The version of a second record that was pasted behind the first: a modifier that says nothing.
fn without_second_version(words: Vec<String>) -> Vec<String> {
    let is_second = |at: usize, word: &str| at > 0 && word.eq_ignore_ascii_case("v=spf1");
    let kept = words.into_iter().enumerate().filter(|(at, word)| !is_second(*at, word));
    kept.map(|(_, word)| word).collect()
}

/// Whether a record may be proposed: receivers can read it, it does not look up too much by itself, and it
/// does not let everybody send.
fn is_fit(value: &str) -> bool {
    let record = parse(value.as_bytes());
    let asking = record.reachable().filter(|term| term.asks()).count();
    asking <= LOOKUP_LIMIT && is_closed_to_strangers(&record)
}

/// Whether receivers can read a record, and it does not let everybody send.
fn is_closed_to_strangers(record: &Record) -> bool {
    let all = record.terms.iter().find_map(|term| match &term.kind {
        Kind::Directive { qualifier, mechanism: Mechanism::All } => Some(*qualifier),
        _ => None,
    });
    record.faults.is_empty() && all != Some(Qualifier::Pass)
}

/// Whether a record has a term that somebody may send by.
pub fn authorises_somebody(record: &str) -> bool {
    lists_somebody(&record.split(' ').map(str::to_owned).collect::<Vec<_>>())
}

fn lists_somebody(words: &[String]) -> bool {
    let says_nothing = |word: &str| {
        is_all(word) || word.is_empty() || word.to_ascii_lowercase().starts_with("exp=")
    };
    words.iter().skip(1).any(|word| !says_nothing(word))
}

fn is_closing(word: &str) -> bool {
    is_all(word) && word.starts_with(['-', '~'])
}

fn address_term(ip: std::net::IpAddr) -> String {
    match ip {
        std::net::IpAddr::V4(address) => format!("ip4:{address}"),
        std::net::IpAddr::V6(address) => format!("ip6:{address}"),
    }
}
