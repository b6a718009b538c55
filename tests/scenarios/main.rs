//! Every scenario says exactly what it expects, on both stages; and what holds over all of them.

mod before;
mod chain;
mod heal;
mod memory;
mod send;
mod stage;
mod words;

use std::collections::BTreeSet;

use futures::stream::{self, StreamExt};
use vigie::report::{AuditReport, DomainReport};
use vigie::run::{DomainEvidence, Selection};
use vigie_checks::kernel::{Answer, Catalogue, Lang, Rcode, Reason, Request, Response, Severity};
use vigie_checks::registry::CHECKS;
use vigie_scenario::Case;

use stage::{Said, Written, complaint, every_scenario, in_memory, on_sockets};

#[tokio::test]
async fn in_memory_every_case_says_what_it_expects() {
    let mut complaints = Vec::new();
    for written in every_scenario() {
        for case in &written.cases {
            let wrong = complaint(case, &in_memory(case).await);
            complaints.extend(wrong.map(|wrong| format!("{}: {wrong}", written.file.display())));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sockets_every_case_says_what_it_expects() {
    let scenarios = every_scenario();
    let cases =
        scenarios.iter().flat_map(|written| written.cases.iter().map(move |case| (written, case)));
    let complaints: Vec<String> = stream::iter(cases)
        .map(|(written, case)| async move {
            let said = on_sockets(case).await;
            let unlike = case.scenario.probe.is_some() && json(&said) != json(&replay(&said).await);
            let unlike = unlike.then(|| format!("{}: its replay differs", case.name));
            let wrong = complaint(case, &said).or(unlike)?;
            Some(format!("{}: {wrong}", written.file.display()))
        })
        .buffer_unordered(16)
        .filter_map(|wrong| async { wrong })
        .collect()
        .await;
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_id_is_raised_by_a_scenario_whose_near_miss_does_not_raise_it() {
    let mut proven = BTreeSet::new();
    for Written { cases, .. } in every_scenario() {
        let says = |at: usize, id: &str| {
            cases[at].scenario.expect.findings.iter().any(|finding| finding.id == id)
        };
        for finding in &cases[0].scenario.expect.findings {
            if (1..cases.len()).any(|at| !says(at, &finding.id)) {
                proven.insert(finding.id.clone());
            }
        }
    }
    let all = CHECKS
        .iter()
        .flat_map(|check| (check.conditions)().into_iter().map(|c| format!("{}.{c}", check.name)));
    let unproven: Vec<String> = all.filter(|id| !proven.contains(id)).collect();
    assert!(unproven.is_empty(), "no scenario with a near miss raises {unproven:?}");
}

/// Rule 10 of the law: which findings propose records is written in `findings.toml`.
#[tokio::test]
async fn findings_propose_records_where_their_words_say_so() {
    let (mut proposing, mut raised) = (BTreeSet::new(), BTreeSet::new());
    for written in every_scenario() {
        for case in &written.cases {
            let said = in_memory(case).await;
            for finding in said.audit.outcomes.iter().flat_map(|outcome| &outcome.findings) {
                raised.insert(finding.id.clone());
                if !finding.fix.is_empty() {
                    proposing.insert(finding.id.clone());
                }
            }
        }
    }
    let says = |id: &&String| Catalogue::find(id).expect("a judge raised it").record;
    let expected: BTreeSet<String> = raised.iter().filter(says).cloned().collect();
    assert_eq!(proposing, expected);
}

/// With what an overlay would change, as if it healed everything.
#[tokio::test]
async fn every_report_is_as_the_published_schema_says() {
    let schema = include_str!("../../config/schema/audit.schema.json");
    let mut compiler = boon::Compiler::new();
    let schema = serde_json::from_str(schema).expect("the schema is JSON");
    compiler.add_resource("audit.json", schema).expect("it is the only one");
    let mut schemas = boon::Schemas::new();
    let schema = compiler.compile("audit.json", &mut schemas).expect("the schema is one");
    for written in every_scenario() {
        for case in &written.cases {
            let mut said = in_memory(case).await;
            said.audit.what_if = Some(Vec::new());
            let domain = DomainReport::of(&said.audit, &said.selection, Lang::En);
            for because in domain.checks.iter().filter_map(|check| check.because.as_deref()) {
                assert!(because.contains(' '), "{}: `{because}` is no sentence", case.name);
            }
            let report = AuditReport::of(said.audit.started_at, 0, vec![domain]);
            let report = serde_json::to_value(report).expect("a report is plain data");
            let checked = schemas.validate(&report, schema);
            let told = checked.err().map(|error| format!("{error:#}"));
            assert_eq!(told, None, "{}: {}", written.file.display(), case.name);
        }
    }
}

#[tokio::test]
async fn replayed_evidence_gives_the_same_report_octet_for_octet() {
    for written in every_scenario() {
        for case in &written.cases {
            let said = in_memory(case).await;
            let again = replay(&said).await;
            assert_eq!(json(&said), json(&again), "{}: {}", written.file.display(), case.name);
        }
    }
}

/// What a failed answer may add by the law's own words: silence itself is their subject.
const SILENCE_IS_A_FAULT: [&str; 6] = [
    "mx.silent",
    "dns.no-working-ns",
    "dns.lame-ns",
    "dns.tcp-refused",
    "dane.tlsa-lookup-broken",
    "caa.lookup-broken",
];

/// Rule 8 of the law: one answer turned into a failure never adds a failing finding, nor weight to one.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_fails_never_adds_a_failing_finding() {
    let cases = every_scenario().into_iter().flat_map(|written| {
        let file = written.file;
        written.cases.into_iter().map(move |case| (file.clone(), case))
    });
    let complaints: Vec<String> = stream::iter(cases)
        .map(|(file, case)| {
            tokio::spawn(async move {
                let said = complaints_when_answers_fail(&case).await;
                said.into_iter().map(move |said| format!("{}, {said}", file.display()))
            })
        })
        .buffer_unordered(4)
        .flat_map(|said| stream::iter(said.expect("no case panics")))
        .collect()
        .await;
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

async fn complaints_when_answers_fail(case: &Case) -> Vec<String> {
    let said = in_memory(case).await;
    let before = failing(&said);
    let mut complaints = Vec::new();
    for at in 0..said.audit.tape.entries.len() {
        let ask = &said.audit.tape.entries[at].ask;
        for spoilt in spoilt_answers(ask) {
            let mut evidence = DomainEvidence::of(&said.audit);
            evidence.exchanges.entries[at].got = spoilt;
            let after = failing(&judged_again(evidence, &said).await);
            let added = after
                .iter()
                .filter(|finding| !before.iter().any(|said| says_as_much(said, finding)));
            let counted =
                added.filter(|finding| !SILENCE_IS_A_FAULT.iter().any(|id| finding.contains(id)));
            complaints
                .extend(counted.map(|finding| format!("{}: {ask:?} adds {finding}", case.name)));
        }
    }
    complaints
}

/// Whether `before` says what `after` says, and weighs no less: a weight may rest on an answer too.
fn says_as_much(before: &str, after: &str) -> bool {
    let weighed = |said: &str| {
        let (severity, what) = said.split_once(' ').expect("a finding begins with its severity");
        (severity.parse::<Severity>().expect("it is one"), what.to_owned())
    };
    let ((before, same), (after, what)) = (weighed(before), weighed(after));
    same == what && before >= after
}

fn failing(said: &Said) -> BTreeSet<String> {
    let failing = said.findings.iter().filter(|finding| !finding.starts_with("indet."));
    failing.cloned().collect()
}

fn spoilt_answers(request: &Request) -> Vec<Response> {
    let late = Response::failed(request, Reason::Timeout);
    if !matches!(request, Request::Dns(_)) {
        return vec![late];
    }
    let coded = |rcode| {
        let message = vigie_checks::kernel::Message { rcode, ..Default::default() };
        Response::Dns(Answer::from(message))
    };
    vec![late, coded(Rcode::SERVFAIL), coded(Rcode::REFUSED)]
}

async fn replay(said: &Said) -> Said {
    let evidence =
        serde_json::to_string(&DomainEvidence::of(&said.audit)).expect("evidence is plain data");
    let evidence: DomainEvidence =
        serde_json::from_str(&evidence).expect("what was written can be read");
    judged_again(evidence, said).await
}

/// What evidence says under the selection and from the place of another look.
async fn judged_again(evidence: DomainEvidence, said: &Said) -> Said {
    let selection: Selection = said.selection.clone();
    let vantage = std::sync::Arc::new(said.vantage.clone());
    let audit = evidence.replay(&selection, &vantage, None).await.expect("no overlay was given");
    Said::of(audit, selection, said.vantage.clone())
}

fn json(said: &Said) -> String {
    let report = DomainReport::of(&said.audit, &said.selection, Lang::En);
    serde_json::to_string_pretty(&report).expect("a report is plain data")
}
