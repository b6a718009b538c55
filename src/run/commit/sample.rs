//! What does an event of each type look like? Made up, in the form of the real ones, to be previewed.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use vigie_checks::kernel::{Catalogue, Finding, Lang, Name, Severity, Status};

use super::{body, digest};
use crate::incidents::{Acknowledged, Incident, State};
use crate::store::Change;

/// What samples are called: the type of the event, and `digest` for the `report.ready` of a route's
/// `digest`.
pub const SAMPLES: [&str; 13] = [
    "incident.opened",
    "incident.updated",
    "incident.worsened",
    "incident.acknowledged",
    "incident.reopened",
    "incident.reminder",
    "incident.resolved",
    "change.detected",
    "monitor.blind",
    "monitor.recovered",
    "config.rejected",
    "report.ready",
    "digest",
];

/// A made-up event, as a channel would be sent it; none where there is no sample of that name.
pub fn sample(name: &str, lang: Lang, url: &str, now: DateTime<Utc>) -> Option<String> {
    let domain = Name::new("example.com");
    let change = change(&domain, now);
    let data = match name {
        "change.detected" => body::change(&domain, &[change]),
        "monitor.blind" => json!({
            "since": body::time(now - TimeDelta::hours(24)),
            "reason": "timeout",
            "checks": ["dmarc", "spf"],
            "domains": [domain],
        }),
        "monitor.recovered" => {
            body::sees_again("timeout", now - TimeDelta::hours(2), now - TimeDelta::minutes(1))
        }
        "config.rejected" => {
            let message = match lang {
                Lang::En => "`kind` is not a kind of channel: `slak`",
                Lang::Fr => "`kind` n’est pas un type de canal : `slak`",
            };
            let error = json!({ "line": 12, "column": 8, "message": message });
            json!({ "file": "/etc/vigie/vigie.toml", "errors": [error] })
        }
        "report.ready" => report(&domain, lang, url),
        "digest" => {
            let open = incident("incident.opened", &domain, now);
            let data = digest::sample::data(open, url, lang, now);
            return Some(body::event("report.ready", data, now));
        }
        _ if SAMPLES.contains(&name) => {
            body::incident(&incident(name, &domain, now), &[change], url, lang)
        }
        _ => return None,
    };
    Some(body::event(name, data, now))
}

/// Made-up events of several incidents, which may become one message for people.
pub fn sample_of_many(lang: Lang, url: &str, now: DateTime<Utc>) -> Vec<String> {
    let many = [
        ("incident.opened", "example.com"),
        ("incident.opened", "example.net"),
        ("incident.worsened", "shop.example.com"),
        ("incident.resolved", "example.org"),
    ];
    many.map(|(event_type, domain)| {
        let domain = Name::new(domain);
        let incident = incident(event_type, &domain, now);
        let data = body::incident(&incident, &[change(&domain, now)], url, lang);
        body::event(event_type, data, now)
    })
    .into()
}

fn change(domain: &Name, now: DateTime<Utc>) -> Change {
    let record = |include: &str| format!("v=spf1 include:_spf.example.net {include}-all");
    Change {
        check: "spf".to_owned(),
        what: format!("TXT {domain}"),
        before: Some(record("")),
        after: Some(record("include:mail.example.org ")),
        seen_at: now - TimeDelta::minutes(16),
    }
}

fn cause(domain: &Name) -> Finding {
    let params = [
        ("domain", domain.to_string()),
        ("lookups", "13".to_owned()),
        ("path", format!("{domain} > mail.example.org > _spf.example.org")),
    ];
    let params = params.map(|(name, value)| (name.to_owned(), value));
    Finding {
        id: "spf.too-many-lookups".to_owned(),
        severity: Severity::Error,
        status: Status::Fail,
        subject: domain.to_string(),
        params: params.into(),
        evidence: json!({ "lookups": 13 }),
        fix: Vec::new(),
        withheld: None,
    }
}

fn incident(event_type: &str, domain: &Name, now: DateTime<Utc>) -> Incident {
    let state = match event_type {
        "incident.acknowledged" => State::Acknowledged,
        "incident.resolved" => State::Resolved,
        _ => State::Open,
    };
    let seen = Acknowledged {
        by: "Ada".to_owned(),
        why: "asked the provider".to_owned(),
        at: now,
        until: now + TimeDelta::hours(4),
    };
    Incident {
        id: "01JDQ8Z5V7T4W3N2M1K0H9G8F7".to_owned(),
        state,
        severity: if event_type == "incident.worsened" {
            Severity::Critical
        } else {
            Severity::Error
        },
        baseline: false,
        domain: domain.clone(),
        domains: vec![domain.clone()],
        symptoms: vec!["probe.not-authenticated".to_owned()],
        cause: cause(domain),
        unwatched: false,
        merged_into: None,
        since: now - TimeDelta::minutes(16),
        opened_at: now - TimeDelta::minutes(15),
        acknowledged: (state == State::Acknowledged).then_some(seen),
        resolved_at: (state == State::Resolved).then_some(now),
        reopenings: u32::from(event_type == "incident.reopened"),
        held: false,
        sequence: 1,
    }
}

fn report(domain: &Name, lang: Lang, url: &str) -> Value {
    let cause = cause(domain);
    let words = Catalogue::words(&cause, lang);
    json!({
        "domains": [domain],
        "findings": [{
            "id": cause.id, "check": cause.check(), "severity": cause.severity,
            "status": cause.status, "subject": cause.subject, "title": words.title,
            "domain": domain,
        }],
        "total": 1,
        "url": format!("{}/", url.trim_end_matches('/')),
    })
}
