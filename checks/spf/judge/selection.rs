//! Is there one record that receivers select? (RFC 7208 §3, §4.5)

use super::super::facts::Facts;
use super::super::remedy;
use super::SpfCode;
use crate::kernel::{
    CASE, Code, Lookup, Name, ProbeSpec, Profile, Raised, Severity, Stream, Target,
};
use crate::records::display::beginning;
use crate::records::provider::{self, Provider};
use crate::records::spf::{Kind, Mechanism, Qualifier, Term, parse};

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
            let raised = raised.evidence("nxdomain", nxdomain);
            Some(match is_return_path(facts, target) {
                true => remedy::add_record(raised, facts, target),
                false => raised.with(CASE, "never-return-path").severity(Severity::Info),
            })
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

/// RFC 7208 §2.4: receivers look at the record of the MAIL FROM domain. It is another one where streams of the
/// domain are declared, and all of them and every declared address have another.
fn is_return_path(facts: &Facts, target: &Target) -> bool {
    let domain = &target.domain;
    let returns_here =
        |stream: &Stream| stream.mail_from.as_ref().unwrap_or(&stream.from) == domain;
    let is_sent_here = |probe: &ProbeSpec| {
        let (_, host) = probe.mail_from.rsplit_once('@').unwrap_or_default();
        Name::new(host) == *domain
    };
    !target.is_from_of_a_stream()
        || target.streams.iter().any(returns_here)
        || facts.senders.iter().any(|sender| sender.domain == *domain)
        || target.probe.as_ref().is_some_and(is_sent_here)
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
    let null_mx = facts.has_null_mx();
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
    // A null MX beside any sign of sending is judged by `mx`: to close the record would stop the mail.
    let has_senders = !target.sending_ips.is_empty() || target.sends_in_a_stream();
    let is_sender = has_senders
        || target.profile == Profile::Sender
        || !target.selectors.is_empty()
        || records.iter().any(|record| remedy::authorises_somebody(record));
    if is_closed || !(is_declared || null_mx && !is_sender) || forwards(facts, target) {
        return None;
    }
    let raised = SpfCode::ParkedOpen.on(domain).with("domain", domain);
    let raised = raised.evidence("null_mx", null_mx).evidence("record", &facts.record);
    let raised = match target.profile {
        Profile::Receiver => raised.with(CASE, "receiver"),
        _ => raised,
    };
    let old = records.first().or(facts.lookalikes.first());
    Some(match has_senders {
        true => raised,
        false => remedy::close(raised, domain, old.map(String::as_str)),
    })
}

/// Whether a domain that takes mail lists the provider alone that takes it: forwarding services ask for that, to
/// send on under the domain's name. Where the mail hosts could not be told, any known provider may be theirs.
fn forwards(facts: &Facts, target: &Target) -> bool {
    let Some(record) = facts.record.as_deref().filter(|_| target.profile == Profile::Receiver)
    else {
        return false;
    };
    let takes_mail = |provider: &Provider| match &facts.mail_hosts {
        Lookup::Found(hosts) => {
            hosts.iter().filter_map(provider::of_mail_host).any(|holder| holder.id == provider.id)
        }
        Lookup::Absent { .. } => false,
        Lookup::Unknown { .. } => true,
    };
    let is_theirs = |term: &Term| match &term.kind {
        Kind::Directive { qualifier: Qualifier::Pass, mechanism: Mechanism::Include(target) } => {
            let named = target.expand(facts.tree.domain.as_str(), None);
            named.and_then(|name| provider::of_include(&Name::new(&name))).is_some_and(takes_mail)
        }
        Kind::Directive { mechanism: Mechanism::All, qualifier } => *qualifier != Qualifier::Pass,
        _ => false,
    };
    let read = parse(record.as_bytes());
    read.faults.is_empty() && read.terms.len() > 1 && read.terms.iter().all(is_theirs)
}

/// The start of a record, for a sentence.
fn shortened(text: &str) -> String {
    beginning(text, 40)
}
