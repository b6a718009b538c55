//! Who hears of what? Routes from events to channels: by severity, tags, checks and domains, by the
//! time of the week, and by how long nobody answered.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use vigie_checks::kernel::{Name, Severity};

use super::Incident;

/// Times of the week.
pub trait Hours: Debug + Send + Sync {
    /// Whether the moment lies in one of them.
    fn hold(&self, now: DateTime<Utc>) -> bool;
}

/// Which channels hear of which incidents.
#[derive(Clone, Debug)]
pub struct Route {
    pub channels: Vec<String>,
    /// Of incidents; other event types go to every channel of the route.
    pub min_severity: Severity,
    /// Domains with one of these; empty: every domain.
    pub tags: Vec<String>,
    /// These domains; empty: every domain.
    pub domains: Vec<Name>,
    /// What these checks find; empty: every check.
    pub checks: Vec<String>,
    /// `change.detected` too.
    pub changes: bool,
    /// Incidents of what was wrong at the start too.
    pub baseline: bool,
    /// When incidents are told; what still stands when the next of them begins is told then.
    pub hours: Option<Arc<dyn Hours>>,
    /// How long after the last message an incident that nobody took on is told again.
    pub repeat: Option<TimeDelta>,
    pub escalation: Option<Escalation>,
    /// How long a message about an incident waits for others that it may become one with.
    pub group_wait: Option<TimeDelta>,
}

/// Who else hears of an incident that nobody took on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escalation {
    /// After the first message to a channel of the route since it opened, or opened again.
    pub after: TimeDelta,
    pub to: Vec<String>,
}

/// What routes look at of an incident.
#[derive(Clone, Debug)]
pub struct Matter<'a> {
    pub severity: Severity,
    pub baseline: bool,
    pub check: &'a str,
    pub domains: &'a [Name],
    /// Those of all domains that it hits.
    pub tags: BTreeSet<&'a str>,
}

/// What a channel has been told of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub channel: String,
    /// The first message since it opened, or opened again.
    pub first_at: Option<DateTime<Utc>>,
    pub last_at: DateTime<Utc>,
    /// A message is still on its way.
    pub waits: bool,
}

/// Who is to hear of an open incident because time has passed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due<'a> {
    /// Who has not heard of it yet.
    pub openings: BTreeSet<&'a str>,
    /// Who hears again that it stands.
    pub reminders: BTreeSet<&'a str>,
}

/// All routes, with the channels there are. Without a route every channel gets incidents at error
/// and above, and all other event types.
#[derive(Clone, Debug, Default)]
pub struct Routes {
    routes: Vec<Route>,
    channels: Vec<String>,
}

impl Routes {
    pub fn new(routes: Vec<Route>, channels: Vec<String>) -> Self {
        if !routes.is_empty() {
            return Self { routes, channels };
        }
        let every = Route { changes: true, ..Route::to(channels.clone()) };
        Self { routes: vec![every], channels }
    }

    /// Whether there is a channel of this name.
    pub fn has(&self, channel: &str) -> bool {
        self.channels.iter().any(|name| name == channel)
    }

    /// Whether any route wants incidents of what was wrong at the start.
    pub fn baseline_opens(&self) -> bool {
        self.routes.iter().any(|route| route.baseline)
    }

    /// Who hears of an incident now.
    pub fn of_incident(&self, matter: &Matter<'_>, now: DateTime<Utc>) -> BTreeSet<&str> {
        self.channels_of(|route| route.wants(matter) && route.is_awake(now))
    }

    /// Who hears of records that changed without breaking a rule.
    pub fn of_change(
        &self,
        domain: &Name,
        checks: &BTreeSet<&str>,
        tags: &BTreeSet<&str>,
    ) -> BTreeSet<&str> {
        self.channels_of(|route| {
            let seen_by = |check: &String| checks.contains(check.as_str());
            let of_check = route.checks.is_empty() || route.checks.iter().any(seen_by);
            route.changes && of_check && route.concerns(std::slice::from_ref(domain), tags)
        })
    }

    /// Who hears of every other event type.
    pub fn of_rest(&self) -> BTreeSet<&str> {
        self.channels_of(|_| true)
    }

    /// Whether the passing of time alone can make something due.
    pub fn wait(&self) -> bool {
        self.routes.iter().any(|route| {
            route.hours.is_some() || route.repeat.is_some() || route.escalation.is_some()
        })
    }

