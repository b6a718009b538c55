//! What senders may still hold of an earlier policy, and since when one is only tried out.

use chrono::{DateTime, TimeDelta, Utc};

use super::facts::MtaStsFacts;
use super::{Fetch, MtaSts};
use crate::kernel::{Lookup, Past, Seen};
use crate::records::mta_sts::Mode;

/// How long a policy may reasonably be tried out.
const TRIAL: TimeDelta = TimeDelta::days(60);

/// An earlier policy that senders may still apply.
pub struct Kept {
    pub last_seen: DateTime<Utc>,
    /// When the last sender forgets it.
    pub until: DateTime<Utc>,
}

fn kept(seen: &Seen<MtaStsFacts>, now: DateTime<Utc>) -> Option<Kept> {
    let age = seen.facts.text()?.policy.max_age?;
    let until = seen.last_seen + TimeDelta::seconds(age.into());
    (until > now).then_some(Kept { last_seen: seen.last_seen, until })
}

/// Since when the mode is `testing`, if that is longer than a trial takes.
pub fn long_tested(past: &Past, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let modes = past.of::<MtaSts>();
    let told = modes.iter().filter_map(|seen| Some((seen.facts.text()?.policy.applied(), seen)));
    let since = told
        .take_while(|(mode, _)| *mode == Some(Mode::Testing))
        .map(|(_, seen)| seen.first_seen)
        .last()?;
    (now - since > TRIAL).then_some(since)
}

/// Whether senders apply the policy that is served: a valid record announces it, or did so lately enough that
/// some still keep it. Without one they act as if there were no MTA-STS (RFC 8461 §3.1).
pub fn is_in_force(facts: &MtaStsFacts, past: &Past, now: DateTime<Utc>) -> bool {
    let served = facts.text().map(|text| &text.sha256);
    let is_same = |seen: &Seen<MtaStsFacts>| {
        seen.facts.id.is_some() && seen.facts.text().map(|text| &text.sha256) == served
    };
    let was_told = |seen: &Seen<MtaStsFacts>| is_same(seen) && kept(seen, now).is_some();
    facts.id.is_some() || past.of::<MtaSts>().iter().any(was_told)
}

/// Another policy under the id that is still published, which senders keep (RFC 8461 §3.3).
pub fn other_under_same_id(facts: &MtaStsFacts, past: &Past, now: DateTime<Utc>) -> Option<Kept> {
    let (id, now_served) = (facts.id.as_ref()?, facts.text()?);
    let before = past.of::<MtaSts>();
    let mut under_it = before
        .iter()
        .filter(|seen| seen.facts.id.is_some())
        .take_while(|seen| seen.facts.id.as_ref() == Some(id));
    under_it.find_map(|seen| {
        let differs = seen.facts.text().is_some_and(|text| text.sha256 != now_served.sha256);
        if differs { kept(seen, now) } else { None }
    })
}

/// An enforced policy that went away at once, without `mode: none` first (RFC 8461 §8.3).
pub fn removed_while_enforced(
    facts: &MtaStsFacts,
    past: &Past,
    now: DateTime<Utc>,
) -> Option<Kept> {
    if !is_gone(facts) {
        return None;
    }
    let before = past.of::<MtaSts>();
    let last = before
        .iter()
        .filter(|seen| !is_gone(&seen.facts))
        .find(|seen| seen.facts.text().is_some_and(|text| text.policy.applied().is_some()))?;
    let enforced = last.facts.text()?.policy.applied() == Some(Mode::Enforce);
    if enforced { kept(last, now) } else { None }
}

/// The record or the policy is proven not to be there.
fn is_gone(facts: &MtaStsFacts) -> bool {
    let no_record = match &facts.records {
        Lookup::Found(_) => facts.counted().is_empty(),
        Lookup::Absent { .. } => true,
        Lookup::Unknown { .. } => false,
    };
    let no_policy = match &facts.policy {
        Some(Fetch::NoAddress { .. } | Fetch::Refused) => true,
        Some(Fetch::Served(served)) => matches!(served.status, 404 | 410),
        Some(Fetch::Unknown { .. }) | None => false,
    };
    no_record || no_policy
}
