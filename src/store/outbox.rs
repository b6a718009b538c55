//! What is to be said to which channel, and how far is each message?
//!
//! Rows are put here in the transaction that decides them; `alerts` delivers them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::any::AnyRow;
use sqlx::{Any, Executor};
use ulid::Ulid;

use super::row::{Column, kept, micros};
use super::{Store, StoreError, Write};
use crate::incidents::{Belief, EventKind, Told};

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::Display, strum::EnumString)]
#[strum(serialize_all = "kebab-case")]
pub enum OutboxState {
    Pending,
    Delivered,
    /// Given up; it can be sent again by hand.
    Dead,
}

/// One event for one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// `msg_` and a ULID; the idempotency key of every attempt.
    pub id: String,
    /// What it has a place in: an incident, or a time in which vigie saw nothing (`monitor.*`).
    pub incident: Option<String>,
    /// The order within that and a channel; 0 without one.
    pub sequence: i64,
    pub channel: String,
    pub event_type: String,
    /// The octets of every attempt.
    pub body: String,
    pub state: OutboxState,
    pub attempts: i64,
    pub next_at: DateTime<Utc>,
    pub last_status: Option<i64>,
    pub last_error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub delivered_at: Option<DateTime<Utc>>,
    /// It may become one message with others of its channel that wait.
    pub joins: bool,
    /// The message that it became part of; its own id where it carries others.
    pub carried_by: Option<String>,
}

impl OutboxRow {
    /// The incident that it tells of.
    pub fn incident_told(&self) -> Option<&str> {
        self.incident.as_deref().filter(|_| self.event_type.starts_with("incident."))
    }

    /// A message that is due at once.
    pub fn new(
        channel: &str,
        event_type: &str,
        incident: Option<(&str, i64)>,
        body: String,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id: format!("msg_{}", Ulid::from_datetime(now.into())),
            incident: incident.map(|(id, _)| id.to_owned()),
            sequence: incident.map_or(0, |(_, sequence)| sequence),
            channel: channel.to_owned(),
            event_type: event_type.to_owned(),
            body,
            state: OutboxState::Pending,
            attempts: 0,
            next_at: now,
            last_status: None,
            last_error: None,
            created_at: now,
            delivered_at: None,
            joins: false,
            carried_by: None,
        }
    }

    /// The message waits so long for others that it may become one with.
    #[must_use]
    pub fn waiting(self, wait: TimeDelta) -> Self {
        Self { joins: true, next_at: self.created_at + wait, ..self }
    }
}

/// Waiting messages of which it is told that they are held up.
const HELD_UP: i64 = 10_000;

const SELECT: &str = "SELECT id, incident_id, sequence, channel, event_type, body, state, \
    attempts, next_at, last_status, last_error, created_at, delivered_at, joins, carried_by \
    FROM outbox";

impl Write {
    /// Puts a message into the outbox.
    ///
    /// # Errors
    /// The database fails.
    pub async fn put_outbox(&mut self, row: &OutboxRow) -> Result<(), StoreError> {
        let insert = "INSERT INTO outbox (id, incident_id, sequence, channel, event_type, body, \
            state, attempts, next_at, last_status, last_error, created_at, delivered_at, joins, \
            carried_by, decided_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $12)";
        sqlx::query(insert)
            .bind(row.id.as_str())
            .bind(row.incident.as_deref())
            .bind(row.sequence)
            .bind(row.channel.as_str())
            .bind(row.event_type.as_str())
            .bind(row.body.as_str())
            .bind(row.state.to_string())
            .bind(row.attempts)
            .bind(micros(row.next_at))
            .bind(row.last_status)
            .bind(row.last_error.as_deref().map(kept))
            .bind(micros(row.created_at))
            .bind(row.delivered_at.map(micros))
            .bind(i64::from(row.joins))
            .bind(row.carried_by.as_deref())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// What each channel believes of an incident, by the last message of it that it has or will get.
    ///
    /// # Errors
    /// The database fails.
    pub async fn beliefs(
        &mut self,
        incident: &str,
    ) -> Result<BTreeMap<String, Belief>, StoreError> {
        let query = "SELECT channel, event_type FROM outbox WHERE incident_id = $1 \
            ORDER BY sequence, created_at, id";
        let rows = sqlx::query(query).bind(incident).fetch_all(self.connection()).await?;
        let mut beliefs = BTreeMap::new();
        for row in &rows {
            let belief = match row.text("event_type")? == EventKind::Resolved.to_string() {
                true => Belief::ItIsOver,
                false => Belief::ItStands,
            };
            beliefs.insert(row.text("channel")?, belief);
        }
        Ok(beliefs)
    }
}

impl Write {
    /// What each channel was told of the incidents that are open, by incident.
    ///
    /// # Errors
    /// The database fails.
    pub async fn told_of_open_incidents(
        &mut self,
    ) -> Result<HashMap<String, Vec<Told>>, StoreError> {
        let query = "SELECT o.incident_id, o.channel, \
            MIN(CASE WHEN o.created_at >= b.at THEN o.created_at END) AS first_at, \
            MAX(o.created_at) AS last_at, \
            MAX(CASE o.state WHEN 'pending' THEN 1 ELSE 0 END) AS waits FROM outbox o JOIN \
            (SELECT i.id, COALESCE(MAX(e.at), i.opened_at) AS at FROM incidents i \
             LEFT JOIN incident_events e ON e.incident_id = i.id AND e.event_type = $1 \
             WHERE i.state = 'open' GROUP BY i.id, i.opened_at) b ON b.id = o.incident_id \
            GROUP BY o.incident_id, o.channel ORDER BY o.incident_id, o.channel";
        let query = sqlx::query(query).bind(EventKind::Reopened.to_string());
        let rows = query.fetch_all(self.connection()).await?;
        let mut told: HashMap<String, Vec<Told>> = HashMap::new();
        for row in &rows {
            told.entry(row.text("incident_id")?).or_default().push(Told {
                channel: row.text("channel")?,
                first_at: row.time_if_any("first_at")?,
                last_at: row.time("last_at")?,
                waits: row.number("waits")? != 0,
            });
        }
        Ok(told)
    }
}

/// Which messages are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// Of one state; else of all.
    pub state: Option<OutboxState>,
    /// Of one channel; else of all.
    pub channel: Option<&'a str>,
    /// Those that come after this message, which are older.
    pub after: Option<&'a OutboxRow>,
}