    /// Who is to hear of an incident that is open and that nobody took on.
    pub fn due(&self, matter: &Matter<'_>, told: &[Told], now: DateTime<Utc>) -> Due<'_> {
        let mut due = Due::default();
        for route in self.routes.iter().filter(|route| route.wants(matter)) {
            if route.hours.is_some() && route.is_awake(now) {
                due.openings.extend(route.channels.iter().map(String::as_str));
            }
            due.openings.extend(route.escalated_to(told, now));
            if route.is_awake(now) {
                due.reminders.extend(route.reminded(told, now));
            }
        }
        let heard = |channel: &str| told.iter().any(|told| told.channel == channel);
        due.openings.retain(|channel| self.has(channel) && !heard(channel));
        due.reminders.retain(|channel| self.has(channel));
        due
    }

    /// How long a channel's message about an incident waits for others: the shortest wait of the
    /// routes that bring it there, else of those that name the channel; one without a wait has none.
    pub fn group_wait(&self, channel: &str, matter: &Matter<'_>) -> Option<TimeDelta> {
        let named = |route: &&Route| route.channels.iter().any(|name| name == channel);
        let all = || self.routes.iter().filter(named);
        let waits = all().filter(|route| route.wants(matter)).map(|route| route.group_wait);
        waits.min().unwrap_or_else(|| all().map(|route| route.group_wait).min().flatten())
    }

    fn channels_of(&self, wants: impl Fn(&Route) -> bool) -> BTreeSet<&str> {
        let routes = self.routes.iter().filter(|route| wants(route));
        let names = routes.flat_map(|route| &route.channels);
        names.filter(|name| self.has(name)).map(String::as_str).collect()
    }
}

impl Route {
    /// Incidents at error and above, of every domain, at any time, once.
    pub fn to(channels: Vec<String>) -> Self {
        Self {
            channels,
            min_severity: Severity::Error,
            tags: Vec::new(),
            domains: Vec::new(),
            checks: Vec::new(),
            changes: false,
            baseline: false,
            hours: None,
            repeat: None,
            escalation: None,
            group_wait: None,
        }
    }

    fn wants(&self, matter: &Matter<'_>) -> bool {
        matter.severity >= self.min_severity
            && (self.baseline || !matter.baseline)
            && self.is_about(matter.check)
            && self.concerns(matter.domains, &matter.tags)
    }

    /// Whether what a check says is told.
    pub fn is_about(&self, check: &str) -> bool {
        self.checks.is_empty() || self.checks.iter().any(|one| one == check)
    }

    /// Whether some of these domains, with their tags, are told of.
    pub fn concerns(&self, domains: &[Name], tags: &BTreeSet<&str>) -> bool {
        (self.tags.is_empty() || self.tags.iter().any(|tag| tags.contains(tag.as_str())))
            && (self.domains.is_empty() || self.domains.iter().any(|one| domains.contains(one)))
    }

    fn is_awake(&self, now: DateTime<Utc>) -> bool {
        self.hours.as_ref().is_none_or(|hours| hours.hold(now))
    }

    fn escalated_to(&self, told: &[Told], now: DateTime<Utc>) -> impl Iterator<Item = &str> {
        let own = told.iter().filter(|told| self.channels.contains(&told.channel));
        let first = own.filter_map(|told| told.first_at).min();
        let escalation = self.escalation.as_ref();
        let is_due = |one: &&Escalation| first.is_some_and(|first| first + one.after <= now);
        escalation.filter(is_due).into_iter().flat_map(|one| one.to.iter().map(String::as_str))
    }

    fn reminded(&self, told: &[Told], now: DateTime<Utc>) -> impl Iterator<Item = &str> {
        let is_due = move |told: &Told| {
            self.repeat.is_some_and(|repeat| !told.waits && told.last_at + repeat <= now)
        };
        self.channels
            .iter()
            .map(String::as_str)
            .filter(move |channel| told.iter().any(|told| told.channel == *channel && is_due(told)))
    }
}

impl<'a> Matter<'a> {
    /// `tags` are those of all domains that it hits.
    pub fn of(incident: &'a Incident, tags: BTreeSet<&'a str>) -> Self {
        Self {
            severity: incident.severity,
            baseline: incident.baseline,
            check: incident.cause.check(),
            domains: &incident.domains,
            tags,
        }
    }
}
