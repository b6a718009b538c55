//! What does a digest look like? Made up, and told by what tells the real ones.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use vigie_checks::kernel::{Lang, Name};

use super::{Known, Standing};
use crate::incidents::{Incident, Route, State};
use crate::run::ends::{End, Ending};
use crate::store::{Blindness, DeliveryRate, ProbeRate, SpanKey};

/// The `data` of a digest in which every list has something: `incident` is open, and another one of the
/// kind is over.
pub(in crate::run::commit) fn data(
    incident: Incident,
    url: &str,
    lang: Lang,
    now: DateTime<Utc>,
) -> Value {
    let [open, over, unseen] = ["example.com", "shop.example.com", "example.net"].map(Name::new);
    let resolved = Incident {
        state: State::Resolved,
        domain: over.clone(),
        domains: vec![over.clone()],
        since: now - TimeDelta::hours(20),
        opened_at: now - TimeDelta::hours(20),
        resolved_at: Some(now - TimeDelta::hours(3)),
        ..incident.clone()
    };
    let certificate = End {
        what: Ending::Certificate,
        name: "mx1.example.com".to_owned(),
        at: now + TimeDelta::days(9),
        check: "tls".to_owned(),
        seen_at: now,
        notice: TimeDelta::days(30),
    };
    let known = Known {
        incidents: vec![incident, resolved],
        cases: Vec::new(),
        blind: vec![blind(&unseen, now)],
        looked_at: BTreeSet::from([open.clone(), over.clone(), unseen.clone()]),
        ends: BTreeMap::from([(open.clone(), vec![certificate])]),
    };
    let rates = [ProbeRate {
        probe: "newsletter to a mailbox".to_owned(),
        domain: open.clone(),
        rate: DeliveryRate { sent: 48, arrived: 47, rate: Some(47.0 / 48.0) },
    }];
    let domains = vec![&open, &over, &unseen];
    let since = now - TimeDelta::hours(24);
    Standing::of(&Route::to(Vec::new()), domains, &known, &rates, since, now).data(url, lang)
}

fn blind(domain: &Name, now: DateTime<Utc>) -> Blindness {
    Blindness {
        key: SpanKey { domain: domain.clone(), check: "mx".to_owned(), instance: String::new() },
        since: now - TimeDelta::hours(26),
        runs: 26,
        reason: "servfail".to_owned(),
        said_at: Some(now - TimeDelta::hours(2)),
    }
}