impl Store {
    /// The messages that wait for an earlier one of their incident and channel; the newest, if there are
    /// very many.
    ///
    /// # Errors
    /// The database fails.
    pub async fn held_up(&self) -> Result<BTreeSet<String>, StoreError> {
        let query = "SELECT id FROM outbox AS later WHERE state = 'pending' AND EXISTS ( \
            SELECT 1 FROM outbox AS earlier WHERE earlier.incident_id = later.incident_id \
            AND earlier.channel = later.channel AND earlier.state = 'pending' \
            AND earlier.sequence < later.sequence) ORDER BY created_at DESC LIMIT $1";
        let rows = sqlx::query(query).bind(HELD_UP).fetch_all(self.readers()).await?;
        rows.iter().map(|row| row.text("id")).collect()
    }

    /// The messages, newest first, at most `limit`.
    ///
    /// # Errors
    /// The database fails, or holds what this version cannot read.
    pub async fn outbox(
        &self,
        wanted: Wanted<'_>,
        limit: u32,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let state = wanted.state.map_or_else(String::new, |state| state.to_string());
        let (at, sequence, id) = wanted.after.map_or((i64::MAX, 0, ""), |row| {
            (micros(row.created_at), row.sequence, row.id.as_str())
        });
        // What is told of an incident at one moment has an order all the same.
        let query = format!(
            "{SELECT} WHERE ($1 = '' OR state = $1) AND ($2 = '' OR channel = $2) \
             AND (created_at < $3 OR (created_at = $3 AND (sequence < $4 \
             OR (sequence = $4 AND id < $5)))) \
             ORDER BY created_at DESC, sequence DESC, id DESC LIMIT $6"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(query))
            .bind(state)
            .bind(wanted.channel.unwrap_or_default())
            .bind(at)
            .bind(sequence)
            .bind(id)
            .bind(i64::from(limit))
            .fetch_all(self.readers())
            .await?;
        rows.iter().map(read).collect()
    }

    /// The messages of an incident, by channel and in order.
    ///
    /// # Errors
    /// As [`Self::outbox`].
    pub async fn outbox_of(&self, incident: &str) -> Result<Vec<OutboxRow>, StoreError> {
        select(self.readers(), "WHERE incident_id = $1 ORDER BY channel, sequence, id", incident)
            .await
    }

    /// One message.
    ///
    /// # Errors
    /// As [`Self::outbox`].
    pub async fn outbox_row(&self, id: &str) -> Result<Option<OutboxRow>, StoreError> {
        Ok(select(self.readers(), "WHERE id = $1", &kept(id)).await?.pop())
    }
}

async fn select<'c>(
    connection: impl Executor<'c, Database = Any>,
    rest: &'static str,
    argument: &str,
) -> Result<Vec<OutboxRow>, StoreError> {
    let query = format!("{SELECT} {rest}");
    let rows = sqlx::query(sqlx::AssertSqlSafe(query)).bind(argument).fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<OutboxRow, StoreError> {
    Ok(OutboxRow {
        id: row.text("id")?,
        incident: row.text_if_any("incident_id")?,
        sequence: row.number("sequence")?,
        channel: row.text("channel")?,
        event_type: row.text("event_type")?,
        body: row.text("body")?,
        state: row.word("state")?,
        attempts: row.number("attempts")?,
        next_at: row.time("next_at")?,
        last_status: row.number_if_any("last_status")?,
        last_error: row.text_if_any("last_error")?,
        created_at: row.time("created_at")?,
        delivered_at: row.time_if_any("delivered_at")?,
        joins: row.number("joins")? != 0,
        carried_by: row.text_if_any("carried_by")?,
    })
}
