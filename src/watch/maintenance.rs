//! The maintenance that is configured, as those who tell understand it.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::config::{MaintenanceTime, Schedule, Settings};
use crate::run::commit::{Recurrence, When, Window};

/// A schedule in its time zone.
#[derive(Debug)]
struct Calendar {
    schedule: Schedule,
    zone: Tz,
}

impl Recurrence for Calendar {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.schedule.next_after(after, self.zone, "")
    }
}

/// A schedule as those read it who tell.
pub fn calendar(schedule: &Schedule, zone: Tz) -> Arc<dyn Recurrence> {
    Arc::new(Calendar { schedule: schedule.clone(), zone })
}

pub fn windows(settings: &Settings) -> Vec<Window> {
    let zone = settings.schedule.timezone;
    let windows = settings.maintenance.iter().map(|maintenance| Window {
        tags: maintenance.tags.iter().cloned().collect(),
        domains: maintenance.domains.iter().cloned().collect(),
        when: match &maintenance.when {
            MaintenanceTime::Once { from, until } => When::Once { from: *from, until: *until },
            MaintenanceTime::Recurring { schedule, duration } => When::Recurring {
                begins: calendar(schedule, zone),
                lasts: TimeDelta::from_std(*duration).unwrap_or_default(),
            },
        },
    });
    windows.collect()
}
