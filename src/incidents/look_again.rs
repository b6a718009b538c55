//! What is to be looked at again, and when? Suspicions and recoveries before they are believed, and
//! the checks that may explain them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use vigie_checks::kernel::Name;

use super::machine::calm;
use super::{Case, Look, Phase, Policy, Seen, Situation, explaining_checks};

/// A second look is asked for again at most so many times `confirm_after` while it cannot tell;
/// after that the schedule's own runs go on.
const PATIENCE: i32 = 10;

/// A second look at a domain, past the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookAgain {
    pub at: DateTime<Utc>,
    /// Check and instance.
    pub checks: BTreeSet<(String, String)>,
}

/// What this run gives cause to look at again, soonest first.
pub(super) fn look_again(
    situation: &Situation,
    domain: &Name,
    seen: &[Seen<'_>],
    look: Look,
    policy: Policy,
) -> Vec<LookAgain> {
    let mut wanted: BTreeMap<DateTime<Utc>, BTreeSet<(String, String)>> = BTreeMap::new();
    for case in situation.cases.iter().filter(|case| case.domain == *domain) {
        let seen_now =
            seen.iter().find(|s| s.outcome.check == case.check && s.instance == case.instance);
        let (Some(seen_now), Some(since)) = (seen_now, case.phase.undecided_since()) else {
            continue;
        };
        let due = since + calm(case, &situation.incidents, policy);
        let Some(at) = when(since, due, seen_now.is_definite(), look, policy) else { continue };
        wanted.entry(at).or_default().extend(with(case, situation));
        let begins = matches!(case.phase, Phase::Suspected { since } if since == look.now);
        if begins {
            let unseen = explaining(case)
                .filter(|(check, _)| !seen.iter().any(|seen| seen.outcome.check == *check));
            wanted.entry(look.now).or_default().extend(unseen);
        }
    }
    wanted.retain(|_, checks| !checks.is_empty());
    wanted.into_iter().map(|(at, checks)| LookAgain { at, checks }).collect()
}

/// When the second look is due; never while the schedule's own runs are enough.
fn when(
    since: DateTime<Utc>,
    due: DateTime<Utc>,
    definite: bool,
    look: Look,
    policy: Policy,
) -> Option<DateTime<Utc>> {
    match (definite, look.second) {
        (true, false) if since == look.now => Some(due),
        // Long after a second look that could not tell, this one is as good as the first: what it met must
        // be over before the next.
        (true, false) => Some(due.max(look.now + policy.confirm_after)),
        // This was a second look, yet too early, or of a case that has just begun.
        (true, true) if due > look.now => Some(due),
        (_, true) => {
            let again = look.now + policy.confirm_after;
            (again <= due.max(since + policy.confirm_after * PATIENCE)).then_some(again)
        }
        (false, false) => None,
    }
}

/// A case's own check with those that may explain it; when it heals, with those it explains.
fn with(case: &Case, situation: &Situation) -> BTreeSet<(String, String)> {
    let own = (case.check.clone(), case.instance.clone());
    let mut checks = BTreeSet::from([own]);
    match case.phase {
        Phase::Suspected { .. } => checks.extend(explaining(case)),
        Phase::Healing { .. } if case.incident.is_some() => {
            let same =
                |other: &&Case| other.incident == case.incident && other.domain == case.domain;
            let others = situation.cases.iter().filter(same);
            checks.extend(others.map(|other| (other.check.clone(), other.instance.clone())));
        }
        _ => {}
    }
    checks
}

fn explaining(case: &Case) -> impl Iterator<Item = (String, String)> {
    explaining_checks(&case.finding).into_iter().map(|check| (check.to_owned(), String::new()))
}
