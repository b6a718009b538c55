//! Times of the week: `Mon-Fri 08:00-18:00`, `Sat,Sun 10:00-12:00`, `22:00-06:00`.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Timelike, Utc};
use chrono_tz::Tz;
use serde::Serialize;

use super::mistake::BadValue;

/// From Monday, as they are written.
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

const MINUTES_OF_A_DAY: u32 = 24 * 60;

/// Some days, from one time to another; past midnight where it ends before it begins. It belongs to
/// the day on which it begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub struct Hours {
    /// From Monday.
    days: [bool; 7],
    /// In minutes from midnight; the end is not in it.
    from: u32,
    until: u32,
    written: String,
}

impl Hours {
    /// Whether the moment lies in it, by the clocks of a time zone.
    pub fn hold(&self, now: DateTime<Utc>, zone: Tz) -> bool {
        let local = now.with_timezone(&zone);
        let minute = local.hour() * 60 + local.minute();
        let today = local.weekday().num_days_from_monday() as usize;
        let yesterday = (today + 6) % 7;
        match self.from < self.until {
            true => self.days[today] && (self.from..self.until).contains(&minute),
            false => {
                (self.days[today] && minute >= self.from)
                    || (self.days[yesterday] && minute < self.until)
            }
        }
    }
}

impl FromStr for Hours {
    type Err = BadValue;

    fn from_str(written: &str) -> Result<Self, BadValue> {
        let refuse = || {
            BadValue::predicate(
                format!("is not a time of the week: `{written}`"),
                format!("n’est pas une plage de la semaine : `{written}`"),
            )
            .hint(
                "write it like \"Mon-Fri 08:00-18:00\" or \"22:00-06:00\"",
                "écrire par exemple \"Mon-Fri 08:00-18:00\" ou \"22:00-06:00\"",
            )
        };
        let words: Vec<&str> = written.split_whitespace().collect();
        let (days, times) = match words.as_slice() {
            [times] => ([true; 7], times),
            [days, times] => (days_of(days).ok_or_else(refuse)?, times),
            _ => return Err(refuse()),
        };
        let (from, until) = times.split_once('-').ok_or_else(refuse)?;
        let (from, until) = (minute(from).ok_or_else(refuse)?, minute(until).ok_or_else(refuse)?);
        if from == until || from == MINUTES_OF_A_DAY {
            let what = BadValue::predicate(
                format!("is an empty time: `{written}`"),
                format!("est une plage vide : `{written}`"),
            );
            return Err(what.hint(
                "a whole day is 00:00-24:00",
                "écrire 00:00-24:00 pour une journée entière",
            ));
        }
        Ok(Self { days, from, until, written: words.join(" ") })
    }
}

/// `Mon-Fri`, `Sat,Sun`, `Fri-Mon,Wed`.
fn days_of(written: &str) -> Option<[bool; 7]> {
    let day = |name: &str| DAYS.iter().position(|day| day.eq_ignore_ascii_case(name));
    let mut days = [false; 7];
    for part in written.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (day(first)?, day(last)?);
        let length = (last + 7 - first) % 7;
        (0..=length).for_each(|offset| days[(first + offset) % 7] = true);
    }
    Some(days)
}

/// `HH:MM`, to 24:00, in minutes.
fn minute(written: &str) -> Option<u32> {
    let (hour, minute) = written.split_once(':')?;
    let number = |text: &str, digits: std::ops::RangeInclusive<usize>| {
        let fits = digits.contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit());
        if fits { text.parse::<u32>().ok() } else { None }
    };
    let (hour, minute) = (number(hour, 1..=2)?, number(minute, 2..=2)?);
    let whole = hour * 60 + minute;
    (minute < 60 && whole <= MINUTES_OF_A_DAY).then_some(whole)
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl From<Hours> for String {
    fn from(hours: Hours) -> Self {
        hours.written
    }
}
