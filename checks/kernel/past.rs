//! What did a check see before? The facts of its earlier looks that could tell, for rows that judge
//! a change or an age. A single audit has no past, and such rows are silent then.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Check, KeptFacts};

/// A time over which the world looked the same to a check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sighting {
    pub facts: KeptFacts,
    pub facts_version: u32,
    pub first_seen: DateTime<Utc>,
    pub last_seen: DateTime<Utc>,
}

/// The sightings of one check of one domain, newest first, as far back as they are handed over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Past {
    pub sightings: Vec<Sighting>,
}

/// Facts with the time over which they were seen.
#[derive(Clone, Debug)]
pub struct Seen<F> {
    pub facts: F,
    pub first_seen: DateTime<Utc>,
    pub last_seen: DateTime<Utc>,
}

/// What stood in the DNS so long ago may still be put back.
const LATELY: TimeDelta = TimeDelta::days(30);

impl Past {
    /// As [`Self::of`], of the last weeks.
    pub fn lately<C: Check>(&self, now: DateTime<Utc>) -> Vec<Seen<C::Facts>> {
        let mut seen = self.of::<C>();
        seen.retain(|seen| seen.last_seen > now - LATELY);
        seen
    }

    /// What the check saw, newest first; ends before the first facts of another form.
    pub fn of<C: Check>(&self) -> Vec<Seen<C::Facts>> {
        let same = |sighting: &Sighting| {
            if sighting.facts_version != C::FACTS {
                return None;
            }
            let facts = sighting.facts.read().ok()?;
            let Sighting { first_seen, last_seen, .. } = *sighting;
            Some(Seen { facts, first_seen, last_seen })
        };
        self.sightings.iter().map_while(same).collect()
    }
}
