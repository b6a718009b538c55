//! `[[routes]]`: which channel hears of what?

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Serialize;
use vigie_checks::kernel::{Bilingual, Name, Severity};

use super::domains::domain_name;
use super::hours::Hours;
use super::mistake::BadValue;
use super::reader::{Section, not_empty};
use super::schedule::Schedule;
use super::{cadence, duration, suggest};

/// With no route at all, every channel hears of incidents at `error` and above and of all else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Route {
    pub channels: Vec<String>,
    /// Of incidents; other events go to every channel of the route. Default: `error`.
    pub min_severity: Severity,
    /// Domains with one of these. Default: all domains.
    pub tags: BTreeSet<String>,
    /// These domains. Default: all.
    pub domains: BTreeSet<Name>,
    /// What these checks find. Default: all.
    pub checks: BTreeSet<String>,
    /// Also records that changed without breaking a rule. Default: no.
    pub changes: bool,
    /// Also what was wrong already when a domain was first seen. Default: no.
    pub baseline: bool,
    /// When incidents are told; what still stands when the next begins is told then. Default: always.
    pub hours: Vec<Hours>,
    /// How often an open incident that nobody took on is told again. Default: never.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "duration::serialize_option"
    )]
    pub repeat: Option<Duration>,
    /// After what time without an acknowledgement others are told.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "duration::serialize_option"
    )]
    pub escalate_after: Option<Duration>,
    /// The channels that are told then.
    pub escalate_to: Vec<String>,
    /// How long what people read of incidents waits for more, so that many are one message.
    /// Default: not at all.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "duration::serialize_option"
    )]
    pub group_wait: Option<Duration>,
    /// When the channels are told how all domains of the route stand. Default: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Schedule>,
}

/// Told more often, nobody reads it.
const SHORTEST_REPEAT: Duration = Duration::from_secs(60);

/// Told later, it is no alert.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

pub(super) fn read(
    sections: Vec<Section<'_, '_>>,
    channels: &[String],
    plugins: &[String],
) -> Vec<Route> {
    sections.into_iter().map(|section| route(section, channels, plugins)).collect()
}

fn route(mut section: Section<'_, '_>, known: &[String], plugins: &[String]) -> Route {
    let channel = |written: &str| match known.iter().any(|name| name == written) {
        true => Ok(written.to_owned()),
        false => {
            let what = BadValue::sentence(
                format!("there is no channel `{written}`"),
                format!("il n’y a pas de canal `{written}`"),
            );
            Err(what.suggest(suggest::did_you_mean(written, known.iter().map(String::as_str))))
        }
    };
    let check = |written: &str| match plugins.iter().any(|name| name == written) {
        true => Ok(written.to_owned()),
        false => cadence::check(written),
    };
    let channels = section.list("channels", channel);
    let escalate_to = section.list("escalate_to", channel);
    let escalate_after = section.parsed("escalate_after", cadence::wait);
    for (key, other) in [("escalate_after", "escalate_to"), ("escalate_to", "escalate_after")] {
        if section.is_written(key) && !section.is_written(other) {
            let what = BadValue::sentence(
                format!("`{key}` needs `{other}` beside it"),
                format!("`{key}` demande `{other}` à côté"),
            );
            section.refuse(section.key_span(key), what);
        }
    }
    let route = Route {
        channels: section.needed("channels", channels).unwrap_or_default(),
        min_severity: section.parsed("min_severity", severity).unwrap_or(Severity::Error),
        tags: section.list("tags", not_empty).unwrap_or_default().into_iter().collect(),
        changes: section.flag("changes").unwrap_or_default(),
        baseline: section.flag("baseline").unwrap_or_default(),
        domains: section.list("domains", domain_name).unwrap_or_default().into_iter().collect(),
        checks: section.list("checks", check).unwrap_or_default().into_iter().collect(),
        hours: section.one_or_more("hours", str::parse).unwrap_or_default(),
        repeat: section.parsed("repeat", repeat),
        escalate_after,
        escalate_to: escalate_to.unwrap_or_default(),
        group_wait: section.parsed("group_wait", group_wait),
        digest: section.parsed("digest", digest),
    };
    section.finish();
    route
}

fn repeat(written: &str) -> Result<Duration, BadValue> {
    let repeat = cadence::wait(written)?;
    match repeat < SHORTEST_REPEAT {
        true => Err(BadValue::predicate("is shorter than 1m", "dure moins de 1 min")),
        false => Ok(repeat),
    }
}

fn group_wait(written: &str) -> Result<Duration, BadValue> {
    let wait = cadence::wait(written)?;
    match wait > LONGEST_WAIT {
        true => Err(BadValue::predicate("is longer than 1h", "dure plus de 1 h")),
        false => Ok(wait),
    }
}

fn digest(written: &str) -> Result<Schedule, BadValue> {
    let schedule = Schedule::parse(written)?;
    // Told more often, it tells nothing new.
    match schedule.comes_more_often_than_hourly() {
        true => Err(BadValue::predicate(
            "is due more often than once an hour",
            "revient plus d’une fois par heure",
        )),
        false => Ok(schedule),
    }
}

fn severity(written: &str) -> Result<Severity, BadValue> {
    const SEVERITIES: [&str; 4] = ["info", "warning", "error", "critical"];
    written.parse().map_err(|_| {
        let any = || {
            Bilingual::new(
                "write critical, error, warning or info",
                "écrire critical, error, warning ou info",
            )
        };
        BadValue::predicate(
            format!("is not a severity: `{written}`"),
            format!("n’est pas une gravité : `{written}`"),
        )
        .suggest(Some(suggest::did_you_mean(written, SEVERITIES).unwrap_or_else(any)))
    })
}
