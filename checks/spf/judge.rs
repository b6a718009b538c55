//! Which rules of RFC 7208 does the record break, and is every declared sender allowed?

use super::authorise::SpfResult;
use super::facts::{Facts, Node, Seen, SenderResult, TermSeen};
use super::remedy;
use super::{LOOKUP_LIMIT, SpfCode, VOID_LIMIT};
use crate::kernel::{Code, Lookup, Raised, Severity, Target};

pub fn judge(facts: &Facts, target: &Target) -> Vec<Raised> {
    let mut raised = Vec::new();
    raised.extend(presence(facts, target));
    raised.extend(temperror(facts));
    raised.extend(syntax(facts));
    raised.extend(loops(facts));
    raised.extend(dead_includes(facts));
    raised.extend(lookups(facts));
    raised.extend(void_lookups(facts));
    raised.extend(plus_all(facts));
    raised.extend(facts.senders.iter().filter_map(|sender| sender_refused(sender, target)));
    raised
}

/// RFC 7208 §4.5: exactly one record.
fn presence(facts: &Facts, target: &Target) -> Option<Raised> {
    let domain = &target.domain;
    let none = |nxdomain: bool| {
        let used = target.profile.sends();
        let raised =
            SpfCode::Missing.on(domain).with("domain", domain).evidence("nxdomain", nxdomain);
        if used { raised } else { raised.severity(Severity::Info) }
    };
    match &facts.tree.records {
        Lookup::Absent { nxdomain } => Some(remedy::add_record(none(*nxdomain), target)),
        Lookup::Found(records) if records.is_empty() => {
            Some(remedy::add_record(none(false), target))
        }
        Lookup::Found(records) if records.len() > 1 => {
            let many = SpfCode::MultipleRecords
                .on(domain)
                .with("domain", domain)
                .with("count", records.len());
            Some(many.evidence("records", records))
        }
        Lookup::Found(_) | Lookup::Unknown { .. } => None,
    }
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

/// RFC 7208 §4.6: one fault anywhere is a permerror for all mail. Faults of included records are
/// their owner's, and break ours all the same.
fn syntax(facts: &Facts) -> Vec<Raised> {
    let mut raised = Vec::new();
    let mut judge = |node: &Node| {
        if let Some(fault) = node.faults.first() {
            let finding = SpfCode::Syntax
                .on(&node.domain)
                .with("term", &fault.term)
                .with("domain", &node.domain);
            raised.push(finding.evidence("record", node.record()).evidence("faults", &node.faults));
        }
    };
    judge(&facts.tree);
    facts.tree.each(&mut |_, term| {
        if let Seen::Record(node) = &term.seen {
            judge(node);
        }
    });
    raised.dedup_by(|a, b| a.subject() == b.subject());
    raised
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
    Some(if own { remedy::without_terms(raised, facts, &[&term]) } else { raised })
}

/// RFC 7208 §5.2: an include of a name without SPF is a permerror.
fn dead_includes(facts: &Facts) -> Vec<Raised> {
    let mut raised: Vec<Raised> = Vec::new();
    facts.tree.each(&mut |above, term| {
        let Seen::Record(node) = &term.seen else { return };
        let has_none = match &node.records {
            Lookup::Found(records) => records.is_empty(),
            Lookup::Absent { .. } => true,
            Lookup::Unknown { .. } => false,
        };
        if !has_none
            || is_redirect(term)
            || raised.iter().any(|known| known.subject() == node.domain.as_str())
        {
            return;
        }
        let holder = above.last().map_or(&facts.tree.domain, |node| &node.domain);
        let finding = SpfCode::IncludeNoRecord
            .on(&node.domain)
            .with("target", &node.domain)
            .with("holder", holder);
        let finding = finding.evidence("path", path(above, term)).evidence("answer", &node.records);
        raised.push(if above.len() == 1 {
            remedy::without_terms(finding, facts, &[&term.term])
        } else {
            finding
        });
    });
    raised
}

/// RFC 7208 §4.6.4. A loop always exceeds the limit, so it alone is said.
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
    if has_loop || facts.lookups <= LOOKUP_LIMIT {
        return None;
    }
    let domain = &facts.tree.domain;
    let breaking = breaking.unwrap_or_default();
    let raised =
        SpfCode::TooManyLookups.on(domain).with("domain", domain).with("lookups", facts.lookups);
    let raised = raised
        .with("path", &breaking)
        .evidence("record", &facts.record)
        .evidence("lookups", facts.lookups);
    Some(raised.evidence("eleventh", breaking).evidence("complete", facts.complete))
}

fn void_lookups(facts: &Facts) -> Option<Raised> {
    if facts.void_lookups <= VOID_LIMIT {
        return None;
    }
    let mut terms = Vec::new();
    let mut own = Vec::new();
    facts.tree.each(&mut |above, term| {
        let is_void = match &term.seen {
            Seen::Void => true,
            Seen::Record(node) => node.records.is_absent(),
            _ => false,
        };
        if is_void {
            terms.push(path(above, term));
            if above.len() == 1 {
                own.push(term.term.as_str());
            }
        }
    });
    let domain = &facts.tree.domain;
    let raised =
        SpfCode::TooManyVoid.on(domain).with("domain", domain).with("void", facts.void_lookups);
    let raised = raised
        .with("terms", terms.join(", "))
        .evidence("terms", &terms)
        .evidence("record", &facts.record);
    let left = facts.void_lookups - own.len();
    Some(if left <= VOID_LIMIT && !own.is_empty() {
        remedy::without_terms(raised, facts, &own)
    } else {
        raised
    })
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
    Some(if own { remedy::replace_term(raised, facts, &term, "~all") } else { raised })
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

fn sender_refused(sender: &SenderResult, target: &Target) -> Option<Raised> {
    let severity = match sender.result {
        SpfResult::Fail | SpfResult::Permerror => Severity::Critical,
        SpfResult::Softfail | SpfResult::Neutral => Severity::Error,
        // No record is `spf.missing`; what could not be told is `spf.temperror`.
        SpfResult::Pass | SpfResult::None | SpfResult::Temperror => return None,
    };
    let sends = sender.stream.clone().unwrap_or_else(|| target.domain.to_string());
    let raised =
        SpfCode::SendingIpNotAuthorised.on(sender.ip).severity(severity).with("ip", sender.ip);
    let raised =
        raised.with("domain", &sender.domain).with("result", sender.result).with("sends", sends);
    let raised = raised
        .evidence("ip", sender.ip)
        .evidence("domain", &sender.domain)
        .evidence("result", sender.result)
        .evidence("matched", &sender.matched)
        .evidence("record", &sender.record);
    Some(remedy::authorise(raised, sender))
}

/// `example.com › include:a.example › mx`: the way to a term.
fn path(above: &[&Node], term: &TermSeen) -> String {
    let names = above.iter().map(|node| node.domain.to_string());
    names.chain([term.term.clone()]).collect::<Vec<_>>().join(" › ")
}

fn is_redirect(term: &TermSeen) -> bool {
    term.term.to_ascii_lowercase().starts_with("redirect=")
}
