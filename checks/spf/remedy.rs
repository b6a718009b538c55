//! The record to publish instead.

use super::LOOKUP_LIMIT;
use super::facts::{Facts, Node, SenderResult};
use crate::kernel::{Action, Name, Raised, RecordChange, Rtype, Target};
use crate::records::spf::{Kind, Mechanism, Qualifier, parse};
use crate::records::spf_lookalike::corrected;

/// A first record, where the sending addresses are known.
pub fn add_record(raised: Raised, target: &Target) -> Raised {
    if !target.profile.sends() || target.sending_ips.is_empty() {
        return raised;
    }
    let terms: Vec<String> = target.sending_ips.iter().map(|ip| address_term(*ip)).collect();
    let value = format!("v=spf1 {} ~all", terms.join(" "));
    raised.fix(change(Action::Add, &target.domain, None, Some(value)))
}

/// A record that stood there before.
pub fn put_back(domain: &Name, record: String) -> RecordChange {
    change(Action::Add, domain, None, Some(record))
}

/// The record that nobody may send by, in place of the one that is there.
pub fn close(raised: Raised, domain: &Name, old: Option<&str>) -> Raised {
    let action = if old.is_some() { Action::Replace } else { Action::Add };
    raised.fix(change(action, domain, old, Some("v=spf1 -all".to_owned())))
}

/// The record that a lookalike was meant to be, where that is plain.
pub fn correct_lookalike(raised: Raised, domain: &Name, old: &str) -> Raised {
    match corrected(as_typed(old).as_bytes()) {
        Some(value) => raised.fix(change(Action::Replace, domain, Some(old), Some(value))),
        None => raised,
    }
}

/// The end of every record in a form that nobody asks for.
pub fn delete_obsolete(raised: Raised, facts: &Facts) -> Raised {
    let domain = &facts.tree.domain;
    let type_spf = facts.obsolete.type_spf.found().map(Vec::as_slice).unwrap_or_default();
    let deletion = |rtype, text: &String| RecordChange {
        rtype,
        ..change(Action::Delete, domain, Some(text), None)
    };
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

/// The record with the terms moved before its `all`.
pub fn before_all(raised: Raised, node: &Node, terms: &[&str]) -> Raised {
    rewrite(raised, node, |words| {
        // A repeated `all` is one of the terms after the first, and stays out.
        let moved = terms.iter().filter(|term| !is_all(term)).map(|term| (*term).to_owned());
        let all = words.iter().position(|word| is_all(word)).unwrap_or(words.len());
        let (before, from_all) = words.split_at(all);
        let rest = from_all
            .iter()
            .enumerate()
            .filter(|(at, word)| *at == 0 || !terms.contains(&word.as_str()));
        let rest = rest.map(|(_, word)| word.clone());
        before.iter().cloned().chain(moved).chain(rest).collect()
    })
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

/// The record in plain ASCII, where that alone makes it readable: what word processors put in place of
/// spaces, hyphens and quotes is written as it was typed.
pub fn retype(raised: Raised, node: &Node) -> Raised {
    let Some(old) = node.record() else { return raised };
    let value = as_typed(old).split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    if value == old || !is_fit(&value) {
        return raised;
    }
    raised.fix(change(Action::Replace, &node.domain, Some(old), Some(value)))
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

/// The record with the sender's address put before what ends it.
pub fn authorise(raised: Raised, sender: &SenderResult) -> Raised {
    let added = address_term(sender.ip);
    let mut placed = false;
    let Some(record) = sender.record.as_deref() else { return raised };
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
    raised.fix(change(Action::Replace, &sender.domain, Some(record), Some(words.join(" "))))
}

fn is_all(word: &str) -> bool {
    word.trim_start_matches(['+', '-', '~', '?']).eq_ignore_ascii_case("all")
}

fn rewrite(
    raised: Raised,
    node: &Node,
    rewritten: impl FnOnce(Vec<String>) -> Vec<String>,
) -> Raised {
    let Some(record) = node.record() else { return raised };
    let words: Vec<String> =
        record.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
    let was_closed = words.iter().any(|word| is_closing(word)) && !lists_somebody(&words);
    let words = rewritten(words);
    let value = words.join(" ");
    // A record that lists nobody any more would heal the finding and stop the mail.
    if !lists_somebody(&words) && !was_closed || !is_fit(&value) {
        return raised;
    }
    raised.fix(change(Action::Replace, &node.domain, Some(record), Some(value)))
}

/// Whether a record may be proposed: receivers can read it, it does not look up too much by itself, and it
/// does not let everybody send.
fn is_fit(value: &str) -> bool {
    let record = parse(value.as_bytes());
    let asking = record.reachable().filter(|term| term.asks()).count();
    let all = record.terms.iter().find_map(|term| match &term.kind {
        Kind::Directive { qualifier, mechanism: Mechanism::All } => Some(*qualifier),
        _ => None,
    });
    record.faults.is_empty() && asking <= LOOKUP_LIMIT && all != Some(Qualifier::Pass)
}

/// Whether a record has a term that somebody may send by.
fn lists_somebody(words: &[String]) -> bool {
    let says_nothing = |word: &str| {
        is_all(word) || word.is_empty() || word.to_ascii_lowercase().starts_with("exp=")
    };
    words.iter().skip(1).any(|word| !says_nothing(word))
}

fn is_closing(word: &str) -> bool {
    is_all(word) && word.starts_with(['-', '~'])
}

fn change(action: Action, domain: &Name, old: Option<&str>, value: Option<String>) -> RecordChange {
    RecordChange {
        action,
        name: domain.clone(),
        rtype: Rtype::TXT,
        old: old.map(str::to_owned),
        value,
    }
}

fn address_term(ip: std::net::IpAddr) -> String {
    match ip {
        std::net::IpAddr::V4(address) => format!("ip4:{address}"),
        std::net::IpAddr::V6(address) => format!("ip6:{address}"),
    }
}
