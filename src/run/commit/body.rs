//! What does an event say? The body of the contract, in the configured language.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use vigie_checks::kernel::{Catalogue, Finding, Lang, Name, fingerprint};

use crate::incidents::Incident;
use crate::store::{Blindness, CaseRow, Change, Darkness};

/// Findings that one `report.ready` lists at most; the report itself has them all.
const LISTED: usize = 200;

/// The octets of an event.
pub(super) fn event(event_type: &str, data: Value, now: DateTime<Utc>) -> String {
    json!({ "type": event_type, "timestamp": time(now), "data": data }).to_string()
}

/// The `data` of every event about an incident.
pub(super) fn incident(incident: &Incident, changed: &[Change], url: &str, lang: Lang) -> Value {
    let cause = &incident.cause;
    let words = Catalogue::words(cause, lang);
    let mut data = json!({
        "incident": incident.id,
        "severity": incident.severity,
        "title": words.title,
        "domain": incident.domain,
        "domains": incident.domains,
        "cause": finding(cause, &incident.domain, lang),
        "symptoms": incident.symptoms,
        "since": time(incident.since),
        "changed": changes(changed),
        "remedy": words.fix,
        "fix": cause.fix,
        "url": format!("{}/incidents/{}", url.trim_end_matches('/'), incident.id),
    });
    if let Some(seen) = &incident.acknowledged {
        data["acknowledged"] = json!({ "by": seen.by, "why": seen.why, "until": time(seen.until) });
    }
    if incident.unwatched {
        data["unwatched"] = json!(true);
    }
    if let Some(into) = &incident.merged_into {
        data["merged_into"] = json!(into);
    }
    data
}

/// The `data` of `change.detected`.
pub(super) fn change(domain: &Name, changed: &[Change]) -> Value {
    json!({ "domain": domain, "changed": changes(changed) })
}

/// The `data` of `report.ready`; the heaviest findings first.
pub(super) fn report(cases: &[CaseRow], url: &str, lang: Lang) -> Value {
    let mut cases: Vec<&CaseRow> = cases.iter().collect();
    cases.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.key.cmp(&b.key)));
    let mut domains: Vec<&Name> = cases.iter().map(|case| &case.key.domain).collect();
    domains.sort();
    domains.dedup();
    let findings: Vec<Value> = cases
        .iter()
        .take(LISTED)
        .map(|case| {
            let mut told = finding(&case.finding, &case.key.domain, lang);
            if let Some(told) = told.as_object_mut() {
                told.insert("domain".to_owned(), json!(case.key.domain));
            }
            told
        })
        .collect();
    json!({
        "domains": domains,
        "findings": findings,
        "total": cases.len(),
        "url": format!("{}/", url.trim_end_matches('/')),
    })
}

/// The `data` of `monitor.blind`: everything that cannot be told for one reason.
pub(super) fn blind(reason: &str, blind: &[&Blindness]) -> Value {
    let sorted = |mut all: Vec<String>| {
        all.sort();
        all.dedup();
        all
    };
    json!({
        "since": blind.iter().map(|blind| blind.since).min().map(time),
        "reason": reason,
        "checks": sorted(blind.iter().map(|blind| blind.key.check.clone()).collect()),
        "domains": sorted(blind.iter().map(|blind| blind.key.domain.to_string()).collect()),
    })
}

/// The `data` of `monitor.blind` where nothing can be told of anything.
pub(super) fn dark(darkness: &Darkness, blind: &[&Blindness]) -> Value {
    let mut data = self::blind(&darkness.reason, blind);
    data["since"] = json!(time(darkness.since));
    data["all"] = json!(true);
    data
}

/// The `data` of `monitor.recovered`.
pub(super) fn sees_again(reason: &str, since: DateTime<Utc>, until: DateTime<Utc>) -> Value {
    json!({ "since": time(since), "until": time(until), "reason": reason })
}

pub(super) fn finding(finding: &Finding, domain: &Name, lang: Lang) -> Value {
    let words = Catalogue::words(finding, lang);
    json!({
        "id": finding.id,
        "check": finding.check(),
        "severity": finding.severity,
        "status": finding.status,
        "subject": finding.subject,
        "title": words.title,
        "detail": words.message,
        "why": words.why,
        "remedy": words.fix,
        "references": words.references,
        "evidence": finding.evidence,
        "fix": finding.fix,
        "fingerprint": fingerprint(domain, &finding.id, &finding.subject),
    })
}

fn changes(changed: &[Change]) -> Vec<Value> {
    let told = |change: &Change| {
        json!({
            "what": change.what,
            "before": change.before,
            "after": change.after,
            "seen_at": time(change.seen_at),
        })
    };
    changed.iter().map(told).collect()
}

pub(super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
