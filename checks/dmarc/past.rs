//! Which policy did receivers apply before?

use std::cmp::Reverse;

use chrono::{DateTime, TimeDelta, Utc};

use super::facts::{DmarcFacts, Step};
use super::judge::rules;
use super::walk::{Discovery, discover, organizational_domain};
use super::{Dmarc, DmarcCode};
use crate::kernel::{
    Action, Code, Context, Lookup, NOTHING, Name, Raised, RecordChange, Rtype, Seen,
};
use crate::records::dmarc::Policy;
use crate::records::dmarc_repair::{is_lookalike, sample};
use crate::records::tag_list::TagList;

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
    policy.map_or_else(|| NOTHING.to_owned(), |policy| policy.to_string())
}

/// A policy below the strictest of the last days, and how to put the record of then back.
pub fn weakened(
    facts: &DmarcFacts,
    context: &Context<'_>,
) -> Option<(Raised, Option<RecordChange>)> {
    let now_applied = applied(facts)?;
    let seen = context.past.of::<Dmarc>();
    let since: DateTime<Utc> = context.now - TOLD;
    let recent = seen.iter().take_while(|seen| seen.last_seen > since);
    let told = recent.filter_map(|seen| Some((applied(&seen.facts)?, seen)));
    // Of several as strict the first is the newest.
    let (before, seen): (_, &Seen<DmarcFacts>) = told.min_by_key(|(policy, _)| Reverse(*policy))?;
    if before <= now_applied || is_same_test(&seen.facts, facts) {
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
    let raised = raised.evidence("before", earlier).evidence("after", present);
    Some((raised, restored(facts, &seen.facts, context)))
}

/// Whether the one record asked for a test by `pct=0`, and the other asks for the same by `t=y` (RFC 9989 §A.6).
fn is_same_test(then: &DmarcFacts, now: &DmarcFacts) -> bool {
    let (Some(before), Some(after)) = (&then.record, &now.record) else { return false };
    let (before, after) = (TagList::parse(before), TagList::parse(after));
    let was_test = before.tag("pct").is_some_and(|tag| sample(tag.value) == Some(0));
    let is_test = after.tag("t").is_some_and(|tag| tag.value.eq_ignore_ascii_case("y"));
    let is_same =
        |name| before.tag(name).map(|tag| tag.value) == after.tag(name).map(|tag| tag.value);
    was_test && is_test && then.found_at == now.found_at && ["p", "sp"].into_iter().all(is_same)
}

/// The last record that stood there lately, where none does now.
pub fn former(facts: &DmarcFacts, context: &Context<'_>) -> Option<RecordChange> {
    let seen = context.past.lately::<Dmarc>(context.now);
    let last = seen.iter().find(|seen| seen.facts.record.is_some())?;
    restored(facts, &last.facts, context)
}

/// The record of then in place of the one that stands at the same name, or where there is none; nothing
/// where it was in error itself.
fn restored(facts: &DmarcFacts, then: &DmarcFacts, context: &Context<'_>) -> Option<RecordChange> {
    let (name, record) = (then.found_at.clone()?, then.record.clone()?);
    // Behind an alias the record is in somebody else's zone.
    if facts.walk.first().is_some_and(at(&name)) && !facts.alias.is_absent() {
        return None;
    }
    let action = match (&facts.found_at, &facts.record) {
        (Some(at), Some(present)) if *at == name && *present != record => Action::Replace,
        (None, None) if is_free(facts, &name) => Action::Add,
        _ => return None,
    };
    let said = rules(then, &context.without_past());
    Raised::holds_no_error::<Dmarc>(&said, context.target.profile).then(|| RecordChange {
        action,
        name,
        rtype: Rtype::TXT,
        old: facts.record.clone(),
        value: Some(record),
    })
}

/// Whether nothing stands at a name that another record would meet: no record, and none that misses its form.
fn is_free(facts: &DmarcFacts, name: &Name) -> bool {
    let records = |step: &Step| match &step.records {
        Lookup::Found(records) => !records.is_empty(),
        Lookup::Absent { .. } => false,
        Lookup::Unknown { .. } => true,
    };
    let is_taken = |step: &Step| {
        records(step) || step.others.iter().any(|text| is_lookalike(&text.readable()))
    };
    let step = facts.walk.iter().find(|step| at(name)(step));
    step.is_some_and(|step| !is_taken(step))
}

fn at(name: &Name) -> impl Fn(&Step) -> bool {
    move |step| step.domain.child("_dmarc") == *name
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
