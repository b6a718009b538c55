//! What changed at the registry of late, and does the registration renew by itself?

use chrono::{DateTime, TimeDelta, Utc};

use super::{Registered, Registration, RegistrationFacts};
use crate::kernel::{Past, Seen};
use crate::records::rdap;

/// How long a change is told; who meant it has seen it by then.
const TOLD: TimeDelta = TimeDelta::days(7);

/// Renewals after which the next one is taken for granted.
const RENEWALS: usize = 2;

/// A difference to what was seen before.
pub struct Difference {
    /// `registrar`, `name servers` or `DS`, as records call them.
    pub what: &'static str,
    pub before: String,
    pub after: String,
    pub seen_until: DateTime<Utc>,
}

fn found(facts: &RegistrationFacts) -> Option<&rdap::Registration> {
    match &facts.registered {
        Registered::Found(found) => Some(found),
        Registered::NoService | Registered::Unknown { .. } => None,
    }
}

/// What differs from the oldest sighting that is not yet a week old.
pub fn differences(facts: &RegistrationFacts, past: &Past, now: DateTime<Utc>) -> Vec<Difference> {
    let seen = past.of::<Registration>();
    let recent = |seen: &&Seen<RegistrationFacts>| now - seen.last_seen < TOLD;
    let before = seen.iter().take_while(recent).filter(|seen| found(&seen.facts).is_some()).last();
    let (Some(after), Some(seen)) = (found(facts), before) else { return Vec::new() };
    let Some(before) = found(&seen.facts) else { return Vec::new() };
    let lists = |texts: Vec<String>| texts.join(", ");
    let names = |one: &rdap::Registration| {
        lists(one.name_servers.iter().map(ToString::to_string).collect())
    };
    let ds = |one: &rdap::Registration| lists(one.ds.iter().cloned().collect());
    let registrar = |one: &rdap::Registration| one.registrar.clone().unwrap_or_default();
    let parts = [
        ("registrar", registrar(before), registrar(after)),
        ("NS", names(before), names(after)),
        ("DS", ds(before), ds(after)),
    ];
    let differs = parts.into_iter().filter(|(_, before, after)| before != after);
    let difference =
        |(what, before, after)| Difference { what, before, after, seen_until: seen.last_seen };
    differs.map(difference).collect()
}

/// Whether the end was seen to move on often enough.
pub fn renews_itself(facts: &RegistrationFacts, past: &Past) -> bool {
    let seen = past.of::<Registration>();
    let all = std::iter::once(facts).chain(seen.iter().map(|seen| &seen.facts));
    let mut ends: Vec<DateTime<Utc>> = all.filter_map(|facts| found(facts)?.expires).collect();
    ends.dedup();
    ends.windows(2).filter(|pair| pair[0] > pair[1]).count() >= RENEWALS
}
