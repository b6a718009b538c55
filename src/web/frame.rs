//! What every page has around it: language, theme, clock, and how times are written.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE};
use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use vigie_checks::kernel::Lang;

use super::WebState;
use crate::store::{IncidentRow, StoreError};

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

/// The frame of a page.
pub struct Frame {
    pub w: PageWords,
    pub here: &'static str,
    /// How many incidents are not resolved.
    pub open: usize,
    /// Those incidents, newest first.
    pub unresolved: Vec<IncidentRow>,
    pub now: Moment,
    pub zone: String,
    pub theme: Option<&'static str>,
    pub version: &'static str,
}

impl Frame {
    /// The frame for a request. `lang` is what the address asks for.
    pub async fn of(
        state: &WebState,
        headers: &HeaderMap,
        lang: Option<&str>,
        here: &'static str,
    ) -> Result<Self, StoreError> {
        let mut unresolved = state.store.incidents(INCIDENTS).await?;
        unresolved.retain(|incident| incident.state != "resolved");
        Ok(Self {
            w: PageWords(language(headers, lang)),
            here,
            open: unresolved.len(),
            unresolved,
            now: moment(Utc::now(), state.timezone),
            zone: state.timezone.to_string(),
            theme: theme(headers),
            version: env!("CARGO_PKG_VERSION"),
        })
    }
}

/// Clock and day in the zone of the pages.
pub fn moment(at: DateTime<Utc>, zone: Tz) -> Moment {
    let here = at.with_timezone(&zone);
    let text = if Utc::now().with_timezone(&zone).date_naive() == here.date_naive() {
        here.format("%H:%M:%S").to_string()
    } else {
        here.format("%Y-%m-%d %H:%M").to_string()
    };
    Moment { iso: at.to_rfc3339_opts(SecondsFormat::Secs, true), text }
}

/// How long ago, in one unit.
pub fn ago(since: DateTime<Utc>) -> String {
    let past = (Utc::now() - since).max(chrono::TimeDelta::zero());
    match past.num_minutes() {
        0 => format!("{} s", past.num_seconds()),
        minutes @ 1..60 => format!("{minutes} min"),
        minutes @ 60..1440 => format!("{} h", minutes / 60),
        minutes => format!("{} d", minutes / 1440),
    }
}

fn language(headers: &HeaderMap, asked: Option<&str>) -> Lang {
    let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    match asked.or(accepted) {
        Some(written) if written.trim_start().starts_with("fr") => Lang::Fr,
        _ => Lang::En,
    }
}

fn theme(headers: &HeaderMap) -> Option<&'static str> {
    let cookies = headers.get(COOKIE)?.to_str().ok()?;
    cookies.split(';').find_map(|cookie| match cookie.trim() {
        "vigie_theme=dark" => Some("dark"),
        "vigie_theme=light" => Some("light"),
        _ => None,
    })
}
