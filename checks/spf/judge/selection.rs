//! Is there one record that receivers select? (RFC 7208 §3, §4.5)

use super::super::facts::Facts;
use super::super::remedy;
use super::SpfCode;
use crate::kernel::{Code, Lookup, Profile, Raised, Severity, Target};
use crate::records::display::beginning;

/// RFC 1035 §4.2.1: what every path carries over UDP.
const SMALL_ANSWER: usize = 512;

/// What is sent over UDP without fragments; more comes over TCP alone (RFC 9715 §3).
const LARGE_ANSWER: usize = 1232;

pub fn judge(facts: &Facts, target: &Target) -> Vec<Raised> {
    let mut raised = Vec::new();
    raised.extend(presence(facts, target));
    raised.extend(response_too_large(facts));
    raised.extend(obsolete(facts));
    raised.extend(parked_open(facts, target));
    raised
}

/// RFC 7208 §4.5: exactly one record.
fn presence(facts: &Facts, target: &Target) -> Option<Raised> {
    let domain = &target.domain;
    let none = |nxdomain: bool| match facts.lookalikes.first() {
        Some(text) => {
            let raised = SpfCode::Lookalike.on(domain).with("domain", domain);
            let raised = raised.with("text", shortened(text));
            let raised = raised.evidence("records", &facts.lookalikes);
            // Who sends nothing is told by `parked-open` what to publish in its place.
            Some(match target.profile.sends() {
                true => remedy::correct_lookalike(raised, domain, text),
                false => raised.severity(Severity::Info),
            })
        }
        None if target.profile.sends() => {
            let raised = SpfCode::Missing.on(domain).with("domain", domain);
            Some(remedy::add_record(raised.evidence("nxdomain", nxdomain), target))
        }
        None => None,
    };
    match &facts.tree.records {
        Lookup::Absent { nxdomain } => none(*nxdomain),
        Lookup::Found(records) if records.is_empty() => none(false),
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

/// RFC 7208 §3.4: the record and its siblings travel together.
fn response_too_large(facts: &Facts) -> Option<Raised> {
    let octets = facts.answer_octets;
    if facts.record.is_none() || octets <= SMALL_ANSWER {
        return None;
    }
    let domain = &facts.tree.domain;
    let raised = SpfCode::ResponseTooLarge.on(domain).with("domain", domain).with("octets", octets);
    let raised = raised.evidence("octets", octets);
    Some(if octets > LARGE_ANSWER { raised.severity(Severity::Warning) } else { raised })
}

/// RFC 7208 §3.1: TXT alone. Where one of both could not be told, their difference could not either.
fn obsolete(facts: &Facts) -> Option<Raised> {
    if facts.tree.records.reason().is_some() || facts.obsolete.type_spf.reason().is_some() {
        return None;
    }
    let type_spf = facts.obsolete.type_spf.found().map(Vec::as_slice).unwrap_or_default();
    let sender_id = facts.obsolete.sender_id.as_slice();
    let first = type_spf.first().or(sender_id.first())?;
    let domain = &facts.tree.domain;
    let raised =
        SpfCode::ObsoleteRecords.on(domain).with("domain", domain).with("text", shortened(first));
    let raised = raised.evidence("type_spf", type_spf).evidence("sender_id", sender_id);
    let raised = remedy::delete_obsolete(raised, facts);
    let txt = facts.tree.records.found().map(Vec::as_slice).unwrap_or_default();
    // An old receiver that still asks for the type would be told something else.
    let differs = !type_spf.is_empty() && type_spf != txt;
    Some(if differs { raised.severity(Severity::Warning) } else { raised })
}

/// RFC 7208 §10.1.2: who sends nothing says so.
fn parked_open(facts: &Facts, target: &Target) -> Option<Raised> {
    let domain = &target.domain;
    let null_mx = facts.null_mx == Lookup::Found(true);
    let is_declared = !target.profile.sends();
    let records = match &facts.tree.records {
        Lookup::Unknown { .. } => return None,
        Lookup::Absent { .. } => &[][..],
        Lookup::Found(records) => records.as_slice(),
    };
    let is_closed = match records {
        [only] => only.split_ascii_whitespace().map(str::to_ascii_lowercase).eq(["v=spf1", "-all"]),
        // Who may send and has no record is told so by `missing`.
        [] => !is_declared,
        _ => return None,
    };
    // A domain that is known to send takes mail elsewhere: its null MX is judged by `mx`.
    let is_sender = target.profile == Profile::Sender
        || !target.sending_ips.is_empty()
        || target.streams.iter().any(|stream| stream.from == *domain);
    if is_closed || !(is_declared || null_mx && !is_sender) {
        return None;
    }
    let raised = SpfCode::ParkedOpen.on(domain).with("domain", domain);
    let raised = raised.evidence("null_mx", null_mx).evidence("record", &facts.record);
    let old = records.first().or(facts.lookalikes.first());
    Some(remedy::close(raised, domain, old.map(String::as_str)))
}

/// The start of a record, for a sentence.
fn shortened(text: &str) -> String {
    beginning(text, 40)
}
