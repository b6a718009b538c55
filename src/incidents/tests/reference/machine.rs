//! The machine itself, told the same history.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use vigie_checks::kernel::{Finding, Name, Outcome, Severity, Status};

use super::history::{Check, DOMAINS, Happening, History, Seen, Silenced};
use super::telling::{CHANNELS, Message, TOGETHER};
use crate::incidents::{
    Acknowledged, Belief, Event, EventKind, Footing, Incident, Look, Matter, Policy, Route, Routes,
    Silence, Situation, State, acknowledge, hearing, spread, step, wake,
};

pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

/// The routes of the model's channels.
pub(crate) fn routes() -> Routes {
    let route = |(channel, min_severity): (&str, Severity)| Route {
        min_severity,
        ..Route::to(vec![channel.to_owned()])
    };
    let channels = CHANNELS.map(|(channel, _)| channel.to_owned()).to_vec();
    Routes::new(CHANNELS.map(route).to_vec(), channels)
}

pub(crate) fn silence(from: i64, of: Silenced, until: i64) -> Silence {
    let mut silence = Silence {
        id: from.to_string(),
        created_at: at(from),
        until: at(until),
        ..Silence::default()
    };
    match of {
        Silenced::Everything => {}
        Silenced::Domain(domain) => silence.domain = Some(Name::new(DOMAINS[domain])),
        Silenced::Check(check) => silence.finding = Some(format!("{}.*", check.name())),
    }
    silence
}

/// What one check saw, as it would say it.
pub(crate) fn outcome(seen: &Seen, domain: usize, now: i64) -> Outcome {
    let finding = |id: &str, severity, status, subject: &str| Finding {
        id: id.to_owned(),
        severity,
        status,
        subject: subject.to_owned(),
        params: Default::default(),
        evidence: json!({}),
        fix: Vec::new(),
        withheld: None,
    };
    let mut findings: Vec<Finding> = Vec::new();
    for (fault, severity) in &seen.faults {
        findings.push(finding(fault.id(), *severity, Status::Fail, fault.subject(domain)));
    }
    if seen.untold {
        let (id, part) = seen.check.untold();
        let subject = part.unwrap_or(DOMAINS[domain]);
        findings.push(finding(id, Severity::Info, Status::Indeterminate, subject));
    }
    Outcome {
        check: seen.check.name().to_owned(),
        status: Outcome::status_of(&findings),
        because: None,
        findings,
        facts: json!({}).into(),
        facts_version: 1,
        started_at: at(now),
        duration_ms: 0,
        dns_queries: 0,
    }
}

/// The machine with a memory as the store's.
pub(super) struct Machine {
    situation: Situation,
    policy: Policy,
    routes: Routes,
    looked: BTreeSet<(usize, Check)>,
    silences: Vec<Silence>,
    /// What happened in each incident, when, and whom it hit then.
    happened: HashMap<String, Vec<(EventKind, i64, Vec<Name>)>>,
    /// What each incident was opened for, and when.
    opened: HashMap<String, (String, i64)>,
    beliefs: HashMap<String, BTreeMap<&'static str, Belief>>,
    messages: Vec<Message>,
    ids: u32,
}

impl Machine {
    /// Every message of a history, sorted.
    pub(super) fn of_history(history: &History, routes: &Routes) -> Vec<Message> {
        let mut machine = Self {
            situation: Situation::default(),
            policy: Policy {
                confirm_after: TimeDelta::seconds(45),
                reopen_within: TimeDelta::hours(1),
                baseline_opens: false,
            },
            routes: routes.clone(),
            looked: BTreeSet::new(),
            silences: Vec::new(),
            happened: HashMap::new(),
            opened: HashMap::new(),
            beliefs: HashMap::new(),
            messages: Vec::new(),
            ids: 0,
        };
        for (now, happening) in history {
            machine.pass(*now, happening);
        }
        machine.messages.sort();
        machine.messages
    }

    fn pass(&mut self, now: i64, happening: &Happening) {
        match happening {
            Happening::Look { domain, second, seen } => self.look(now, *domain, *second, seen),
            Happening::Acknowledge { fault, domain, until } => {
                let subject = fault.subject(*domain);
                let of_it = self.situation.incidents.iter_mut().find(|incident| {
                    incident.state != State::Resolved
                        && incident.cause.id == fault.id()
                        && incident.cause.subject == subject
                });
                let Some(incident) = of_it else { return };
                let event = acknowledge(incident, acknowledged(now, *until));
                self.tell(now, event.expect("it is not resolved"));
            }
            Happening::Silence { of, until } => self.silences.push(silence(now, *of, *until)),
            Happening::Wake => {
                for place in 0..self.situation.incidents.len() {
                    let is_quiet = self.is_quiet(now, &self.situation.incidents[place]);
                    let event = wake(&mut self.situation.incidents[place], is_quiet, at(now));
                    event.into_iter().for_each(|event| self.tell(now, event));
                    self.tell_joined(now, place);
                }
            }
        }
    }

