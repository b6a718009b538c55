//! Which rules of RFC 8460 §3 does the record break?

use super::{TlsRptCode, TlsRptFacts};
use crate::kernel::{
    Code, Judgement, Lookup, Name, Profile, Raised, Reason, RecordChange, Rtype, Severity, Target,
    Text,
};

pub fn judge(facts: &TlsRptFacts, target: &Target) -> Judgement {
    let domain = &target.domain;
    if !facts.takes_mail {
        return Judgement::nothing_to_ask("no-mail-host");
    }
    let raised = match &facts.records {
        Lookup::Unknown { reason } => Some(unknown(domain, *reason)),
        Lookup::Found(records) if !records.is_empty() => invalid(facts, records, domain),
        // Nobody waits for reports on mail that is not wanted.
        Lookup::Found(_) | Lookup::Absent { .. } if target.profile == Profile::Parked => None,
        Lookup::Found(_) | Lookup::Absent { .. } => Some(match facts.deployed {
            Some(Lookup::Unknown { reason }) => unknown(domain, reason),
            Some(Lookup::Found(true)) => missing(domain).severity(Severity::Warning),
            _ => missing(domain),
        }),
    };
    raised.into_iter().collect::<Vec<_>>().into()
}

fn missing(domain: &Name) -> Raised {
    let change = RecordChange::add(
        &domain.child("_smtp._tls"),
        Rtype::TXT,
        format!("v=TLSRPTv1; rua=mailto:postmaster@{domain}"),
    );
    TlsRptCode::Missing.on(domain).fix(change)
}

/// Exactly one record that senders count, with an address that they can use.
fn invalid(facts: &TlsRptFacts, records: &[Text], domain: &Name) -> Option<Raised> {
    if records.len() == 1 && !facts.rua.is_empty() {
        return None;
    }
    let shown: Vec<String> = records.iter().map(Text::printable).collect();
    Some(TlsRptCode::Invalid.on(domain).evidence("records", shown))
}

fn unknown(domain: &Name, reason: Reason) -> Raised {
    TlsRptCode::Unknown.on(domain).with("reason", reason).evidence("reason", reason)
}
