//! Who must have been told what, and when?

use std::collections::BTreeMap;

use vigie_checks::kernel::Severity;

use super::beliefs::{self, Beliefs, CONFIRM};
use super::history::{DOMAINS, Fault, Happening, History, Silenced};
use super::incidents::{self, Chronicle, Incident, Kind};

/// The channels, and what they want to hear of.
pub(crate) const CHANNELS: [(&str, Severity); 2] =
    [("boss", Severity::Critical), ("ops", Severity::Warning)];

/// Domains that join are told together so long after the first of them, in seconds.
pub(super) const TOGETHER: i64 = 900;

/// A message: what it says, to whom, of which incident.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Message {
    pub at: i64,
    pub channel: &'static str,
    pub kind: String,
    /// What the incident was opened for, and when.
    pub opened: (String, i64),
    pub cause: String,
    pub severity: Severity,
    pub domains: Vec<String>,
    pub symptoms: Vec<String>,
    pub acknowledged: bool,
}

/// Every message of a history, sorted.
pub(crate) fn of_history(history: &History) -> Vec<Message> {
    let (_, chronicle) = settled(history);
    let mut telling = Telling {
        history,
        chronicle: &chronicle,
        now: 0,
        known: BTreeMap::new(),
        messages: Vec::new(),
    };
    for (now, happening) in history {
        telling.now = *now;
        telling.pass(happening);
    }
    telling.messages.sort();
    telling.messages
}

/// How long a fault must be gone before that is believed depends on how often its incident came back,
/// and that on what is believed: guessed until the guess holds.
fn settled(history: &History) -> (Beliefs, Chronicle) {
    let mut beliefs = Beliefs::default();
    let mut chronicle = Chronicle::default();
    let mut guess: Vec<(usize, u32)> = Vec::new();
    loop {
        let calm = |domain, fault, begun, now| {
            let of_it = |standing: &beliefs::Standing| {
                standing.domain == domain && standing.fault == fault && standing.begun() == begun
            };
            let place = beliefs.standings.iter().position(of_it);
            let comebacks = place.map_or(0, |place| chronicle.comebacks(place, now));
            (CONFIRM << comebacks.saturating_sub(2).min(10)).min(3600)
        };
        let next = beliefs::of_everything(history, calm);
        let told = incidents::of_history(history, &next);
        let back: Vec<(usize, u32)> = told
            .events
            .iter()
            .filter(|event| event.kind == Some(Kind::Reopened))
            .map(|event| (event.number, event.at.try_into().unwrap()))
            .collect();
        // Two comebacks change nothing; more are held against the guess before.
        let holds = back == guess || back.len() < 3;
        (beliefs, chronicle, guess) = (next, told, back);
        if holds {
            return (beliefs, chronicle);
        }
    }
}

/// What is known of an incident besides the incident itself.
#[derive(Default)]
struct Known {
    incident: Option<Incident>,
    acknowledged_until: Option<i64>,
    held: bool,
    /// Whether the last that a channel heard is that it is over.
    believes_over: BTreeMap<&'static str, bool>,
    /// The domains that it hit when something else happened than that one joined,
    told_of: Vec<usize>,
    /// and since when more have joined.
    joined: Option<i64>,
}

struct Telling<'a> {
    history: &'a History,
    chronicle: &'a Chronicle,
    now: i64,
    known: BTreeMap<usize, Known>,
    messages: Vec<Message>,
}

