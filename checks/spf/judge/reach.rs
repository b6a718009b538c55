//! Whom does the record let send, and is it those who do? (RFC 7208 §2.6, §5.5, §5.6, §7, §11.4)

use std::net::IpAddr;

use super::super::authorise::SpfResult;
use super::super::facts::{Facts, Node, SenderResult, TermSeen};
use super::super::remedy;
use super::order::each_reached;
use super::{SEVERAL, SpfCode, listed, own_nodes, read};
use crate::kernel::{CASE, Code, Context, Raised, Severity, Target};
use crate::records::provider::of_include;
use crate::records::special::is_public;
use crate::records::spf::{Kind, Mechanism, Qualifier, Term, parse, parse_term};
use crate::records::spf_macro::MacroString;

/// Shorter prefixes let in more hosts than anybody sends from.
const SHORTEST_V4: u8 = 16;
const SHORTEST_V6: u8 = 32;

/// Networks this wide are no slip of a private range; they are judged as too wide.
const WIDEST: u8 = 8;

pub fn judge(facts: &Facts, context: &Context<'_>) -> Vec<Raised> {
    let mut raised = overly_wide(facts);
    for node in own_nodes(facts) {
        let terms = read(node).terms;
        raised.extend(private_ip(node, &terms, context));
        raised.extend(ptr_mechanism(node, &terms));
        if node.faults.is_empty() {
            raised.extend(macro_dynamic(node, &terms));
        }
    }
    let refused = facts.senders.iter();
    raised.extend(refused.filter_map(|sender| sender_refused(facts, sender, context.target)));
    raised
}

/// RFC 7208 §11.4. What a known provider lists in its own records is its business.
fn overly_wide(facts: &Facts) -> Vec<Raised> {
    let mut holders: Vec<(&Node, Vec<&TermSeen>, bool)> = Vec::new();
    each_reached(&facts.tree, &mut |above, term| {
        let Some(holder) = above.last() else { return };
        if above.iter().any(|node| of_include(&node.domain).is_some()) {
            return;
        }
        let Some(is_everything) = width(&term.term) else { return };
        match holders.iter_mut().find(|(known, ..)| known.domain == holder.domain) {
            Some((_, terms, all)) => {
                terms.push(term);
                *all |= is_everything;
            }
            None => holders.push((holder, vec![term], is_everything)),
        }
    });
    let finding = |(node, terms, is_everything): (&Node, Vec<&TermSeen>, bool)| {
        let texts = || terms.iter().map(|term| term.term.as_str());
        let raised = SpfCode::OverlyWide.on(&node.domain).with("domain", &facts.tree.domain);
        let raised = raised.with("terms", listed(texts())).with("holder", &node.domain);
        let raised = raised.evidence("terms", texts().collect::<Vec<_>>());
        if is_everything { raised.severity(Severity::Critical) } else { raised }
    };
    holders.into_iter().map(finding).collect()
}

/// Whether a term that lets pass is too wide, and then whether it holds every address.
fn width(text: &str) -> Option<bool> {
    let Ok(Kind::Directive { qualifier: Qualifier::Pass, mechanism }) = parse_term(text) else {
        return None;
    };
    let (v4, v6) = match mechanism {
        Mechanism::Ip4(network) => (Some(network.prefix_len()), None),
        Mechanism::Ip6(network) => (None, Some(network.prefix_len())),
        Mechanism::A { v4, v6, .. } | Mechanism::Mx { v4, v6, .. } => (Some(v4), Some(v6)),
        _ => return None,
    };
    let is_wide = v4.is_some_and(|length| length < SHORTEST_V4)
        || v6.is_some_and(|length| length < SHORTEST_V6);
    is_wide.then_some(v4 == Some(0) || v6 == Some(0))
}

