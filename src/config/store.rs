//! `[store]`: where is history kept, and for how long?

use std::time::Duration;

use serde::Serialize;

use super::duration::{self, parse_duration};
use super::mistake::BadValue;
use super::reader::Section;

#[derive(Clone, Debug, Serialize)]
pub struct Store {
    /// `sqlite://FILE`; a relative file is sought from where vigie is started. Default: `vigie.db`.
    pub url: String,
    /// How long history is kept. Default: 400 days.
    #[serde(serialize_with = "duration::serialize")]
    pub retention: Duration,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            url: "sqlite://vigie.db".to_owned(),
            retention: Duration::from_secs(400 * 24 * 60 * 60),
        }
    }
}

pub(super) fn read(mut section: Section<'_, '_>) -> Store {
    let defaults = Store::default();
    let store = Store {
        url: section.parsed("url", url).unwrap_or(defaults.url),
        retention: section.parsed("retention", retention).unwrap_or(defaults.retention),
    };
    section.finish();
    store
}

fn url(written: &str) -> Result<String, BadValue> {
    let hint = Some("write it like sqlite://vigie.db or sqlite:///var/lib/vigie/vigie.db");
    match written.split_once("://") {
        // The password inside is never repeated.
        Some(("postgres" | "postgresql", _)) => {
            Err(BadValue::new("names a PostgreSQL store, which is not offered yet").hint(hint))
        }
        Some(("sqlite", file)) if !file.is_empty() => Ok(written.to_owned()),
        _ => Err(BadValue::new("is not the URL of a store").hint(hint)),
    }
}

fn retention(written: &str) -> Result<Duration, BadValue> {
    let day = Duration::from_secs(24 * 60 * 60);
    let kept = parse_duration(written)?;
    if kept < day { Err(BadValue::new("is shorter than 1d")) } else { Ok(kept) }
}
