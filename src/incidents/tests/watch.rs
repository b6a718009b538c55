//! A machine with its own memory, and findings as tests write them.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use vigie_checks::kernel::{Finding, Name, Outcome, Severity, Status};

use crate::incidents::{Footing, Look, Policy, Seen, Situation, Step, step};

pub(in crate::incidents) const A: &str = "a.example";
pub(in crate::incidents) const B: &str = "b.example";
const CONFIRM: i64 = 45;

pub(in crate::incidents) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

/// `id`, `id@subject`, `id=severity` or `id?` (it could not be told); the subject is the domain.
/// `id#1` was seen with another evidence than `id#2`, and `id@address%result` with the result of SPF for an
/// address as its evidence.
pub(in crate::incidents) fn finding(written: &str, domain: &str) -> Finding {
    let (written, seen) = written.split_once('#').unwrap_or((written, ""));
    let (written, status) = match written.strip_suffix('?') {
        Some(id) => (id, Status::Indeterminate),
        None => (written, Status::Fail),
    };
    let (written, severity) = written.split_once('=').unwrap_or((written, "error"));
    let (written, evidence) = match written.split_once('%') {
        Some((written, result)) => (written, json!({ "domain": domain, "result": result })),
        None => (written, json!(seen)),
    };
    let (id, subject) = written.split_once('@').unwrap_or((written, domain));
    let severity = if status == Status::Fail { severity.parse().unwrap() } else { Severity::Info };
    Finding {
        id: id.to_owned(),
        severity,
        status,
        subject: subject.to_owned(),
        params: Default::default(),
        evidence,
        fix: Vec::new(),
        withheld: None,
    }
}

fn outcome(check: &str, findings: &str, domain: &str) -> Outcome {
    let findings: Vec<Finding> =
        findings.split_whitespace().map(|written| finding(written, domain)).collect();
    Outcome {
        check: check.to_owned(),
        status: Outcome::status_of(&findings),
        because: None,
        findings,
        facts: json!({}).into(),
        facts_version: 1,
        started_at: at(0),
        duration_ms: 0,
        dns_queries: 0,
    }
}

/// A machine with its own memory, as the store is for the daemon's.
pub(in crate::incidents) struct Watch {
    pub(in crate::incidents) situation: Situation,
    pub(in crate::incidents) policy: Policy,
    looked: HashSet<(String, String)>,
    ids: u32,
}

impl Watch {
    pub(in crate::incidents) fn new() -> Self {
        let policy = Policy {
            confirm_after: TimeDelta::seconds(CONFIRM),
            reopen_within: TimeDelta::hours(1),
            baseline_opens: false,
        };
        Self { situation: Situation::default(), policy, looked: HashSet::new(), ids: 0 }
    }

    /// A run over a domain. Each pair is a check and what it found.
    pub(in crate::incidents) fn run(
        &mut self,
        domain: &str,
        look: Look,
        checks: &[(&str, &str)],
    ) -> Step {
        self.run_as(domain, look, checks, None, &HashSet::new())
    }

    pub(in crate::incidents) fn run_as(
        &mut self,
        domain: &str,
        look: Look,
        checks: &[(&str, &str)],
        footing: Option<Footing>,
        new_ids: &HashSet<String>,
    ) -> Step {
        let outcomes: Vec<Outcome> =
            checks.iter().map(|(check, findings)| outcome(check, findings, domain)).collect();
        let mut seen = Vec::new();
        for outcome in &outcomes {
            let mut seen_one = Seen { instance: "", outcome, footing: Footing::History, new_ids };
            if seen_one.is_definite()
                && self.looked.insert((domain.to_owned(), outcome.check.clone()))
            {
                seen_one.footing = Footing::Baseline;
            }
            seen_one.footing = footing.unwrap_or(seen_one.footing);
            seen.push(seen_one);
        }
        let ids = &mut self.ids;
        let mut new_id = || {
            *ids += 1;
            format!("I{ids}")
        };
        step(&mut self.situation, &Name::new(domain), &seen, look, self.policy, &mut new_id)
    }
}

pub(in crate::incidents) fn first(seconds: i64) -> Look {
    Look { now: at(seconds), second: false }
}

pub(in crate::incidents) fn second(seconds: i64) -> Look {
    Look { now: at(seconds), second: true }
}
