//! Is every sentence that a scenario brings about whole, in both languages?

use std::collections::BTreeSet;

use vigie_checks::kernel::Catalogue;

use super::stage::{Said, every_scenario, in_memory};

#[tokio::test]
async fn every_blank_in_the_words_of_a_finding_is_filled() {
    let mut open = BTreeSet::new();
    for written in every_scenario() {
        for case in &written.cases {
            let said: Said = in_memory(case).await;
            let findings = said.audit.outcomes.iter().flat_map(|outcome| &outcome.findings);
            for finding in findings {
                let entry = Catalogue::find(&finding.id).expect("it is in the catalogue");
                let named = |blank| format!("{} in {}: {blank}", finding.id, case.name);
                open.extend(entry.left_open(finding).into_iter().map(named));
            }
        }
    }
    assert_eq!(open, BTreeSet::new());
}
