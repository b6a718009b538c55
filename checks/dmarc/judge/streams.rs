//! Can the declared streams pass? (RFC 9989 §4.4, §7.4, and the rules of the large mailbox providers)
//!
//! Goes by what is declared of a stream: a selector stands for a signature of the From domain, and its
//! addresses are those that SPF is asked about.

use super::super::walk::read;
use super::super::{BulkSender, DmarcCode, DmarcFacts};
use super::Told;
use crate::kernel::{Code, Lookup, Name, Raised, Severity, Stream, Target};
use crate::records::dmarc::{DmarcRecord, Policy, is_aligned};
use crate::spf::{SpfResult, Unanswered};

pub fn judge(told: &Told<'_>) -> Vec<Raised> {
    told.target.streams.iter().flat_map(|stream| of_stream(told, stream)).collect()
}

/// Bulk streams of a domain that is proven to have no DMARC.
pub fn without_record(facts: &DmarcFacts, target: &Target) -> Vec<Raised> {
    let bulk = target.streams.iter().filter(|stream| stream.bulk && stream.from == target.domain);
    bulk.filter_map(|stream| bulk_rules(facts, stream, Some("DMARC"))).collect()
}

fn of_stream(told: &Told<'_>, stream: &Stream) -> Vec<Raised> {
    let Some(Counted { record, at, below }) = counted(told, &stream.from) else {
        return Vec::new();
    };
    let mail_from = stream.mail_from.as_ref().unwrap_or(&stream.from);
    let by_spf = is_aligned(mail_from, &stream.from, record.strict_spf);
    let by_dkim = stream.dkim.is_some();
    let on = |code: DmarcCode| {
        let raised = code.on(&stream.name).with("stream", &stream.name).with("from", &stream.from);
        raised.with("mail_from", mail_from).with("domain", &at).evidence("stream", stream)
    };
    let mut raised = Vec::new();
    match (by_dkim, by_spf) {
        (false, false) => raised.push(on(DmarcCode::AlignmentImpossible)),
        (false, true) => {
            let finding = on(DmarcCode::SpfOnly);
            // RFC 9989 §7.4: who asks for reject signs.
            let rejects = record.effective(below) == Some(Policy::Reject);
            raised.push(if rejects { finding.severity(Severity::Error) } else { finding });
        }
        (true, _) => {}
    }
    if stream.bulk {
        let unaligned = (!by_dkim && !by_spf).then_some("alignment");
        raised.extend(bulk_rules(told.facts, stream, unaligned));
    }
    raised
}

/// The record that counts for a From domain.
struct Counted {
    record: DmarcRecord,
    /// The domain at whose `_dmarc` name it stands.
    at: Name,
    /// It stands above the From domain.
    below: bool,
}

/// Nothing where it was not looked at or could not be told.
fn counted(told: &Told<'_>, from: &Name) -> Option<Counted> {
    let of_target =
        |below| Some(Counted { record: told.record.clone(), at: told.at.clone(), below });
    if *from == told.target.domain {
        return of_target(!told.is_own());
    }
    let step = told.facts.stream_domains.iter().find(|step| step.domain == *from)?;
    match &step.records {
        Lookup::Unknown { .. } => None,
        Lookup::Found(records) if records.len() == 1 => {
            Some(Counted { record: read(&records[0])?, at: from.clone(), below: false })
        }
        _ => of_target(true),
    }
}

/// Nothing where the stream lacks neither SPF nor DKIM, which are both asked for, nor this.
fn bulk_rules(facts: &DmarcFacts, stream: &Stream, also: Option<&str>) -> Option<Raised> {
    let of_stream = |sender: &&BulkSender| {
        sender.stream == stream.name
            && stream.ips.contains(&sender.ip)
            && sender.domain == *stream.mail_from.as_ref().unwrap_or(&stream.from)
    };
    let senders = || facts.bulk_senders.iter().filter(of_stream);
    let strangers: Vec<&BulkSender> = senders().filter(|sender| fails(sender)).collect();
    let lacks =
        [(!strangers.is_empty()).then_some("SPF"), stream.dkim.is_none().then_some("DKIM"), also];
    let lacks: Vec<&str> = lacks.into_iter().flatten().collect();
    if lacks.is_empty() {
        let untold = senders().find(|sender| sender.result == SpfResult::Temperror)?;
        let Unanswered { asked, reason } = untold.unanswered.as_ref()?;
        let raised = DmarcCode::BulkRulesUnknown.on(&stream.name).with("stream", &stream.name);
        let raised = raised.with("domain", &untold.domain).with("asked", asked);
        let raised = raised.with("reason", *reason).evidence("reason", reason);
        return Some(raised.evidence("asked", asked).evidence("spf", untold));
    }
    let raised = DmarcCode::BulkRulesUnmet.on(&stream.name).with("stream", &stream.name);
    let raised = raised.with("lacks", lacks.join(", ")).with("from", &stream.from);
    let raised = raised.evidence("lacks", lacks);
    Some(if strangers.is_empty() { raised } else { raised.evidence("spf", strangers) })
}

/// SPF says something else than "pass"; what could not be told says nothing.
fn fails(sender: &BulkSender) -> bool {
    !matches!(sender.result, SpfResult::Pass | SpfResult::Temperror)
}
