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

/// How a part of a registration is written; nothing where the registry does not tell it.
type Part = fn(&rdap::Registration) -> Option<String>;

/// The parts that are compared.
const PARTS: [(&str, Part); 3] =
    [("registrar", |one| one.registrar.clone()), ("NS", name_servers), ("DS", ds)];

fn name_servers(one: &rdap::Registration) -> Option<String> {
    let names: Vec<&str> = one.name_servers.iter().map(Name::as_str).collect();
    Some(names.join(", ")).filter(|names| !names.is_empty())
}

/// A domain without DS is told by none being there.
fn ds(one: &rdap::Registration) -> Option<String> {
    let ds: Vec<&str> = one.ds.iter().map(String::as_str).collect();
    Some(ds.join(", "))
}

/// What differs from the oldest sighting that tells it and is not yet a week old.
pub fn differences(facts: &RegistrationFacts, past: &Past, now: DateTime<Utc>) -> Vec<Difference> {
    let Some(present) = found(facts) else { return Vec::new() };
    let seen = past.of::<Registration>();
    let recent = |seen: &&Seen<RegistrationFacts>| now - seen.last_seen < TOLD;
    let recent: Vec<&Seen<RegistrationFacts>> = seen.iter().take_while(recent).collect();
    let difference = |(what, part): (&'static str, Part)| {
        let after = part(present)?;
        let told =
            |seen: &&Seen<RegistrationFacts>| Some((part(found(&seen.facts)?)?, seen.last_seen));
        let (before, seen_until) = recent.iter().filter_map(told).next_back()?;
        (before != after).then_some(Difference { what, before, after, seen_until })
    };
    PARTS.into_iter().filter_map(difference).collect()
}

/// Whether the end was seen to move on often enough.
pub fn renews_itself(facts: &RegistrationFacts, past: &Past) -> bool {
    let seen = past.of::<Registration>();
    let all = std::iter::once(facts).chain(seen.iter().map(|seen| &seen.facts));
    let mut ends: Vec<DateTime<Utc>> = all.filter_map(|facts| found(facts)?.expires).collect();
    ends.dedup();
    ends.windows(2).filter(|pair| pair[0] > pair[1]).count() >= RENEWALS
}
