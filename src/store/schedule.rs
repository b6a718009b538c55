//! What ran last, so that a restart neither repeats nor forgets?

use std::collections::HashMap;
use std::future::ready;

use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use sqlx::any::AnyRow;

use super::row::Column;
use super::{Store, StoreError};

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
