//! What is silenced, by whom, and until when?

use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;
use vigie_checks::kernel::Name;

use super::row::{Column, kept, micros};
use super::{Store, StoreError, Write};
use crate::incidents::Silence;

const SELECT: &str = "SELECT id, domain, finding, subject, tag, by_whom, why, created_at, until_at \
    FROM silences WHERE until_at > $1 ORDER BY until_at, id";

impl Write {
    /// Keeps a silence.
    ///
    /// # Errors
    /// The database fails.
    pub async fn put_silence(&mut self, silence: &Silence) -> Result<(), StoreError> {
        let insert = "INSERT INTO silences \
            (id, domain, finding, subject, tag, by_whom, why, created_at, until_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        sqlx::query(insert)
            .bind(silence.id.as_str())
            .bind(silence.domain.as_ref().map(Name::as_str))
            .bind(silence.finding.as_deref().map(kept))
            .bind(silence.subject.as_deref().map(kept))
            .bind(silence.tag.as_deref().map(kept))
            .bind(kept(&silence.by))
            .bind(kept(&silence.why))
            .bind(micros(silence.created_at))
            .bind(micros(silence.until))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Ends a silence now; whether there was one that held is the answer.
    ///
    /// # Errors
    /// The database fails.
    pub async fn end_silence(&mut self, id: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let update = "UPDATE silences SET until_at = $1 WHERE id = $2 AND until_at > $1";
        let ended =
            sqlx::query(update).bind(micros(now)).bind(id).execute(self.connection()).await?;
        Ok(ended.rows_affected() > 0)
    }

    /// The silences that hold, those that end first at the front.
    ///
    /// # Errors
    /// The database fails, or holds what this version cannot read.
    pub async fn silences(&mut self, now: DateTime<Utc>) -> Result<Vec<Silence>, StoreError> {
        let rows = sqlx::query(SELECT).bind(micros(now)).fetch_all(self.connection()).await?;
        rows.iter().map(read).collect()
    }
}

impl Store {
    /// As [`Write::silences`], for readers.
    ///
    /// # Errors
    /// As [`Write::silences`].
    pub async fn silences(&self, now: DateTime<Utc>) -> Result<Vec<Silence>, StoreError> {
        let rows = sqlx::query(SELECT).bind(micros(now)).fetch_all(self.readers()).await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &AnyRow) -> Result<Silence, StoreError> {
    Ok(Silence {
        id: row.text("id")?,
        domain: row.text_if_any("domain")?.map(|name| Name::new(&name)),
        finding: row.text_if_any("finding")?,
        subject: row.text_if_any("subject")?,
        tag: row.text_if_any("tag")?,
        by: row.text("by_whom")?,
        why: row.text("why")?,
        created_at: row.time("created_at")?,
        until: row.time("until_at")?,
    })
}
