//! When is something due? `every 15m`, `@daily`, `daily 08:00`, `weekly MON 08:00` or cron fields, as
//! crontab(5) means them.
//! A schedule is a plain value; what is due among many is for the scheduler to say.

mod calendar;
mod field;
mod phase;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Serialize;

use self::calendar::Calendar;
use super::duration::parse_duration;
use super::mistake::BadValue;
use super::suggest;

/// When something runs.
#[derive(Clone, Debug, Serialize)]
#[serde(into = "String")]
pub struct Schedule {
    written: String,
    form: Form,
}

#[derive(Clone, Debug)]
enum Form {
    Every(Duration),
    Calendar(Calendar),
}

const NAMED: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

impl Schedule {
    /// A schedule that comes once in every `period`, at least 1 s.
    pub fn every(period: Duration) -> Self {
        let period = period.max(Duration::from_secs(1));
        let written = format!("every {}", super::duration::written_duration(period));
        Self { written, form: Form::Every(period) }
    }

    /// Reads `every 15m`, `@daily` and its like, `daily 08:00`, `weekly MON 08:00`, or cron with 5, 6 or
    /// 7 fields.
    ///
    /// # Errors
    /// Says which field is wrong, or that the schedule never comes.
    pub fn parse(written: &str) -> Result<Self, BadValue> {
        let written = written.trim();
        let form = if let Some(period) = written.strip_prefix("every ") {
            let period = parse_duration(period)?;
            if period < Duration::from_secs(1) {
                return Err(BadValue::sentence(
                    format!("`{written}`: the period is shorter than 1s"),
                    format!("`{written}` : la période dure moins de 1 s"),
                ));
            }
            Form::Every(period)
        } else if written.starts_with("daily ") || written.starts_with("weekly ") {
            Form::Calendar(Calendar::parse(&at_a_time(written)?)?)
        } else if written.starts_with('@') {
            let named = NAMED.iter().find(|(name, _)| written.eq_ignore_ascii_case(name));
            let (_, fields) = named.ok_or_else(|| {
                let known = NAMED.iter().map(|(name, _)| *name);
                no_schedule(written).suggest(suggest::did_you_mean(written, known))
            })?;
            Form::Calendar(Calendar::parse(fields)?)
        } else {
            Form::Calendar(Calendar::parse(written)?)
        };
        Ok(Self { written: written.to_owned(), form })
    }

    /// Whether it may come twice within an hour.
    pub fn comes_more_often_than_hourly(&self) -> bool {
        match &self.form {
            Form::Every(period) => *period < Duration::from_secs(60 * 60),
            Form::Calendar(calendar) => calendar.comes_more_often_than_hourly(),
        }
    }

    /// Whether times that last so long, one from each beginning, follow one another without a gap for
    /// longer than `most`.
    pub fn leaves_no_gap(&self, lasts: Duration, most: Duration) -> bool {
        match &self.form {
            Form::Every(period) => *period <= lasts,
            Form::Calendar(calendar) => calendar.leaves_no_gap(lasts, most),
        }
    }

    /// The next time strictly after `after`. What runs `every …` is spread over the period by its
    /// `key`; a calendar speaks of wall-clock time in `zone`. None when it never comes again.
    pub fn next_after(&self, after: DateTime<Utc>, zone: Tz, key: &str) -> Option<DateTime<Utc>> {
        match &self.form {
            Form::Every(period) => phase::next_every(*period, key, after),
            Form::Calendar(calendar) => calendar.next_after(after, zone),
        }
    }
}

fn no_schedule(written: &str) -> BadValue {
    BadValue::sentence(
        format!("`{written}` is not a schedule"),
        format!("`{written}` n’est pas un horaire"),
    )
}

/// The fields of `daily 08:00` and `weekly MON 08:00`.
fn at_a_time(written: &str) -> Result<String, BadValue> {
    let refuse = || {
        no_schedule(written).hint(
            "write it like `daily 08:00` or `weekly MON 08:00`",
            "écrire par exemple `daily 08:00` ou `weekly MON 08:00`",
        )
    };
    let (day, time) = match written.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["daily", time] => ("*", *time),
        ["weekly", day, time] if day.bytes().all(|c| c.is_ascii_alphabetic()) => (*day, *time),
        _ => return Err(refuse()),
    };
    let (hour, minute) = time.split_once(':').ok_or_else(refuse)?;
    let is_number = |text: &str, digits: std::ops::RangeInclusive<usize>| {
        digits.contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit())
    };
    match is_number(hour, 1..=2) && is_number(minute, 2..=2) {
        true => Ok(format!("{minute} {hour} * * {day}")),
        false => Err(refuse()),
    }
}

/// What is written alike is due alike.
impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Schedule {}

impl FromStr for Schedule {
    type Err = BadValue;

    fn from_str(written: &str) -> Result<Self, BadValue> {
        Self::parse(written)
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl From<Schedule> for String {
    fn from(schedule: Schedule) -> Self {
        schedule.written
    }
}
