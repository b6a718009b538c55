//! What holds for every sequence of looks.

use std::collections::HashMap;

use proptest::prelude::*;
use vigie_checks::kernel::Name;

use super::tests::watch::{A, B, Watch, first, second};
use super::{EventKind, State};

/// A run over one of two domains: what each check found, how long after the last run.
#[derive(Clone, Debug)]
struct Run {
    domain: &'static str,
    second: bool,
    pause: i64,
    checks: Vec<(&'static str, &'static str)>,
}

fn found(check: &'static str) -> BoxedStrategy<&'static str> {
    let found: &[&str] = match check {
        "spf" => &["", "", "spf.missing", "spf.missing=critical", "spf.temperror?", "spf.syntax"],
        "mx" => &["", "", "mx.unexpected@mx.example", "mx.lookup-failed?"],
        "smtp" => &["", "", "smtp.no-starttls@mx.example", "smtp.timeout?"],
        _ => &["", "", "probe.refused=critical", "probe.in-spam", "probe.mailbox-unreachable?"],
    };
    prop::sample::select(found.to_vec()).boxed()
}

fn check() -> impl Strategy<Value = (&'static str, &'static str)> {
    prop::sample::select(vec!["spf", "mx", "smtp", "probe"])
        .prop_flat_map(|check| (Just(check), found(check)))
}

fn run() -> impl Strategy<Value = Run> {
    let domain = prop::sample::select(vec![A, B]);
    let checks = prop::collection::vec(check(), 1..3);
    (domain, any::<bool>(), 1..200_i64, checks).prop_map(|(domain, second, pause, mut checks)| {
        checks.sort_unstable();
        checks.dedup_by_key(|(check, _)| *check);
        Run { domain, second, pause, checks }
    })
}

/// Runs them all and gives each run with its time and what it gave.
fn play(runs: &[Run], mut each: impl FnMut(&Run, i64, &Watch, &super::Step)) {
    let mut watch = Watch::new();
    let mut now = 0;
    for run in runs {
        now += run.pause;
        let look = if run.second { second(now) } else { first(now) };
        let step = watch.run(run.domain, look, &run.checks);
        each(run, now, &watch, &step);
    }
}

proptest! {
    #[test]
    fn opening_and_resolving_take_turns(runs in prop::collection::vec(run(), 1..60)) {
        let mut open: HashMap<String, bool> = HashMap::new();
        let mut sequences: HashMap<String, i64> = HashMap::new();
        play(&runs, |_, _, _, step| {
            for event in &step.events {
                let incident = &event.incident;
                let was_open = open.get(&incident.id).copied();
                match event.kind {
                    EventKind::Opened => assert_eq!(was_open, None),
                    EventKind::Reopened => assert_eq!(was_open, Some(false)),
                    _ => assert_eq!(was_open, Some(true)),
                }
                open.insert(incident.id.clone(), event.kind != EventKind::Resolved);
                let last = sequences.insert(incident.id.clone(), incident.sequence);
                assert_eq!(incident.sequence, last.unwrap_or(0) + 1);
            }
        });
    }

    #[test]
    fn nothing_opens_without_two_looks(runs in prop::collection::vec(run(), 1..60)) {
        let mut seen: Vec<(&str, &str, i64)> = Vec::new();
        play(&runs, |run, now, watch, step| {
            for (_, findings) in &run.checks {
                let ids = findings.split_whitespace().map(|f| f.split(['=', '@']).next().unwrap());
                seen.extend(ids.map(|id| (run.domain, id, now)));
            }
            let opened = step.events.iter()
                .filter(|e| matches!(e.kind, EventKind::Opened | EventKind::Reopened));
            for event in opened {
                let id = event.incident.cause.id.as_str();
                let looks: Vec<i64> = seen.iter()
                    .filter(|(domain, found, _)| *domain == run.domain && *found == id)
                    .map(|(_, _, at)| *at)
                    .collect();
                let span = looks.last().unwrap() - looks.first().unwrap();
                assert!(span >= watch.policy.confirm_after.num_seconds(), "{id} {looks:?}");
            }
        });
    }

    #[test]
    fn what_could_not_be_told_changes_nothing(
        runs in prop::collection::vec(run(), 1..40),
        is_second in any::<bool>(),
    ) {
        let blind = [
            ("spf", "spf.temperror?"), ("mx", "mx.lookup-failed?"),
            ("smtp", "smtp.timeout?"), ("probe", "probe.mailbox-unreachable?"),
        ];
        let mut watch = Watch::new();
        let mut now = 0;
        for run in &runs {
            now += run.pause;
            let look = if run.second { second(now) } else { first(now) };
            watch.run(run.domain, look, &run.checks);
            let before = watch.situation.clone();
            let look = if is_second { second(now + 50) } else { first(now + 50) };
            let step = watch.run(run.domain, look, &blind);
            prop_assert_eq!(step.events, []);
            prop_assert_eq!(&watch.situation, &before);
        }
    }

    #[test]
    fn every_open_incident_has_a_finding_and_is_one_per_cause(
        runs in prop::collection::vec(run(), 1..60),
    ) {
        play(&runs, |_, _, watch, _| {
            let mut causes = Vec::new();
            for incident in &watch.situation.incidents {
                let mut cases = watch.situation.cases.iter()
                    .filter(|case| case.incident.as_ref() == Some(&incident.id))
                    .peekable();
                assert_eq!(cases.peek().is_some(), incident.state != State::Resolved);
                if cases.peek().is_some() {
                    causes.push((&incident.cause.id, &incident.cause.subject));
                    assert_eq!(cases.clone().map(|case| case.severity).max(), Some(incident.severity));
                    let domains: Vec<&Name> = cases.map(|case| &case.domain).collect();
                    assert!(domains.iter().all(|domain| incident.domains.contains(domain)));
                }
            }
            let all = causes.len();
            causes.sort();
            causes.dedup();
            assert_eq!(causes.len(), all);
        });
    }
}
