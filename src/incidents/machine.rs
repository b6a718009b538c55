//! One step: what a run saw of a domain, held against what was believed.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use vigie_checks::kernel::{Finding, Name, Outcome, Severity, Status};

use super::case::{Identity, Turn};
use super::{Case, Event, EventKind, Incident, LookAgain, Phase};

/// How much it takes to believe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The least time between the first look and the one that confirms it.
    pub confirm_after: TimeDelta,
    /// A cause that is back within this time after it was resolved reopens its incident.
    pub reopen_within: TimeDelta,
    /// A route wants to hear of what was wrong at the start.
    pub baseline_opens: bool,
}

/// An incident that came back so often may still be bad luck; one that came back more often flaps.
const FORGIVEN: u32 = 2;

/// The time is doubled at most so often; the policy's own limit comes sooner.
const MOST_DOUBLINGS: u32 = 10;

/// When and how a run looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub now: DateTime<Utc>,
    /// It was asked for by a [`LookAgain`] and went past the cache.
    pub second: bool,
}

/// What an outcome is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Footing {
    /// The outcomes before.
    History,
    /// Nothing: the first definite outcome of this check for this domain.
    Baseline,
    /// Facts of another form: a release changed what equal worlds look like.
    OtherForm,
}

/// One outcome of the run.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Empty, or the name of the probe.
    pub instance: &'a str,
    pub outcome: &'a Outcome,
    pub footing: Footing,
    /// Finding ids that could not be raised when this check last looked at this domain.
    pub new_ids: &'a HashSet<String>,
}

impl Seen<'_> {
    pub(super) fn is_definite(&self) -> bool {
        self.outcome.is_definite()
    }

    /// A release pages nobody: what it newly sees was there before.
    fn is_silent_about(&self, finding: &Finding) -> bool {
        self.footing == Footing::OtherForm || self.new_ids.contains(&finding.id)
    }
}

/// What is believed, as far as the step needs it: every case of the domain, the incidents of these
/// cases and of what was seen now, and the cases of other domains in these incidents.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Situation {
    pub cases: Vec<Case>,
    pub incidents: Vec<Incident>,
}

/// What follows from a step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    pub events: Vec<Event>,
    pub look_again: Vec<LookAgain>,
}

/// Goes one step: changes the situation and says what happened and what is to be looked at again.
/// `new_id` gives the ids of new incidents.
pub fn step(
    situation: &mut Situation,
    domain: &Name,
    seen: &[Seen<'_>],
    look: Look,
    policy: Policy,
    new_id: &mut dyn FnMut() -> String,
) -> Step {
    let mut stage = Stage { situation, domain, look, policy, new_id, notes: Notes::new() };
    let mut confirmed = Vec::new();
    let definite: Vec<&Seen<'_>> = seen.iter().filter(|seen| seen.is_definite()).collect();
    for seen in &definite {
        stage.observe(seen, &mut confirmed);
    }
    // A run that could tell nothing moves nothing, not even what waits for its cause.
    if !definite.is_empty() {
        stage.assign(&confirmed);
        stage.tell_as_seen();
    }
    let notes = stage.notes;
    let events = events(situation, &notes, look.now);
    let look_again = super::look_again::look_again(situation, domain, seen, look, policy);
    Step { events, look_again }
}

/// What happened in each incident, in order.
pub(super) type Notes = BTreeMap<String, Vec<Note>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Note {
    Of(EventKind),
    /// One of its findings is less severe.
    Eased,
    /// Nobody looks at one of its findings any more.
    Unwatched,
}

/// What the parts of one step share.
pub(super) struct Stage<'a> {
    pub situation: &'a mut Situation,
    pub domain: &'a Name,
    pub look: Look,
    pub policy: Policy,
    pub new_id: &'a mut dyn FnMut() -> String,
    pub notes: Notes,
}

