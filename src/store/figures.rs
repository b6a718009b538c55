//! What does the store count of itself, and what does a scrape ask it for?

use std::time::Duration;

use chrono::{DateTime, Utc};
use vigie_checks::kernel::Severity;

use super::row::Column;
use super::{OutboxState, Store, StoreError};
use crate::metrics::{Counter, Histogram};

/// Seconds that a transaction holds the writer.
const LONG: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0];

/// How writing does.
#[derive(Debug)]
pub struct Figures {
    /// From the lock to what lasts.
    pub writes: Histogram,
    /// Transactions that could not begin or not be kept.
    pub failures: Counter,
}

impl Default for Figures {
    fn default() -> Self {
        Self { writes: Histogram::new(LONG), failures: Counter::default() }
    }
}

impl Figures {
    pub(super) fn ended<T>(&self, result: &Result<T, StoreError>, took: Duration) {
        match result {
            Ok(_) => self.writes.observe(took),
            Err(_) => self.failures.count(),
        }
    }
}

/// Messages of one channel in one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    pub channel: String,
    pub state: OutboxState,
    pub messages: u64,
    /// When the first of them was written.
    pub oldest: DateTime<Utc>,
}

impl Store {
    /// What this store counts of itself.
    pub fn figures(&self) -> &Figures {
        &self.figures
    }

    /// The octets that the history takes.
    ///
    /// # Errors
    /// The database fails.
    pub async fn size(&self) -> Result<u64, StoreError> {
        let row = sqlx::query(self.dialect.size).fetch_one(self.readers()).await?;
        Ok(u64::try_from(row.number("size")?).unwrap_or_default())
    }

    /// What waits for each channel, and what was given up.
    ///
    /// # Errors
    /// The database fails, or holds what this version cannot read.
    pub async fn queued(&self) -> Result<Vec<Queued>, StoreError> {
        let query = "SELECT channel, state, COUNT(*) AS messages, MIN(created_at) AS oldest \
            FROM outbox WHERE state IN ('pending', 'dead') GROUP BY channel, state \
            ORDER BY channel, state";
        let rows = sqlx::query(query).fetch_all(self.readers()).await?;
        let queued = rows.iter().map(|row| {
            Ok(Queued {
                channel: row.text("channel")?,
                state: row.word("state")?,
                messages: u64::try_from(row.number("messages")?).unwrap_or_default(),
                oldest: row.time("oldest")?,
            })
        });
        queued.collect()
    }

    /// How many messages were given up.
    ///
    /// # Errors
    /// The database fails.
    pub async fn dead_messages(&self) -> Result<u64, StoreError> {
        let query = "SELECT COUNT(*) AS dead FROM outbox WHERE state = 'dead'";
        let row = sqlx::query(query).fetch_one(self.readers()).await?;
        Ok(u64::try_from(row.number("dead")?).unwrap_or_default())
    }

    /// How many incidents are not resolved, by state and severity.
    ///
    /// # Errors
    /// As [`Self::queued`].
    pub async fn unresolved_counts(&self) -> Result<Vec<(String, Severity, u64)>, StoreError> {
        let query = "SELECT state, severity, COUNT(*) AS incidents FROM incidents \
            WHERE state <> 'resolved' GROUP BY state, severity ORDER BY state, severity";
        let rows = sqlx::query(query).fetch_all(self.readers()).await?;
        let counts = rows.iter().map(|row| {
            let incidents = u64::try_from(row.number("incidents")?).unwrap_or_default();
            Ok((row.text("state")?, row.word("severity")?, incidents))
        });
        counts.collect()
    }

    /// How many domains each check cannot tell of.
    ///
    /// # Errors
    /// The database fails.
    pub async fn blind_counts(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let query = "SELECT check_name, COUNT(*) AS domains FROM blindness \
            GROUP BY check_name ORDER BY check_name";
        let rows = sqlx::query(query).fetch_all(self.readers()).await?;
        let counts = rows.iter().map(|row| {
            Ok((row.text("check_name")?, u64::try_from(row.number("domains")?).unwrap_or_default()))
        });
        counts.collect()
    }
}
