//! Does anybody get the reports? (RFC 9989 §4.6, RFC 9990 §4, RFC 9991)

use super::super::facts::Authorisation;
use super::super::remedy::{Found, Repair};
use super::super::{DmarcCode, remedy};
use super::{Told, shortened};
use crate::kernel::{CASE, Code, Lookup, Name, Profile, Raised, Severity};
use crate::records::dmarc_uri::{ReportUri, has_size};
use crate::records::tag_list::TagList;

pub fn judge(told: &Told<'_>) -> Vec<Found> {
    let mut found: Vec<Found> = rua(told).into_iter().chain(size_suffix(told)).collect();
    found.extend(hosts(told).into_iter().map(Found::from));
    found
}

/// The hosts that reports would go to.
fn hosts(told: &Told<'_>) -> Vec<Raised> {
    let mut raised = Vec::new();
    for (external, code) in [
        (&told.facts.external, DmarcCode::RuaUnauthorised),
        (&told.facts.external_ruf, DmarcCode::RufUnauthorised),
    ] {
        for host in external {
            if let Some(finding) = authorisation(told, host, code) {
                Raised::push_new(&mut raised, finding);
            }
        }
    }
    raised.extend(undeliverable(told));
    raised
}

/// RFC 9989 §4.7: without a usable address nobody sends aggregate reports.
fn rua(told: &Told<'_>) -> Option<Found> {
    let record = told.record;
    let invalid: Vec<String> = record.rua.iter().filter_map(faulty).collect();
    if let Some(first) = invalid.first() {
        let raised = told.on(DmarcCode::RuaInvalid).with("uri", first).evidence("uris", &invalid);
        let raised = Found::healed_by(raised, Repair::CorrectAddresses);
        let some_work = record.rua.iter().any(ReportUri::is_valid);
        return Some(if some_work { raised.severity(Severity::Warning) } else { raised });
    }
    if record.has_report_address() {
        return None;
    }
    let raised = told.on(DmarcCode::RuaMissing);
    // Another address stands in for none that the record was meant to name.
    let is_garbled = holds_address_elsewhere(&told.written());
    let has_own_mailbox = told.target.profile != Profile::Parked && !told.facts.has_no_mail_host;
    let raised = match has_own_mailbox && !is_garbled {
        true => Found::healed_by(raised, Repair::AddAddress),
        false => Found::from(raised),
    };
    // A domain without mail has nothing to learn from reports.
    Some(match told.target.profile {
        Profile::Parked => raised.severity(Severity::Info),
        _ => raised,
    })
}

/// Whether an address stands in another part than those that take one.
fn holds_address_elsewhere(record: &str) -> bool {
    let list = TagList::parse(record);
    let others = list.tags.iter().filter(|tag| !["rua", "ruf"].contains(&tag.name));
    let values = others.map(|tag| tag.value).chain(list.malformed.iter().map(|part| part.text));
    values.into_iter().any(|value| value.contains('@'))
}

fn faulty(uri: &ReportUri) -> Option<String> {
    match uri {
        ReportUri::Invalid(written) => Some(shortened(written)),
        _ => None,
    }
}

/// RFC 7489 §6.2 let a URI end with a size; nobody reads it any more, but those who drop reports by it.
fn size_suffix(told: &Told<'_>) -> Option<Found> {
    let written = told.written();
    let list = TagList::parse(&written);
    let uris = ["rua", "ruf"].into_iter().filter_map(|name| list.tag(name));
    let sized =
        uris.flat_map(|tag| tag.value.split(',')).map(str::trim).find(|uri| has_size(uri))?;
    let raised = told.on(DmarcCode::RuaSizeSuffix).with("uri", shortened(sized));
    Some(Found::healed_by(raised, Repair::WithoutSizes))
}

/// RFC 9990 §4.
fn authorisation(told: &Told<'_>, seen: &Authorisation, refused: DmarcCode) -> Option<Raised> {
    let on = |code: DmarcCode| {
        code.on(&seen.host)
            .with("domain", told.at)
            .with("asked", &seen.asked)
            .evidence("asked", &seen.asked)
    };
    match &seen.agreed {
        Lookup::Found(true) => None,
        Lookup::Found(false) | Lookup::Absent { .. } => match takes_mail(told, &seen.host) {
            // That is the cause, and has a finding of its own: an agreement would bring no report.
            Some(Lookup::Found(false) | Lookup::Absent { .. }) => None,
            Some(Lookup::Unknown { reason }) => Some(
                on(DmarcCode::ExternalAuthUnknown)
                    .with("asked", &seen.host)
                    .with("reason", reason)
                    .evidence("reason", reason),
            ),
            Some(Lookup::Found(true)) | None => Some(
                on(refused).evidence("answer", &seen.agreed).fix(remedy::agreement(&seen.asked)),
            ),
        },
        Lookup::Unknown { reason } => Some(
            on(DmarcCode::ExternalAuthUnknown).with("reason", reason).evidence("reason", reason),
        ),
    }
}

/// Whether a host of `rua` takes mail; nothing where none was asked for reports of this kind.
fn takes_mail<'a>(told: &Told<'a>, host: &Name) -> Option<&'a Lookup<bool>> {
    let seen = told.facts.report_hosts.iter().find(|seen| seen.host == *host)?;
    Some(&seen.takes_mail)
}

/// RFC 7505, RFC 5321 §5.1: a host that takes no mail takes no reports.
fn undeliverable(told: &Told<'_>) -> Vec<Raised> {
    let dead = told
        .facts
        .report_hosts
        .iter()
        .filter(|seen| matches!(seen.takes_mail, Lookup::Found(false) | Lookup::Absent { .. }));
    let finding = |seen: &super::super::facts::ReportHost| {
        let raised = DmarcCode::RuaUndeliverable.on(&seen.host).with("domain", told.at);
        let is_parked = told.target.profile == Profile::Parked && seen.host == told.target.domain;
        let raised = if is_parked { raised.with(CASE, "parked") } else { raised };
        raised.evidence("null_mx", seen.takes_mail == Lookup::Found(false))
    };
    dead.map(finding).collect()
}
