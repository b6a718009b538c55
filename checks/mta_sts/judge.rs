//! Which rules of RFC 8461 does the domain break?

use chrono::{DateTime, Utc};

use super::facts::{Fetch, MtaStsFacts, PolicyText, Served};
use super::{MtaSts, MtaStsCode, past, policy};
use crate::kernel::{
    Action, Check, Code, Context, Judgement, Lookup, Name, Profile, Raised, Reason, RecordChange,
    Rtype, Severity, Target, Text, Withheld,
};
use crate::records::certificate::Validity;
use crate::records::mta_sts::Mode;

pub fn judge(facts: &MtaStsFacts, context: &Context<'_>) -> Judgement {
    if facts.hosts.is_empty() {
        return Judgement::nothing_to_ask("no-mail-host");
    }
    let (domain, now) = (&context.target.domain, context.now);
    let mut raised = Vec::new();
    match &facts.policy {
        Some(Fetch::Served(served)) => raised.extend(served_by(served, facts, context)),
        // Below the domain nobody else obtains a name.
        Some(Fetch::NoAddress { nxdomain: true, alias_of: Some(alias) })
            if alias.is_at_or_below(&domain.registrable()) =>
        {
            raised.push(unfetchable(domain, "own-alias-absent").evidence("alias", alias));
        }
        Some(Fetch::NoAddress { nxdomain: true, alias_of: Some(alias) }) => {
            let found = takeover(domain, alias);
            // Nobody asks that host while no record announces its policy.
            let is_asked = past::is_in_force(facts, context.past, now);
            raised.push(if is_asked { found } else { found.severity(Severity::Warning) });
        }
        Some(Fetch::NoAddress { .. }) => raised.push(unfetchable(domain, "no-address")),
        Some(Fetch::Refused) => raised.push(unfetchable(domain, "connection-refused")),
        Some(Fetch::Unknown { reason }) => raised.push(unknown(domain, &url(domain), *reason)),
        None => {}
    }
    if let Some(record) = records(facts, context.target, now) {
        let record = match unmended(&raised, facts) {
            Some(why) if record.is_of(MtaStsCode::RecordInvalid) => record.withhold(why),
            _ => record,
        };
        raised.insert(0, record);
    }
    raised.extend(removal(facts, context));
    raised.into()
}

fn records(facts: &MtaStsFacts, target: &Target, now: DateTime<Utc>) -> Option<Raised> {
    let domain = &target.domain;
    let shown: Vec<String> =
        facts.records.found().into_iter().flatten().map(Text::printable).collect();
    match &facts.records {
        Lookup::Unknown { reason } => {
            let name = domain.child("_mta-sts").to_string();
            return Some(unknown(domain, &name, *reason));
        }
        // There is no mail to protect.
        _ if shown.is_empty() && target.profile == Profile::Parked => return None,
        // Other records at the name, as from a wildcard, are none of ours.
        _ if shown.is_empty() => return Some(MtaStsCode::Missing.on(domain)),
        _ => {}
    }
    if facts.id.is_some() {
        return None;
    }
    let raised = MtaStsCode::RecordInvalid.on(domain).evidence("records", &shown);
    let [only] = &shown[..] else { return Some(raised) };
    Some(raised.fix(published(domain, Some(only.clone()), now)))
}

/// Why the record is not to be published yet: senders would obey the policy that it announces, and lose mail.
fn unmended(raised: &[Raised], facts: &MtaStsFacts) -> Option<Withheld> {
    let mode = facts.text().and_then(|text| text.policy.applied());
    let codes: &[MtaStsCode] = match mode {
        Some(Mode::Enforce) => &[MtaStsCode::MxNotCovered, MtaStsCode::MxTlsFails],
        Some(Mode::Testing | Mode::None) => &[],
        None => &[MtaStsCode::HostTakeover],
    };
    let named = codes.iter().flat_map(|code| {
        let condition: &str = (*code).into();
        let of_code = raised.iter().filter(|one| one.is_of(*code));
        of_code.map(move |one| format!("{}.{condition} {}", MtaSts::NAME, one.subject()))
    });
    let findings: Vec<String> = named.collect();
    (!findings.is_empty()).then_some(Withheld::Unmended { findings })
}

