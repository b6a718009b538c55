//! What is to run, and when, by the configuration?

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::defaults;
use super::key::Key;
use crate::config::{Probe, Schedule, Settings};

/// A key with its schedule.
#[derive(Clone, Debug)]
pub struct Planned {
    pub key: Key,
    /// Shared by all that have it.
    pub rhythm: Arc<Rhythm>,
}

/// How often something runs.
#[derive(Clone, Debug)]
pub struct Rhythm {
    pub schedule: Schedule,
    /// At least this long between two runs, whatever the schedule; a person may ask earlier.
    pub gap: Duration,
}

impl Rhythm {
    fn of(schedule: Schedule) -> Arc<Self> {
        Arc::new(Self { schedule, gap: Duration::ZERO })
    }
}

impl Planned {
    /// When its schedule comes next after `after`.
    pub fn next_after(&self, after: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        self.rhythm.schedule.next_after(after, zone, &self.key.phase())
    }
}

/// Everything that `settings` ask for, of the `checks` that there are.
pub fn plan(settings: &Settings, checks: &[&str]) -> Vec<Planned> {
    // A test send belongs to a probe, and arc reads what it brought.
    let of_domains: Vec<&str> =
        checks.iter().copied().filter(|check| !matches!(*check, "probe" | "arc")).collect();
    let of_domains: Vec<(&str, Arc<Rhythm>)> = of_domains
        .into_iter()
        .map(|check| (check, Rhythm::of(schedule(settings, check))))
        .collect();
    let of_plugins: Vec<(&str, Arc<Rhythm>)> = settings
        .plugins
        .iter()
        .map(|plugin| {
            let schedule = plugin.schedule.clone().unwrap_or_else(|| of_plugins(settings));
            (plugin.name.as_str(), Rhythm::of(schedule))
        })
        .collect();
    let domains = settings.domains.iter().flat_map(|domain| {
        of_domains.iter().chain(&of_plugins).map(|(check, rhythm)| Planned {
            key: Key::new(&domain.name, check),
            rhythm: Arc::clone(rhythm),
        })
    });
    let probes = settings.probes.iter().filter(|_| checks.contains(&"probe"));
    let probes = probes.map(|probe| Planned {
        key: Key::new(&probe.domain, "probe").of_probe(&probe.name),
        rhythm: Arc::new(Rhythm {
            schedule: probe.schedule.clone().unwrap_or_else(|| schedule(settings, "probe")),
            gap: gap(probe),
        }),
    });
    domains.chain(probes).collect()
}

fn schedule(settings: &Settings, check: &str) -> Schedule {
    let written = settings.schedule.checks.get(check).or(settings.schedule.default.as_ref());
    written.cloned().unwrap_or_else(|| Schedule::every(defaults::period(check)))
}

fn of_plugins(settings: &Settings) -> Schedule {
    settings.schedule.default.clone().unwrap_or_else(|| Schedule::every(defaults::PLUGIN))
}

/// A round of a probe sends a message to each of its seeds.
fn gap(probe: &Probe) -> Duration {
    let Some(most) = probe.max_per_hour else { return Duration::ZERO };
    let messages = u32::try_from(probe.seeds.len()).unwrap_or(u32::MAX);
    Duration::from_secs(60 * 60).saturating_mul(messages) / most.max(1)
}
