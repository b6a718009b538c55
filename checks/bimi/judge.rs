//! What keeps the logo from being shown?

use super::{BimiCode, BimiFacts, Fetch};
use crate::kernel::{CASE, Code, Context, Judgement, Lookup, Name, Raised, Reason, Severity, Text};
use crate::records::bimi::Assertion;
use crate::records::dmarc::{DmarcRecord, Policy};
use crate::records::mark_certificate::MarkCertificate;
use crate::records::tag_list::TagList;
use crate::records::web_certificate::CertificateFault;

/// The authorities whose mark certificates receivers accept, by their organization.
const MARK_AUTHORITIES: [&str; 4] = ["DigiCert", "Entrust", "GlobalSign", "SSL Corporation"];

pub fn judge(facts: &BimiFacts, context: &Context<'_>) -> Judgement {
    let domain = &context.target.domain;
    let records = match &facts.records {
        Lookup::Unknown { reason } => {
            return vec![unknown(domain, &facts.asked.to_string(), *reason)].into();
        }
        Lookup::Found(records) if !records.is_empty() => records,
        Lookup::Found(_) | Lookup::Absent { .. } => return Judgement::nothing_to_ask("no-record"),
    };
    let [only] = records.as_slice() else {
        return vec![invalid(domain, records, "v=BIMI1, v=BIMI1")].into();
    };
    let raised: Vec<Raised> = match Assertion::parse(&only.printable()) {
        Assertion::Declined => return Judgement::nothing_to_ask("logo-declined"),
        Assertion::Invalid(parts) => vec![invalid(domain, records, &parts.join(", "))],
        Assertion::Asked { .. } => {
            let logo = logo(facts, domain);
            let certificate = certificate(facts, context);
            enforcement(facts, domain).into_iter().chain(logo).chain(certificate).collect()
        }
    };
    raised.into()
}

fn unknown(domain: &Name, asked: &str, reason: Reason) -> Raised {
    BimiCode::Unknown
        .on(domain)
        .with("asked", asked)
        .with("reason", reason)
        .evidence("asked", asked)
        .evidence("reason", reason)
}

fn invalid(domain: &Name, records: &[Text], parts: &str) -> Raised {
    let shown: Vec<String> = records.iter().map(Text::printable).collect();
    BimiCode::Invalid.on(domain).with("parts", parts).evidence("records", shown)
}

/// Receivers show no logo for a domain that anybody can forge, or whose organization anybody can.
fn enforcement(facts: &BimiFacts, domain: &Name) -> Option<Raised> {
    if !facts.dmarc_told {
        return None;
    }
    let own = facts.dmarc.as_deref().unwrap_or_default();
    let raised = |weak: String, record: &str| {
        let raised = BimiCode::DmarcNotEnforced.on(domain).with("weak", &weak);
        Some(raised.evidence("record", record).evidence("weak", weak))
    };
    if let Some(weak) = weakness(own, facts.policy) {
        return raised(weak, own);
    }
    match facts.organization.as_ref()? {
        Lookup::Found((name, above)) => {
            let policy = DmarcRecord::parse(above).and_then(|record| record.effective(false));
            raised(format!("{name}: {}", weakness(above, policy)?), above)
        }
        Lookup::Unknown { reason } => Some(unknown(domain, "_dmarc", *reason)),
        Lookup::Absent { .. } => None,
    }
}

/// What keeps a record, whose policy comes to this, from being enforced.
fn weakness(written: &str, policy: Option<Policy>) -> Option<String> {
    let Some(record) = DmarcRecord::parse(written) else { return Some("DMARC".to_owned()) };
    let sample = TagList::parse(written).tag("pct").and_then(|tag| tag.value.parse::<u8>().ok());
    if record.testing {
        Some("t=y".to_owned())
    } else if !matches!(policy, Some(Policy::Quarantine | Policy::Reject)) {
        Some("p=none".to_owned())
    } else if policy_of(&record) == Some(Policy::None) {
        Some("sp=none".to_owned())
    } else {
        sample.filter(|pct| *pct < 100).map(|pct| format!("pct={pct}"))
    }
}

fn policy_of(record: &DmarcRecord) -> Option<Policy> {
    record.sp.as_ref().and_then(|tag| tag.policy)
}

fn logo(facts: &BimiFacts, domain: &Name) -> Option<Raised> {
    let parts = match facts.logo.as_ref()? {
        Fetch::Unknown { reason } => return Some(unknown(domain, "l=", *reason)),
        Fetch::Missing { cause } => cause.clone(),
        Fetch::Unreadable => "SVG".to_owned(),
        Fetch::Found(logo) if logo.faults.is_empty() => return None,
        Fetch::Found(logo) => logo.faults.join(", "),
    };
    let raised = BimiCode::LogoInvalid.on(domain).with("reason", &parts);
    Some(told_of_file(raised, facts.logo.as_ref()).evidence("logo", &facts.logo))
}

fn certificate(facts: &BimiFacts, context: &Context<'_>) -> Option<Raised> {
    let domain = &context.target.domain;
    let (reason, severity) = match &facts.certificate {
        None => ("mark-absent", Severity::Info),
        // Said once where the logo could not be told either.
        Some(Fetch::Unknown { .. }) if matches!(facts.logo, Some(Fetch::Unknown { .. })) => {
            return None;
        }
        Some(Fetch::Unknown { reason }) => return Some(unknown(domain, "a=", *reason)),
        Some(Fetch::Missing { cause }) => (cause.as_str(), Severity::Warning),
        Some(Fetch::Unreadable) => ("mark-unreadable", Severity::Warning),
        Some(Fetch::Found(mark)) => (fault(mark, facts, context)?, Severity::Warning),
    };
    let raised = BimiCode::Certificate.on(domain).severity(severity).with("reason", reason);
    let raised = told_of_file(raised, facts.certificate.as_ref());
    Some(raised.evidence("cause", reason).evidence("certificate", &facts.certificate))
}

/// What is not there needs no better file, but its own back.
fn told_of_file<T>(raised: Raised, file: Option<&Fetch<T>>) -> Raised {
    if matches!(file, Some(Fetch::Missing { .. })) { raised.with(CASE, "missing") } else { raised }
}

fn fault(mark: &MarkCertificate, facts: &BimiFacts, context: &Context<'_>) -> Option<&'static str> {
    let leaf = &mark.leaf;
    let domain = &context.target.domain;
    let organizational = domain.registrable();
    let vouches = [domain, &organizational, &facts.asked]
        .into_iter()
        .any(|name| leaf.names.iter().any(|presented| presented == name.as_str()));
    let shown = match &facts.logo {
        Some(Fetch::Found(logo)) => Some(&logo.sha256),
        _ => None,
    };
    let differs = match (&mark.logo, shown) {
        (Some(held), Some(shown)) => held != shown,
        _ => false,
    };
    if context.now > leaf.not_after {
        Some(CertificateFault::Expired.word())
    } else if context.now < leaf.not_before {
        Some(CertificateFault::NotYetValid.word())
    } else if !vouches {
        Some(CertificateFault::NameMismatch.word())
    } else if !mark.has_purpose || !is_known(&leaf.issuer) {
        Some("mark-authority")
    } else if differs {
        Some("mark-logo-differs")
    } else {
        None
    }
}

fn is_known(issuer: &str) -> bool {
    MARK_AUTHORITIES.iter().any(|known| issuer.contains(known))
}
