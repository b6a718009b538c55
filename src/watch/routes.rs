//! The configured routes, as those who tell understand them.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::config::{self, Settings};
use crate::incidents::{Escalation, Hours, Route};

/// Times of the week in their time zone.
#[derive(Debug)]
struct Week {
    hours: Vec<config::Hours>,
    zone: Tz,
}

impl Hours for Week {
    fn hold(&self, now: DateTime<Utc>) -> bool {
        self.hours.iter().any(|hours| hours.hold(now, self.zone))
    }
}

pub fn routes(settings: &Settings) -> Vec<Route> {
    let zone = settings.schedule.timezone;
    settings.routes.iter().map(|route| of(route, zone)).collect()
}

fn of(route: &config::Route, zone: Tz) -> Route {
    // A configured duration is at most 100 years.
    let delta = |duration| TimeDelta::from_std(duration).unwrap_or(TimeDelta::days(36_500));
    let hours = (!route.hours.is_empty()).then(|| Week { hours: route.hours.clone(), zone });
    Route {
        channels: route.channels.clone(),
        min_severity: route.min_severity,
        tags: route.tags.iter().cloned().collect(),
        domains: route.domains.iter().cloned().collect(),
        checks: route.checks.iter().cloned().collect(),
        changes: route.changes,
        baseline: route.baseline,
        hours: hours.map(|week| Arc::new(week) as Arc<dyn Hours>),
        repeat: route.repeat.map(delta),
        escalation: route
            .escalate_after
            .map(|after| Escalation { after: delta(after), to: route.escalate_to.clone() }),
        group_wait: route.group_wait.map(delta),
    }
}
