//! What may be forgotten? Only what is past and decided: never the last word of a check or of a record,
//! an open incident or a message that is not delivered.
//!
//! Of a domain that is no longer watched nothing is kept beyond its time.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use vigie_checks::kernel::Name;

use super::glance::Written;
use super::row::{Column, micros};
use super::{Store, StoreError, Write};

const FORGET: [&str; 9] = [
    "DELETE FROM spans WHERE last_seen < $1 AND position < (SELECT MAX(l.position) FROM spans l \
     WHERE l.domain = spans.domain AND l.check_name = spans.check_name \
     AND l.instance = spans.instance AND l.status IN ('pass', 'fail'))",
    // The last change of a record tells since when it looks as it does.
    "DELETE FROM changes WHERE seen_at < $1 AND EXISTS (SELECT 1 FROM changes l \
     WHERE l.domain = changes.domain AND l.check_name = changes.check_name \
     AND l.what = changes.what AND l.seen_at > changes.seen_at)",
    "DELETE FROM cases WHERE retired = 1 AND last_seen < $1",
    "DELETE FROM sends WHERE submitted_at < $1",
    "DELETE FROM reports WHERE ends_at < $1",
    "DELETE FROM silences WHERE until_at < $1",
    "DELETE FROM outbox WHERE state <> 'pending' AND created_at < $1 AND NOT EXISTS \
     (SELECT 1 FROM incidents i WHERE i.id = outbox.incident_id \
     AND (i.resolved_at IS NULL OR i.resolved_at >= $1))",
    // An incident that a case still names is kept whole.
    "DELETE FROM incident_events WHERE incident_id IN \
     (SELECT id FROM incidents WHERE state = 'resolved' AND resolved_at < $1 \
     AND NOT EXISTS (SELECT 1 FROM cases WHERE cases.incident_id = incidents.id))",
    "DELETE FROM incidents WHERE state = 'resolved' AND resolved_at < $1 \
     AND NOT EXISTS (SELECT 1 FROM cases WHERE cases.incident_id = incidents.id)",
];

const FORGET_DOMAIN: [&str; 4] = [
    "DELETE FROM spans WHERE domain = $1",
    "DELETE FROM changes WHERE domain = $1",
    "DELETE FROM blindness WHERE domain = $1",
    "DELETE FROM schedule_state WHERE substr(key, 1, length($1) + 1) = $1 || '/'",
];

impl Store {
    /// Forgets what ended before a time, and all of the domains that were seen last before it and are
    /// not `watched`.
    ///
    /// # Errors
    /// The database fails; then nothing is forgotten.
    pub async fn forget(
        &self,
        before: DateTime<Utc>,
        watched: &HashSet<Name>,
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        for statement in FORGET {
            sqlx::query(statement).bind(micros(before)).execute(write.connection()).await?;
        }
        for domain in write.seen_last_before(before).await? {
            if !watched.contains(&domain) {
                write.forget_domain(&domain).await?;
            }
        }
        write.commit().await
    }
}

impl Write {
    async fn seen_last_before(&mut self, before: DateTime<Utc>) -> Result<Vec<Name>, StoreError> {
        let query = "SELECT domain FROM spans GROUP BY domain HAVING MAX(last_seen) < $1";
        let rows = sqlx::query(query).bind(micros(before)).fetch_all(self.connection()).await?;
        rows.iter().map(|row| Ok(Name::new(&row.text("domain")?))).collect()
    }

    async fn forget_domain(&mut self, domain: &Name) -> Result<(), StoreError> {
        self.written.push(Written::Forgotten(domain.clone()));
        for statement in FORGET_DOMAIN {
            sqlx::query(statement).bind(domain.as_str()).execute(self.connection()).await?;
        }
        Ok(())
    }
}
