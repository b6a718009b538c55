//! What threatens the registration of the domain, and of those it rests on?

use chrono::{DateTime, TimeDelta, Utc};

use super::{Registered, RegistrationCode, RegistrationFacts, Vendor, past};
use crate::kernel::{CASE, Code, Context, Judgement, Name, Raised, Severity};
use crate::records::rdap::{Registration, TO_BE_DELETED};

/// RFC 3915 §3.1: the registry has renewed it, and the registrar may still take that back.
const RENEWED: &str = "auto renew period";

/// RFC 5731 §2.3: somebody asked for its transfer, and the registrar may still refuse it.
const LEAVING: &str = "pending transfer";

/// RFC 8056 §2, and what registries without EPP say (RFC 9083 §10.2.2).
const LOCKS: [&str; 4] =
    ["client transfer prohibited", "server transfer prohibited", "transfer prohibited", "locked"];

pub fn judge(facts: &RegistrationFacts, context: &Context<'_>) -> Judgement {
    let mut raised: Vec<Raised> =
        facts.vendors.iter().filter_map(|vendor| of_vendor(vendor, context)).collect();
    match &facts.registered {
        Registered::Found(found) => raised.extend(of_own(found, facts, context)),
        Registered::NoService => {
            raised.push(unknown(&facts.domain, "no-rdap"));
            return Judgement { raised, nothing_to_ask: Some("no-rdap") };
        }
        Registered::Unknown { reason } => {
            raised.push(unknown(&facts.domain, &reason.to_string()));
        }
    }
    raised.into()
}

fn unknown(domain: &Name, reason: &str) -> Raised {
    RegistrationCode::Unknown.on(domain).with("reason", reason).evidence("reason", reason)
}

fn of_own(found: &Registration, facts: &RegistrationFacts, context: &Context<'_>) -> Vec<Raised> {
    let domain = &facts.domain;
    let renews = context.target.auto_renew || past::renews_itself(facts, context.past);
    let mut raised: Vec<Raised> = ending(found, domain, renews, context.now).into_iter().collect();
    if let Some(hold) = found.hold() {
        let on_hold = RegistrationCode::Hold.on(domain).with("status", hold);
        raised.push(on_hold.evidence("statuses", &found.statuses));
    }
    if found.has(LEAVING) {
        let leaving = RegistrationCode::Unlocked.on(domain).with(CASE, "leaving");
        let leaving = leaving.with("status", LEAVING).severity(Severity::Error);
        raised.push(leaving.evidence("statuses", &found.statuses));
    } else if tells_of_locks(found, domain) && !LOCKS.iter().any(|lock| found.has(lock)) {
        let unlocked = RegistrationCode::Unlocked.on(domain);
        raised.push(unlocked.evidence("statuses", &found.statuses));
    }
    raised.extend(changed(facts, context));
    raised
}

/// Whether the registry would tell of a lock. Registries of countries may know none (.de, .uk): only one that forbids
/// something else shows that it does. One that tells no state tells nothing of locks either.
fn tells_of_locks(found: &Registration, domain: &Name) -> bool {
    let forbids = || found.statuses.iter().any(|status| status.contains("prohibited"));
    let is_generic = |top: &&str| top.len() > 2 && !top.starts_with("xn--");
    let is_generic = domain.labels().last().is_some_and(is_generic);
    !found.statuses.is_empty() && (is_generic || forbids())
}

fn ending(found: &Registration, domain: &Name, renews: bool, now: DateTime<Utc>) -> Option<Raised> {
    if let Some(status) = found.over() {
        return Some(expired(domain, status, found));
    }
    let Some(end) = found.expires else {
        return Some(unknown(domain, "no-expiration"));
    };
    if found.has(RENEWED) {
        return None;
    }
    let left = end - now;
    if left < TimeDelta::zero() {
        return Some(expired(domain, &date(end), found));
    }
    let severity = match left {
        _ if renews => return None,
        left if left < TimeDelta::days(5) => Severity::Critical,
        left if left < TimeDelta::days(14) => Severity::Error,
        left if left < TimeDelta::days(30) => Severity::Warning,
        _ => return None,
    };
    let expiring = RegistrationCode::Expiring.on(domain).severity(severity);
    Some(expiring.with("expires", date(end)).evidence("expires", end))
}

fn date(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d").to_string()
}

fn expired(domain: &Name, sign: &str, found: &Registration) -> Raised {
    let expired = RegistrationCode::Expired
        .on(domain)
        .with("sign", sign)
        .evidence("expires", found.expires)
        .evidence("statuses", &found.statuses);
    if sign == TO_BE_DELETED { expired.with(CASE, "to-be-deleted") } else { expired }
}

fn changed(facts: &RegistrationFacts, context: &Context<'_>) -> Option<Raised> {
    let differences = past::differences(facts, context.past, context.now);
    let first = differences.first()?;
    let what: Vec<&str> = differences.iter().map(|difference| difference.what).collect();
    let raised = RegistrationCode::Changed
        .on(&facts.domain)
        .with("what", what.join(", "))
        .with("date", date(first.seen_until));
    let told = |raised: Raised, one: &past::Difference| {
        raised.evidence(one.what, serde_json::json!({"before": one.before, "after": one.after}))
    };
    Some(differences.iter().fold(raised, told))
}

/// What others do with their domains is told only when it is about to hurt.
fn of_vendor(vendor: &Vendor, context: &Context<'_>) -> Option<Raised> {
    let Registered::Found(found) = &vendor.registered else { return None };
    let end =
        found.expires.filter(|end| !found.has(RENEWED) && *end - context.now < TimeDelta::days(14));
    let over = found.over().map(str::to_owned).or_else(|| end.map(date));
    let held = found.hold().filter(|_| over.is_none());
    let sign = over.or_else(|| held.map(str::to_owned))?;
    let raised = RegistrationCode::VendorExpiring
        .on(&vendor.domain)
        .with("sign", sign)
        .with("through", vendor.through.join(", "))
        .evidence("expires", found.expires)
        .evidence("statuses", &found.statuses)
        .evidence("through", &vendor.through);
    Some(if held.is_some() { raised.with(CASE, "hold") } else { raised })
}
