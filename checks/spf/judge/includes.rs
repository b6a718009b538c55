//! Does everything that the record leads to hold? (RFC 7208 §5.2, §6.1)

use super::super::facts::{Facts, Node, Seen, TermSeen};
use super::super::remedy;
use super::{SEVERAL, SpfCode, listed, path};
use crate::kernel::{CASE, Code, Lookup, Raised};
use crate::records::spf_repair::without_scheme;

pub fn judge(facts: &Facts) -> Vec<Raised> {
    let mut raised: Vec<Raised> = Vec::new();
    facts.tree.each(&mut |above, term| {
        let Seen::Record(node) = &term.seen else { return };
        let Some(finding) = below(facts, above, term, node) else { return };
        Raised::push_new(&mut raised, finding);
    });
    // Nobody is trusted by a record that cannot be read (RFC 7208 §4.6).
    if facts.tree.faults.is_empty() {
        raised.extend(takeovers(facts));
    }
    raised
}

/// What is wrong with an included or redirected record. Limits that it breaks are ours to break.
fn below(facts: &Facts, above: &[&Node], term: &TermSeen, node: &Node) -> Option<Raised> {
    let told = |code: SpfCode| {
        let holder = above.last().map_or(&facts.tree.domain, |node| &node.domain);
        let raised = code.on(&node.domain).with("target", &node.domain).with("holder", holder);
        raised.evidence("path", path(above, term)).evidence("domain", &facts.tree.domain)
    };
    let is_first = above.len() == 1;
    match &node.records {
        Lookup::Unknown { .. } => None,
        Lookup::Absent { .. } => Some(none(facts, told, term, node, is_first)),
        Lookup::Found(records) if records.is_empty() => {
            Some(none(facts, told, term, node, is_first))
        }
        Lookup::Found(records) if records.len() > 1 => {
            let raised = told(SpfCode::IncludePermerror).with("problem", SEVERAL);
            Some(raised.evidence("problem", "multiple-records").evidence("records", records))
        }
        Lookup::Found(records) => {
            let fault = node.faults.first()?;
            let terms = listed(node.faults.iter().map(|fault| fault.term.as_str()));
            let raised = told(SpfCode::IncludePermerror).with("problem", terms);
            Some(raised.evidence("problem", &fault.problem).evidence("record", &records[0]))
        }
    }
}

/// No record: a permerror, whether it is included or redirected to.
fn none(
    facts: &Facts,
    told: impl Fn(SpfCode) -> Raised,
    term: &TermSeen,
    node: &Node,
    is_first: bool,
) -> Raised {
    if term.is_redirect() {
        return told(SpfCode::RedirectNoRecord).evidence("answer", &node.records);
    }
    let raised = told(SpfCode::IncludeNoRecord).evidence("answer", &node.records);
    if !is_first {
        return raised;
    }
    let raised = match without_scheme(&term.term) {
        Some(meant) => {
            raised.with(CASE, "web-address").with("term", &term.term).with("meant", meant)
        }
        None => raised,
    };
    // One that is left would be a permerror as well.
    remedy::propose(raised, &facts.tree, remedy::with_live_includes(&facts.tree))
}

/// Terms that look below a domain which does not exist: whoever registers it may send.
fn takeovers(facts: &Facts) -> Vec<Raised> {
    let takeover = |domain| {
        let mut paths = Vec::new();
        let mut own = Vec::new();
        facts.tree.each(&mut |above, term| {
            let is_below = term.asks.as_ref().is_some_and(|name| name.is_at_or_below(domain));
            if is_below && term.is_void() {
                paths.push(path(above, term));
                if above.len() == 1 {
                    own.push(term.term.as_str());
                }
            }
        });
        let raised = SpfCode::IncludeTakeover.on(domain).with("domain", &facts.tree.domain);
        let raised = raised.with("path", paths.first()?).evidence("paths", &paths);
        Some(if own.is_empty() { raised } else { remedy::without_terms(raised, &facts.tree, &own) })
    };
    facts.unregistered.iter().filter_map(takeover).collect()
}