impl Telling<'_> {
    fn pass(&mut self, happening: &Happening) {
        match happening {
            Happening::Look { .. } => {
                let (chronicle, now) = (self.chronicle, self.now);
                for event in chronicle.events.iter().filter(|event| event.at == now) {
                    self.look(event);
                }
            }
            Happening::Acknowledge { fault, domain, until } => {
                let subject = fault.subject(*domain);
                let of_it = self.known.iter().find(|(_, known)| {
                    known.open().is_some_and(|incident| {
                        let (own, domain) = incident.cause;
                        own == *fault && own.subject(domain) == subject
                    })
                });
                if let Some(number) = of_it.map(|(number, _)| *number) {
                    self.known.entry(number).or_default().acknowledged_until = Some(*until);
                    self.tell(number, Kind::Acknowledged);
                }
            }
            Happening::Silence { .. } => {}
            Happening::Wake => self.wake(),
        }
    }

    fn look(&mut self, event: &incidents::Event) {
        let known = self.known.entry(event.number).or_default();
        let was = known.open().map(|incident| incident.severity);
        let has_grown = was.is_some_and(|was| event.incident.severity > was);
        known.incident = Some(event.incident.clone());
        if has_grown || matches!(event.kind, Some(Kind::Reopened)) {
            known.acknowledged_until = None;
        }
        if event.kind == Some(Kind::Resolved) {
            known.held = false;
        }
        if let Some(kind) = event.kind {
            self.tell(event.number, kind);
        }
    }

    fn wake(&mut self) {
        let numbers: Vec<usize> = self.known.keys().copied().collect();
        for number in numbers {
            let is_quiet = self.is_quiet(number);
            let Some(known) = self.known.get_mut(&number).filter(|known| known.open().is_some())
            else {
                continue;
            };
            if known.acknowledged_until.is_some_and(|until| until <= self.now) {
                known.acknowledged_until = None;
                self.tell(number, Kind::Updated);
            } else if known.held && !is_quiet {
                known.held = false;
                self.tell(number, Kind::Updated);
            }
            let known = &self.known[&number];
            let Some(incident) = known.open().filter(|_| !known.held) else { continue };
            let is_due = known.joined.is_some_and(|since| since + TOGETHER <= self.now);
            if is_due && incident.domains.iter().any(|domain| !known.told_of.contains(domain)) {
                self.tell(number, Kind::Updated);
            }
        }
    }

    /// Whether somebody wants to hear nothing of it now.
    fn is_quiet(&self, number: usize) -> bool {
        let Some(incident) = self.known.get(&number).and_then(|known| known.incident.as_ref())
        else {
            return false;
        };
        self.history.iter().any(|(from, happening)| {
            let Happening::Silence { of, until } = happening else { return false };
            let covers = match of {
                Silenced::Everything => true,
                Silenced::Domain(domain) => incident.domains == [*domain],
                Silenced::Check(check) => incident.cause.0.check() == *check,
            };
            *from <= self.now && self.now < *until && covers
        })
    }

    fn tell(&mut self, number: usize, kind: Kind) {
        let is_quiet = self.is_quiet(number);
        let Some(known) = self.known.get_mut(&number) else { return };
        let Some(incident) = known.incident.clone() else { return };
        if kind == Kind::Joined {
            known.joined.get_or_insert(self.now);
        } else {
            known.joined = None;
            known.told_of = incident.domains.clone();
        }
        let at_any_time = matches!(kind, Kind::Resolved | Kind::Acknowledged);
        let told = CHANNELS.map(|(channel, least)| {
            let word = match known.believes_over.get(channel) {
                None if at_any_time || incident.severity < least => None,
                None => Some(Kind::Opened),
                Some(true) if at_any_time => None,
                Some(true) => Some(Kind::Reopened),
                Some(false) if kind == Kind::Joined => None,
                Some(false) => Some(kind),
            };
            word.map(|word| (channel, word))
        });
        let told: Vec<(&str, Kind)> = told.into_iter().flatten().collect();
        if !at_any_time && !told.is_empty() {
            known.held = is_quiet;
            if is_quiet {
                return;
            }
        }
        for (channel, word) in told {
            known.believes_over.insert(channel, word == Kind::Resolved);
            let acknowledged = known.acknowledged_until.is_some();
            self.messages.push(message(self.now, channel, word, &incident, acknowledged));
        }
    }
}

impl Known {
    fn open(&self) -> Option<&Incident> {
        self.incident.as_ref().filter(|incident| incident.resolved.is_none())
    }
}

fn message(
    at: i64,
    channel: &'static str,
    kind: Kind,
    incident: &Incident,
    acknowledged: bool,
) -> Message {
    let named =
        |(fault, domain): (Fault, usize)| format!("{}@{}", fault.id(), fault.subject(domain));
    let sorted = |mut all: Vec<String>| {
        all.sort();
        all
    };
    Message {
        at,
        channel,
        kind: format!("{kind:?}").to_lowercase(),
        opened: (named(incident.opened.0), incident.opened.1),
        cause: named(incident.cause),
        severity: incident.severity,
        domains: sorted(incident.domains.iter().map(|d| DOMAINS[*d].to_owned()).collect()),
        symptoms: sorted(incident.symptoms.iter().map(|fault| fault.id().to_owned()).collect()),
        acknowledged,
    }
}
