//! How does what a look saw enter history, and what does it show to have changed?

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use vigie_checks::kernel::{CheckStatus, Name, Outcome, Severity, Status};

use super::{Observed, sight};
use crate::incidents::{Footing, Look, Seen};
use crate::run::changes::{Difference, differences};
use crate::store::{Before, Change, NewSpan, Put, SpanKey, StoreError, Write};

/// What the step of the machine needs to know of one outcome.
pub(super) struct Compared {
    footing: Footing,
    new_ids: HashSet<String>,
}

impl Compared {
    pub(super) fn beside<'a>((observed, compared): (&'a Observed, &'a Self)) -> Seen<'a> {
        Seen {
            instance: &observed.instance,
            outcome: &observed.outcome,
            footing: compared.footing,
            new_ids: &compared.new_ids,
        }
    }
}

/// Puts what a look saw into history, with what it shows to have changed.
pub(super) async fn record(
    write: &mut Write,
    domain: &Name,
    seen: &[Observed],
    look: Look,
    changes: &mut Vec<Change>,
) -> Result<Vec<Compared>, StoreError> {
    let keys: Vec<SpanKey> = seen.iter().map(|observed| key(domain, observed)).collect();
    let outcomes = seen.iter().map(|observed| &observed.outcome).zip(&keys);
    let new: Vec<NewSpan<'_>> =
        outcomes.map(|(outcome, key)| NewSpan { key, outcome, seen_at: look.now }).collect();
    let put = write.put_spans(domain, &new).await?;
    if !look.second {
        let ran: Vec<String> = keys.iter().map(SpanKey::to_string).collect();
        write.put_last_runs(&ran, look.now).await?;
    }
    record_blindness(write, domain, &new).await?;
    for (observed, put) in seen.iter().zip(&put) {
        sight::note(write, &observed.outcome, look.now).await?;
        for send in &observed.sends {
            write.put_send(send).await?;
        }
        let Some(before) = &put.before else { continue };
        for change in changed(domain, observed, before, look.now) {
            write.put_change(domain, &change).await?;
            changes.push(change);
        }
    }
    compared(write, seen, &put).await
}

fn key(domain: &Name, observed: &Observed) -> SpanKey {
    SpanKey {
        domain: domain.clone(),
        check: observed.outcome.check.clone(),
        instance: observed.instance.clone(),
    }
}

/// How each outcome stands to what its check said before.
async fn compared(
    write: &mut Write,
    seen: &[Observed],
    put: &[Put],
) -> Result<Vec<Compared>, StoreError> {
    let fails = |outcome: &Outcome| {
        outcome.findings.iter().any(|f| f.is_failing() && f.severity >= Severity::Warning)
    };
    let both = || seen.iter().zip(put);
    let failing = both().filter(|(observed, _)| fails(&observed.outcome));
    let oldest = failing.filter_map(|(_, put)| Some(put.before.as_ref()?.last_seen)).min();
    let known = match oldest {
        Some(oldest) => write.findings_new_since(oldest).await?,
        None => Vec::new(),
    };
    let compared = |(observed, put): (&Observed, &Put)| {
        let Some(before) = &put.before else {
            return Compared { footing: Footing::Baseline, new_ids: HashSet::new() };
        };
        let footing = match before.facts_version == observed.outcome.facts_version {
            true => Footing::History,
            false => Footing::OtherForm,
        };
        let new = known.iter().filter(|(_, since)| *since > before.last_seen);
        Compared { footing, new_ids: new.map(|(id, _)| id.clone()).collect() }
    };
    Ok(both().map(compared).collect())
}

/// What an outcome shows to have changed. Only what could be told is compared, and only with facts of
/// the same form.
fn changed(domain: &Name, observed: &Observed, before: &Before, now: DateTime<Utc>) -> Vec<Change> {
    let outcome = &observed.outcome;
    let Some(facts) = &before.facts else { return Vec::new() };
    if !outcome.is_definite()
        || before.facts_version != outcome.facts_version
        || *facts == outcome.facts
    {
        return Vec::new();
    }
    let found = differences(domain, &outcome.check, &observed.instance, facts, &outcome.facts);
    let change = |difference: Difference| Change {
        check: outcome.check.clone(),
        what: difference.what,
        before: difference.before,
        after: difference.after,
        seen_at: now,
    };
    found.into_iter().map(change).collect()
}

/// Notes which checks could not tell, and which can again.
async fn record_blindness(
    write: &mut Write,
    domain: &Name,
    new: &[NewSpan<'_>],
) -> Result<(), StoreError> {
    let mut seeing = Vec::new();
    for NewSpan { key, outcome, seen_at } in new {
        match outcome.status {
            CheckStatus::Indeterminate if !outcome.is_definite() => {
                let untold = outcome.findings.iter().find(|f| f.status == Status::Indeterminate);
                let reason = untold.and_then(|finding| finding.evidence.get("reason")?.as_str());
                write.put_blind_run(key, reason.unwrap_or("unknown"), *seen_at).await?;
            }
            CheckStatus::Skipped => {}
            _ => seeing.push(*key),
        }
    }
    write.end_blindness(domain, &seeing).await
}
