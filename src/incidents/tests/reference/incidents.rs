//! Which incidents follow from what is to be believed, and what happens in each?
//!
//! One cause is one incident, whomever it hits. A missing SPF record explains what the test sends of
//! its domain meet; nothing else here explains anything.

use std::cmp::Reverse;

use vigie_checks::kernel::Severity;

use super::beliefs::{Beliefs, CONFIRM, Standing, tells};
use super::history::{Domain, Fault, Happening, History};

const REOPENS: i64 = 3600;
const UNSEEN: i64 = 24 * 3600;
const PATIENCE: i64 = 4 * CONFIRM;

/// A fault and the domain that it is of; for a shared fault always the same.
pub(super) type Cause = (Fault, Domain);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Opened,
    Reopened,
    Worsened,
    Updated,
    Joined,
    Acknowledged,
    Resolved,
}

/// An incident as it is at some time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Incident {
    /// What it was opened for, and when.
    pub opened: (Cause, i64),
    pub cause: Cause,
    pub severity: Severity,
    pub domains: Vec<Domain>,
    pub symptoms: Vec<Fault>,
    since: i64,
    pub resolved: Option<i64>,
    merged: bool,
}

/// What happened in an incident, if it is worth a word, and the incident afterwards.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub at: i64,
    pub number: usize,
    pub kind: Option<Kind>,
    pub incident: Incident,
}

/// The incidents of a whole history.
#[derive(Clone, Debug, Default)]
pub(super) struct Chronicle {
    pub events: Vec<Event>,
    /// Which incident a standing is in from when on, by the place of the standing.
    memberships: Vec<(i64, usize, usize)>,
    latest: Vec<Incident>,
}

fn cause(standing: &Standing) -> Cause {
    let shared = matches!(standing.fault, Fault::Listed | Fault::Unexpected);
    (standing.fault, if shared { 0 } else { standing.domain })
}

fn is_symptom(fault: Fault) -> bool {
    matches!(fault, Fault::Refused | Fault::InSpam)
}

pub(super) fn of_history(history: &History, beliefs: &Beliefs) -> Chronicle {
    let mut chronicle = Chronicle::default();
    for (at, happening) in history {
        let Happening::Look { domain, seen, .. } = happening else { continue };
        if seen.iter().any(tells) {
            Moment { now: *at, domain: *domain, beliefs, chronicle: &mut chronicle }.pass();
        }
    }
    chronicle
}

impl Chronicle {
    /// The incident that a standing is in.
    fn incident_of(&self, standing: usize, now: i64) -> Option<usize> {
        let mut known = self.memberships.iter().rev();
        known
            .find(|(since, of, _)| *of == standing && *since <= now)
            .map(|(.., incident)| *incident)
    }

    /// How often the incident of a standing had come back before a time.
    pub(super) fn comebacks(&self, standing: usize, before: i64) -> u32 {
        let Some(number) = self.incident_of(standing, before - 1) else { return 0 };
        let back = |event: &&Event| {
            event.number == number && event.at < before && event.kind == Some(Kind::Reopened)
        };
        self.events.iter().filter(back).count().try_into().unwrap()
    }
}

/// One look that could tell something of a domain.
struct Moment<'a> {
    now: i64,
    domain: Domain,
    beliefs: &'a Beliefs,
    chronicle: &'a mut Chronicle,
}

