//! Is every sentence that a scenario brings about whole, in both languages?

use std::collections::BTreeSet;

use vigie_checks::kernel::{Catalogue, Finding, Lang};

use super::stage::{Said, every_scenario, in_memory};

#[tokio::test]
async fn every_blank_in_the_words_of_a_finding_is_filled() {
    let mut open = BTreeSet::new();
    for written in every_scenario() {
        for case in &written.cases {
            let said: Said = in_memory(case).await;
            let findings = said.audit.outcomes.iter().flat_map(|outcome| &outcome.findings);
            for finding in findings {
                let named = |blank| format!("{} in {}: {blank}", finding.id, case.name);
                open.extend(blanks(finding).into_iter().map(named));
            }
        }
    }
    assert_eq!(open, BTreeSet::new());
}

/// The blanks of its sentences for which it brings nothing.
fn blanks(finding: &Finding) -> BTreeSet<&'static str> {
    let entry = Catalogue::find(&finding.id).expect("scenarios raise what is in the catalogue");
    let sentences = [&entry.title, &entry.message, &entry.why, &entry.fix];
    let texts = sentences.into_iter().flat_map(|text| [text.get(Lang::En), text.get(Lang::Fr)]);
    let names = texts.flat_map(|text| text.split('{').skip(1)).filter_map(|rest| {
        let (name, _) = rest.split_once('}')?;
        Some(name)
    });
    names.filter(|name| *name != "subject" && !finding.params.contains_key(*name)).collect()
}
