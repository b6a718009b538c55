//! How does one outcome enter history, and what does it show to have changed?

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use vigie_checks::kernel::{CheckStatus, Name, Outcome, Severity, Status};

use super::{Observed, sight};
use crate::incidents::{Footing, Look, Seen};
use crate::run::changes::differences;
use crate::store::{Change, NewSpan, Span, SpanKey, StoreError, Write};

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

/// Puts one outcome into history, with what it shows to have changed.
pub(super) async fn record(
    write: &mut Write,
    domain: &Name,
    observed: &Observed,
    look: Look,
    changes: &mut Vec<Change>,
) -> Result<Compared, StoreError> {
    let outcome = &observed.outcome;
    let key = SpanKey {
        domain: domain.clone(),
        check: outcome.check.clone(),
        instance: observed.instance.clone(),
    };
    let last = write.last_span(&key).await?;
    let definite = match &last {
        Some(last) if last.is_definite() => Some(last.clone()),
        _ => write.last_definite_span(&key).await?,
    };
    let new = NewSpan { key: &key, outcome, seen_at: look.now };
    write.put_span(last.as_ref(), new).await?;
    if !look.second {
        write.put_last_run(&key.to_string(), look.now).await?;
    }
    record_blindness(write, &key, outcome, look.now).await?;
    sight::note(write, outcome, look.now).await?;
    for send in &observed.sends {
        write.put_send(send).await?;
    }
    if let Some(before) = definite.as_ref().filter(|before| may_compare(before, outcome)) {
        let found = differences(domain, &key.check, &key.instance, &before.facts, &outcome.facts);
        for difference in found {
            let change = Change {
                check: key.check.clone(),
                what: difference.what,
                before: difference.before,
                after: difference.after,
                seen_at: look.now,
            };
            write.put_change(domain, &change).await?;
            changes.push(change);
        }
    }
    compared(write, definite.as_ref(), outcome).await
}

async fn compared(
    write: &mut Write,
    definite: Option<&Span>,
    outcome: &Outcome,
) -> Result<Compared, StoreError> {
    let Some(before) = definite else {
        return Ok(Compared { footing: Footing::Baseline, new_ids: HashSet::new() });
    };
    let footing = match before.facts_version == outcome.facts_version {
        true => Footing::History,
        false => Footing::OtherForm,
    };
    let fails = outcome.findings.iter().any(|f| f.is_failing() && f.severity >= Severity::Warning);
    let new_ids = match fails {
        true => write.findings_new_since(before.last_seen).await?,
        false => HashSet::new(),
    };
    Ok(Compared { footing, new_ids })
}

fn may_compare(before: &Span, outcome: &Outcome) -> bool {
    outcome.is_definite()
        && before.facts_version == outcome.facts_version
        && before.facts != outcome.facts
}

async fn record_blindness(
    write: &mut Write,
    key: &SpanKey,
    outcome: &Outcome,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    match outcome.status {
        CheckStatus::Indeterminate if !outcome.is_definite() => {
            let untold = outcome.findings.iter().find(|f| f.status == Status::Indeterminate);
            let reason = untold.and_then(|finding| finding.evidence.get("reason")?.as_str());
            write.put_blind_run(key, reason.unwrap_or("unknown"), now).await
        }
        CheckStatus::Skipped => Ok(()),
        _ => write.end_blindness(key).await,
    }
}
