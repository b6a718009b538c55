//! What changed in the world, and when was it seen?

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{Any, Executor};
use ulid::Ulid;
use vigie_checks::kernel::Name;

use super::row::{Column, kept, micros};
use super::{Store, StoreError, Write};

/// A record, address or certificate that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The check that saw it; `config` where the configuration says it.
    #[serde(skip)]
    pub check: String,
    /// `TXT example.com`, `sending IP of newsletter`, `certificate of mx.example.com`.
    pub what: String,
    /// Null where there was nothing.
    pub before: Option<String>,
    pub after: Option<String>,
    pub seen_at: DateTime<Utc>,
}

impl Write {
    /// Adds a change to a domain's history.
    ///
    /// # Errors
    /// The database fails.
    pub async fn put_change(&mut self, domain: &Name, change: &Change) -> Result<(), StoreError> {
        let insert = "INSERT INTO changes (id, domain, check_name, what, before, after, seen_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7)";
        sqlx::query(insert)
            .bind(Ulid::from_datetime(change.seen_at.into()).to_string())
            .bind(domain.as_str())
            .bind(change.check.as_str())
            .bind(kept(&change.what))
            .bind(change.before.as_deref().map(kept))
            .bind(change.after.as_deref().map(kept))
            .bind(micros(change.seen_at))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// The changes of a domain since a time, newest first, at most `limit`.
    ///
    /// # Errors
    /// The database fails.
    pub async fn changes_since(
        &mut self,
        domain: &Name,
        since: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        select(self.connection(), domain, micros(since), limit).await
    }
}

impl Store {
    /// The changes of a domain, newest first, at most `limit`.
    ///
    /// # Errors
    /// The database fails.
    pub async fn changes(&self, domain: &Name, limit: u32) -> Result<Vec<Change>, StoreError> {
        select(self.readers(), domain, i64::MIN, limit).await
    }

    /// As [`Write::changes_since`].
    ///
    /// # Errors
    /// The database fails.
    pub async fn changes_since(
        &self,
        domain: &Name,
        since: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        select(self.readers(), domain, micros(since), limit).await
    }
}

async fn select<'c>(
    connection: impl Executor<'c, Database = Any>,
    domain: &Name,
    since: i64,
    limit: u32,
) -> Result<Vec<Change>, StoreError> {
    let newest = "SELECT check_name, what, before, after, seen_at FROM changes \
        WHERE domain = $1 AND seen_at >= $2 ORDER BY seen_at DESC, what LIMIT $3";
    let rows = sqlx::query(newest)
        .bind(domain.as_str())
        .bind(since)
        .bind(i64::from(limit))
        .fetch_all(connection)
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<Change, StoreError> {
    Ok(Change {
        check: row.text("check_name")?,
        what: row.text("what")?,
        before: row.text_if_any("before")?,
        after: row.text_if_any("after")?,
        seen_at: row.time("seen_at")?,
    })
}
