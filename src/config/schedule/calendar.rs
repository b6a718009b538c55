//! Which wall-clock times does a cron expression name, and which instants are they in a time zone?
//! The `cron` crate knows only clocks without daylight saving here: it is asked in wall-clock time,
//! and the two nights of the year are settled by us.

use std::str::FromStr;

use chrono::{DateTime, Duration, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use vigie_checks::kernel::Bilingual;

use super::super::mistake::BadValue;
use super::field::{Allowed, DAY, Field, HOUR, MINUTE, MONTH, SECOND, WEEKDAY, YEAR};

/// Beginnings that are tried for a gap between times: those of each minute of a month.
const STEPS: usize = 50_000;

/// Wall-clock times that come again and again.
#[derive(Clone, Debug)]
pub(super) struct Calendar {
    /// Two when the day of the month OR the day of the week may match; the earlier counts.
    either: Vec<cron::Schedule>,
    /// The minute or the second names more than one number: whatever the hour, it comes again within it.
    again_within_the_hour: bool,
}

impl Calendar {
    pub fn parse(written: &str) -> Result<Self, BadValue> {
        let fields: Vec<&str> = written.split_whitespace().collect();
        let refuse = |why: Bilingual| {
            BadValue::sentence(
                format!("`{written}` is not a schedule: {}", why.en),
                format!("`{written}` n’est pas un horaire : {}", why.fr),
            )
            .hint(
                "write `every 15m`, `@daily`, or minute hour day month weekday",
                "écrire `every 15m`, `@daily`, ou minute heure jour mois jour-de-la-semaine",
            )
        };
        let (second, rest, year) = match fields.as_slice() {
            rest @ [_, _, _, _, _] => ("0", rest, "*"),
            [second, rest @ ..] if rest.len() == 5 => (*second, rest, "*"),
            [second, rest @ .., year] if rest.len() == 5 => (*second, rest, *year),
            _ => return Err(refuse(wrong_count(fields.len()))),
        };
        let read =
            |field: Field, written: &str| field.parse(written).map_err(|what| refuse(what.message));
        let [minute, hour, day, month, weekday] = [
            (MINUTE, rest[0]),
            (HOUR, rest[1]),
            (DAY, rest[2]),
            (MONTH, rest[3]),
            (WEEKDAY, rest[4]),
        ]
        .map(|(field, written)| read(field, written));
        let (second, year) = (read(SECOND, second)?, read(YEAR, year)?);
        let minute = minute?;
        let again_within_the_hour = minute.numbers.len() > 1 || second.numbers.len() > 1;
        let clock = format!("{} {} {}", list(&second), list(&minute), list(&hour?));
        let (day, month, weekday) = (day?, list(&month?), weekday?);
        let days = match day.starred || weekday.starred {
            true => vec![(list(&day), weekdays(&weekday))],
            false => vec![(list(&day), "*".to_owned()), ("*".to_owned(), weekdays(&weekday))],
        };
        let mut either = Vec::new();
        for (day, weekday) in days {
            let translated = format!("{clock} {day} {month} {weekday} {}", list(&year));
            let schedule = cron::Schedule::from_str(&translated);
            either.push(schedule.map_err(|error| refuse(Bilingual::quoted(error)))?);
        }
        let calendar = Self { either, again_within_the_hour };
        match calendar.next_wall_clock(DateTime::UNIX_EPOCH.naive_utc()) {
            Some(_) => Ok(calendar),
            None => {
                Err(refuse(Bilingual::new("no such day ever comes", "un tel jour n’arrive jamais")))
            }
        }
    }

    pub fn comes_more_often_than_hourly(&self) -> bool {
        self.again_within_the_hour
    }

    pub fn next_after(&self, after: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        let mut wall_clock = after.with_timezone(&zone).naive_local();
        loop {
            wall_clock = self.next_wall_clock(wall_clock)?;
            let instant = instant(wall_clock, zone)?;
            // In the doubled hour of autumn the wall clock may name an instant that has passed.
            if instant > after {
                return Some(instant);
            }
        }
    }

    /// Whether times that last so long follow one another without a gap for longer than `most`, in the
    /// year from some day on.
    pub fn leaves_no_gap(&self, lasts: std::time::Duration, most: std::time::Duration) -> bool {
        let lasts = Duration::from_std(lasts).unwrap_or(Duration::MAX);
        let most = Duration::from_std(most).unwrap_or(Duration::MAX);
        // 1 January 2024: the year that follows has every day.
        let start = DateTime::from_timestamp(1_704_067_200, 0).unwrap_or_default().naive_utc();
        let Some(mut begun) = self.next_wall_clock(start) else { return false };
        let (mut since, end) = (begun, begun + Duration::days(366));
        for _ in 0..STEPS {
            if begun + lasts - since > most {
                return true;
            }
            // A beginning late in the time that runs takes it further than the next one does.
            let late = self.next_wall_clock(begun + lasts / 2);
            let within = |at: &NaiveDateTime| *at <= begun + lasts;
            let Some(next) = late.filter(within).or_else(|| self.next_wall_clock(begun)) else {
                return false;
            };
            if !within(&next) {
                since = next;
            }
            begun = next;
            if begun > end {
                return false;
            }
        }
        false
    }

    fn next_wall_clock(&self, after: NaiveDateTime) -> Option<NaiveDateTime> {
        let next = self.either.iter().filter_map(|s| s.after(&after.and_utc()).next());
        next.map(|time| time.naive_utc()).min()
    }
}

fn wrong_count(fields: usize) -> Bilingual {
    match fields {
        1 => Bilingual::new("it has 1 field, not 5, 6 or 7", "il a 1 champ, au lieu de 5, 6 ou 7"),
        0 => Bilingual::new(
            "it has 0 fields, not 5, 6 or 7",
            "il n’a aucun champ, au lieu de 5, 6 ou 7",
        ),
        _ => Bilingual::new(
            format!("it has {fields} fields, not 5, 6 or 7"),
            format!("il a {fields} champs, au lieu de 5, 6 ou 7"),
        ),
    }
}

/// The instant of a wall-clock time: the first of two, the next valid minute where there is none.
fn instant(wall_clock: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    // The widest gap so far was a whole day: Samoa had no 30 December 2011.
    let minutes = (0..=1_500).map(Duration::minutes);
    let mut tried = minutes.filter_map(|later| {
        let start = if later.is_zero() { wall_clock } else { start_of_minute(wall_clock) };
        zone.from_local_datetime(&start.checked_add_signed(later)?).earliest()
    });
    tried.next().map(|time| time.with_timezone(&Utc))
}

fn start_of_minute(time: NaiveDateTime) -> NaiveDateTime {
    let seconds = time.and_utc().timestamp().rem_euclid(60);
    time - Duration::seconds(seconds)
}

fn list(allowed: &Allowed) -> String {
    let numbers: Vec<String> = allowed.numbers.iter().map(u32::to_string).collect();
    numbers.join(",")
}

/// The `cron` crate counts from Sunday = 1 and refuses 0.
fn weekdays(allowed: &Allowed) -> String {
    let numbers = allowed.numbers.iter().map(|day| day % 7 + 1).collect();
    list(&Allowed { numbers, starred: allowed.starred })
}
