mod plans;
mod queues;
mod runs;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use vigie_checks::kernel::Name;

use super::{Key, Planned, Queue, Rhythm};
use crate::config::Schedule;

fn start() -> DateTime<Utc> {
    "2026-03-02T00:00:00Z".parse().expect("test times are RFC 3339")
}

fn minutes(minutes: i64) -> TimeDelta {
    TimeDelta::minutes(minutes)
}

fn key(domain: &str, check: &str) -> Key {
    Key::new(&Name::new(domain), check)
}

fn planned(key: &Key, schedule: &str) -> Planned {
    with_gap(key, schedule, Duration::ZERO)
}

fn with_gap(key: &Key, schedule: &str, gap: Duration) -> Planned {
    let schedule = Schedule::parse(schedule).expect("test schedules are sound");
    Planned { key: key.clone(), rhythm: Rhythm { schedule, gap }.into() }
}

/// A queue in which nothing ran yet.
fn queue(planned: Vec<Planned>) -> Queue {
    let mut queue = Queue::default();
    queue.replace(&planned, Tz::UTC, start(), |_| None);
    queue
}
