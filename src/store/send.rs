//! What became of the test sends, and what share of them arrives?

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;
use ulid::Ulid;
use vigie_checks::kernel::Name;

use super::row::{Column, kept, micros};
use super::{Store, StoreError, Write};

/// What became of a test message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::Display, strum::EnumString)]
#[strum(serialize_all = "kebab-case")]
pub enum SendOutcome {
    Arrived,
    /// In the junk folder.
    Junk,
    Refused,
    Deferred,
    /// Accepted, and in no folder.
    Missing,
    /// It could not be told; counts neither way.
    Unknown,
}

/// One test message to one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Send {
    pub probe: String,
    pub domain: Name,
    /// The ULID of the round: the messages that were sent together.
    pub round: String,
    pub address: String,
    pub submitted_at: DateTime<Utc>,
    pub outcome: SendOutcome,
    /// From submission to the mailbox.
    pub delay_ms: Option<u64>,
    /// The reply or the folder, in one line.
    pub detail: String,
}

/// Whose sends are counted.
#[derive(Clone, Copy, Debug)]
pub enum Of<'a> {
    Domain(&'a Name),
    Probe(&'a str),
}

/// The share of test messages that arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DeliveryRate {
    /// Messages of which it is known what became.
    pub sent: u64,
    /// In the inbox or a tab, not in the junk folder.
    pub arrived: u64,
    /// From 0 to 1; nothing if `sent` is 0.
    pub rate: Option<f64>,
}

impl DeliveryRate {
    fn of(sends: &[Send]) -> Self {
        let known = sends.iter().filter(|send| send.outcome != SendOutcome::Unknown);
        let (mut sent, mut arrived) = (0_u64, 0_u64);
        for send in known {
            sent += 1;
            arrived += u64::from(send.outcome == SendOutcome::Arrived);
        }
        Self::counted(sent, arrived)
    }

    /// The counts of a row.
    pub(super) fn read(row: &AnyRow) -> Result<Self, StoreError> {
        let count =
            |column| row.number(column).map(|count| u64::try_from(count).unwrap_or_default());
        Ok(Self::counted(count("sent")?, count("arrived")?))
    }

    fn counted(sent: u64, arrived: u64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "counts of test sends stay far below 2^52")]
        let rate = (sent > 0).then(|| arrived as f64 / sent as f64);
        Self { sent, arrived, rate }
    }
}

const SELECT: &str = "SELECT probe, domain, round, address, submitted_at, outcome, delay_ms, \
    detail FROM sends s";

impl Write {
    /// Adds a test message.
    ///
    /// # Errors
    /// The database fails.
    pub async fn put_send(&mut self, send: &Send) -> Result<(), StoreError> {
        let insert = "INSERT INTO sends (id, probe, domain, round, address, submitted_at, outcome, \
            delay_ms, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        sqlx::query(insert)
            .bind(Ulid::from_datetime(send.submitted_at.into()).to_string())
            .bind(send.probe.as_str())
            .bind(send.domain.as_str())
            .bind(send.round.as_str())
            .bind(send.address.as_str())
            .bind(micros(send.submitted_at))
            .bind(send.outcome.to_string())
            .bind(send.delay_ms.map(|delay| i64::try_from(delay).unwrap_or(i64::MAX)))
            .bind(kept(&send.detail))
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

impl Store {
    /// The test messages since a time, oldest first, at most `limit`.
    ///
    /// # Errors
    /// The database fails, or holds what this version cannot read.
    pub async fn sends(
        &self,
        of: Of<'_>,
        since: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Send>, StoreError> {
        let (condition, argument) = condition(of);
        let query = format!(
            "{SELECT} WHERE {condition} AND submitted_at >= $2 \
             ORDER BY submitted_at, probe, address LIMIT $3"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(query))
            .bind(argument)
            .bind(micros(since))
            .bind(i64::from(limit))
            .fetch_all(self.readers())
            .await?;
        rows.iter().map(read).collect()
    }

    /// The share that arrived of the last round; of a domain, of the last round of each of its
    /// probes.
    ///
    /// # Errors
    /// As [`Self::sends`].
    pub async fn delivery_rate(&self, of: Of<'_>) -> Result<DeliveryRate, StoreError> {
        let (condition, argument) = condition(of);
        let query = format!(
            "{SELECT} WHERE {condition} AND round = (SELECT l.round FROM sends l \
             WHERE l.probe = s.probe AND l.domain = s.domain \
             ORDER BY l.submitted_at DESC, l.id DESC LIMIT 1)"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(query))
            .bind(argument)
            .fetch_all(self.readers())
            .await?;
        let sends: Vec<Send> = rows.iter().map(read).collect::<Result<_, _>>()?;
        Ok(DeliveryRate::of(&sends))
    }

    /// As [`Self::delivery_rate`], of every domain at once.
    ///
    /// # Errors
    /// The database fails.
    pub async fn delivery_rates_by_domain(
        &self,
    ) -> Result<HashMap<Name, DeliveryRate>, StoreError> {
        // Ids are ULIDs of the time of submission, so the greatest is in the last round.
        let query = "SELECT s.domain, \
            CAST(SUM(CASE WHEN s.outcome <> 'unknown' THEN 1 ELSE 0 END) AS BIGINT) AS sent, \
            CAST(SUM(CASE WHEN s.outcome = 'arrived' THEN 1 ELSE 0 END) AS BIGINT) AS arrived \
            FROM (SELECT MAX(id) AS id FROM sends GROUP BY probe, domain) newest \
            JOIN sends l ON l.id = newest.id \
            JOIN sends s ON s.probe = l.probe AND s.domain = l.domain AND s.round = l.round \
            GROUP BY s.domain";
        let rows = sqlx::query(query).fetch_all(self.readers()).await?;
        let rate = |row: &AnyRow| Ok((Name::new(&row.text("domain")?), DeliveryRate::read(row)?));
        rows.iter().map(rate).collect()
    }

    /// The share that arrived of each round since a time, oldest first: the curve over time.
    ///
    /// # Errors
    /// As [`Self::sends`].
    pub async fn delivery_rates(
        &self,
        of: Of<'_>,
        since: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<(DateTime<Utc>, DeliveryRate)>, StoreError> {
        let mut rounds: Vec<(String, Vec<Send>)> = Vec::new();
        for send in self.sends(of, since, limit).await? {
            match rounds.iter_mut().rev().find(|(round, _)| *round == send.round) {
                Some((_, sends)) => sends.push(send),
                None => rounds.push((send.round.clone(), vec![send])),
            }
        }
        let rated = rounds
            .iter()
            .filter_map(|(_, sends)| Some((sends.first()?.submitted_at, DeliveryRate::of(sends))));
        Ok(rated.collect())
    }
}

fn condition(of: Of<'_>) -> (&'static str, &str) {
    match of {
        Of::Domain(domain) => ("s.domain = $1", domain.as_str()),
        Of::Probe(probe) => ("s.probe = $1", probe),
    }
}

fn read(row: &AnyRow) -> Result<Send, StoreError> {
    let delay = row.number_if_any("delay_ms")?;
    Ok(Send {
        probe: row.text("probe")?,
        domain: Name::new(&row.text("domain")?),
        round: row.text("round")?,
        address: row.text("address")?,
        submitted_at: row.time("submitted_at")?,
        outcome: row.word("outcome")?,
        delay_ms: delay.and_then(|delay| u64::try_from(delay).ok()),
        detail: row.text("detail")?,
    })
}
