//! `[store]`: where is history kept, and for how long?

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

use super::duration::{self, parse_duration};
use super::mistake::BadValue;
use super::reader::Section;

#[derive(Clone, Debug, Serialize)]
pub struct Store {
    /// `sqlite://FILE`, where a relative file is sought from where vigie is started, or
    /// `postgres://USER@HOST/DATABASE`. Default: `vigie.db`.
    #[serde(serialize_with = "shown")]
    pub url: SecretString,
    /// How long history is kept. Default: 400 days.
    #[serde(serialize_with = "duration::serialize")]
    pub retention: Duration,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            url: "sqlite://vigie.db".to_owned().into(),
            retention: Duration::from_secs(400 * 24 * 60 * 60),
        }
    }
}

pub(super) fn read(mut section: Section<'_, '_>) -> Store {
    let defaults = Store::default();
    let store = Store {
        url: section.checked_secret("url", url).unwrap_or(defaults.url),
        retention: section.parsed("retention", retention).unwrap_or(defaults.retention),
    };
    section.finish();
    store
}

fn url(written: &SecretString) -> Result<(), BadValue> {
    let refuse = |en: &str, fr: &str| {
        BadValue::predicate(en, fr).hint(
            "write it like sqlite:///var/lib/vigie/vigie.db or postgres://vigie@db/vigie",
            "écrire par exemple sqlite:///var/lib/vigie/vigie.db ou postgres://vigie@db/vigie",
        )
    };
    // The password inside is never repeated.
    match written.expose_secret().split_once("://") {
        Some(("postgres" | "postgresql", rest)) => match database(rest) {
            "" => Err(refuse(
                "names no database of PostgreSQL",
                "ne nomme pas de base de données PostgreSQL",
            )),
            _ => Ok(()),
        },
        Some(("sqlite", file)) if !file.is_empty() && !file.contains(['?', '#', '\0']) => Ok(()),
        _ => Err(refuse("is not the URL of a store", "n’est pas l’URL d’un stockage")),
    }
}

/// `vigie` of `user:password@host:5432/vigie?options`.
fn database(rest: &str) -> &str {
    let rest = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    let place = rest.split(['?', '#']).next().unwrap_or_default();
    place.split_once('/').map_or("", |(_, database)| database)
}

/// The URL without its account and options, which may hold a password.
fn shown<S: Serializer>(url: &SecretString, to: S) -> Result<S::Ok, S::Error> {
    let url = url.expose_secret();
    match url.split_once("://") {
        Some((scheme @ ("postgres" | "postgresql"), rest)) => {
            let account = rest.rsplit_once('@');
            let place = account.map_or(rest, |(_, place)| place);
            let place = place.split(['?', '#']).next().unwrap_or_default();
            let hidden = if account.is_some() { "***@" } else { "" };
            to.serialize_str(&format!("{scheme}://{hidden}{place}"))
        }
        _ => to.serialize_str(url),
    }
}

fn retention(written: &str) -> Result<Duration, BadValue> {
    let day = Duration::from_secs(24 * 60 * 60);
    let kept = parse_duration(written)?;
    match kept < day {
        true => Err(BadValue::predicate("is shorter than 1d", "dure moins de 1 jour")),
        false => Ok(kept),
    }
}
