//! What becomes of everybody who is not listed? (RFC 7208 §4.7, §5.1)

use super::super::facts::{Facts, Node, Seen, TermSeen};
use super::super::remedy;
use super::order::{Fate, stranger};
use super::{SpfCode, path, read};
use crate::kernel::{CASE, Code, Raised};
use crate::records::spf::{Kind, Mechanism, Qualifier};

pub fn judge(facts: &Facts) -> Option<Raised> {
    match stranger(&facts.tree) {
        Fate::Passes(above, term) => Some(plus_all(facts, &above, term)),
        Fate::Other => last_word(facts),
        // Of a permerror no last word follows; it has a finding of its own.
        Fate::Stopped => None,
    }
}

/// RFC 7208 §5.1, §5.2: `+all` lets everybody pass, and so does the include of a record that has it. That
/// is one fault of all who include it: it is told of the record that holds it.
fn plus_all(facts: &Facts, above: &[&Node], term: &TermSeen) -> Raised {
    let domain = &facts.tree.domain;
    let holder = above.last().map_or(domain, |node| &node.domain);
    let path = path(above, term);
    let raised = SpfCode::PlusAll.on(holder).with("domain", domain).with("path", &path);
    let raised = raised.evidence("path", path).evidence("record", &facts.record);
    let leads_to = |term: &&TermSeen| match (&term.seen, above.get(1)) {
        (Seen::Record(node), Some(below)) => std::ptr::eq(node, *below),
        _ => false,
    };
    match facts.tree.terms.iter().find(leads_to) {
        Some(leading) => {
            let raised = raised.with(CASE, "include").with("holder", holder);
            raised.with("term", &leading.term).evidence("domain", domain)
        }
        None => remedy::end_softly(raised, &facts.tree),
    }
}

/// How the record that ends the evaluation ends; that of the last `redirect`, if there is one.
fn last_word(facts: &Facts) -> Option<Raised> {
    let node = ending(&facts.tree)?;
    if super::syntax::cut(node).is_some() {
        return None;
    }
    let record = read(node);
    let all = record.terms.iter().find_map(|term| match &term.kind {
        Kind::Directive { qualifier, mechanism: Mechanism::All } => Some((*qualifier, &term.text)),
        _ => None,
    });
    let domain = &facts.tree.domain;
    let on = |code: SpfCode, term: &str| {
        let raised = code.on(domain).with("domain", domain).with("term", term);
        raised.with("holder", &node.domain).evidence("record", node.record())
    };
    let is_own = node.domain == *domain;
    match all {
        Some((Qualifier::Softfail, text)) => Some(on(SpfCode::SoftfailAll, text)),
        Some((Qualifier::Neutral, text)) => {
            let raised = on(SpfCode::NeutralAll, text);
            Some(if is_own { remedy::replace_term(raised, node, text, "~all") } else { raised })
        }
        Some((Qualifier::Pass | Qualifier::Fail, _)) => None,
        None if record.redirect().is_some() => None,
        None => {
            let raised = on(SpfCode::NeutralAll, "?all");
            Some(if is_own { remedy::append(raised, node, "~all") } else { raised })
        }
    }
}

/// The node whose record speaks last; nothing if the way to it does not hold.
fn ending(node: &Node) -> Option<&Node> {
    node.record()?;
    match node.terms.iter().find(|term| term.is_redirect()).map(|term| &term.seen) {
        None => Some(node),
        Some(Seen::Record(below)) => ending(below),
        Some(_) => None,
    }
}
