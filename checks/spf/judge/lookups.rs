//! Is the evaluation as short as receivers allow? (RFC 7208 §4.6.4)

use super::super::authorise::Unanswered;
use super::super::facts::{Facts, Seen, SenderResult};
use super::super::{LOOKUP_LIMIT, VOID_LIMIT, remedy};
use super::{SpfCode, listed, path};
use crate::kernel::{Code, Raised};

/// From here on a provider that adds one include breaks the record.
const NEAR_LIMIT: usize = 9;

pub fn judge(facts: &Facts) -> Vec<Raised> {
    let mut raised = Vec::new();
    match temperror(facts) {
        Some(all) => raised.push(all),
        None => raised.extend(facts.senders.iter().filter_map(sender_unknown)),
    }
    // RFC 7208 §4.6: of a record that cannot be read nothing is looked up.
    if !facts.tree.faults.is_empty() {
        return raised;
    }
    raised.extend(loops(facts));
    raised.extend(lookups(facts));
    raised.extend(void_lookups(facts));
    raised.extend(too_many_hosts(facts));
    raised
}

/// One finding for all that could not be told: the first name in the order of evaluation.
fn temperror(facts: &Facts) -> Option<Raised> {
    let mut unknown =
        facts.tree.records.reason().map(|reason| (facts.tree.domain.to_string(), reason));
    facts.tree.each(&mut |_, term| {
        let here = match &term.seen {
            Seen::Unknown(reason) => Some((term.term.clone(), *reason)),
            Seen::Record(node) => {
                node.records.reason().map(|reason| (node.domain.to_string(), reason))
            }
            _ => None,
        };
        unknown = unknown.take().or(here);
    });
    let (asked, reason) = unknown?;
    let raised =
        SpfCode::Temperror.on(&facts.tree.domain).with("asked", &asked).with("reason", reason);
    Some(
        raised
            .evidence("reason", reason)
            .evidence("asked", asked)
            .evidence("at_least", facts.lookups),
    )
}

/// A declared sender that could not be told, though the domain's own record could.
fn sender_unknown(sender: &SenderResult) -> Option<Raised> {
    let Unanswered { asked, reason } = sender.unanswered.as_ref()?;
    let raised = SpfCode::SenderUnknown.on(sender.ip).with("ip", sender.ip);
    let raised = raised.with("domain", &sender.domain).with("asked", asked).with("reason", *reason);
    let raised = raised.evidence("reason", reason).evidence("asked", asked);
    Some(raised.evidence("domain", &sender.domain))
}

fn loops(facts: &Facts) -> Option<Raised> {
    let mut found = None;
    facts.tree.each(&mut |above, term| {
        if let Seen::Loop(target) = &term.seen {
            found = found.take().or_else(|| {
                Some((path(above, term), target.clone(), above.len() == 1, term.term.clone()))
            });
        }
    });
    let (path, target, own, term) = found?;
    let raised = SpfCode::Loop.on(&facts.tree.domain).with("target", &target).with("path", &path);
    let raised = raised.evidence("path", path).evidence("record", &facts.record);
    Some(if own { remedy::without_terms(raised, &facts.tree, &[&term]) } else { raised })
}

/// A loop always exceeds the limit, so it alone is said.
fn lookups(facts: &Facts) -> Option<Raised> {
    let mut spent = 0;
    let mut breaking = None;
    let mut has_loop = false;
    facts.tree.each(&mut |above, term| {
        spent += usize::from(term.seen != Seen::NoLookup);
        has_loop |= matches!(term.seen, Seen::Loop(_));
        if spent == LOOKUP_LIMIT + 1 && breaking.is_none() {
            breaking = Some(path(above, term));
        }
    });
    let domain = &facts.tree.domain;
    let on = |code: SpfCode| {
        let raised = code.on(domain).with("domain", domain).with("lookups", facts.lookups);
        raised.evidence("record", &facts.record).evidence("lookups", facts.lookups)
    };
    if has_loop {
        return None;
    }
    let Some(breaking) = breaking else {
        // Of an incomplete tree only "at least" is known: it may well be over the limit.
        let is_near = facts.complete && facts.lookups >= NEAR_LIMIT;
        return is_near.then(|| on(SpfCode::LookupsNearLimit));
    };
    let raised = on(SpfCode::TooManyLookups).with("path", &breaking);
    Some(raised.evidence("eleventh", breaking).evidence("complete", facts.complete))
}

/// More than two end the evaluation; one or two are a risk. An include without an answer has its own
/// finding, so it alone is not said again.
fn void_lookups(facts: &Facts) -> Option<Raised> {
    let mut terms = Vec::new();
    let mut own = Vec::new();
    let mut are_includes = true;
    facts.tree.each(&mut |above, term| {
        if term.is_void() {
            terms.push(path(above, term));
            are_includes &= term.seen != Seen::Void;
            if above.len() == 1 {
                own.push(term.term.as_str());
            }
        }
    });
    let domain = &facts.tree.domain;
    let breaks = facts.void_lookups > VOID_LIMIT;
    // In an incomplete tree there may be more of them.
    if terms.is_empty() || !breaks && (are_includes || !facts.complete) {
        return None;
    }
    let code = if breaks { SpfCode::TooManyVoid } else { SpfCode::VoidTerm };
    let raised = code.on(domain).with("domain", domain).with("void", facts.void_lookups);
    let raised = raised
        .with("terms", listed(terms.iter().map(String::as_str)))
        .evidence("terms", &terms)
        .evidence("record", &facts.record);
    let left = facts.void_lookups - own.len();
    Some(if left <= VOID_LIMIT && !own.is_empty() {
        remedy::without_terms(raised, &facts.tree, &own)
    } else {
        raised
    })
}

/// An `mx` of more than ten names is a permerror.
fn too_many_hosts(facts: &Facts) -> Vec<Raised> {
    let mut raised: Vec<Raised> = Vec::new();
    facts.tree.each(&mut |above, term| {
        let Seen::TooManyHosts(count) = &term.seen else { return };
        let asked = term.asks.as_ref().unwrap_or(&facts.tree.domain);
        if raised.iter().any(|known| known.subject() == asked.as_str()) {
            return;
        }
        let finding = SpfCode::MxTooManyNames.on(asked).with("term", &term.term);
        let finding = finding.with("count", count).with("domain", &facts.tree.domain);
        let finding = finding.evidence("path", path(above, term)).evidence("count", count);
        raised.push(finding.evidence("domain", &facts.tree.domain));
    });
    raised
}
