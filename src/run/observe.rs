//! Runs the checks of one domain: each starts as soon as what it needs has ended.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use futures::future::FutureExt;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::time::Instant;
use tracing::error;

use vigie_checks::kernel::{
    Because, CheckEntry, CheckStatus, Clock, Context, KeptFacts, Learned, Needs, Net, Observed,
    Outcome, Past, Request, Target, Vantage, View,
};

use super::{Selection, places};
use crate::net::Exchange;

/// What a run looks through.
#[derive(Clone)]
pub struct Looking {
    pub net: Arc<dyn Net>,
    pub clock: Arc<dyn Clock>,
    pub vantage: Arc<Vantage>,
    /// What the checks saw before, by their names; empty for a single audit.
    pub past: Arc<BTreeMap<String, Past>>,
    /// The moment that everything of the run is judged at.
    pub now: DateTime<Utc>,
}

/// The outcome of every running check, in the order of the registry.
pub async fn observe(target: &Target, selection: &Selection, looking: &Looking) -> Vec<Outcome> {
    let mut waiting: Vec<&'static CheckEntry> = selection.entries().collect();
    let mut running = FuturesUnordered::new();
    let mut ended: Vec<Outcome> = Vec::new();
    let mut learned = Needs::default();
    loop {
        let (ready, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|entry| {
            entry.needs.iter().all(|need| {
                ended.iter().any(|outcome| outcome.check == *need)
                    || !selection.running.contains(need)
            })
        });
        waiting = later;
        for entry in ready {
            match reason_to_skip(entry, &ended) {
                Some(because) => ended.push(skipped(entry, because, looking)),
                None => running.push(run(entry, target, learned.only(entry.needs), looking)),
            }
        }
        // A check that was skipped may have made others ready.
        if waiting
            .iter()
            .any(|entry| entry.needs.iter().all(|need| ended.iter().any(|o| o.check == *need)))
        {
            continue;
        }
        match running.next().await {
            Some((entry, outcome, facts)) => {
                if let Some(facts) = facts {
                    learned.insert(entry.name, facts);
                }
                ended.push(outcome);
            }
            None => break,
        }
    }
    ended.sort_by_key(|outcome| selection.running.iter().position(|name| *name == outcome.check));
    ended
}

fn reason_to_skip(entry: &CheckEntry, ended: &[Outcome]) -> Option<Because> {
    let no_domain = |outcome: &Outcome| {
        outcome.because == Some(Because::NoDomain)
            || outcome.findings.iter().any(|finding| finding.id == "dns.nxdomain")
    };
    // In the order in which it names them: which of them ended first is chance, and told it would make a
    // replay another report.
    let ended_as = |need: &&str| ended.iter().find(|outcome| outcome.check == *need);
    let needed = || entry.needs.iter().filter_map(ended_as);
    if needed().any(no_domain) {
        return Some(Because::NoDomain);
    }
    // What could not be told of a part leaves the rest to build on.
    needed()
        .find(|outcome| outcome.is_blind() && !outcome.is_definite())
        .map(|outcome| Because::NeedUnknown { need: outcome.check.clone() })
}

fn skipped(entry: &CheckEntry, because: Because, looking: &Looking) -> Outcome {
    Outcome {
        check: entry.name.to_owned(),
        status: CheckStatus::Skipped,
        because: Some(because),
        findings: Vec::new(),
        facts: KeptFacts::none(),
        facts_version: entry.facts_version,
        started_at: looking.now,
        duration_ms: 0,
        dns_queries: 0,
    }
}

/// One check, with what it learned. A panic in it ends it as "could not tell" and touches nobody else.
async fn run(
    entry: &'static CheckEntry,
    target: &Target,
    needs: Needs,
    looking: &Looking,
) -> (&'static CheckEntry, Outcome, Option<Learned>) {
    let begun = Instant::now();
    let counted = Counted { below: Arc::clone(&looking.net), questions: AtomicU64::new(0) };
    let view = View {
        target,
        vantage: &looking.vantage,
        needs: &needs,
        net: &counted,
        clock: looking.clock.as_ref(),
        now: looking.now,
    };
    let observed = AssertUnwindSafe(entry.observe(&view)).catch_unwind().await;
    let none = Past::default();
    let past = looking.past.get(entry.name).unwrap_or(&none);
    let context =
        Context { target, vantage: &looking.vantage, needs: &needs, past, now: looking.now };
    let judged = observed.ok().and_then(|Observed { learned, kept }| {
        let judging = AssertUnwindSafe(|| entry.judge(&learned, &context));
        let (findings, because) = std::panic::catch_unwind(judging).ok()?;
        Some((learned, kept, findings, because))
    });
    let (status, learned, facts, findings, because) = match judged {
        Some((learned, facts, mut findings, because)) => {
            places::place(&counted, &target.domain, &mut findings).await;
            let skipped = because.as_ref().map(|_| CheckStatus::Skipped);
            let status = skipped.unwrap_or_else(|| Outcome::status_of(&findings));
            (status, Some(learned), facts, findings, because)
        }
        None => {
            error!(check = entry.name, domain = %target.domain, "the check ended in a panic");
            (CheckStatus::Indeterminate, None, KeptFacts::none(), Vec::new(), None)
        }
    };
    let outcome = Outcome {
        check: entry.name.to_owned(),
        status,
        because,
        findings,
        facts,
        facts_version: entry.facts_version,
        started_at: looking.now,
        duration_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        dns_queries: counted.questions.load(Ordering::Relaxed),
    };
    (entry, outcome, learned)
}

/// Counts the questions of one check.
struct Counted {
    below: Arc<dyn Net>,
    questions: AtomicU64,
}

impl Net for Counted {
    /// Hands on the future from below as it is: one of its own would be boxed for the counting alone.
    fn exchange<'a, 'b>(&'a self, request: Request) -> Exchange<'b>
    where
        'a: 'b,
        Self: 'b,
    {
        if matches!(request, Request::Dns(_)) {
            self.questions.fetch_add(1, Ordering::Relaxed);
        }
        self.below.exchange(request)
    }
}

#[cfg(test)]
mod tests {
    use vigie_checks::kernel::{Because, CheckStatus, KeptFacts};
    use vigie_checks::registry::CHECKS;

    use super::{Outcome, reason_to_skip};

    /// An outcome without findings.
    fn outcome(check: &str, status: CheckStatus) -> Outcome {
        Outcome {
            check: check.to_owned(),
            status,
            because: None,
            findings: Vec::new(),
            facts: KeptFacts::none(),
            facts_version: 1,
            started_at: chrono::DateTime::UNIX_EPOCH,
            duration_ms: 0,
            dns_queries: 0,
        }
    }

    #[test]
    fn the_need_that_is_told_does_not_depend_on_which_ended_first() {
        let mut several = 0;
        for entry in CHECKS.iter().filter(|entry| entry.needs.len() > 1) {
            several += 1;
            let all = |status: CheckStatus| -> Vec<Outcome> {
                entry.needs.iter().map(|need| outcome(need, status)).collect()
            };
            let first = Because::NeedUnknown { need: entry.needs[0].to_owned() };
            let mut ended = all(CheckStatus::Indeterminate);
            assert_eq!(reason_to_skip(entry, &ended), Some(first.clone()), "{}", entry.name);
            ended.reverse();
            assert_eq!(reason_to_skip(entry, &ended), Some(first), "{} reversed", entry.name);
            assert_eq!(reason_to_skip(entry, &all(CheckStatus::Pass)), None, "{}", entry.name);
        }
        assert!(several > 0, "some check needs several");
    }
}
