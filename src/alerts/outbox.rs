//! Which message is next for a channel, and how far is each?
//!
//! Reads rows that others wrote, and moves them from pending to delivered or dead. The order of one
//! incident and channel is kept by offering only its first pending message. What became one message
//! (see `together`) is offered as the one that carries it, and all of it moves at once.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::event::{DeadAlert, alert_dead};
use crate::store::{ChannelState, OutboxRow, Store, StoreError, Write};

/// A message that is to be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    pub id: String,
    pub event_type: String,
    pub body: String,
    /// Attempts made so far.
    pub attempts: u32,
    /// When the next attempt is due.
    pub next_at: DateTime<Utc>,
    /// How it goes together with others.
    pub part: Part,
}

/// How a message goes together with others of its channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Not at all.
    Alone,
    /// It is to be joined with others before it goes.
    Waits,
    /// It goes for all that were joined with it.
    Carries,
}

/// What becomes of a message after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Delivered {
        status: u16,
    },
    Retry {
        at: DateTime<Utc>,
        /// The receiver named the moment itself, whatever our clock says.
        is_named: bool,
        status: Option<u16>,
        error: String,
    },
    /// Given up; `disable` names the address that wants nothing more.
    Dead {
        status: Option<u16>,
        error: String,
        disable: Option<String>,
    },
}

/// The outbox in the store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Outbox {
    pub(super) store: Store,
}

/// A clock that goes back by less is adjusted, not set.
const SET_BACK: TimeDelta = TimeDelta::seconds(1);

const HEADS: &str = "SELECT id, event_type, body, attempts, next_at, joins, carried_by \
    FROM outbox AS head WHERE channel = $1 AND state = 'pending' AND NOT EXISTS ( \
        SELECT 1 FROM outbox AS earlier WHERE earlier.incident_id = head.incident_id \
        AND earlier.channel = head.channel AND earlier.state = 'pending' \
        AND earlier.sequence < head.sequence) \
    AND ($3 = 0 OR NOT EXISTS ( \
        SELECT 1 FROM outbox AS carrier WHERE carrier.id = head.carried_by \
        AND carrier.id <> head.id AND carrier.state = 'pending')) \
    ORDER BY next_at, id LIMIT $2";

const MARK: &str = "UPDATE outbox SET state = $1, attempts = $2, next_at = $3, last_status = $4, \
    last_error = $5, delivered_at = $6, decided_at = $9 \
    WHERE (id = $7 OR ($8 = 1 AND carried_by = $7)) AND state = 'pending'";

impl Outbox {
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// The messages of a channel that wait for no other, the one that is due first at the front;
    /// those not yet due follow. Where the channel `joins`, those that another carries are left out.
    pub(super) async fn heads(
        &self,
        channel: &str,
        joins: bool,
        limit: usize,
    ) -> Result<Vec<Pending>, StoreError> {
        let rows = sqlx::query(HEADS)
            .bind(channel)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .bind(i64::from(joins))
            .fetch_all(self.store.readers())
            .await?;
        let heads = rows.iter().map(read);
        let alone = |head: Pending| Pending { part: Part::Alone, ..head };
        heads.map(|head| if joins { head } else { head.map(alone) }).collect()
    }

    /// Since when the oldest message for a channel waits.
    pub(super) async fn waits_since(
        &self,
        channel: &str,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        // One that was written by a clock that told too much waits since that was seen.
        let oldest = "SELECT MIN(CASE WHEN attempts = 0 THEN next_at \
            WHEN created_at > decided_at THEN decided_at ELSE created_at END) AS since \
            FROM outbox WHERE state = 'pending' AND channel = $1";
        let row = sqlx::query(oldest).bind(channel).fetch_one(self.store.readers()).await?;
        let since: Option<i64> = row.try_get("since")?;
        Ok(since.and_then(DateTime::from_timestamp_micros))
    }

