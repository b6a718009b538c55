//! What `vigie fix` proposes heals, and brings nothing as bad.

use std::collections::BTreeSet;

use futures::stream::{self, StreamExt};
use vigie::report::FixReport;
use vigie::run::{Left, propose};
use vigie_checks::kernel::{Finding, Lang, Outcome, Severity, Tape};
use vigie_lab::world::World;
use vigie_scenario::Case;

use crate::memory::Memory;
use crate::stage::{Said, every_scenario, in_memory, in_memory_under, target};

type Failing = BTreeSet<(String, String, Severity)>;

#[tokio::test(flavor = "multi_thread")]
async fn a_fix_heals_its_finding_and_brings_nothing_as_severe() {
    let complaints = over_all(|case, said| async move {
        let mut complaints = Vec::new();
        for finding in fixable(&said) {
            complaints.extend(complaint(&case, &said, &[finding], true).await);
        }
        complaints
    });
    let complaints = complaints.await;
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_fixes_of_a_domain_together_heal_what_they_say() {
    let complaints = over_all(|case, said| async move {
        complaint(&case, &said, &fixable(&said), false).await.into_iter().collect()
    });
    let complaints = complaints.await;
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// What `judge` complains of, over every case that sends nothing.
async fn over_all<F>(judge: impl Fn(Case, Said) -> F + Copy + Send + 'static) -> Vec<String>
where
    F: Future<Output = Vec<String>> + Send + 'static,
{
    let cases = every_scenario().into_iter().flat_map(|written| {
        let file = written.file;
        written.cases.into_iter().map(move |case| (file.clone(), case))
    });
    stream::iter(cases.filter(|(_, case)| case.scenario.probe.is_none()))
        .map(|(file, case)| {
            tokio::spawn(async move {
                let said = in_memory(&case).await;
                let complaints = judge(case, said).await;
                complaints.into_iter().map(move |said| format!("{}: {said}", file.display()))
            })
        })
        .buffer_unordered(4)
        .flat_map(|said| stream::iter(said.expect("no case panics")))
        .collect()
        .await
}

fn fixable(said: &Said) -> Vec<&Finding> {
    let chosen = said.audit.outcomes.iter().filter(|o| said.selection.chosen.contains(&*o.check));
    let findings = chosen.flat_map(|outcome| &outcome.findings);
    findings.filter(|finding| finding.is_failing() && !finding.fix.is_empty()).collect()
}

/// What is wrong after the fixes of these findings are published; `alone` if each must be published.
async fn complaint(case: &Case, said: &Said, findings: &[&Finding], alone: bool) -> Option<String> {
    let world = World::from_scenario(&case.scenario).expect("the scenario's world stands");
    let net = Memory::of(world, &Tape::default());
    let domain = target(&case.scenario).domain;
    let proposal = propose(&net, &domain, findings).await;
    let report = FixReport::of(&domain, findings, &proposal, &[], Lang::En);
    let zone = report.bind(Lang::En);
    let told = |what: String| Some(format!("{}: {what}\n{zone}", case.name));
    // What a finding carries can be published: no record of it stands at the name of an alias.
    let is_wrong = |why: &Left| {
        alone && matches!(why, Left::Overtaken { .. }) || matches!(why, Left::Withheld(_))
    };
    if let Some((at, why)) = proposal.left.iter().find(|(_, why)| is_wrong(why)) {
        return told(format!("{} {why:?} {:?}", findings[*at].id, findings[*at].fix));
    }
    let healed: Vec<&Finding> =
        proposal.sets.iter().flat_map(|set| &set.heals).map(|at| findings[*at]).collect();
    if healed.is_empty() {
        return None;
    }
    let after = in_memory_under(case, Some(&zone)).await;
    let (before, after) =
        (failing(&said.audit.outcomes), failing(after.audit.what_if.as_ref().expect("laid over")));
    let still = healed.iter().find(|finding| {
        after.iter().any(|(id, subject, _)| *id == finding.id && *subject == finding.subject)
    });
    if let Some(finding) = still {
        return told(format!("{} {} is still there", finding.id, finding.subject));
    }
    let worst = healed.iter().map(|finding| finding.severity).max()?;
    let was = |new: &&(String, String, Severity)| {
        before.iter().any(|(id, subject, _)| *id == new.0 && *subject == new.1)
    };
    let brought: Vec<_> = after.iter().filter(|new| new.2 >= worst && !was(new)).collect();
    if brought.is_empty() { None } else { told(format!("brings {brought:?}")) }
}

fn failing(outcomes: &[Outcome]) -> Failing {
    let findings = outcomes.iter().flat_map(|outcome| &outcome.findings);
    let failing = findings.filter(|finding| finding.is_failing());
    failing.map(|f| (f.id.clone(), f.subject.clone(), f.severity)).collect()
}
