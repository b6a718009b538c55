//! Do the channels believe that some checks cannot tell? One row while they do.

use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;

use super::row::{Column, kept, micros};
use super::{StoreError, Write};

/// A time in which the channels know that some checks cannot tell of some domains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlindSpell {
    /// A ULID; what is told of it is told in order.
    pub id: String,
    pub since: DateTime<Utc>,
    /// As in a finding's `evidence.reason`, of what was told last.
    pub reason: String,
    /// How often the channels were told.
    pub told: i64,
    /// Since when all can tell again.
    pub seen_since: Option<DateTime<Utc>>,
}

impl Write {
    /// The one that lasts, if there is one.
    ///
    /// # Errors
    /// The database fails, or holds what this version cannot read.
    pub async fn blind_spell(&mut self) -> Result<Option<BlindSpell>, StoreError> {
        let query = "SELECT id, since, reason, told, seen_since FROM blind_spell";
        let row = sqlx::query(query).fetch_optional(self.connection()).await?;
        row.as_ref().map(read).transpose()
    }

    /// Notes how it stands.
    ///
    /// # Errors
    /// The database fails.
    pub async fn put_blind_spell(&mut self, spell: &BlindSpell) -> Result<(), StoreError> {
        let upsert = "INSERT INTO blind_spell (id, since, reason, told, seen_since) \
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO UPDATE SET since = excluded.since, \
            reason = excluded.reason, told = excluded.told, seen_since = excluded.seen_since";
        sqlx::query(upsert)
            .bind(spell.id.as_str())
            .bind(micros(spell.since))
            .bind(kept(&spell.reason))
            .bind(spell.told)
            .bind(spell.seen_since.map(micros))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Forgets it: the channels know that all can tell again, or that nothing can.
    ///
    /// # Errors
    /// The database fails.
    pub async fn end_blind_spell(&mut self) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM blind_spell").execute(self.connection()).await?;
        Ok(())
    }
}

fn read(row: &AnyRow) -> Result<BlindSpell, StoreError> {
    Ok(BlindSpell {
        id: row.text("id")?,
        since: row.time("since")?,
        reason: row.text("reason")?,
        told: row.number("told")?,
        seen_since: row.time_if_any("seen_since")?,
    })
}
