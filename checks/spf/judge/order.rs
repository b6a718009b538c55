//! How far does the evaluation of a record come, and for whom? (RFC 7208 §4.6, §5.2)
//!
//! What cannot be told ends it too: an answer that is missing now may be that of a permerror.

use super::super::LOOKUP_LIMIT;
use super::super::facts::{Node, Seen, TermSeen};
use crate::records::spf::{Kind, Mechanism, Qualifier, parse_term};

/// What becomes of an address that no term but `all` matches.
pub enum Fate<'a> {
    /// It passes: at this term, by way of these records.
    Passes(Vec<&'a Node>, &'a TermSeen),
    /// It is refused, marked, or nothing is said of it.
    Other,
    /// The evaluation ends before, in a permerror as far as is known.
    Stopped,
}

/// What becomes of an address that is listed nowhere. Void lookups end nothing here: not every receiver
/// counts them (RFC 7208 §4.6.4: SHOULD).
pub fn stranger(tree: &Node) -> Fate<'_> {
    fate(tree, &mut Vec::new(), &mut 0)
}

fn fate<'a>(node: &'a Node, above: &mut Vec<&'a Node>, spent: &mut usize) -> Fate<'a> {
    if !is_evaluated(node) {
        return Fate::Stopped;
    }
    above.push(node);
    let ended = fate_at(node, above, spent);
    above.pop();
    ended
}

fn fate_at<'a>(node: &'a Node, above: &mut Vec<&'a Node>, spent: &mut usize) -> Fate<'a> {
    for term in &node.terms {
        *spent += usize::from(term.seen != Seen::NoLookup);
        if *spent > LOOKUP_LIMIT || !matches!(term.seen, Seen::Record(_)) && stops(term) {
            return Fate::Stopped;
        }
        if let Seen::Record(below) = &term.seen {
            let there = fate(below, above, spent);
            match (there, qualifier(term)) {
                (there @ (Fate::Stopped | Fate::Passes(..)), None | Some(Qualifier::Pass)) => {
                    return there;
                }
                (Fate::Stopped, Some(_)) => return Fate::Stopped,
                (Fate::Passes(..), Some(_)) | (Fate::Other, None) => return Fate::Other,
                (Fate::Other, Some(_)) => {}
            }
        } else if is_all(term) {
            return match qualifier(term) {
                Some(Qualifier::Pass) => Fate::Passes(above.clone(), term),
                _ => Fate::Other,
            };
        }
    }
    Fate::Other
}

/// Calls `visit` for every term that some message may reach, in the order of evaluation, with the
/// records that lead to it.
pub fn each_reached<'a>(tree: &'a Node, visit: &mut impl FnMut(&[&'a Node], &'a TermSeen)) {
    fn go<'a>(
        node: &'a Node,
        above: &mut Vec<&'a Node>,
        visit: &mut impl FnMut(&[&'a Node], &'a TermSeen),
    ) {
        if !is_evaluated(node) {
            return;
        }
        above.push(node);
        for term in &node.terms {
            visit(above, term);
            if let Seen::Record(below) = &term.seen {
                go(below, above, visit);
            }
            if stops(term) {
                break;
            }
        }
        above.pop();
    }
    go(tree, &mut Vec::new(), visit);
}

/// RFC 7208 §4.5, §4.6: one record without any fault, or no term is looked at.
fn is_evaluated(node: &Node) -> bool {
    node.record().is_some() && node.faults.is_empty()
}

/// Whether nobody whom the term does not match gets beyond it.
fn stops(term: &TermSeen) -> bool {
    match &term.seen {
        Seen::Record(node) => !may_return(node),
        Seen::Loop(_) | Seen::TooManyHosts(_) => true,
        // What stands there may be a permerror, unlike the address of a host.
        Seen::Unknown(_) | Seen::NotAsked => may_stop(&term.term),
        Seen::NoLookup | Seen::Hit | Seen::Void | Seen::Dynamic => false,
    }
}

fn may_stop(text: &str) -> bool {
    match parse_term(text) {
        Ok(Kind::Directive { mechanism, .. }) => {
            matches!(mechanism, Mechanism::Include(_) | Mechanism::Mx { .. })
        }
        Ok(Kind::Redirect(_)) => true,
        _ => false,
    }
}

/// Whether the evaluation of a record can end for somebody without a pass and without an error, so that
/// the record that includes it is read on.
fn may_return(node: &Node) -> bool {
    if !is_evaluated(node) {
        return false;
    }
    for term in &node.terms {
        match (qualifier(term), &term.seen) {
            (None, Seen::Record(below)) => return may_return(below),
            (None, _) if stops(term) => return false,
            // Those whom an included record lets pass are matched; of them it is not told who they are.
            (Some(Qualifier::Fail | Qualifier::Softfail | Qualifier::Neutral), seen) => {
                return match seen {
                    Seen::Record(below) => is_evaluated(below),
                    _ => !stops(term),
                };
            }
            (Some(Qualifier::Pass), _) if is_all(term) || stops(term) => return false,
            (None | Some(Qualifier::Pass), _) => {}
        }
    }
    true
}

/// The qualifier of a directive; nothing for a modifier.
fn qualifier(term: &TermSeen) -> Option<Qualifier> {
    match parse_term(&term.term) {
        Ok(Kind::Directive { qualifier, .. }) => Some(qualifier),
        _ => None,
    }
}

fn is_all(term: &TermSeen) -> bool {
    matches!(parse_term(&term.term), Ok(Kind::Directive { mechanism: Mechanism::All, .. }))
}
