//! Does vigie itself see nothing, and since when? One row while it lasts.

use chrono::{DateTime, Utc};
use sqlx::Any;
use sqlx::Executor;
use sqlx::any::AnyRow;

use super::row::{Column, kept, micros};
use super::{Store, StoreError, Write};

/// A time in which the resolver or the network of vigie itself fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Darkness {
    /// A ULID; what is told of it is told in order.
    pub id: String,
    pub since: DateTime<Utc>,
    /// Runs that saw nothing.
    pub runs: i64,
    /// As in a finding's `evidence.reason`, of the last run.
    pub reason: String,
    /// When the channels were told.
    pub said_at: Option<DateTime<Utc>>,
    /// Since when every run sees again.
    pub seen_since: Option<DateTime<Utc>>,
}

const SELECT: &str = "SELECT id, since, runs, reason, said_at, seen_since FROM darkness";

impl Write {
    /// The darkness that lasts, if there is one.
    ///
    /// # Errors
    /// The database fails, or holds what this version cannot read.
    pub async fn darkness(&mut self) -> Result<Option<Darkness>, StoreError> {
        select(self.connection()).await
    }

    /// Notes how it stands.
    ///
    /// # Errors
    /// The database fails.
    pub async fn put_darkness(&mut self, darkness: &Darkness) -> Result<(), StoreError> {
        let upsert = "INSERT INTO darkness (id, since, runs, reason, said_at, seen_since) \
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO UPDATE SET runs = excluded.runs, \
            reason = excluded.reason, said_at = excluded.said_at, seen_since = excluded.seen_since";
        sqlx::query(upsert)
            .bind(darkness.id.as_str())
            .bind(micros(darkness.since))
            .bind(darkness.runs)
            .bind(kept(&darkness.reason))
            .bind(darkness.said_at.map(micros))
            .bind(darkness.seen_since.map(micros))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Forgets it: vigie sees again.
    ///
    /// # Errors
    /// The database fails.
    pub async fn end_darkness(&mut self) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM darkness").execute(self.connection()).await?;
        Ok(())
    }
}

impl Store {
    /// The darkness that lasts, if there is one.
    ///
    /// # Errors
    /// As [`Write::darkness`].
    pub async fn darkness(&self) -> Result<Option<Darkness>, StoreError> {
        select(self.readers()).await
    }
}

async fn select<'c>(
    connection: impl Executor<'c, Database = Any>,
) -> Result<Option<Darkness>, StoreError> {
    let row = sqlx::query(SELECT).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &AnyRow) -> Result<Darkness, StoreError> {
    Ok(Darkness {
        id: row.text("id")?,
        since: row.time("since")?,
        runs: row.number("runs")?,
        reason: row.text("reason")?,
        said_at: row.time_if_any("said_at")?,
        seen_since: row.time_if_any("seen_since")?,
    })
}
