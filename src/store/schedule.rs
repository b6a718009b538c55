//! What ran last, so that a restart neither repeats nor forgets?

use std::collections::HashMap;
use std::future::ready;

use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use sqlx::any::AnyRow;

use super::row::{Column, micros};
use super::{Store, StoreError, Write};

impl Write {
    /// Notes that what `key` names ran.
    ///
    /// # Errors
    /// The database fails.
    pub async fn put_last_run(&mut self, key: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        let upsert = "INSERT INTO schedule_state (key, last_run_at) VALUES ($1, $2) \
            ON CONFLICT (key) DO UPDATE SET last_run_at = excluded.last_run_at";
        sqlx::query(upsert).bind(key).bind(micros(at)).execute(self.connection()).await?;
        Ok(())
    }
}

impl Store {
    /// When each key ran last.
    ///
    /// # Errors
    /// The database fails.
    pub async fn last_runs(&self) -> Result<HashMap<String, DateTime<Utc>>, StoreError> {
        let all = "SELECT key, last_run_at FROM schedule_state";
        let rows = sqlx::query(all).fetch(self.readers()).err_into();
        rows.and_then(|row| ready(read(&row))).try_collect().await
    }
}

fn read(row: &AnyRow) -> Result<(String, DateTime<Utc>), StoreError> {
    Ok((row.text("key")?, row.time("last_run_at")?))
}
