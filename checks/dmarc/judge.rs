//! Which rules of RFC 9989 and 9990 does the domain's DMARC break?

use super::facts::{Authorisation, DmarcFacts};
use super::walk::{Discovery, discover};
use super::{DmarcCode, remedy};
use crate::kernel::{Code, Lookup, Name, Profile, Raised, Severity, Target, Text};
use crate::records::dmarc::{DmarcRecord, Policy};
use crate::records::dmarc_uri::ReportUri;

pub fn judge(facts: &DmarcFacts, target: &Target) -> Vec<Raised> {
    let mut raised = multiple_records(facts);
    match discover(&facts.walk) {
        Discovery::Unknown { domain, reason } => raised.push(
            DmarcCode::LookupFailed
                .on(&domain)
                .with("asked", domain.child("_dmarc"))
                .with("reason", reason)
                .evidence("reason", reason)
                .evidence("walk", &facts.walk),
        ),
        // Records that cancel each other out are the cause, and have been named.
        Discovery::Nothing if raised.is_empty() => raised.push(missing(facts, target)),
        Discovery::Nothing => {}
        Discovery::Found { domain, text, record } => {
            raised.extend(record_findings(&domain, &text, &record, facts, target));
            raised.extend(facts.external.iter().filter_map(|host| authorisation(host, &domain)));
        }
    }
    raised
}

/// RFC 9989 §4.10, step 2: several records at one name are all discarded.
fn multiple_records(facts: &DmarcFacts) -> Vec<Raised> {
    let several = facts.walk.iter().filter_map(|step| match &step.records {
        Lookup::Found(records) if records.len() > 1 => Some((&step.domain, records)),
        _ => None,
    });
    let finding = |(domain, records): (&Name, &Vec<Text>)| {
        let shown: Vec<String> = records.iter().map(Text::printable).collect();
        DmarcCode::MultipleRecords
            .on(domain)
            .with("domain", domain)
            .with("count", records.len())
            .evidence("records", shown)
    };
    several.map(finding).collect()
}

fn missing(facts: &DmarcFacts, target: &Target) -> Raised {
    let domain = &target.domain;
    let asked: Vec<Name> = facts.walk.iter().map(|step| step.domain.child("_dmarc")).collect();
    let raised = DmarcCode::Missing
        .on(domain)
        .with("domain", domain)
        .evidence("asked", asked)
        .fix(remedy::first_record(target));
    // The large mailbox providers refuse bulk mail without DMARC.
    let bulk = target.streams.iter().any(|stream| stream.bulk && stream.from == *domain);
    if bulk { raised.severity(Severity::Critical) } else { raised }
}

fn record_findings(
    at: &Name,
    text: &Text,
    record: &DmarcRecord,
    facts: &DmarcFacts,
    target: &Target,
) -> Vec<Raised> {
    let told = |raised: Raised| {
        raised
            .with("domain", at)
            .evidence("record", text.printable())
            .evidence("found_at", &facts.found_at)
    };
    let mut raised = Vec::new();
    if record.is_policy_invalid() {
        raised.push(told(policy_invalid(at, record)));
    } else if record.effective(*at != target.domain) == Some(Policy::None) {
        let finding = DmarcCode::PNone.on(&target.domain).with("audited", &target.domain);
        raised.push(told(finding).evidence("testing", record.testing));
    }
    if !record.has_report_address() {
        let finding = told(DmarcCode::RuaMissing.on(at)).fix(remedy::add_rua(
            at,
            &at.child("_dmarc"),
            &text.printable(),
        ));
        // A domain without mail has nothing to learn from reports.
        raised.push(match target.profile {
            Profile::Parked => finding.severity(Severity::Info),
            _ => finding,
        });
    }
    raised
}

/// RFC 9989 §4.10.1: with a valid `rua` receivers act as for `p=none`, without one not at all.
fn policy_invalid(at: &Name, record: &DmarcRecord) -> Raised {
    let mut tags: Vec<String> = Vec::new();
    if record.p.is_none() {
        tags.push("p".to_owned());
    }
    tags.extend(record.invalid_policies().iter().map(|tag| shortened(tag.name, &tag.written)));
    let positions: Vec<usize> = record.invalid_policies().iter().map(|tag| tag.at).collect();
    let raised = DmarcCode::PolicyInvalid
        .on(at)
        .with("tags", tags.join(", "))
        .evidence("tags", tags)
        .evidence("positions", positions);
    let is_only_absent = record.p.is_none() && record.invalid_policies().is_empty();
    if is_only_absent && record.rua.iter().any(ReportUri::is_valid) {
        // RFC 9989 reads this as p=none; only receivers of RFC 7489 pass the record over.
        raised.severity(Severity::Warning)
    } else {
        raised
    }
}

/// A tag with its value, at most 40 characters of it, nothing that a terminal might obey.
fn shortened(name: &str, value: &str) -> String {
    let shown = Text::new(vec![value.as_bytes().to_vec()]).printable();
    let mut cut: String = shown.chars().take(40).collect();
    if cut.len() < shown.len() {
        cut.push('…');
    }
    format!("{name}={cut}")
}

/// RFC 9990 §4.
fn authorisation(seen: &Authorisation, at: &Name) -> Option<Raised> {
    let on = |code: DmarcCode| {
        code.on(&seen.host)
            .with("domain", at)
            .with("asked", &seen.asked)
            .evidence("asked", &seen.asked)
    };
    match &seen.agreed {
        Lookup::Found(true) => None,
        Lookup::Found(false) | Lookup::Absent { .. } => Some(
            on(DmarcCode::RuaUnauthorised)
                .evidence("answer", &seen.agreed)
                .fix(remedy::agreement(&seen.asked)),
        ),
        Lookup::Unknown { reason } => Some(
            on(DmarcCode::ExternalAuthUnknown).with("reason", reason).evidence("reason", reason),
        ),
    }
}