    /// Whether the clock was set back since it was decided when messages of a channel are due; they are then
    /// due as much sooner, so that none waits longer than it was to.
    pub(super) async fn heed_set_back(
        &self,
        channel: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let (at, later) = (now.timestamp_micros(), (now + SET_BACK).timestamp_micros());
        let put_off = "SELECT 1 FROM outbox WHERE channel = $1 AND state = 'pending' \
            AND decided_at >= $2 LIMIT 1";
        let put_off = sqlx::query(put_off).bind(channel).bind(later);
        if put_off.fetch_optional(self.store.readers()).await?.is_none() {
            return Ok(false);
        }
        let sooner = "UPDATE outbox SET next_at = next_at - (decided_at - $1), decided_at = $1 \
            WHERE channel = $2 AND state = 'pending' AND decided_at >= $3";
        let sooner = sqlx::query(sooner).bind(at).bind(channel).bind(later);
        sooner.execute(self.store.writer()).await?;
        Ok(true)
    }

    /// Whether this address of a channel has said that it wants nothing more.
    pub(super) async fn is_disabled(
        &self,
        channel: &str,
        address: &str,
    ) -> Result<bool, StoreError> {
        let disabled =
            sqlx::query("SELECT reason FROM channels WHERE name = $1 AND disabled_at IS NOT NULL")
                .bind(channel)
                .fetch_optional(self.store.readers())
                .await?;
        let Some(row) = disabled else { return Ok(false) };
        let reason: Option<String> = row.try_get("reason")?;
        Ok(reason.is_some_and(|reason| reason == gone(address)))
    }

    /// Writes what became of a message, and of the channel, in one transaction. A message that is
    /// no longer pending is left as it is.
    ///
    /// `others` hear of a message that died, unless it was itself such news: two dead channels
    /// would tell each other of it for ever. Nor do they hear of a reminder whose predecessor died.
    pub(super) async fn settle(
        &self,
        channel: &str,
        message: &Pending,
        verdict: &Verdict,
        others: &[String],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut write = self.store.write().await?;
        let messages = mark(write.connection(), message, verdict, now).await?;
        if let Verdict::Dead { error, disable, .. } = verdict {
            if let Some(address) = disable {
                let disabled = ChannelState {
                    name: channel.to_owned(),
                    disabled_at: Some(now),
                    reason: Some(gone(address)),
                };
                write.put_channel(&disabled).await?;
            }
            if messages > 0 && is_news(write.connection(), message).await? {
                let dead = DeadAlert {
                    id: &message.id,
                    channel,
                    event: &message.event_type,
                    attempts: message.attempts + 1,
                    error,
                    messages,
                };
                tell(&mut write, &dead, others, now).await?;
            }
        }
        write.commit().await
    }

    /// Makes a message due again as if it were new, whatever became of it, with all that went with it;
    /// its channel is used again if it was disabled. Whether there is such a message is the answer.
    ///
    /// # Errors
    /// The database fails.
    pub async fn resend(&self, id: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let mut write = self.store.write().await?;
        let due = "UPDATE outbox SET state = 'pending', attempts = 0, next_at = $1, \
            decided_at = $1, delivered_at = NULL WHERE id = $2 \
            OR carried_by = (SELECT carried_by FROM outbox WHERE id = $2)";
        let due = sqlx::query(due).bind(now.timestamp_micros()).bind(id);
        let is_there = due.execute(write.connection()).await?.rows_affected() > 0;
        let enable = "UPDATE channels SET disabled_at = NULL, reason = NULL \
            WHERE name = (SELECT channel FROM outbox WHERE id = $1)";
        sqlx::query(enable).bind(id).execute(write.connection()).await?;
        write.commit().await?;
        Ok(is_there)
    }

    /// Lets a channel be used again that was disabled at another address than this.
    pub(super) async fn enable_at(&self, channel: &str, address: &str) -> Result<(), StoreError> {
        let corrected = "UPDATE channels SET disabled_at = NULL, reason = NULL \
            WHERE name = $1 AND disabled_at IS NOT NULL AND (reason IS NULL OR reason <> $2)";
        sqlx::query(corrected)
            .bind(channel)
            .bind(gone(address))
            .execute(self.store.writer())
            .await?;
        Ok(())
    }

