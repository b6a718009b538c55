//! How are columns read into values? Times, words and JSON, each checked.

use std::str::FromStr;

use chrono::{DateTime, SubsecRound, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::any::AnyRow;

use vigie_checks::kernel::KeptFacts;

use super::StoreError;

/// A time as it will be read again.
pub(super) fn to_the_micros(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(6)
}

/// Microseconds since 1970, UTC: how times are kept.
pub(super) fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

/// Text that the world said, as both databases keep it: PostgreSQL takes no NUL in a text.
pub(super) fn kept(text: &str) -> String {
    text.replace('\0', "\u{2400}")
}

/// Octets of a text that stands in an index; PostgreSQL takes some 2,700 for a whole row of it.
const KEY_LIMIT: usize = 1000;

/// As [`kept`], of a text that is part of a key: what is too long for one ends with its digest.
pub(super) fn kept_key(text: &str) -> String {
    if text.len() <= KEY_LIMIT {
        return kept(text);
    }
    let digest = Sha256::digest(text);
    let digest: String = digest.iter().map(|octet| format!("{octet:02x}")).collect();
    let start = &text[..text.floor_char_boundary(KEY_LIMIT - digest.len())];
    format!("{}{digest}", kept(start))
}

/// JSON text of a value that is plain data.
pub(super) fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("plain data with text keys is always JSON")
}

/// Reading of one column by its name.
pub(super) trait Column {
    fn text(&self, column: &'static str) -> Result<String, StoreError>;
    fn text_if_any(&self, column: &'static str) -> Result<Option<String>, StoreError>;
    fn number(&self, column: &'static str) -> Result<i64, StoreError>;
    fn number_if_any(&self, column: &'static str) -> Result<Option<i64>, StoreError>;
    fn version(&self, column: &'static str) -> Result<u32, StoreError>;
    fn time(&self, column: &'static str) -> Result<DateTime<Utc>, StoreError>;
    fn time_if_any(&self, column: &'static str) -> Result<Option<DateTime<Utc>>, StoreError>;
    fn word<T: FromStr>(&self, column: &'static str) -> Result<T, StoreError>;
    fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError>;
    fn facts(&self, column: &'static str) -> Result<KeptFacts, StoreError>;
}

impl Column for AnyRow {
    fn text(&self, column: &'static str) -> Result<String, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn text_if_any(&self, column: &'static str) -> Result<Option<String>, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn number(&self, column: &'static str) -> Result<i64, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn number_if_any(&self, column: &'static str) -> Result<Option<i64>, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn version(&self, column: &'static str) -> Result<u32, StoreError> {
        let value = self.number(column)?;
        u32::try_from(value).map_err(|_| StoreError::Content { column, value: value.to_string() })
    }

    fn time(&self, column: &'static str) -> Result<DateTime<Utc>, StoreError> {
        instant(self.number(column)?, column)
    }

    fn time_if_any(&self, column: &'static str) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.number_if_any(column)?.map(|micros| instant(micros, column)).transpose()
    }

    fn word<T: FromStr>(&self, column: &'static str) -> Result<T, StoreError> {
        let value = self.text(column)?;
        value.parse().map_err(|_| StoreError::Content { column, value })
    }

    fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError> {
        let value = self.text(column)?;
        serde_json::from_str(&value).map_err(|_| unreadable(column, &value))
    }

    fn facts(&self, column: &'static str) -> Result<KeptFacts, StoreError> {
        let text = self.text(column)?;
        KeptFacts::parse(text).map_err(|text| unreadable(column, &text))
    }
}

fn unreadable(column: &'static str, value: &str) -> StoreError {
    StoreError::Content { column, value: value.chars().take(60).collect() }
}

fn instant(micros: i64, column: &'static str) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| StoreError::Content { column, value: micros.to_string() })
}