    /// As the store's statement has it.
    fn tell_joined(&mut self, now: i64, place: usize) {
        let incident = &mut self.situation.incidents[place];
        let Some(happened) = self.happened.get(&incident.id) else { return };
        let last = happened.iter().rposition(|(kind, ..)| *kind != EventKind::Joined);
        let (told, joined) = happened.split_at(last.map_or(0, |last| last + 1));
        let waited = joined.iter().any(|(_, at, _)| at + TOGETHER <= now);
        if incident.state == State::Resolved || incident.held || !waited {
            return;
        }
        let told = told.last().map(|(.., domains)| domains.clone()).unwrap_or_default();
        let event = spread(incident, &told);
        event.into_iter().for_each(|event| self.tell(now, event));
    }

    fn look(&mut self, now: i64, domain: usize, second: bool, seen: &[Seen]) {
        let outcomes: Vec<(Check, Outcome)> =
            seen.iter().map(|seen| (seen.check, outcome(seen, domain, now))).collect();
        let none = HashSet::new();
        let mut compared = Vec::new();
        for (check, outcome) in &outcomes {
            let is_first = outcome.is_definite() && self.looked.insert((domain, *check));
            let footing = if is_first { Footing::Baseline } else { Footing::History };
            compared.push(crate::incidents::Seen {
                instance: "",
                outcome,
                footing,
                new_ids: &none,
            });
        }
        let ids = &mut self.ids;
        let mut new_id = || {
            *ids += 1;
            format!("I{ids:03}")
        };
        let look = Look { now: at(now), second };
        let name = Name::new(DOMAINS[domain]);
        let stepped = step(&mut self.situation, &name, &compared, look, self.policy, &mut new_id);
        stepped.events.into_iter().for_each(|event| self.tell(now, event));
    }

    fn is_quiet(&self, now: i64, incident: &Incident) -> bool {
        let tags = BTreeSet::new();
        self.silences.iter().any(|silence| silence.covers(incident, &tags, at(now)))
    }

    fn tell(&mut self, now: i64, event: Event) {
        let incident = &event.incident;
        let cause = format!("{}@{}", incident.cause.id, incident.cause.subject);
        if event.kind == EventKind::Opened {
            self.opened.insert(incident.id.clone(), (cause.clone(), now));
        }
        let happened = (event.kind, now, incident.domains.clone());
        self.happened.entry(incident.id.clone()).or_default().push(happened);
        let concerned = self.routes.of_incident(&Matter::of(incident, BTreeSet::new()), at(now));
        let beliefs = self.beliefs.entry(incident.id.clone()).or_default();
        let is_quiet = {
            let tags = BTreeSet::new();
            self.silences.iter().any(|silence| silence.covers(incident, &tags, at(now)))
        };
        let heard = hearing(&event, &concerned, beliefs, is_quiet);
        let sorted = |all: Vec<String>| -> Vec<String> {
            all.into_iter().collect::<BTreeSet<String>>().into_iter().collect()
        };
        let mut told = Vec::new();
        for (kind, channels) in &heard.messages {
            for (channel, _) in CHANNELS.iter().filter(|(name, _)| channels.contains(name)) {
                told.push((*channel, *kind));
                self.messages.push(Message {
                    at: now,
                    channel,
                    kind: format!("{kind:?}").to_lowercase(),
                    opened: self.opened[&incident.id].clone(),
                    cause: cause.clone(),
                    severity: incident.severity,
                    domains: sorted(incident.domains.iter().map(|d| d.to_string()).collect()),
                    symptoms: sorted(incident.symptoms.clone()),
                    acknowledged: incident.acknowledged.is_some(),
                });
            }
        }
        let held = heard.held;
        for (channel, kind) in told {
            let over = kind == EventKind::Resolved;
            beliefs.insert(channel, if over { Belief::ItIsOver } else { Belief::ItStands });
        }
        let known = self.situation.incidents.iter_mut().find(|known| known.id == incident.id);
        known.expect("it was told of").held = held;
    }
}

pub(crate) fn acknowledged(now: i64, until: i64) -> Acknowledged {
    Acknowledged { by: "ana".to_owned(), why: String::new(), at: at(now), until: at(until) }
}
