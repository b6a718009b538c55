//! Which messages of a channel become one? All that wait for others when the wait of the first is over.
//!
//! Who goes with whom is written before anything is sent, so every attempt has the same octets under
//! the same id, whatever happens in between. Limits: which messages may wait is decided where they are
//! written; one of an incident goes at a time, so the order of its messages stays.

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::Outbox;
use crate::store::StoreError;

/// Messages that become one at most; what is beyond makes another one.
const MOST: i64 = 1000;

/// Those that wait for others, and for no earlier message of their incident.
const WAITING: &str = "FROM outbox AS head WHERE channel = $1 AND state = 'pending' AND joins = 1 \
    AND carried_by IS NULL AND NOT EXISTS ( \
        SELECT 1 FROM outbox AS earlier WHERE earlier.incident_id = head.incident_id \
        AND earlier.channel = head.channel AND earlier.state = 'pending' \
        AND earlier.sequence < head.sequence)";

impl Outbox {
    /// Makes one message of all that wait, when one of them is due. Whether there was one is the
    /// answer.
    pub(super) async fn join(&self, channel: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let due = format!("SELECT 1 {WAITING} AND next_at <= $2 LIMIT 1");
        let due = sqlx::query(sqlx::AssertSqlSafe(due)).bind(channel).bind(now.timestamp_micros());
        if due.fetch_optional(self.store.readers()).await?.is_none() {
            return Ok(false);
        }
        let mut write = self.store.write().await?;
        let first = format!("SELECT id {WAITING} ORDER BY created_at, id LIMIT 1");
        let first = sqlx::query(sqlx::AssertSqlSafe(first)).bind(channel);
        let Some(carrier) = first.fetch_optional(write.connection()).await? else {
            return Ok(false);
        };
        let carrier: String = carrier.try_get("id")?;
        // What was to wait longer goes with the rest.
        let join = format!(
            "UPDATE outbox SET carried_by = $2, next_at = $3, decided_at = $3 WHERE id IN \
             (SELECT id {WAITING} ORDER BY created_at, id LIMIT $4)"
        );
        let join = sqlx::query(sqlx::AssertSqlSafe(join)).bind(channel).bind(carrier.as_str());
        join.bind(now.timestamp_micros()).bind(MOST).execute(write.connection()).await?;
        write.commit().await?;
        Ok(true)
    }

    /// The octets of a message that carries others; nothing where there is no such message.
    ///
    /// # Errors
    /// The database fails.
    pub async fn carried(&self, carrier: &str) -> Result<Option<String>, StoreError> {
        let query = "SELECT body, created_at FROM outbox WHERE carried_by = $1 \
            ORDER BY created_at, id";
        let rows = sqlx::query(query).bind(carrier).fetch_all(self.store.readers()).await?;
        let mut bodies = Vec::with_capacity(rows.len());
        let mut last = DateTime::UNIX_EPOCH;
        for row in &rows {
            bodies.push(row.try_get("body")?);
            let created_at: i64 = row.try_get("created_at")?;
            last = last.max(DateTime::from_timestamp_micros(created_at).unwrap_or(last));
        }
        Ok((!bodies.is_empty()).then(|| super::event::several(bodies, last)))
    }
}
