//! What does the monitor know of itself: which findings it can raise, and where it is blind?

use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;
use vigie_checks::kernel::Name;

use super::row::{Column, kept, micros};
use super::{SpanKey, Store, StoreError, Write};

/// A check that could not tell for some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blindness {
    pub key: SpanKey,
    pub since: DateTime<Utc>,
    /// Runs in a row that could not tell.
    pub runs: i64,
    /// As in a finding's `evidence.reason`, of the last run.
    pub reason: String,
    /// When the channels were told.
    pub said_at: Option<DateTime<Utc>>,
}

impl Write {
    /// Notes finding ids that this version can raise; those known before keep their time.
    ///
    /// # Errors
    /// The database fails.
    pub async fn learn_findings(
        &mut self,
        ids: impl Iterator<Item = String> + Send,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let insert = "INSERT INTO known_findings (finding_id, known_since) VALUES ($1, $2) \
            ON CONFLICT (finding_id) DO NOTHING";
        for id in ids {
            sqlx::query(insert).bind(id).bind(micros(at)).execute(self.connection()).await?;
        }
        Ok(())
    }

    /// The finding ids that no release before `at` could raise, with since when one can.
    ///
    /// # Errors
    /// The database fails.
    pub async fn findings_new_since(
        &mut self,
        at: DateTime<Utc>,
    ) -> Result<Vec<(String, DateTime<Utc>)>, StoreError> {
        let query = "SELECT finding_id, known_since FROM known_findings WHERE known_since > $1";
        let rows = sqlx::query(query).bind(micros(at)).fetch_all(self.connection()).await?;
        rows.iter().map(|row| Ok((row.text("finding_id")?, row.time("known_since")?))).collect()
    }

    /// Counts a run that could not tell.
    ///
    /// # Errors
    /// The database fails.
    pub async fn put_blind_run(
        &mut self,
        key: &SpanKey,
        reason: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let upsert = "INSERT INTO blindness (domain, check_name, instance, since, runs, reason) \
            VALUES ($1, $2, $3, $4, 1, $5) ON CONFLICT (domain, check_name, instance) \
            DO UPDATE SET runs = blindness.runs + 1, reason = excluded.reason";
        sqlx::query(upsert)
            .bind(key.domain.as_str())
            .bind(key.check.as_str())
            .bind(key.instance.as_str())
            .bind(micros(at))
            .bind(kept(reason))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// What could not be told in `runs` runs or since `before`, and was not said yet.
    ///
    /// # Errors
    /// The database fails.
    pub async fn unsaid_blindness(
        &mut self,
        runs: i64,
        before: DateTime<Utc>,
    ) -> Result<Vec<Blindness>, StoreError> {
        let query = "SELECT domain, check_name, instance, since, runs, reason, said_at \
            FROM blindness WHERE said_at IS NULL AND (runs >= $1 OR since <= $2) \
            ORDER BY reason, domain, check_name, instance";
        let rows =
            sqlx::query(query).bind(runs).bind(micros(before)).fetch_all(self.connection()).await?;
        rows.iter().map(read).collect()
    }

    /// Where vigie is blind now, and the channels were told.
    ///
    /// # Errors
    /// The database fails.
    pub async fn said_blindness(&mut self) -> Result<Vec<Blindness>, StoreError> {
        let query = "SELECT domain, check_name, instance, since, runs, reason, said_at \
            FROM blindness WHERE said_at IS NOT NULL ORDER BY domain, check_name, instance";
        let rows = sqlx::query(query).fetch_all(self.connection()).await?;
        rows.iter().map(read).collect()
    }

    /// Notes that the channels were told.
    ///
    /// # Errors
    /// The database fails.
    pub async fn mark_blindness_said(
        &mut self,
        key: &SpanKey,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let update = "UPDATE blindness SET said_at = $1 \
            WHERE domain = $2 AND check_name = $3 AND instance = $4";
        sqlx::query(update)
            .bind(micros(at))
            .bind(key.domain.as_str())
            .bind(key.check.as_str())
            .bind(key.instance.as_str())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Notes of all blindness that the channels were not told of that they were.
    ///
    /// # Errors
    /// The database fails.
    pub async fn mark_all_blindness_said(&mut self, at: DateTime<Utc>) -> Result<(), StoreError> {
        let update = "UPDATE blindness SET said_at = $1 WHERE said_at IS NULL";
        sqlx::query(update).bind(micros(at)).execute(self.connection()).await?;
        Ok(())
    }
}

impl Store {
    /// Where vigie is blind now.
    ///
    /// # Errors
    /// The database fails.
    pub async fn blindness(&self) -> Result<Vec<Blindness>, StoreError> {
        let query = "SELECT domain, check_name, instance, since, runs, reason, said_at \
            FROM blindness ORDER BY domain, check_name, instance";
        let rows = sqlx::query(query).fetch_all(self.readers()).await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &AnyRow) -> Result<Blindness, StoreError> {
    Ok(Blindness {
        key: SpanKey {
            domain: Name::new(&row.text("domain")?),
            check: row.text("check_name")?,
            instance: row.text("instance")?,
        },
        since: row.time("since")?,
        runs: row.number("runs")?,
        reason: row.text("reason")?,
        said_at: row.time_if_any("said_at")?,
    })
}
