//! Whose incident is a finding? That of its cause, its own, or that of its symptoms.

use std::cmp::Reverse;

use chrono::{DateTime, TimeDelta, Utc};
use vigie_checks::kernel::{Finding, Name};

use super::case::Identity;
use super::machine::Stage;
use super::{Case, EventKind, Incident, Phase, State, explains};

/// A cause takes over symptoms that began at most this long before it was seen: it may have been
/// there unseen, for some checks look only every few hours.
const UNSEEN: TimeDelta = TimeDelta::hours(24);

/// A symptom waits at most so many times `confirm_after` for a suspected cause to be decided.
const PATIENCE: i32 = 4;

impl Stage<'_> {
    /// Gives every believed finding of the domain its incident, causes first. What was wrong at the
    /// start gets one only if it is among `confirmed`.
    pub(super) fn assign(&mut self, confirmed: &[Identity]) {
        for identity in self.homeless(confirmed) {
            let Some(at) = self.position(&identity) else { continue };
            if let Some(cause) = self.explaining_incident(at) {
                self.join(at, &cause);
            } else if !self.may_be_explained(at) {
                let incident = self.incident_for(at);
                self.join(at, &incident);
                self.absorb_symptoms(at, &incident);
            }
        }
    }

    fn position(&self, identity: &Identity) -> Option<usize> {
        let of_domain = |case: &Case| case.domain == *self.domain;
        self.situation.cases.iter().position(|c| of_domain(c) && c.identity() == *identity)
    }

    /// The findings that have no incident and want one; those that nothing explains come first,
    /// then the heavier.
    fn homeless(&self, confirmed: &[Identity]) -> Vec<Identity> {
        let wants = |case: &&Case| {
            case.domain == *self.domain
                && case.incident.is_none()
                // What was not seen last may be healing; of what is seen the severity alone is open.
                && matches!(case.phase, Phase::Standing | Phase::Shifting { .. })
                && (!case.baseline || confirmed.contains(&case.identity()))
        };
        let mut cases: Vec<&Case> = self.situation.cases.iter().filter(wants).collect();
        cases.sort_by_key(|case| {
            (self.explanations(case).next().is_some(), Reverse(case.severity), case.first_seen)
        });
        cases.into_iter().map(Case::identity).collect()
    }

    /// The cases of the domain that explain a case.
    fn explanations<'a>(&'a self, symptom: &'a Case) -> impl Iterator<Item = &'a Case> {
        self.situation.cases.iter().filter(|cause| {
            cause.domain == symptom.domain
                && (!cause.baseline || symptom.baseline)
                && explains(&cause.finding, cause.severity, &symptom.finding)
        })
    }

    /// The unresolved incident of the heaviest finding that explains a case.
    fn explaining_incident(&self, at: usize) -> Option<String> {
        let symptom = &self.situation.cases[at];
        let with_incident = self.explanations(symptom).filter(|cause| cause.is_believed());
        let heaviest = with_incident
            .filter_map(|cause| Some((cause, cause.incident.as_ref()?)))
            .min_by_key(|(cause, _)| (Reverse(cause.severity), cause.first_seen))?;
        Some(heaviest.1.clone())
    }

    /// Whether a suspicion that is about to be decided would explain a case.
    fn may_be_explained(&self, at: usize) -> bool {
        let symptom = &self.situation.cases[at];
        let oldest = self.look.now - self.policy.confirm_after * PATIENCE;
        !symptom.baseline
            && self
                .explanations(symptom)
                .any(|cause| matches!(cause.phase, Phase::Suspected { since } if since > oldest))
    }

    /// The incident that a case is the cause of: its own if it is known, else that of its symptoms,
    /// else one that was resolved a short time ago, else a new one.
    fn incident_for(&mut self, at: usize) -> String {
        let case = self.situation.cases[at].clone();
        let now = self.look.now;
        let reopens = now - self.policy.reopen_within;
        let symptoms = self.symptom_incidents(&case);
        let oldest_symptom = symptoms.first().cloned();
        let known = |incident: &&mut Incident| {
            incident.is_caused_by(&case.finding) && incident.is_unresolved()
        };
        if let Some(incident) = self.situation.incidents.iter_mut().find(known) {
            return incident.id.clone();
        }
        let symptom = |incident: &&mut Incident| Some(&incident.id) == oldest_symptom.as_ref();
        if let Some(incident) = self.situation.incidents.iter_mut().find(symptom) {
            let explained = std::mem::replace(&mut incident.cause, case.finding);
            incident.add_symptom(&explained);
            let id = incident.id.clone();
            self.note(&id, EventKind::Updated);
            return id;
        }
        let back = |incident: &&mut Incident| {
            incident.is_caused_by(&case.finding)
                && incident.merged_into.is_none()
                && incident.resolved_at.is_some_and(|at| at >= reopens)
        };
        // A cause may have had two: its own, and one that it took over from a symptom.
        let resolved = self.situation.incidents.iter_mut().filter(back);
        if let Some(incident) = resolved.max_by_key(|incident| incident.resolved_at) {
            incident.reopen(self.domain, case.first_seen);
            let id = incident.id.clone();
            self.note(&id, EventKind::Reopened);
            return id;
        }
        self.open(&case)
    }

    fn open(&mut self, case: &Case) -> String {
        let id = (self.new_id)();
        self.situation.incidents.push(Incident {
            id: id.clone(),
            state: State::Open,
            severity: case.severity,
            baseline: case.baseline,
            domain: self.domain.clone(),
            domains: vec![self.domain.clone()],
            symptoms: Vec::new(),
            cause: case.finding.clone(),
            merged_into: None,
            since: case.first_seen,
            opened_at: self.look.now,
            acknowledged: None,
            resolved_at: None,
            unwatched: false,
            reopenings: 0,
            held: false,
            sequence: 0,
        });
        self.note(&id, EventKind::Opened);
        id
    }

    /// The unresolved incidents whose cause a case explains, and that hit this domain alone, oldest
    /// first.
    fn symptom_incidents(&self, case: &Case) -> Vec<String> {
        let hits_others = |id: &String| {
            let mut cases = self.situation.cases.iter();
            cases.any(|c| c.incident.as_ref() == Some(id) && c.domain != *self.domain)
        };
        let is_symptom = |incident: &&Incident| {
            incident.is_unresolved()
                && explains(&case.finding, case.severity, &incident.cause)
                && incident.since >= case.first_seen - UNSEEN
                && (!case.baseline || incident.baseline)
                && incident.domains.contains(self.domain)
                && !hits_others(&incident.id)
        };
        let mut found: Vec<&Incident> =
            self.situation.incidents.iter().filter(is_symptom).collect();
        found.sort_by_key(|incident| (incident.opened_at, incident.id.clone()));
        found.into_iter().map(|incident| incident.id.clone()).collect()
    }

    /// Puts a case into an incident.
    fn join(&mut self, at: usize, id: &str) {
        let case = &mut self.situation.cases[at];
        case.incident = Some(id.to_owned());
        let case = case.clone();
        let found = self.situation.incidents.iter_mut().find(|incident| incident.id == id);
        let incident = found.expect("the id comes from the situation");
        incident.since = incident.since.min(case.first_seen);
        let first_told = incident.baseline && !case.baseline;
        incident.baseline &= case.baseline;
        let new_domain = !incident.domains.contains(&case.domain);
        if new_domain {
            incident.domains.push(case.domain.clone());
        }
        let new_symptom =
            !incident.is_caused_by(&case.finding) && incident.add_symptom(&case.finding);
        if new_symptom || first_told {
            self.note(id, EventKind::Updated);
        } else {
            self.note(id, EventKind::Joined);
        }
    }

    /// Moves the symptoms of a cause, and the incidents that were theirs, into the cause's incident.
    fn absorb_symptoms(&mut self, at: usize, into: &str) {
        let case = self.situation.cases[at].clone();
        for id in self.symptom_incidents(&case) {
            if id == into {
                continue;
            }
            let moved = |c: &Case| c.incident.as_ref() == Some(&id);
            let positions: Vec<usize> = (0..self.situation.cases.len())
                .filter(|i| moved(&self.situation.cases[*i]))
                .collect();
            for position in positions {
                self.join(position, into);
            }
            let found = self.situation.incidents.iter_mut().find(|incident| incident.id == id);
            let incident = found.expect("the id comes from the situation");
            incident.merged_into = Some(into.to_owned());
            self.note(&id, EventKind::Resolved);
        }
    }
}

impl Incident {
    /// Whether the finding's id was not yet among the symptoms.
    fn add_symptom(&mut self, finding: &Finding) -> bool {
        if self.symptoms.contains(&finding.id) {
            return false;
        }
        self.symptoms.push(finding.id.clone());
        true
    }

    /// It is back, on a domain; those that it hit before need not be hit again.
    fn reopen(&mut self, domain: &Name, since: DateTime<Utc>) {
        self.state = State::Open;
        self.domain = domain.clone();
        self.domains.clear();
        self.since = since;
        self.resolved_at = None;
        self.unwatched = false;
        self.acknowledged = None;
        self.reopenings = self.reopenings.saturating_add(1);
        self.symptoms.clear();
    }
}