impl Stage<'_> {
    pub fn note(&mut self, incident: &str, kind: EventKind) {
        self.notes.entry(incident.to_owned()).or_default().push(Note::Of(kind));
    }

    /// Turns every case of one check, and begins those that are new. The identities of suspicions
    /// that this look confirmed are added to `confirmed`.
    fn observe(&mut self, seen: &Seen<'_>, confirmed: &mut Vec<Identity>) {
        let mut failing = failing(seen.outcome);
        let beside = untold(seen.outcome);
        let mut kept = Vec::with_capacity(self.situation.cases.len());
        for mut case in std::mem::take(&mut self.situation.cases) {
            let concerns = case.domain == *self.domain
                && case.check == seen.outcome.check
                && case.instance == seen.instance;
            if !concerns {
                kept.push(case);
                continue;
            }
            case.retired = false;
            // Only a check's own looks come one after the other: a test send begins long before it is told.
            case.phase = case.phase.no_later_than(self.look.now);
            let found = failing.remove(&(case.finding.id.clone(), case.finding.subject.clone()));
            // What could not be told now but could be then may hide it: law 3.
            if found.is_none() && is_hidden(&case, seen.outcome) {
                kept.push(case);
                continue;
            }
            if let Some(finding) = found {
                case.finding = finding.clone();
                case.last_seen = self.look.now;
                case.beside.clone_from(&beside);
            }
            if self.turn(&mut case, found.map(|finding| finding.severity), seen, confirmed) {
                kept.push(case);
            }
        }
        let begun = failing.into_values().map(|finding| self.begin(seen, finding, &beside));
        kept.extend(begun.collect::<Vec<_>>());
        self.situation.cases = kept;
    }

    /// Turns one case; whether it is kept is the answer.
    fn turn(
        &mut self,
        case: &mut Case,
        found: Option<Severity>,
        seen: &Seen<'_>,
        confirmed: &mut Vec<Identity>,
    ) -> bool {
        let silent = found.filter(|_| seen.is_silent_about(&case.finding));
        if let (Some(severity), true) = (silent, case.is_believed()) {
            case.severity = severity;
            case.phase = Phase::Standing;
            return true;
        }
        let Look { now, second } = self.look;
        let calm = self.calm(case);
        let confirms = |since| second && now >= since + calm;
        match case.turn(found, confirms, now) {
            Turn::Stays(phase) => case.phase = phase,
            Turn::Confirmed => {
                case.phase = Phase::Standing;
                case.severity = found.unwrap_or(case.severity);
                confirmed.push(case.identity());
            }
            Turn::Shifted(to) => self.shift(case, to),
            Turn::Dropped => return false,
            Turn::Healed => {
                if let Some(incident) = &case.incident {
                    self.note(&incident.clone(), EventKind::Resolved);
                }
                return false;
            }
        }
        true
    }

    /// How long a case must be undecided before a second look decides it.
    fn calm(&self, case: &Case) -> TimeDelta {
        calm(case, &self.situation.incidents, self.policy)
    }

    fn shift(&mut self, case: &mut Case, to: Severity) {
        let grown = to > case.severity;
        case.phase = Phase::Standing;
        case.severity = to;
        match case.incident.clone() {
            Some(incident) if grown => self.note(&incident, EventKind::Worsened),
            Some(incident) => self.notes.entry(incident).or_default().push(Note::Eased),
            // What was wrong at the start and grew is a regression.
            None => case.baseline &= !grown,
        }
    }

    fn begin(&self, seen: &Seen<'_>, finding: &Finding, beside: &BTreeSet<String>) -> Case {
        let now = self.look.now;
        let silent = seen.is_silent_about(finding);
        let baseline = silent || seen.footing == Footing::Baseline;
        let stands = silent || (baseline && !self.policy.baseline_opens);
        Case {
            domain: self.domain.clone(),
            check: seen.outcome.check.clone(),
            instance: seen.instance.to_owned(),
            finding: finding.clone(),
            severity: finding.severity,
            phase: if stands { Phase::Standing } else { Phase::Suspected { since: now } },
            baseline,
            // A release's new findings are listed nowhere by themselves.
            reported_at: silent.then_some(now),
            incident: None,
            retired: false,
            beside: beside.clone(),
            first_seen: now,
            last_seen: now,
        }
    }
}

/// How long a case must be undecided before a second look decides it: `confirm_after`, and longer
/// before what comes and goes is believed to be gone. The first two times that an incident comes back
/// count as nothing, each further one doubles the time, up to what reopens an incident.
pub(super) fn calm(case: &Case, incidents: &[Incident], policy: Policy) -> TimeDelta {
    let healing = matches!(case.phase, Phase::Healing { .. });
    let of_it = |incident: &&Incident| Some(&incident.id) == case.incident.as_ref();
    let Some(incident) = incidents.iter().find(of_it).filter(|_| healing) else {
        return policy.confirm_after;
    };
    let doublings = incident.reopenings.saturating_sub(FORGIVEN).min(MOST_DOUBLINGS);
    let longer = policy.confirm_after * (1 << doublings);
    longer.min(policy.reopen_within.max(policy.confirm_after))
}

