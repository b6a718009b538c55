//! Can receivers read every term, and does every term count? (RFC 7208 §3.3, §4.6.1, §6, §12)

use super::super::authorise::SpfResult;
use super::super::facts::{Facts, Glued, Node, SeenFault, SenderResult};
use super::super::remedy;
use super::{SpfCode, listed, own_nodes, read};
use crate::kernel::{CASE, Code, Raised};
use crate::records::spf::{Record, Term};
use crate::records::spf_repair::is_short_name;
use crate::spf::LOOKUP_LIMIT;

/// RFC 1035 §3.3: octets of a character-string at most.
const LONGEST_STRING: usize = 255;

pub fn judge(facts: &Facts) -> Vec<Raised> {
    let mut raised = Vec::new();
    let node = &facts.tree;
    let mut told: Vec<(SpfCode, Vec<&str>)> = Vec::new();
    for fault in node.faults.iter().filter(|fault| !has_other_cause(node, fault)) {
        let code = code_of(fault);
        match told.iter_mut().find(|(known, _)| *known == code) {
            Some((_, terms)) => terms.push(&fault.term),
            None => told.push((code, vec![&fault.term])),
        }
    }
    for (code, terms) in told {
        let case = if code == SpfCode::Syntax { misreading(node, &terms) } else { None };
        let finding = on(code, node, &listed(terms)).evidence("faults", &node.faults);
        let finding = match case {
            Some(Misreading::Meant(meant)) => finding.with(CASE, "meant").with("meant", meant),
            Some(Misreading::ShortName) => finding.with(CASE, "short-name"),
            None => finding,
        };
        raised.push(remedy::retype(finding, node));
    }
    if let Some(seam) = node.glued.first() {
        let finding = on(SpfCode::SplitJoinsTerms, node, &seam.joined()).with("left", &seam.left);
        let finding = finding.with("right", &seam.right).evidence("seams", &node.glued);
        raised.push(remedy::part(finding, node));
    }
    raised.extend(cut(node).map(|end| on(SpfCode::StringTooLong, node, end)));
    // RFC 7208 §4.6: of a record that cannot be read no term is evaluated, in whatever order.
    for node in own_nodes(facts).into_iter().filter(|node| node.faults.is_empty()) {
        let record = read(node);
        let passing = passing_record(facts, node);
        raised.extend(terms_after_all(facts, node, &record, passing));
        raised.extend(redirect_ignored(node, &record, passing));
    }
    raised
}

/// What is known of terms that cannot be read.
enum Misreading {
    /// They can mean one thing only, written in the words of the grammar.
    Meant(String),
    /// The first names something by one label, where a full name is needed.
    ShortName,
}

fn misreading(node: &Node, terms: &[&str]) -> Option<Misreading> {
    let record = node.record()?;
    if let Some(meant) = remedy::as_meant(record) {
        let was_there = |word: &&str| !record.split(' ').any(|old| old == *word);
        return Some(Misreading::Meant(listed(meant.split(' ').filter(was_there))));
    }
    is_short_name(terms.first()?).then_some(Misreading::ShortName)
}

fn on(code: SpfCode, node: &Node, term: &str) -> Raised {
    let raised = code.on(&node.domain).with("domain", &node.domain).with("term", term);
    raised.evidence("record", node.record())
}

fn code_of(fault: &SeenFault) -> SpfCode {
    match fault.problem.as_str() {
        "not-ascii" => SpfCode::NonAscii,
        "bad-macro" | "macro-only-in-exp" => SpfCode::BadMacro,
        "redirect-twice" | "exp-twice" => SpfCode::DuplicateModifier,
        _ => SpfCode::Syntax,
    }
}

/// The fault of a term that two glued ones make, or that was cut off, is told by its cause.
fn has_other_cause(node: &Node, fault: &SeenFault) -> bool {
    node.glued.iter().map(Glued::joined).any(|joined| joined == fault.term)
        || cut(node) == Some(fault.term.as_str())
}

/// The end of a record that was cut after 255 octets: its last string is full, and what follows is
/// missing, for the last term is none or nothing ends the record.
pub fn cut(node: &Node) -> Option<&str> {
    let record = node.record().filter(|_| node.last_string == LONGEST_STRING)?;
    let last = record.rsplit(' ').next()?;
    let read = read(node);
    let is_open = !read.has_all() && read.redirect().is_none();
    let is_faulty = node.faults.iter().any(|fault| fault.term == last);
    (is_open || is_faulty).then_some(last)
}

/// The record by which a sender would pass that this one refuses, since what would let it pass is never tried.
fn passing_record<'a>(facts: &'a Facts, node: &Node) -> Option<&'a str> {
    let is_refused = |sender: &&SenderResult| {
        sender.domain == node.domain && sender.result != SpfResult::Permerror
    };
    let refused = facts.senders.iter().filter(is_refused);
    refused
        .filter_map(|sender| sender.would_pass.as_ref())
        .map(|would| would.record.as_str())
        .next()
}

/// RFC 7208 §5.1: what follows `all` is never tried.
fn terms_after_all(
    facts: &Facts,
    node: &Node,
    record: &Record,
    passing: Option<&str>,
) -> Option<Raised> {
    let after = record.after_all();
    let terms: Vec<&str> = after.iter().map(|term| term.text.as_str()).collect();
    if terms.is_empty() {
        return None;
    }
    let raised = on(SpfCode::TermsAfterAll, node, &listed(terms.iter().copied()));
    let raised = raised.evidence("terms", &terms);
    // Where they would count, each that asks costs a lookup of the ten at least.
    let lookups = facts.lookups + after.iter().filter(|term| term.asks()).count();
    if lookups > LOOKUP_LIMIT {
        return Some(raised.with(CASE, "no-room").with("lookups", lookups));
    }
    let is_second = |term: &Term| term.text.eq_ignore_ascii_case("v=spf1");
    let raised = match record.terms.iter().any(is_second) {
        true => raised.with(CASE, "two-records"),
        false => raised,
    };
    let moved = || node.record().and_then(remedy::with_terms_before_all);
    Some(remedy::propose(raised, node, passing.map(str::to_owned).or_else(moved)))
}

/// RFC 7208 §6.1: `redirect` counts only where there is no `all`.
fn redirect_ignored(node: &Node, record: &Record, passing: Option<&str>) -> Option<Raised> {
    let (text, _) = record.redirect().filter(|_| record.has_all())?;
    let raised = on(SpfCode::RedirectIgnored, node, text);
    let is_included = |passing: &&str| remedy::redirect_of(passing).is_none();
    Some(match passing.filter(is_included) {
        Some(passing) => {
            let (_, target) = text.split_once('=').unwrap_or_default();
            let raised = raised.with(CASE, "needed").with("target", target);
            remedy::propose(raised, node, Some(passing.to_owned()))
        }
        None => remedy::without_terms(raised, node, &[text]),
    })
}