impl Moment<'_> {
    fn pass(&mut self) {
        let before = self.chronicle.latest.clone();
        let mut kinds: Vec<Option<Kind>> = vec![None; before.len()];
        for place in self.unplaced() {
            self.place(place, &mut kinds);
        }
        kinds.resize(self.chronicle.latest.len(), None);
        for (number, kind) in kinds.into_iter().enumerate() {
            self.end(number, before.get(number), kind);
        }
    }

    fn standing(&self, place: usize) -> &Standing {
        &self.beliefs.standings[place]
    }

    fn members(&self, number: usize) -> impl Iterator<Item = usize> {
        (0..self.beliefs.standings.len()).filter(move |place| {
            self.chronicle.incident_of(*place, self.now) == Some(number)
                && self.standing(*place).stands(self.now)
        })
    }

    fn is_open(&self, number: usize) -> bool {
        self.chronicle.latest[number].resolved.is_none()
    }

    /// Regressions of the domain that have no incident, causes first, then the heavier.
    fn unplaced(&self) -> Vec<usize> {
        let mut all: Vec<usize> = (0..self.beliefs.standings.len())
            .filter(|place| {
                let standing = self.standing(*place);
                standing.domain == self.domain
                    && standing.stands(self.now)
                    && standing.was_seen(self.now)
                    && standing.counts_from().is_some_and(|from| from <= self.now)
                    && self.chronicle.incident_of(*place, self.now).is_none()
            })
            .collect();
        let explained = self.standing_cause().is_some() || self.suspects_cause(i64::MIN);
        all.sort_by_key(|place| {
            let standing = self.standing(*place);
            let explained = explained && is_symptom(standing.fault);
            let severity = Reverse(standing.severity(self.now));
            (explained, severity, standing.first_seen, standing.fault)
        });
        all
    }

    /// The missing record of the domain, if it is missing since the beginning of the watch.
    fn standing_cause(&self) -> Option<usize> {
        (0..self.beliefs.standings.len()).find(|place| {
            let standing = self.standing(*place);
            let counts = standing.counts_from().is_some_and(|from| from <= self.now);
            standing.fault == Fault::Missing
                && standing.domain == self.domain
                && standing.stands(self.now)
                && counts
        })
    }

    fn suspects_cause(&self, after: i64) -> bool {
        self.beliefs.suspicions.iter().any(|suspicion| {
            let is_cause = suspicion.fault == Fault::Missing && suspicion.domain == self.domain;
            let is_now = suspicion.since <= self.now && self.now < suspicion.until;
            is_cause && is_now && suspicion.since > after
        })
    }

    fn place(&mut self, place: usize, kinds: &mut Vec<Option<Kind>>) {
        let symptom = is_symptom(self.standing(place).fault);
        let explaining = self.standing_cause().filter(|_| symptom);
        let explaining = explaining.and_then(|of| self.chronicle.incident_of(of, self.now));
        if let Some(number) = explaining {
            return self.join(place, number, kinds);
        }
        if symptom && self.suspects_cause(self.now - PATIENCE) {
            return;
        }
        let own = cause(self.standing(place));
        let all = 0..self.chronicle.latest.len();
        let known =
            all.clone().find(|n| self.is_open(*n) && self.chronicle.latest[*n].cause == own);
        let symptoms = self.symptom_incidents(place);
        let number = known.or_else(|| {
            let number = *symptoms.first()?;
            let incident = &mut self.chronicle.latest[number];
            if !incident.symptoms.contains(&incident.cause.0) {
                incident.symptoms.push(incident.cause.0);
            }
            incident.cause = own;
            kinds[number] = Some(Kind::Updated);
            Some(number)
        });
        let number = number.or_else(|| self.reopened(place, kinds));
        let number = number.unwrap_or_else(|| self.opened(place, kinds));
        self.join(place, number, kinds);
        for absorbed in symptoms.into_iter().filter(|absorbed| *absorbed != number) {
            for member in self.members(absorbed).collect::<Vec<_>>() {
                self.join(member, number, kinds);
            }
            self.chronicle.latest[absorbed].merged = true;
            kinds[absorbed] = Some(Kind::Resolved);
        }
    }

    /// The open incidents that a cause explains, the oldest first.
    fn symptom_incidents(&self, place: usize) -> Vec<usize> {
        let standing = self.standing(place);
        if standing.fault != Fault::Missing {
            return Vec::new();
        }
        let mut found: Vec<usize> = (0..self.chronicle.latest.len())
            .filter(|number| {
                let incident = &self.chronicle.latest[*number];
                self.is_open(*number)
                    && !incident.merged
                    && is_symptom(incident.cause.0)
                    && incident.cause.1 == self.domain
                    && incident.since >= standing.first_seen - UNSEEN
            })
            .collect();
        found.sort_by_key(|number| (self.chronicle.latest[*number].opened.1, *number));
        found
    }

    fn reopened(&mut self, place: usize, kinds: &mut [Option<Kind>]) -> Option<usize> {
        let own = cause(self.standing(place));
        let since = self.standing(place).first_seen;
        let oldest = self.now - REOPENS;
        let all = self.chronicle.latest.iter().enumerate();
        let back = all.filter(|(_, incident)| {
            incident.cause == own
                && !incident.merged
                && incident.resolved.is_some_and(|at| at >= oldest)
        });
        let (number, _) = back.max_by_key(|(_, incident)| incident.resolved)?;
        let incident = &mut self.chronicle.latest[number];
        incident.resolved = None;
        incident.since = since;
        incident.symptoms.clear();
        incident.domains.clear();
        kinds[number] = Some(Kind::Reopened);
        Some(number)
    }

    fn opened(&mut self, place: usize, kinds: &mut Vec<Option<Kind>>) -> usize {
        let standing = self.standing(place);
        let cause = cause(standing);
        let incident = Incident {
            opened: (cause, self.now),
            cause,
            severity: standing.severity(self.now),
            domains: Vec::new(),
            symptoms: Vec::new(),
            since: standing.first_seen,
            resolved: None,
            merged: false,
        };
        self.chronicle.latest.push(incident);
        kinds.resize(self.chronicle.latest.len(), None);
        kinds[self.chronicle.latest.len() - 1] = Some(Kind::Opened);
        self.chronicle.latest.len() - 1
    }

    fn join(&mut self, place: usize, number: usize, kinds: &mut [Option<Kind>]) {
        self.chronicle.memberships.push((self.now, place, number));
        let (fault, domain, first_seen) =
            (self.standing(place).fault, self.domain, self.standing(place).first_seen);
        let own = cause(self.standing(place));
        let incident = &mut self.chronicle.latest[number];
        incident.since = incident.since.min(first_seen);
        if !incident.domains.contains(&domain) {
            incident.domains.push(domain);
        }
        let is_news = incident.cause != own && !incident.symptoms.contains(&fault);
        if is_news {
            incident.symptoms.push(fault);
        }
        let kind = if is_news { Kind::Updated } else { Kind::Joined };
        // The first of these words says the most: opened, reopened, updated, joined.
        let said = kinds[number].filter(|said| *said <= kind);
        kinds[number] = said.or(Some(kind));
    }

    /// What is to be said of an incident after the look, and whether it is over.
    fn end(&mut self, number: usize, before: Option<&Incident>, kind: Option<Kind>) {
        let was_resolved = before.is_some_and(|before| before.resolved.is_some());
        if was_resolved && kind.is_none() {
            return;
        }
        let members: Vec<usize> = self.members(number).collect();
        let severity = members.iter().map(|place| self.standing(*place).severity(self.now)).max();
        let was = before.filter(|_| !was_resolved).map(|before| before.severity);
        let kind = match (severity, kind) {
            (None, _) => Some(Kind::Resolved),
            (Some(_), Some(kind @ (Kind::Opened | Kind::Reopened))) => Some(kind),
            (Some(now), _) if was.is_some_and(|was| now > was) => Some(Kind::Worsened),
            (Some(now), None | Some(Kind::Joined)) if self.eased(&members, was, now) => {
                Some(Kind::Updated)
            }
            (Some(_), kind) => kind,
        };
        let incident = &mut self.chronicle.latest[number];
        incident.severity = severity.unwrap_or(incident.severity);
        if severity.is_none() {
            incident.resolved = Some(self.now);
        }
        let changed = before != Some(incident);
        if kind.is_some() || changed {
            let incident = incident.clone();
            self.chronicle.events.push(Event { at: self.now, number, kind, incident });
        }
    }

    /// Whether the incident is less severe because one of its findings is.
    fn eased(&self, members: &[usize], was: Option<Severity>, now: Severity) -> bool {
        let has_eased = |place: &usize| {
            let standing = self.standing(*place);
            let changed_now = standing.severities[1..].iter().any(|(at, _)| *at == self.now);
            standing.domain == self.domain
                && changed_now
                && standing.severity(self.now) < standing.severity(self.now - 1)
        };
        was.is_some_and(|was| now < was) && members.iter().any(has_eased)
    }
}