/// Nobody receives mail from an address that is not globally reachable (RFC 6890).
fn private_ip(node: &Node, terms: &[Term], context: &Context<'_>) -> Option<Raised> {
    let own = &context.vantage.own_networks;
    let is_outside = |first: IpAddr, last: IpAddr| !is_public(first, own) && !is_public(last, own);
    let is_special = |term: &&Term| {
        let Kind::Directive { mechanism, .. } = &term.kind else { return false };
        match mechanism {
            Mechanism::Ip4(network) if network.prefix_len() >= WIDEST => {
                is_outside(network.network().into(), network.broadcast().into())
            }
            Mechanism::Ip6(network) if network.prefix_len() >= WIDEST => {
                is_outside(network.network().into(), network.broadcast().into())
            }
            _ => false,
        }
    };
    let found: Vec<&str> = terms.iter().filter(is_special).map(|term| term.text.as_str()).collect();
    let raised = told(SpfCode::PrivateIp, node, &found)?;
    Some(remedy::without_terms(raised, node, &found))
}

/// RFC 7208 §5.5, §7.2: neither should be used.
fn ptr_mechanism(node: &Node, terms: &[Term]) -> Option<Raised> {
    let asks_ptr = |term: &&Term| {
        matches!(term.kind, Kind::Directive { mechanism: Mechanism::Ptr(_), .. })
            || name_of(&term.kind).is_some_and(MacroString::uses_validated_name)
    };
    let found: Vec<&str> = terms.iter().filter(asks_ptr).map(|term| term.text.as_str()).collect();
    told(SpfCode::PtrMechanism, node, &found)
}

/// Terms whose name depends on the message cannot be looked up without one.
fn macro_dynamic(node: &Node, terms: &[Term]) -> Option<Raised> {
    let is_dynamic = |term: &&Term| {
        !matches!(term.kind, Kind::Explanation(_))
            && name_of(&term.kind).is_some_and(MacroString::is_dynamic)
    };
    let found: Vec<&str> = terms.iter().filter(is_dynamic).map(|term| term.text.as_str()).collect();
    told(SpfCode::MacroDynamic, node, &found)
}

fn name_of(kind: &Kind) -> Option<&MacroString> {
    match kind {
        Kind::Redirect(name) | Kind::Explanation(name) => Some(name),
        Kind::Directive { mechanism, .. } => match mechanism {
            Mechanism::Include(name) | Mechanism::Exists(name) => Some(name),
            Mechanism::A { domain, .. } | Mechanism::Mx { domain, .. } | Mechanism::Ptr(domain) => {
                domain.as_ref()
            }
            _ => None,
        },
        Kind::Unknown => None,
    }
}

fn told(code: SpfCode, node: &Node, terms: &[&str]) -> Option<Raised> {
    if terms.is_empty() {
        return None;
    }
    let raised = code.on(&node.domain).with("domain", &node.domain);
    let raised = raised.with("terms", listed(terms.iter().copied()));
    Some(raised.evidence("terms", terms).evidence("record", node.record()))
}

fn sender_refused(facts: &Facts, sender: &SenderResult, target: &Target) -> Option<Raised> {
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
    if sender.result != SpfResult::Permerror {
        let raised = match &sender.would_pass {
            Some(would_pass) => raised.with(CASE, "skipped").with("term", &would_pass.term),
            None => raised,
        };
        return Some(remedy::authorise(raised, sender));
    }
    let error = error_of(sender);
    let raised = raised.with("error", &error).evidence("error", error);
    // RFC 7208 §4.5, §4.6: where no term is evaluated, another address changes nothing.
    if sender.stopped_at.is_empty() {
        return Some(raised.with(CASE, "permerror"));
    }
    Some(remedy::authorise_before_error(raised.with(CASE, "stopped"), sender, &facts.tree))
}

/// Where the evaluation ended in a permerror.
fn error_of(sender: &SenderResult) -> String {
    let Some(record) = &sender.record else { return SEVERAL.to_owned() };
    let faults = parse(record.as_bytes()).faults;
    if faults.is_empty() {
        return sender.stopped_at.join(" › ");
    }
    listed(faults.iter().map(|fault| fault.term.as_str()))
}
