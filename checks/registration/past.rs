//! What changed at the registry of late, and does the registration renew by itself?

use chrono::{DateTime, TimeDelta, Utc};

use super::{Registered, Registration, RegistrationFacts};
use crate::kernel::{Name, Past, Seen};
use crate::records::rdap;

/// How long a change is told; who meant it has seen it by then.
const TOLD: TimeDelta = TimeDelta::days(7);

/// Renewals after which the next one is taken for granted.
const RENEWALS: usize = 2;

/// A difference to what was seen before.
pub struct Difference {
    /// `registrar`, `NS` or `DS`.
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

/// The parts of a registration that are compared, with how they are written; nothing where the registry
/// does not tell a part. A domain without DS is told by none being there.
fn parts(one: &rdap::Registration) -> [(&'static str, Option<String>); 3] {
    let names: Vec<&str> = one.name_servers.iter().map(Name::as_str).collect();
    let ds: Vec<&str> = one.ds.iter().map(String::as_str).collect();
    [
        ("registrar", one.registrar.clone()),
        ("NS", Some(names.join(", ")).filter(|names| !names.is_empty())),
        ("DS", Some(ds.join(", "))),
    ]
}

/// What differs from the oldest sighting that tells it and is not yet a week old.
pub fn differences(facts: &RegistrationFacts, past: &Past, now: DateTime<Utc>) -> Vec<Difference> {
    let Some(present) = found(facts) else { return Vec::new() };
    let seen = past.of::<Registration>();
    let recent = |seen: &&Seen<RegistrationFacts>| now - seen.last_seen < TOLD;
    let recent: Vec<&Seen<RegistrationFacts>> = seen.iter().take_while(recent).collect();
    let difference = |(what, after): (&'static str, Option<String>)| {
        let after = after?;
        let told = |seen: &&Seen<RegistrationFacts>| {
            let (_, part) =
                parts(found(&seen.facts)?).into_iter().find(|(part, _)| *part == what)?;
            Some((part?, seen.last_seen))
        };
        let (before, seen_until) = recent.iter().filter_map(told).next_back()?;
        (before != after).then_some(Difference { what, before, after, seen_until })
    };
    parts(present).into_iter().filter_map(difference).collect()
}

/// Whether the end was seen to move on often enough.
pub fn renews_itself(facts: &RegistrationFacts, past: &Past) -> bool {
    let seen = past.of::<Registration>();
    let all = std::iter::once(facts).chain(seen.iter().map(|seen| &seen.facts));
    let mut ends: Vec<DateTime<Utc>> = all.filter_map(|facts| found(facts)?.expires).collect();
    ends.dedup();
    ends.windows(2).filter(|pair| pair[0] > pair[1]).count() >= RENEWALS
}
