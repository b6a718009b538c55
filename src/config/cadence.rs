//! `[schedule]`: how often is each check due, and how patient are we?

use std::collections::BTreeMap;
use std::time::Duration;

use chrono_tz::Tz;
use serde::{Serialize, Serializer};

use super::duration::{self, parse_duration};
use super::mistake::BadValue;
use super::reader::{Section, string};
use super::schedule::Schedule;
use super::suggest;

/// Every check that a schedule may name.
pub const CHECKS: [&str; 19] = [
    "arc",
    "bimi",
    "blocklist",
    "caa",
    "dane",
    "dkim",
    "dmarc",
    "dns",
    "dnssec",
    "ip",
    "mta-sts",
    "mx",
    "probe",
    "registration",
    "smtp",
    "spf",
    "tls",
    "tls-rpt",
    "web",
];

#[derive(Clone, Debug, Serialize)]
pub struct Cadence {
    /// Where calendars are read. Default: UTC.
    #[serde(serialize_with = "zone_name")]
    pub timezone: Tz,
    /// For every check not named below. Default: each check has its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Schedule>,
    /// By the check's name.
    pub checks: BTreeMap<String, Schedule>,
    /// How long after a first bad look the second one is taken; at least 1 s. Default: 45 s.
    #[serde(serialize_with = "duration::serialize")]
    pub confirm_after: Duration,
    /// At most one SMTP conversation per address in this time. Default: 30 min.
    #[serde(serialize_with = "duration::serialize")]
    pub smtp_gap: Duration,
}

impl Default for Cadence {
    fn default() -> Self {
        Self {
            timezone: Tz::UTC,
            default: None,
            checks: BTreeMap::new(),
            confirm_after: Duration::from_secs(45),
            smtp_gap: Duration::from_secs(30 * 60),
        }
    }
}

pub(super) fn read(mut section: Section<'_, '_>) -> Cadence {
    let defaults = Cadence::default();
    let cadence = Cadence {
        timezone: section.parsed("timezone", zone).unwrap_or(defaults.timezone),
        default: section.parsed("default", Schedule::parse),
        checks: checks(section.section("checks")),
        confirm_after: section.parsed("confirm_after", wait).unwrap_or(defaults.confirm_after),
        smtp_gap: section.parsed("smtp_gap", parse_duration).unwrap_or(defaults.smtp_gap),
    };
    section.finish();
    cadence
}

fn checks(mut section: Section<'_, '_>) -> BTreeMap<String, Schedule> {
    let mut checks = BTreeMap::new();
    for (name, key, value) in section.entries() {
        if !CHECKS.contains(&name) {
            section.refuse(key, no_check(name));
        }
        match string(value).and_then(Schedule::parse) {
            Ok(schedule) => _ = checks.insert(name.to_owned(), schedule),
            Err(what) => section.refuse(value.span(), what.named(&format!("`{name}`"))),
        }
    }
    checks
}

/// The name of a check.
pub(super) fn check(written: &str) -> Result<String, BadValue> {
    match CHECKS.contains(&written) {
        true => Ok(written.to_owned()),
        false => Err(no_check(written)),
    }
}

fn no_check(written: &str) -> BadValue {
    BadValue::sentence(
        format!("`{written}` is not a check"),
        format!("`{written}` n’est pas un contrôle"),
    )
    .suggest(suggest::did_you_mean(written, CHECKS))
}

fn zone(written: &str) -> Result<Tz, BadValue> {
    written.parse().map_err(|_| {
        let known = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
        BadValue::predicate(
            format!("is not a time zone: `{written}`"),
            format!("n’est pas un fuseau horaire : `{written}`"),
        )
        .suggest(suggest::did_you_mean(written, known))
    })
}

/// A wait of at least 1 s.
pub(super) fn wait(written: &str) -> Result<Duration, BadValue> {
    let wait = parse_duration(written)?;
    match wait < Duration::from_secs(1) {
        true => Err(BadValue::predicate("is shorter than 1s", "dure moins de 1 s")),
        false => Ok(wait),
    }
}

fn zone_name<S: Serializer>(zone: &Tz, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(zone.name())
}
