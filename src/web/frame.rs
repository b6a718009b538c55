//! What every page has around it: language, theme, clock, and how times are written.

use chrono::{DateTime, Datelike, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;
use vigie_checks::kernel::Lang;

use super::WebState;
use super::visitor::Visitor;
use crate::incidents::{Incident, State};
use crate::store::StoreError;

/// Incidents that are read for a page; open ones come first.
pub const INCIDENTS: u32 = 200;

/// The two languages of a page.
#[derive(Clone, Copy)]
pub struct PageWords(pub Lang);

impl PageWords {
    /// The sentence in the page's language.
    pub fn t(&self, en: &'static str, fr: &'static str) -> &'static str {
        match self.0 {
            Lang::En => en,
            Lang::Fr => fr,
        }
    }

    pub fn code(&self) -> String {
        self.0.to_string()
    }
}

/// A time as people read it and as machines do.
#[derive(Clone)]
pub struct Moment {
    pub iso: String,
    pub text: String,
}

/// How times are written: in which zone and language.
#[derive(Clone, Copy)]
pub struct Times {
    pub zone: Tz,
    pub lang: Lang,
}

impl Times {
    /// The clock today, day and clock this week, the date before.
    pub fn moment(self, at: DateTime<Utc>) -> Moment {
        self.moment_seen(at, Utc::now())
    }

    /// As [`Self::moment`], read at `now`.
    pub fn moment_seen(self, at: DateTime<Utc>, now: DateTime<Utc>) -> Moment {
        let (here, today) = (at.with_timezone(&self.zone), now.with_timezone(&self.zone));
        let days = today.date_naive().signed_duration_since(here.date_naive()).num_days();
        let text = match days {
            0 => here.format("%H:%M:%S").to_string(),
            1..7 => format!("{} {}", self.weekday(&here), here.format("%H:%M")),
            _ => format!("{} {} {}", here.day(), self.month(&here), here.year()),
        };
        Moment { iso: at.to_rfc3339_opts(SecondsFormat::Secs, true), text }
    }

    /// The date of a time, however near it is.
    pub fn day(self, at: DateTime<Utc>) -> Moment {
        let here = at.with_timezone(&self.zone);
        let text = format!("{} {} {}", here.day(), self.month(&here), here.year());
        Moment { iso: at.to_rfc3339_opts(SecondsFormat::Secs, true), text }
    }

    /// A time to come: the clock today, day and clock within a week, then the date and the clock.
    pub fn ahead(self, at: DateTime<Utc>) -> Moment {
        self.ahead_seen(at, Utc::now())
    }

    /// As [`Self::ahead`], read at `now`.
    pub fn ahead_seen(self, at: DateTime<Utc>, now: DateTime<Utc>) -> Moment {
        let (here, today) = (at.with_timezone(&self.zone), now.with_timezone(&self.zone));
        let days = here.date_naive().signed_duration_since(today.date_naive()).num_days();
        let clock = here.format("%H:%M");
        let text = match days {
            0 => clock.to_string(),
            1..7 => format!("{} {clock}", self.weekday(&here)),
            _ => format!("{} {} {} {clock}", here.day(), self.month(&here), here.year()),
        };
        Moment { iso: at.to_rfc3339_opts(SecondsFormat::Secs, true), text }
    }

    /// How long ago, in one unit.
    pub fn ago(self, since: DateTime<Utc>) -> String {
        let past = (Utc::now() - since).max(TimeDelta::zero());
        match past.num_minutes() {
            0 => format!("{} s", past.num_seconds()),
            minutes @ 1..60 => format!("{minutes} min"),
            minutes @ 60..1440 => format!("{} h", minutes / 60),
            minutes if self.lang == Lang::Fr => format!("{} j", minutes / 1440),
            minutes => format!("{} d", minutes / 1440),
        }
    }

    fn weekday(self, at: &DateTime<Tz>) -> &'static str {
        const ENGLISH: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        const FRENCH: [&str; 7] = ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."];
        let days = if self.lang == Lang::Fr { FRENCH } else { ENGLISH };
        days[at.weekday().num_days_from_monday() as usize % 7]
    }

    fn month(self, at: &DateTime<Tz>) -> &'static str {
        const ENGLISH: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        const FRENCH: [&str; 12] = [
            "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.",
            "nov.", "déc.",
        ];
        let months = if self.lang == Lang::Fr { FRENCH } else { ENGLISH };
        months[at.month0() as usize % 12]
    }
}

/// The frame of a page.
pub struct Frame {
    pub w: PageWords,
    pub times: Times,
    pub here: &'static str,
    /// How many incidents are not resolved; none on a page that tells nothing of the store.
    pub open: usize,
    /// Those incidents, newest first.
    pub unresolved: Vec<Incident>,
    /// How many messages were given up.
    pub dead: u64,
    pub now: Moment,
    pub zone: String,
    pub theme: Option<&'static str>,
    pub version: &'static str,
    pub signed_in: bool,
    /// This page in the other language.
    pub other_language: String,
}

impl Frame {
    /// The frame for a visitor who may see what the store holds.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn of(
        state: &WebState,
        visitor: &Visitor,
        here: &'static str,
    ) -> Result<Self, StoreError> {
        let mut unresolved = state.store.incidents(INCIDENTS).await?;
        unresolved.retain(|incident| incident.state != State::Resolved);
        let dead = state.store.dead_messages().await?;
        Ok(Self { here, open: unresolved.len(), dead, unresolved, ..Self::bare(state, visitor) })
    }

    /// The frame for anybody: it tells nothing of the store.
    pub fn bare(state: &WebState, visitor: &Visitor) -> Self {
        let times = Times { zone: state.timezone, lang: visitor.lang };
        let other = if visitor.lang == Lang::Fr { Lang::En } else { Lang::Fr };
        Self {
            w: PageWords(visitor.lang),
            times,
            here: "",
            open: 0,
            dead: 0,
            unresolved: Vec::new(),
            now: times.moment(Utc::now()),
            zone: state.timezone.to_string(),
            theme: visitor.theme,
            version: env!("CARGO_PKG_VERSION"),
            signed_in: visitor.signed_in,
            other_language: visitor.address_in(other),
        }
    }
}
