//! `[[maintenance]]`: when is nobody told?

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use vigie_checks::kernel::Name;

use super::domains::domain_name;
use super::mistake::BadValue;
use super::reader::{Section, not_empty};
use super::{Schedule, parse_duration};

/// The longest time of maintenance: who forgets one is not blind for ever.
pub(super) const LONGEST: Duration = Duration::from_secs(31 * 24 * 3600);

/// A time in which nobody is told of incidents: once, or again and again.
#[derive(Clone, Debug, Serialize)]
pub struct Maintenance {
    /// Domains with one of these. Without tags and domains: every domain.
    pub tags: BTreeSet<String>,
    pub domains: BTreeSet<Name>,
    pub when: MaintenanceTime,
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum MaintenanceTime {
    Once {
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    },
    Recurring {
        schedule: Schedule,
        #[serde(serialize_with = "super::duration::serialize")]
        duration: Duration,
    },
}

pub(super) fn read(sections: Vec<Section<'_, '_>>) -> Vec<Maintenance> {
    sections.into_iter().filter_map(maintenance).collect()
}

fn maintenance(mut section: Section<'_, '_>) -> Option<Maintenance> {
    let tags = section.list("tags", not_empty).unwrap_or_default().into_iter().collect();
    let domains = section.list("domains", domain_name).unwrap_or_default().into_iter().collect();
    let schedule = section.parsed("schedule", Schedule::parse);
    let duration = section.parsed("duration", duration);
    let from = section.parsed("from", moment);
    let until = section.parsed("until", moment);
    let is_recurring = section.is_written("schedule") || section.is_written("duration");
    let is_once = section.is_written("from") || section.is_written("until");
    let when = match (is_recurring, is_once) {
        (true, true) => {
            let what = BadValue::sentence(
                "maintenance comes again and again, or once: not both",
                "une maintenance revient, ou n’a lieu qu’une fois : pas les deux",
            );
            let what = what.hint(
                "write schedule and duration, or from and until",
                "écrire schedule et duration, ou from et until",
            );
            section.refuse(section.key_span("schedule"), what);
            None
        }
        (_, true) => section
            .needed("from", from)
            .zip(section.needed("until", until))
            .map(|(from, until)| MaintenanceTime::Once { from, until }),
        _ => section
            .needed("schedule", schedule)
            .zip(section.needed("duration", duration))
            .map(|(schedule, duration)| MaintenanceTime::Recurring { schedule, duration }),
    };
    if let Some(MaintenanceTime::Once { from, until }) = &when
        && until <= from
    {
        let what = BadValue::sentence(
            "the maintenance ends before it begins",
            "la maintenance finit avant d’avoir commencé",
        );
        section.refuse(section.value_span("until"), what);
    }
    if let Some(MaintenanceTime::Recurring { schedule, duration }) = &when
        && schedule.leaves_no_gap(*duration, LONGEST)
    {
        let what = BadValue::sentence(
            "the times of maintenance follow one another without a gap: nobody would be told of anything",
            "les maintenances se suivent sans interruption : plus personne ne serait alerté de rien",
        );
        let what = what.hint(
            "write a `duration` shorter than the time from one beginning to the next",
            "écrire une `duration` plus courte que le temps qui sépare deux débuts",
        );
        section.refuse(section.value_span("duration"), what);
    }
    section.finish();
    Some(Maintenance { tags, domains, when: when? })
}

fn duration(written: &str) -> Result<Duration, BadValue> {
    let duration = parse_duration(written)?;
    if duration > LONGEST || duration.is_zero() {
        return Err(BadValue::sentence(
            format!("`{written}` is not between 1s and 31d"),
            format!("`{written}` n’est pas entre 1 s et 31 jours"),
        ));
    }
    Ok(duration)
}

fn moment(written: &str) -> Result<DateTime<Utc>, BadValue> {
    let refuse = |_| {
        BadValue::predicate(
            format!("is not a moment: `{written}`"),
            format!("n’est pas une date avec son heure : `{written}`"),
        )
        .hint(
            "write it like 2026-12-01T22:00:00+01:00",
            "écrire par exemple 2026-12-01T22:00:00+01:00",
        )
    };
    DateTime::parse_from_rfc3339(written).map(|at| at.with_timezone(&Utc)).map_err(refuse)
}
