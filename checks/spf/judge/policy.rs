//! What becomes of everybody who is not listed? (RFC 7208 §4.7, §5.1)

use super::super::facts::{Facts, Node, Seen};
use super::super::remedy;
use super::{SpfCode, path, read};
use crate::kernel::{Code, Raised};
use crate::records::spf::{Kind, Mechanism, Qualifier};

pub fn judge(facts: &Facts) -> Vec<Raised> {
    plus_all(facts).into_iter().chain(last_word(facts)).collect()
}

/// RFC 7208 §5.1, §5.2: `+all` lets everybody pass, and so does the include of a record that has it.
fn plus_all(facts: &Facts) -> Option<Raised> {
    let mut found = None;
    facts.tree.each(&mut |above, term| {
        let bare = term.term.strip_prefix('+').unwrap_or(&term.term);
        // An include that is negated or softened does not let pass.
        let lets_pass = above.len() == 1 || !is_softened(above);
        if bare.eq_ignore_ascii_case("all") && lets_pass && found.is_none() {
            found = Some((path(above, term), above.len() == 1, term.term.clone()));
        }
    });
    let (path, own, term) = found?;
    let domain = &facts.tree.domain;
    let raised = SpfCode::PlusAll.on(domain).with("domain", domain).with("path", &path);
    let raised = raised.evidence("path", path).evidence("record", &facts.record);
    Some(if own { remedy::replace_term(raised, &facts.tree, &term, "~all") } else { raised })
}

/// Whether some include on the way is not qualified as pass.
fn is_softened(above: &[&Node]) -> bool {
    above.windows(2).any(|pair| {
        let [holder, held] = pair else { return false };
        holder.terms.iter().any(|term| {
            matches!(&term.seen, Seen::Record(node) if std::ptr::eq(node, *held))
                && term.term.starts_with(['-', '~', '?'])
        })
    })
}

/// How the record that ends the evaluation ends; that of the last `redirect`, if there is one.
fn last_word(facts: &Facts) -> Option<Raised> {
    let node = ending(&facts.tree)?;
    if !node.faults.is_empty() || super::syntax::cut(node).is_some() {
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
