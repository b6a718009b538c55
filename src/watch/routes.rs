//! The configured routes and digests, as those who tell understand them.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use sha2::{Digest as _, Sha256};

use super::maintenance::calendar;
use crate::config::{self, Settings};
use crate::incidents::{Escalation, Hours, Route};
use crate::run::commit::Digest;

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

/// The digests, each under a key that stays while it means the same.
pub fn digests(settings: &Settings) -> Vec<Digest> {
    let zone = settings.schedule.timezone;
    let mut known = HashSet::new();
    let digests = settings.routes.iter().filter_map(|route| {
        let schedule = route.digest.as_ref()?;
        let means = (
            (schedule.to_string(), zone.name(), &route.channels, route.min_severity),
            (&route.tags, &route.domains, &route.checks),
        );
        let hash = Sha256::digest(format!("{means:?}"));
        let key: String = hash.iter().take(16).map(|octet| format!("{octet:02x}")).collect();
        // Two routes that differ in how incidents are told want one digest.
        known.insert(key.clone()).then(|| Digest {
            key,
            route: of(route, zone),
            due: calendar(schedule, zone),
        })
    });
    digests.collect()
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
