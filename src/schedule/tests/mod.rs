mod plans;
mod queues;
mod runs;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use vigie_checks::kernel::Name;

use super::{Key, Planned, Queue};
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
    Planned {
        key: key.clone(),
        schedule: Schedule::parse(schedule).expect("test schedules are sound").into(),
        gap: std::time::Duration::ZERO,
    }
}

/// A queue in which nothing ran yet.
fn queue(planned: Vec<Planned>) -> Queue {
    let mut queue = Queue::default();
    queue.replace(&planned, Tz::UTC, start(), |_| None);
    queue
}
