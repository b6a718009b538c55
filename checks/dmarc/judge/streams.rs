//! Can the declared streams pass? (RFC 9989 §4.4, §7.4, and the rules of the large mailbox providers)
//!
//! Goes by what is declared of a stream: a selector stands for a signature that aligns unless its key stands only
//! where none does, and its addresses are those that SPF is asked about.

use super::super::counted::Counted;
use super::super::{BulkSender, DmarcCode, DmarcFacts};
use super::Told;
use crate::kernel::{CASE, Code, Raised, Severity, Stream, Target};
use crate::records::dmarc::Policy;
use crate::spf::{SpfResult, Unanswered};

pub fn judge(told: &Told<'_>) -> Vec<Raised> {
    told.target.streams.iter().flat_map(|stream| of_stream(told, stream)).collect()
}

/// Bulk streams of a domain that is proven to have no DMARC.
pub fn without_record(facts: &DmarcFacts, target: &Target) -> Vec<Raised> {
    let bulk = target.streams.iter().filter(|stream| stream.bulk && stream.from == target.domain);
    let unmet = bulk.filter_map(|stream| {
        let unsigned = stream.dkim.is_none().then_some("DKIM");
        bulk_rules(facts, stream, unsigned.into_iter().chain(["DMARC"]))
    });
    unmet.collect()
}

fn of_stream(told: &Told<'_>, stream: &Stream) -> Vec<Raised> {
    let (audited, domains) = (&told.target.domain, &told.facts.stream_domains);
    let Some(counted) = Counted::of(&stream.from, audited, (told.at, told.record), domains) else {
        return Vec::new();
    };
    let mail_from = stream.mail_from.as_ref().unwrap_or(&stream.from);
    let by_spf = counted.lets_return_to(mail_from, &stream.from);
    let astray = told.facts.astray_keys.iter().find(|key| key.is_of(stream));
    let by_dkim = stream.dkim.is_some() && astray.is_none();
    let on = |code: DmarcCode| {
        let raised = code.on(&stream.name).with("stream", &stream.name).with("from", &stream.from);
        let raised = raised.with("mail_from", mail_from).with("domain", &counted.at);
        let raised = raised.evidence("stream", stream);
        match astray {
            Some(key) => raised.with(CASE, "astray").with("signer", &key.at).evidence("key", key),
            None => raised,
        }
    };
    let mut raised = Vec::new();
    match (by_dkim, by_spf) {
        (false, false) => raised.push(on(DmarcCode::AlignmentImpossible)),
        (false, true) => {
            let finding = on(DmarcCode::SpfOnly);
            // RFC 9989 §7.4: who asks for reject signs.
            let rejects = counted.record.effective(counted.below) == Some(Policy::Reject);
            raised.push(if rejects { finding.severity(Severity::Error) } else { finding });
        }
        (true, _) => {}
    }
    if stream.bulk {
        // What aligns by neither is said to be unsigned already.
        let unsigned = (stream.dkim.is_none() && by_spf).then_some("DKIM");
        raised.extend(bulk_rules(told.facts, stream, unsigned));
    }
    raised
}

/// Nothing where the stream lacks neither SPF for its return path nor anything besides.
fn bulk_rules(
    facts: &DmarcFacts,
    stream: &Stream,
    besides: impl IntoIterator<Item = &'static str>,
) -> Option<Raised> {
    let mail_from = stream.mail_from.as_ref().unwrap_or(&stream.from);
    let of_stream = |sender: &&BulkSender| {
        sender.stream == stream.name
            && stream.ips.contains(&sender.ip)
            && sender.domain == *mail_from
    };
    let senders = || facts.bulk_senders.iter().filter(of_stream);
    let strangers: Vec<&BulkSender> = senders().filter(|sender| fails(sender)).collect();
    let spf = (!strangers.is_empty()).then_some("SPF");
    let lacks: Vec<&str> = spf.into_iter().chain(besides).collect();
    if lacks.is_empty() {
        let untold = senders().find(|sender| sender.result == SpfResult::Temperror)?;
        return bulk_rules_unknown(stream, untold);
    }
    let named = |lacking: &&str| match *lacking {
        "SPF" => format!("SPF ({mail_from})"),
        other => format!("{other} ({})", stream.from),
    };
    let shown: Vec<String> = lacks.iter().map(named).collect();
    let raised = DmarcCode::BulkRulesUnmet.on(&stream.name).with("stream", &stream.name);
    let raised = raised.with("from", &stream.from).with("mail_from", mail_from);
    let raised = raised.with("lacks", shown.join(", ")).evidence("lacks", &lacks);
    let raised = match lacks.as_slice() {
        [only] => raised.with(CASE, only.to_lowercase()),
        _ => raised,
    };
    let Some(first) = strangers.first() else { return Some(raised) };
    Some(raised.with("address", first.ip).evidence("spf", &strangers))
}

fn bulk_rules_unknown(stream: &Stream, untold: &BulkSender) -> Option<Raised> {
    let Unanswered { asked, reason } = untold.unanswered.as_ref()?;
    let raised = DmarcCode::BulkRulesUnknown.on(&stream.name).with("stream", &stream.name);
    let raised = raised.with("domain", &untold.domain).with("asked", asked);
    let raised = raised.with("reason", *reason).evidence("reason", reason);
    Some(raised.evidence("asked", asked).evidence("spf", untold))
}

/// SPF says something else than "pass"; what could not be told says nothing.
fn fails(sender: &BulkSender) -> bool {
    !matches!(sender.result, SpfResult::Pass | SpfResult::Temperror)
}
