//! What does an incident tell of its cause? What was seen of it last, where it still stands.

use super::Situation;
use super::machine::Stage;

impl Stage<'_> {
    /// Lets each unresolved incident tell its cause as it was seen last: on the domain that it tells of
    /// already while the cause stands there, else on the one that has had it longest. A record that is
    /// proposed is then one for what stands now.
    pub(super) fn tell_as_seen(&mut self) {
        let Situation { cases, incidents } = &mut *self.situation;
        for incident in incidents.iter_mut().filter(|incident| incident.is_unresolved()) {
            let of_it = cases.iter().filter(|case| {
                case.incident.as_ref() == Some(&incident.id) && incident.is_caused_by(&case.finding)
            });
            let nearest = of_it.min_by_key(|case| {
                (case.domain != incident.domain, case.first_seen, case.domain.as_str())
            });
            // A severity that one look alone saw is not believed yet, nor are the words that go with it.
            if let Some(case) = nearest.filter(|case| case.finding.severity == case.severity) {
                incident.cause.clone_from(&case.finding);
                incident.domain.clone_from(&case.domain);
            }
        }
    }
}