    /// Lets a channel that was disabled be used again; what it held back is sent.
    ///
    /// # Errors
    /// The database fails.
    pub async fn enable(&self, channel: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE channels SET disabled_at = NULL, reason = NULL WHERE name = $1")
            .bind(channel)
            .execute(self.store.writer())
            .await?;
        Ok(())
    }
}

const BEFORE: &str = "SELECT earlier.state FROM outbox AS earlier JOIN outbox AS reminder \
    ON earlier.incident_id = reminder.incident_id AND earlier.channel = reminder.channel \
    WHERE reminder.id = $1 AND earlier.sequence < reminder.sequence \
    ORDER BY earlier.sequence DESC LIMIT 1";

/// Whether the others are told that a message died.
async fn is_news(connection: &mut AnyConnection, message: &Pending) -> Result<bool, StoreError> {
    match message.event_type.as_str() {
        "alert.dead" => Ok(false),
        "incident.reminder" => {
            let before = sqlx::query(BEFORE).bind(message.id.as_str());
            let before = before.fetch_optional(connection).await?;
            let state: Option<String> = before.map(|row| row.try_get("state")).transpose()?;
            Ok(state.is_none_or(|state| state != "dead"))
        }
        _ => Ok(true),
    }
}

/// The reason that a channel is disabled. It names the address by its digest, so that a channel
/// whose address was corrected is used again.
fn gone(address: &str) -> String {
    format!("answered 410 (address {address})")
}

/// How many messages moved: none that was no longer pending.
async fn mark(
    connection: &mut AnyConnection,
    message: &Pending,
    verdict: &Verdict,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let (state, next_at, status, error, delivered_at) = match verdict {
        Verdict::Delivered { status } => {
            ("delivered", message.next_at, Some(*status), None, Some(now))
        }
        Verdict::Retry { at, status, error, .. } => {
            ("pending", *at, *status, Some(error.as_str()), None)
        }
        Verdict::Dead { status, error, .. } => {
            ("dead", message.next_at, *status, Some(error.as_str()), None)
        }
    };
    let decided_at =
        Some(now).filter(|_| !matches!(verdict, Verdict::Retry { is_named: true, .. }));
    let done = sqlx::query(MARK)
        .bind(state)
        .bind(i64::from(message.attempts) + 1)
        .bind(next_at.timestamp_micros())
        .bind(status.map(i64::from))
        .bind(error)
        .bind(delivered_at.map(|at| at.timestamp_micros()))
        .bind(message.id.as_str())
        .bind(i64::from(message.part == Part::Carries))
        .bind(decided_at.map(|at| at.timestamp_micros()))
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

async fn tell(
    write: &mut Write,
    dead: &DeadAlert<'_>,
    others: &[String],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let body = alert_dead(dead, now);
    for other in others {
        write.put_outbox(&OutboxRow::new(other, "alert.dead", None, body.clone(), now)).await?;
    }
    Ok(())
}

fn read(row: &AnyRow) -> Result<Pending, StoreError> {
    let id: String = row.try_get("id")?;
    let attempts: i64 = row.try_get("attempts")?;
    let next_at: i64 = row.try_get("next_at")?;
    let joins: i64 = row.try_get("joins")?;
    let carried_by: Option<String> = row.try_get("carried_by")?;
    let wrong = |column, value: i64| StoreError::Content { column, value: value.to_string() };
    Ok(Pending {
        attempts: u32::try_from(attempts).map_err(|_| wrong("attempts", attempts))?,
        next_at: DateTime::from_timestamp_micros(next_at)
            .ok_or_else(|| wrong("next_at", next_at))?,
        event_type: row.try_get("event_type")?,
        body: row.try_get("body")?,
        part: match carried_by {
            Some(carrier) if carrier == id => Part::Carries,
            None if joins != 0 => Part::Waits,
            _ => Part::Alone,
        },
        id,
    })
}
