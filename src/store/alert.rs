//! What is told of a message of the outbox to whoever lists it: all but its body, which is for its channel.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{OutboxRow, OutboxState};

/// A message of the outbox, without its body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alert {
    pub id: String,
    pub channel: String,
    pub event: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
    #[serde(serialize_with = "word")]
    pub state: OutboxState,
    pub attempts: i64,
    pub created_at: DateTime<Utc>,
    /// When the next attempt is due; of a message that waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<DateTime<Utc>>,
    /// What the last attempt was answered with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<i64>,
    /// Why the last attempt failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The message that it became part of; its own id where it carries others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carried_by: Option<String>,
}

impl From<OutboxRow> for Alert {
    fn from(row: OutboxRow) -> Self {
        let waits = row.state == OutboxState::Pending;
        Self {
            incident: row.incident_told().map(str::to_owned),
            id: row.id,
            channel: row.channel,
            event: row.event_type,
            state: row.state,
            attempts: row.attempts,
            created_at: row.created_at,
            next_at: waits.then_some(row.next_at),
            delivered_at: row.delivered_at,
            status: row.last_status,
            error: row.last_error,
            carried_by: row.carried_by,
        }
    }
}

fn word<S: serde::Serializer>(state: &OutboxState, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(state)
}
