//! What may be forgotten? Only what is past and decided: never the last word of a check, an open
//! incident or a message that is not delivered.

use chrono::{DateTime, Utc};

use super::row::micros;
use super::{Store, StoreError};

const FORGET: [&str; 6] = [
    "DELETE FROM spans WHERE last_seen < $1 AND position < (SELECT MAX(l.position) FROM spans l \
     WHERE l.domain = spans.domain AND l.check_name = spans.check_name \
     AND l.instance = spans.instance AND l.status IN ('pass', 'fail'))",
    "DELETE FROM changes WHERE seen_at < $1",
    "DELETE FROM sends WHERE submitted_at < $1",
    "DELETE FROM outbox WHERE state <> 'pending' AND created_at < $1 AND (incident_id IS NULL \
     OR incident_id IN (SELECT id FROM incidents WHERE resolved_at < $1))",
    "DELETE FROM incident_events WHERE incident_id IN \
     (SELECT id FROM incidents WHERE state = 'resolved' AND resolved_at < $1)",
    "DELETE FROM incidents WHERE state = 'resolved' AND resolved_at < $1 \
     AND NOT EXISTS (SELECT 1 FROM cases WHERE cases.incident_id = incidents.id)",
];

impl Store {
    /// Forgets what ended before a time.
    ///
    /// # Errors
    /// The database fails; then nothing is forgotten.
    pub async fn forget(&self, before: DateTime<Utc>) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        for statement in FORGET {
            sqlx::query(statement).bind(micros(before)).execute(write.connection()).await?;
        }
        write.commit().await
    }
}
