//! What is an incident, and what happens in one?

use chrono::{DateTime, Utc};
use vigie_checks::kernel::{Finding, Name, Severity};

/// One cause, whomever it hits. Its key is the id and subject of the cause, without the domain.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// A ULID.
    pub id: String,
    pub state: State,
    /// The heaviest of its findings.
    pub severity: Severity,
    /// It was opened by what was wrong at the start.
    pub baseline: bool,
    /// The domain that it is told of: the first that it was seen on, as long as it stands there.
    pub domain: Name,
    /// Every domain that it hit.
    pub domains: Vec<Name>,
    /// Ids of the findings that the cause explains.
    pub symptoms: Vec<String>,
    /// As it was seen last on that domain.
    pub cause: Finding,
    /// The incident that took its findings over.
    pub merged_into: Option<String>,
    /// When the first of its findings was first seen.
    pub since: DateTime<Utc>,
    pub opened_at: DateTime<Utc>,
    pub acknowledged: Option<Acknowledged>,
    pub resolved_at: Option<DateTime<Utc>>,
    /// It was resolved because nobody looks at it any more; whether it healed is not known.
    pub unwatched: bool,
    /// How often it came back a short time after it was resolved.
    pub reopenings: u32,
    /// Somebody would have been told of it, had it not been a quiet time.
    pub held: bool,
    /// The number of its last event.
    pub sequence: i64,
}

/// Somebody has seen an incident and says until when nobody else needs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    pub by: String,
    /// May be empty.
    pub why: String,
    pub at: DateTime<Utc>,
    /// It always ends: what was forgotten comes back.
    pub until: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::EnumString)]
#[strum(serialize_all = "kebab-case")]
pub enum State {
    Open,
    /// Open, and somebody has seen it.
    Acknowledged,
    Resolved,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::Display)]
pub enum EventKind {
    #[strum(to_string = "incident.opened")]
    Opened,
    /// Resolved a short time ago, and back.
    #[strum(to_string = "incident.reopened")]
    Reopened,
    #[strum(to_string = "incident.resolved")]
    Resolved,
    /// Another cause, another symptom, more domains, or less severe.
    #[strum(to_string = "incident.updated")]
    Updated,
    #[strum(to_string = "incident.worsened")]
    Worsened,
    #[strum(to_string = "incident.acknowledged")]
    Acknowledged,
    /// It still stands, and nobody took it on.
    #[strum(to_string = "incident.reminder")]
    Reminder,
    /// Another domain has the same cause. Kept in the history, and told a while later with those that
    /// came meanwhile: a dead name server is not forty alerts.
    #[strum(to_string = "domain.joined")]
    Joined,
}

/// Something that happened in an incident, with the incident as it was then.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub kind: EventKind,
    pub incident: Incident,
}

impl Incident {
    pub(super) fn is_unresolved(&self) -> bool {
        self.state != State::Resolved
    }

    pub(super) fn is_caused_by(&self, finding: &Finding) -> bool {
        self.cause.id == finding.id && self.cause.subject == finding.subject
    }

    /// Numbers an event and gives it with the incident as it is now.
    pub(super) fn tell(&mut self, kind: EventKind) -> Event {
        self.sequence += 1;
        Event { kind, incident: self.clone() }
    }
}

/// Somebody has seen the incident, or says so again with another end. Nothing happens to one that is
/// resolved.
pub fn acknowledge(incident: &mut Incident, acknowledged: Acknowledged) -> Option<Event> {
    if incident.state == State::Resolved {
        return None;
    }
    incident.state = State::Acknowledged;
    incident.acknowledged = Some(acknowledged);
    Some(incident.tell(EventKind::Acknowledged))
}

/// What the passing of time does in an unresolved incident: an acknowledgement ends, and what was held
/// back in a quiet time is told when nothing keeps it back any more. Both at once are one event.
pub fn wake(incident: &mut Incident, is_quiet: bool, now: DateTime<Utc>) -> Option<Event> {
    let has_ended = incident.acknowledged.as_ref().is_some_and(|seen| seen.until <= now);
    if incident.state == State::Acknowledged && has_ended {
        incident.state = State::Open;
        incident.acknowledged = None;
        return Some(incident.tell(EventKind::Updated));
    }
    if is_quiet || !incident.held || !incident.is_unresolved() {
        return None;
    }
    incident.held = false;
    Some(incident.tell(EventKind::Updated))
}

/// Says that an incident hits more domains than were told; nothing if it does not.
pub fn spread(incident: &mut Incident, told: &[Name]) -> Option<Event> {
    let has_more = incident.domains.iter().any(|domain| !told.contains(domain));
    has_more.then(|| incident.tell(EventKind::Updated))
}

/// Says again that an incident stands.
pub fn remind(incident: &mut Incident) -> Event {
    incident.tell(EventKind::Reminder)
}