/// Forgets the cases of a domain that nobody looks at any more; `is_watched` says of a check and
/// instance whether somebody does. Incidents that have no other finding are resolved. What was wrong at
/// the start is remembered: should it be looked at again, it is no news.
pub fn retire(
    situation: &mut Situation,
    domain: &Name,
    is_watched: impl Fn(&str, &str) -> bool,
    now: DateTime<Utc>,
) -> Vec<Event> {
    let mut notes = Notes::new();
    situation.cases.retain_mut(|case| {
        let kept = case.domain != *domain || is_watched(&case.check, &case.instance);
        if !kept && case.baseline && case.incident.is_none() {
            case.retired = true;
            return true;
        }
        if let (false, Some(incident)) = (kept, &case.incident) {
            notes.entry(incident.clone()).or_default().push(Note::Unwatched);
        }
        kept
    });
    events(situation, &notes, now)
}

/// Closes the incidents that have no finding left, and makes one event of what happened in each.
fn events(situation: &mut Situation, notes: &Notes, now: DateTime<Utc>) -> Vec<Event> {
    let Situation { cases, incidents } = situation;
    let mut events = Vec::new();
    for incident in incidents {
        let Some(notes) = notes.get(&incident.id) else { continue };
        let of_it = cases.iter().filter(|case| case.incident.as_ref() == Some(&incident.id));
        let heaviest = of_it.map(|case| case.severity).max();
        if let Some(kind) = incident.take(notes, heaviest, now) {
            events.push(incident.tell(kind));
        }
    }
    events
}

impl Incident {
    /// Takes what happened in one step; the event that tells it, if it is worth one.
    fn take(
        &mut self,
        notes: &[Note],
        heaviest: Option<Severity>,
        now: DateTime<Utc>,
    ) -> Option<EventKind> {
        let was = self.severity;
        match heaviest {
            None => {
                self.state = super::State::Resolved;
                self.resolved_at = Some(now);
                self.unwatched = notes.contains(&Note::Unwatched);
                self.held = false;
                return Some(EventKind::Resolved);
            }
            Some(severity) => self.severity = severity,
        }
        if self.severity > was && self.state == super::State::Acknowledged {
            // Whoever took it on did so for less.
            self.state = super::State::Open;
            self.acknowledged = None;
        }
        let happened = |kind: EventKind| notes.contains(&Note::Of(kind)).then_some(kind);
        // With another domain as badly hit as before there is nothing to say.
        let eased = self.severity < was && notes.contains(&Note::Eased);
        happened(EventKind::Opened)
            .or_else(|| happened(EventKind::Reopened))
            .or_else(|| (self.severity > was).then_some(EventKind::Worsened))
            .or_else(|| happened(EventKind::Updated))
            .or_else(|| eased.then_some(EventKind::Updated))
            .or_else(|| happened(EventKind::Joined))
    }
}

/// The failing findings at warning and above by id and subject, each at its heaviest.
fn failing(outcome: &Outcome) -> BTreeMap<(String, String), &Finding> {
    let mut failing: BTreeMap<(String, String), &Finding> = BTreeMap::new();
    for finding in &outcome.findings {
        if finding.is_failing() && finding.severity >= Severity::Warning {
            let known = failing.entry((finding.id.clone(), finding.subject.clone()));
            let heaviest = known.or_insert(finding);
            if finding.severity > heaviest.severity {
                *heaviest = finding;
            }
        }
    }
    failing
}

/// Digests of what the check could not tell, with its reason and evidence.
fn untold(outcome: &Outcome) -> BTreeSet<String> {
    let untold = outcome.findings.iter().filter(|f| f.status == Status::Indeterminate);
    untold.map(digest).collect()
}

/// Whether a case is not seen because of something that could be told when it was seen last.
fn is_hidden(case: &Case, outcome: &Outcome) -> bool {
    let mut hiding = outcome.findings.iter().filter(|f| f.may_hide(&case.finding));
    hiding.any(|finding| !case.beside.contains(&digest(finding)))
}

fn digest(finding: &Finding) -> String {
    let whole = serde_json::to_string(finding).expect("a finding is plain data");
    Sha256::digest(whole).iter().take(8).map(|octet| format!("{octet:02x}")).collect()
}
