//! Can receivers read every term, and does every term count? (RFC 7208 §3.3, §4.6.1, §6, §12)

use super::super::facts::{Facts, Glued, Node, SeenFault};
use super::super::remedy;
use super::{SpfCode, listed, own_nodes, read};
use crate::kernel::{Code, Raised};
use crate::records::spf::Record;

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
        let finding = on(code, node, &listed(terms)).evidence("faults", &node.faults);
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
        raised.extend(terms_after_all(node, &record));
        raised.extend(redirect_ignored(node, &record));
    }
    raised
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

/// RFC 7208 §5.1: what follows `all` is never tried.
fn terms_after_all(node: &Node, record: &Record) -> Option<Raised> {
    let after = record.after_all();
    let terms: Vec<&str> = after.iter().map(|term| term.text.as_str()).collect();
    if terms.is_empty() {
        return None;
    }
    let raised = on(SpfCode::TermsAfterAll, node, &listed(terms.iter().copied()));
    let raised = raised.evidence("terms", &terms);
    Some(remedy::before_all(raised, node, &terms))
}

/// RFC 7208 §6.1: `redirect` counts only where there is no `all`.
fn redirect_ignored(node: &Node, record: &Record) -> Option<Raised> {
    let (text, _) = record.redirect().filter(|_| record.has_all())?;
    Some(remedy::without_terms(on(SpfCode::RedirectIgnored, node, text), node, &[text]))
}
