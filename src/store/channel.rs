//! Which alert channels have been switched off by their own receiver?

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::any::AnyRow;

use super::row::{Column, micros};
use super::{Store, StoreError, Write};

/// A channel with what delivery learned of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelState {
    pub name: String,
    /// Set while nothing is sent to it.
    pub disabled_at: Option<DateTime<Utc>>,
    pub reason: Option<String>,
}

/// A channel that wants nothing more, by its own answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Disabled {
    pub channel: String,
    pub since: DateTime<Utc>,
}

impl Write {
    /// Notes the state of a channel.
    ///
    /// # Errors
    /// The database fails.
    pub async fn put_channel(&mut self, channel: &ChannelState) -> Result<(), StoreError> {
        let upsert = "INSERT INTO channels (name, disabled_at, reason) VALUES ($1, $2, $3) \
            ON CONFLICT (name) DO UPDATE SET disabled_at = excluded.disabled_at, \
            reason = excluded.reason";
        sqlx::query(upsert)
            .bind(channel.name.as_str())
            .bind(channel.disabled_at.map(micros))
            .bind(channel.reason.as_deref())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

impl Store {
    /// The channels of which something is known, by name.
    ///
    /// # Errors
    /// The database fails.
    pub async fn channels(&self) -> Result<Vec<ChannelState>, StoreError> {
        let all = "SELECT name, disabled_at, reason FROM channels ORDER BY name";
        let rows = sqlx::query(all).fetch_all(self.readers()).await?;
        rows.iter().map(read).collect()
    }

    /// The channels that nothing is sent to, by name.
    ///
    /// # Errors
    /// The database fails.
    pub async fn disabled(&self) -> Result<Vec<Disabled>, StoreError> {
        let disabled = |channel: ChannelState| {
            Some(Disabled { since: channel.disabled_at?, channel: channel.name })
        };
        Ok(self.channels().await?.into_iter().filter_map(disabled).collect())
    }
}

fn read(row: &AnyRow) -> Result<ChannelState, StoreError> {
    Ok(ChannelState {
        name: row.text("name")?,
        disabled_at: row.time_if_any("disabled_at")?,
        reason: row.text_if_any("reason")?,
    })
}
