//! Which rules of RFC 8461 does the domain break?

use chrono::{DateTime, Utc};

use super::facts::{Fetch, MtaStsFacts, PolicyText, Served};
use super::{MtaStsCode, past, policy};
use crate::kernel::{
    Action, Code, Context, Judgement, Lookup, Name, Raised, Reason, RecordChange, Rtype, Severity,
    Text,
};
use crate::records::certificate::Validity;

pub fn judge(facts: &MtaStsFacts, context: &Context<'_>) -> Judgement {
    if facts.hosts.is_empty() {
        return Judgement::nothing_to_ask("no-mail-host");
    }
    let (domain, now) = (&context.target.domain, context.now);
    let mut raised: Vec<Raised> = records(facts, domain, now).into_iter().collect();
    match &facts.policy {
        Some(Fetch::Served(served)) => raised.extend(served_by(served, facts, context)),
        Some(Fetch::NoAddress { nxdomain: true, alias_of: Some(alias) }) => {
            raised.push(takeover(domain, alias));
        }
        Some(Fetch::NoAddress { .. }) => raised.push(unfetchable(domain, "no-address")),
        Some(Fetch::Refused) => raised.push(unfetchable(domain, "connection-refused")),
        Some(Fetch::Unknown { reason }) => raised.push(unknown(domain, &url(domain), *reason)),
        None => {}
    }
    raised.extend(removal(facts, context));
    raised.into()
}

fn records(facts: &MtaStsFacts, domain: &Name, now: DateTime<Utc>) -> Option<Raised> {
    let shown: Vec<String> =
        facts.records.found().into_iter().flatten().map(Text::printable).collect();
    match &facts.records {
        Lookup::Unknown { reason } => {
            let name = domain.child("_mta-sts").to_string();
            return Some(unknown(domain, &name, *reason));
        }
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
            raised.extend(id_not_changed(text, facts, context));
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
