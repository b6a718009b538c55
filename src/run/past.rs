//! What did the test sends of a domain come to last, and which reports were there? Recalled from the
//! history for an audit, which never sends and has no mailbox; it stands in the target, so that evidence
//! tells it again.

use std::collections::BTreeMap;

use tracing::warn;

use vigie_checks::kernel::{
    CheckEntry, Context, Finding, GivenReport, GivenReports, KeptFacts, Name, Needs, Outcome, Past,
    PastSend, ProbeSpec, REPORTS_TOLD, Target, Vantage,
};
use vigie_checks::registry::CHECKS;

use crate::store::{Store, StoreError};

const PROBE: &str = "probe";

/// Judges what the sends brought, from their facts.
const ARC: &str = "arc";

/// Reports of one domain that are looked at: a receiver makes a few a day, and few domains meet more than
/// some hundred receivers.
const MOST_REPORTS: u32 = 20_000;

/// Adds to each target what its probes came to last and which aggregate reports there are, if there is a
/// history at `url` yet.
///
/// # Errors
/// The history cannot be read.
pub async fn recall(
    url: &str,
    probes: &[(Name, ProbeSpec)],
    targets: &mut [Target],
) -> Result<(), StoreError> {
    let Some(store) = Store::open_to_read(url).await? else { return Ok(()) };
    let recalled = recall_from(&store, probes, targets).await;
    store.close().await;
    recalled
}

/// As [`recall`], from an open history.
///
/// # Errors
/// The history cannot be read.
pub async fn recall_from(
    store: &Store,
    probes: &[(Name, ProbeSpec)],
    targets: &mut [Target],
) -> Result<(), StoreError> {
    for target in targets {
        recall_sends(store, probes, target).await?;
        target.reports = given_reports(store, &target.domain).await?;
    }
    Ok(())
}

async fn recall_sends(
    store: &Store,
    probes: &[(Name, ProbeSpec)],
    target: &mut Target,
) -> Result<(), StoreError> {
    if !probes.iter().any(|(domain, _)| *domain == target.domain) {
        return Ok(());
    }
    let latest = store.latest(&target.domain).await?;
    for span in latest.into_iter().filter(|span| span.key.check == PROBE) {
        let ours = |(domain, probe): &&(Name, ProbeSpec)| {
            *domain == target.domain && probe.name == span.key.instance
        };
        // A probe that is configured no longer has no hosts to tell of.
        let Some((_, probe)) = probes.iter().find(ours) else { continue };
        let probe = probe.clone();
        target.past_sends.push(PastSend { probe, seen_at: span.last_seen, facts: span.facts });
    }
    Ok(())
}

/// The aggregate reports that vigie was given of a domain; nothing if there is none.
async fn given_reports(store: &Store, domain: &Name) -> Result<Option<GivenReports>, StoreError> {
    let times = store.report_times(domain, REPORTS_TOLD, MOST_REPORTS).await?;
    let reports = times.into_iter().map(|times| GivenReport {
        reporter: times.reporter,
        end: times.ends_at,
        first_given: times.received_at,
        last_given: times.met_at,
    });
    Ok(GivenReports::of(&reports.collect::<Vec<_>>()))
}

/// Puts the outcome of the target's past test sends in the place of "there was none".
pub(super) fn tell(outcomes: &mut [Outcome], target: &Target, vantage: &Vantage) {
    if let Some(arc) = outcomes.iter_mut().find(|outcome| outcome.check == ARC) {
        let first = target.past_sends.iter().map(|past| past.seen_at).min();
        arc.started_at = first.unwrap_or(arc.started_at);
    }
    let Some(outcome) = outcomes.iter_mut().find(|outcome| outcome.check == PROBE) else { return };
    let Some(entry) = CHECKS.iter().find(|entry| entry.name == PROBE) else { return };
    let mut findings = Vec::new();
    let mut facts = BTreeMap::new();
    for past in &target.past_sends {
        let Some(said) = judge(entry, past, target, vantage) else {
            warn!(
                probe = past.probe.name,
                "the facts of its last test send are of another version"
            );
            continue;
        };
        findings.extend(said);
        facts.insert(past.probe.name.clone(), past.facts.clone());
        // The oldest of what is told dates the whole.
        let first = facts.len() == 1;
        outcome.started_at =
            if first { past.seen_at } else { outcome.started_at.min(past.seen_at) };
    }
    if facts.is_empty() {
        return;
    }
    outcome.status = Outcome::status_of(&findings);
    outcome.because = None;
    outcome.findings = findings;
    outcome.facts = KeptFacts::of(&facts);
}

fn judge(
    entry: &CheckEntry,
    past: &PastSend,
    target: &Target,
    vantage: &Vantage,
) -> Option<Vec<Finding>> {
    let sent = Target { probe: Some(past.probe.clone()), ..target.clone() };
    let needs = Needs::default();
    let before = Past::default();
    let context =
        Context { target: &sent, vantage, needs: &needs, past: &before, now: past.seen_at };
    let learned = entry.read(&past.facts).ok()?;
    Some(entry.judge(&learned, &context).0)
}
