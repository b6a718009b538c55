//! Since when has the same key stood at a selector?

use chrono::{DateTime, TimeDelta, Utc};

use super::facts::{DkimFacts, SelectorFacts};
use super::{Dkim, DkimCode};
use crate::kernel::{Code, Context, Raised, Seen};
use crate::records::dkim_key::KeyState;

/// How long a key serves before it is due for another (M3AAWG DKIM Key Rotation Best Common Practices
/// advise every six months).
const ROTATION: TimeDelta = TimeDelta::days(180);

/// The digest of a key that signatures are made with.
fn active(seen: &SelectorFacts) -> Option<&str> {
    let key = &seen.key.found()?.key;
    key.digest.as_deref().filter(|_| key.state == KeyState::Usable)
}

/// When the key that stands there now was first seen. Of the time before the history begins nothing is
/// known.
fn first_seen(seen: &SelectorFacts, past: &[Seen<DkimFacts>]) -> Option<DateTime<Utc>> {
    let key = active(seen)?;
    let before = past.iter().map_while(|before| {
        let there = before.facts.selectors.iter().find(|one| one.name == seen.name)?;
        Some((there, before))
    });
    // One that could not be told is not another.
    let told = before.filter(|(there, _)| there.key.reason().is_none());
    let same = told.take_while(|(there, _)| active(there) == Some(key));
    same.last().map(|(_, before)| before.first_seen)
}

/// The keys that were seen unchanged for longer than a rotation takes.
pub fn stale_keys(facts: &DkimFacts, context: &Context<'_>) -> Vec<Raised> {
    let past = context.past.of::<Dkim>();
    let stale = |seen: &SelectorFacts| {
        let since = first_seen(seen, &past).filter(|since| context.now - *since > ROTATION)?;
        let raised = DkimCode::StaleKey.on(&seen.name).with("selector", &seen.selector);
        let raised = raised.with("date", since.format("%Y-%m-%d"));
        Some(raised.evidence("first_seen", since).evidence("alias", &seen.alias))
    };
    facts.selectors.iter().filter_map(stale).collect()
}