/// A record with an id of this moment.
fn published(domain: &Name, old: Option<String>, now: DateTime<Utc>) -> RecordChange {
    RecordChange {
        action: if old.is_some() { Action::Replace } else { Action::Add },
        name: domain.child("_mta-sts"),
        rtype: Rtype::TXT,
        old,
        value: Some(format!("v=STSv1; id={}", now.format("%Y%m%d%H%M%S"))),
    }
}

/// RFC 8461 §3.3: a valid certificate first, then 200 and nothing else.
fn served_by(served: &Served, facts: &MtaStsFacts, context: &Context<'_>) -> Vec<Raised> {
    let (domain, now) = (&context.target.domain, context.now);
    let host = domain.child("mta-sts");
    if let Some(fault) = served.certificate.fault(&host, now) {
        let raised = unfetchable(domain, fault.word());
        return vec![raised.evidence("certificate", &served.certificate)];
    }
    let mut raised: Vec<Raised> = expiring(served, &host, now).into_iter().collect();
    match (served.status, &served.text) {
        (200, Some(text)) => {
            raised.extend(policy::judge(served, text, facts, context));
            if let Some(same_id) = id_not_changed(text, facts, context) {
                raised.push(match unmended(&raised, facts) {
                    Some(why) => same_id.withhold(why),
                    None => same_id,
                });
            }
        }
        (200, None) => raised.push(policy::too_long(domain)),
        (404 | 410 | 200..400, _) => {
            let status = format!("HTTP {}", served.status);
            raised.push(
                unfetchable(domain, &status)
                    .evidence("status", served.status)
                    .evidence("location", &served.location),
            );
        }
        (429, _) => raised.push(unknown(domain, &url(domain), Reason::RateLimited)),
        _ => raised.push(unknown(domain, &url(domain), Reason::NotOffered)),
    }
    raised
}

fn expiring(served: &Served, host: &Name, now: DateTime<Utc>) -> Option<Raised> {
    let leaf = &served.certificate.leaf;
    let raised = MtaStsCode::CertificateExpiring
        .on(host)
        .with("not_after", leaf.not_after.format("%Y-%m-%d"))
        .evidence("certificate", leaf);
    match leaf.validity(now) {
        Validity::Overdue => Some(raised),
        Validity::Ending => Some(raised.severity(Severity::Error)),
        Validity::Good | Validity::Expired => None,
    }
}

fn url(domain: &Name) -> String {
    format!("https://mta-sts.{domain}/.well-known/mta-sts.txt")
}

fn unfetchable(domain: &Name, cause: &str) -> Raised {
    MtaStsCode::PolicyUnfetchable
        .on(domain)
        .with("url", url(domain))
        .with("reason", cause)
        .evidence("url", url(domain))
        .evidence("cause", cause)
}

fn takeover(domain: &Name, alias: &Name) -> Raised {
    MtaStsCode::HostTakeover
        .on(domain.child("mta-sts"))
        .with("alias", alias)
        .evidence("alias", alias)
}

fn unknown(domain: &Name, asked: &str, reason: Reason) -> Raised {
    MtaStsCode::Unknown
        .on(domain)
        .with("asked", asked)
        .with("reason", reason)
        .evidence("asked", asked)
        .evidence("reason", reason)
}

fn id_not_changed(text: &PolicyText, facts: &MtaStsFacts, context: &Context<'_>) -> Option<Raised> {
    let domain = &context.target.domain;
    let kept = past::other_under_same_id(facts, context.past, context.now)?;
    let id = facts.id.as_deref().unwrap_or_default();
    let old = facts.counted().first().map(|record| record.printable());
    let raised = MtaStsCode::IdNotChanged
        .on(domain)
        .with("id", id)
        .with("until", kept.until.format("%Y-%m-%d"))
        .evidence("id", id)
        .evidence("policy", text)
        .evidence("last_seen", kept.last_seen);
    Some(raised.fix(published(domain, old, context.now)))
}

fn removal(facts: &MtaStsFacts, context: &Context<'_>) -> Option<Raised> {
    let kept = past::removed_while_enforced(facts, context.past, context.now)?;
    Some(
        MtaStsCode::UnstagedRemoval
            .on(&context.target.domain)
            .with("until", kept.until.format("%Y-%m-%d"))
            .evidence("last_seen", kept.last_seen)
            .evidence("until", kept.until),
    )
}
