//! Which policy did receivers apply before?

use std::cmp::Reverse;

use chrono::{DateTime, TimeDelta, Utc};

use super::facts::{DmarcFacts, Step};
use super::walk::{Discovery, discover, organizational_domain};
use super::{Dmarc, DmarcCode};
use crate::kernel::{Code, Context, Raised, Seen};
use crate::records::dmarc::Policy;

/// How long a change is told; who meant it has seen it by then.
const TOLD: TimeDelta = TimeDelta::days(7);

/// The policy that is applied, the weakest of all being no DMARC; nothing if it could not be told.
fn applied(facts: &DmarcFacts) -> Option<Option<Policy>> {
    match discover(&facts.walk) {
        Discovery::Unknown { .. } => None,
        Discovery::Found { .. } | Discovery::Nothing => Some(facts.policy),
    }
}

fn word(policy: Option<Policy>) -> String {
    policy.map_or_else(|| "–".to_owned(), |policy| policy.to_string())
}

/// A policy below the strictest of the last days.
pub fn weakened(facts: &DmarcFacts, context: &Context<'_>) -> Option<Raised> {
    let now_applied = applied(facts)?;
    let seen = context.past.of::<Dmarc>();
    let since: DateTime<Utc> = context.now - TOLD;
    let recent = seen.iter().take_while(|seen| seen.last_seen > since);
    let told = recent.filter_map(|seen| Some((applied(&seen.facts)?, seen)));
    // Of several as strict the first is the newest.
    let (before, seen): (_, &Seen<DmarcFacts>) = told.min_by_key(|(policy, _)| Reverse(*policy))?;
    if before <= now_applied {
        return None;
    }
    let domain = &context.target.domain;
    let raised = DmarcCode::Weakened
        .on(domain)
        .with("domain", domain)
        .with("before", word(before))
        .with("after", word(now_applied))
        .with("date", seen.last_seen.format("%Y-%m-%d"));
    let earlier = serde_json::json!({"record": seen.facts.record, "found_at": seen.facts.found_at});
    let present = serde_json::json!({"record": facts.record, "found_at": facts.found_at});
    Some(raised.evidence("before", earlier).evidence("after", present))
}

/// Which organization the walk gives cannot be told now, and when it was told last, it was another than
/// the list gives: what was said of that still stands.
pub fn organization_untold(facts: &DmarcFacts, context: &Context<'_>) -> Option<Raised> {
    let untold = |step: &Step| Some((step.domain.child("_dmarc"), step.records.reason()?));
    let (asked, reason) = facts.above.iter().find_map(untold)?;
    let domain = &context.target.domain;
    let seen = context.past.of::<Dmarc>();
    let before = seen.iter().find_map(|seen| organizational_domain(&seen.facts.steps()))?;
    (before != domain.registrable()).then(|| {
        DmarcCode::OrganizationUnknown
            .on(domain)
            .with("asked", &asked)
            .with("reason", reason)
            .evidence("asked", &asked)
            .evidence("reason", reason)
    })
}
