//! Which incidents are there, and what happened in each?

use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;
use sqlx::{Any, Executor};
use vigie_checks::kernel::{Finding, Name, Severity};

use super::look::placeholders;
use super::row::{Column, json, kept, kept_key, micros};
use super::{Store, StoreError, Write};
use crate::incidents::{Acknowledged, EventKind, Incident};

/// Something that happened in an incident.
#[derive(Clone, Debug, PartialEq)]
pub struct IncidentEvent {
    pub sequence: i64,
    /// As in the webhook's `type`; `domain.joined` too, which goes to no channel.
    pub event_type: String,
    pub severity: Severity,
    pub domains: Vec<Name>,
    pub cause: Finding,
    /// What was said by whom, where somebody took it on.
    pub acknowledged: Option<Acknowledged>,
    pub at: DateTime<Utc>,
}

const SELECT: &str = "SELECT id, state, severity, baseline, domain, domains, symptoms, cause, \
    merged_into, since, opened_at, acknowledged_at, acknowledged_by, acknowledged_why, \
    acknowledged_until, resolved_at, reopenings, held, unwatched, \
    sequence FROM incidents";

/// Causes or ids that one statement asks for; a database takes so many parameters and no more.
const CAUSES: usize = 500;

impl Write {
    /// Writes an incident, in place of what was known of it.
    ///
    /// # Errors
    /// The database fails; another incident with the same cause and subject is not resolved.
    pub async fn put_incident(&mut self, incident: &Incident) -> Result<(), StoreError> {
        let upsert = "INSERT INTO incidents (id, cause_id, subject, state, severity, baseline, \
            domain, domains, symptoms, cause, merged_into, since, opened_at, acknowledged_at, \
            acknowledged_by, acknowledged_why, acknowledged_until, resolved_at, reopenings, held, \
            unwatched, sequence) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
            $18, $19, $20, $21, $22) \
            ON CONFLICT (id) DO UPDATE SET cause_id = excluded.cause_id, \
            subject = excluded.subject, state = excluded.state, severity = excluded.severity, \
            baseline = excluded.baseline, domain = excluded.domain, \
            domains = excluded.domains, \
            symptoms = excluded.symptoms, cause = excluded.cause, \
            merged_into = excluded.merged_into, since = excluded.since, \
            acknowledged_at = excluded.acknowledged_at, \
            acknowledged_by = excluded.acknowledged_by, \
            acknowledged_why = excluded.acknowledged_why, \
            acknowledged_until = excluded.acknowledged_until, \
            resolved_at = excluded.resolved_at, reopenings = excluded.reopenings, \
            held = excluded.held, unwatched = excluded.unwatched, \
            sequence = excluded.sequence";
        let acknowledged = incident.acknowledged.as_ref();
        sqlx::query(upsert)
            .bind(incident.id.as_str())
            .bind(incident.cause.id.as_str())
            .bind(kept_key(&incident.cause.subject))
            .bind(incident.state.to_string())
            .bind(incident.severity.to_string())
            .bind(i64::from(incident.baseline))
            .bind(incident.domain.as_str())
            .bind(json(&incident.domains))
            .bind(json(&incident.symptoms))
            .bind(json(&incident.cause))
            .bind(incident.merged_into.as_deref())
            .bind(micros(incident.since))
            .bind(micros(incident.opened_at))
            .bind(acknowledged.map(|seen| micros(seen.at)))
            .bind(acknowledged.map(|seen| kept(&seen.by)))
            .bind(acknowledged.map(|seen| kept(&seen.why)))
            .bind(acknowledged.map(|seen| micros(seen.until)))
            .bind(incident.resolved_at.map(micros))
            .bind(i64::from(incident.reopenings))
            .bind(i64::from(incident.held))
            .bind(i64::from(incident.unwatched))
            .bind(incident.sequence)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Adds to what happened in an incident.
    ///
    /// # Errors
    /// The database fails; the incident has an event of that number.
    pub async fn put_incident_event(
        &mut self,
        incident: &str,
        event: &IncidentEvent,
    ) -> Result<(), StoreError> {
        let insert = "INSERT INTO incident_events \
            (incident_id, sequence, event_type, severity, domains, cause, at, acknowledged_at, \
            acknowledged_by, acknowledged_why, acknowledged_until) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        let acknowledged = event.acknowledged.as_ref();
        sqlx::query(insert)
            .bind(incident)
            .bind(event.sequence)
            .bind(event.event_type.as_str())
            .bind(event.severity.to_string())
            .bind(json(&event.domains))
            .bind(json(&event.cause))
            .bind(micros(event.at))
            .bind(acknowledged.map(|seen| micros(seen.at)))
            .bind(acknowledged.map(|seen| kept(&seen.by)))
            .bind(acknowledged.map(|seen| kept(&seen.why)))
            .bind(acknowledged.map(|seen| micros(seen.until)))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// One incident.
    ///
    /// # Errors
    /// The database fails, or holds what this version cannot read.
    pub async fn incident(&mut self, id: &str) -> Result<Option<Incident>, StoreError> {
        by_id(self.connection(), id).await
    }

    /// The ids of the incidents of these causes and subjects: of each the one that is not resolved, else
    /// the one resolved last.
    ///
    /// # Errors
    /// The database fails.
    pub async fn incidents_of(
        &mut self,
        causes: impl Iterator<Item = (&str, &str)>,
    ) -> Result<Vec<String>, StoreError> {
        let causes: Vec<(String, String)> =
            causes.map(|(cause, subject)| (cause.to_owned(), kept_key(subject))).collect();
        let mut ids = Vec::new();
        for causes in causes.chunks(CAUSES) {
            let query = format!(
                "SELECT (SELECT i.id FROM incidents i WHERE i.cause_id = wanted.column1 \
                 AND i.subject = wanted.column2 \
                 ORDER BY COALESCE(i.resolved_at, $1) DESC, i.opened_at DESC LIMIT 1) AS id \
                 FROM (VALUES {}) AS wanted",
                placeholders(2, 2, causes.len())
            );
            let mut query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(i64::MAX);
            for (cause, subject) in causes {
                query = query.bind(cause.as_str()).bind(subject.as_str());
            }
            for row in query.fetch_all(self.connection()).await? {
                ids.extend(row.text_if_any("id")?);
            }
        }
        Ok(ids)
    }
}

impl Write {
    /// The incidents whose telling waits for something to end: an acknowledgement that is over at
    /// `now`, or a quiet time.
    ///
    /// # Errors
    /// As [`Self::incident`].
    pub async fn waiting_incidents(
        &mut self,
        now: DateTime<Utc>,
    ) -> Result<Vec<Incident>, StoreError> {
        let query = format!(
            "{SELECT} WHERE state <> 'resolved' AND (held <> 0 OR acknowledged_until <= $1) \
             ORDER BY opened_at, id"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(query))
            .bind(micros(now))
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(read).collect()
    }
}

impl Write {
    /// The incidents that stand and that domains joined since they were last told of, the first of these
    /// at `before` at the latest; with the domains that they were told of with.
    ///
    /// # Errors
    /// As [`Self::incident`].
    pub async fn joined_incidents(
        &mut self,
        before: DateTime<Utc>,
    ) -> Result<Vec<(Incident, Vec<Name>)>, StoreError> {
        let query = "SELECT t.incident_id, t.domains FROM incident_events t \
            JOIN incidents i ON i.id = t.incident_id \
            WHERE i.state <> 'resolved' AND i.held = 0 AND t.sequence = \
            (SELECT MAX(l.sequence) FROM incident_events l \
             WHERE l.incident_id = t.incident_id AND l.event_type <> $1) \
            AND EXISTS (SELECT 1 FROM incident_events j WHERE j.incident_id = t.incident_id \
             AND j.event_type = $1 AND j.sequence > t.sequence AND j.at <= $2) \
            ORDER BY t.incident_id";
        let query = sqlx::query(query).bind(EventKind::Joined.to_string()).bind(micros(before));
        let mut joined = Vec::new();
        for row in query.fetch_all(self.connection()).await? {
            if let Some(incident) = self.incident(&row.text("incident_id")?).await? {
                joined.push((incident, row.json("domains")?));
            }
        }
        Ok(joined)
    }

    /// The incidents that are open and that nobody took on, oldest first.
    ///
    /// # Errors
    /// As [`Self::incident`].
    pub async fn open_incidents(&mut self) -> Result<Vec<Incident>, StoreError> {
        let query = format!("{SELECT} WHERE state = 'open' ORDER BY opened_at, id");
        let query = sqlx::query(sqlx::AssertSqlSafe(query));
        let rows = query.fetch_all(self.connection()).await?;
        rows.iter().map(read).collect()
    }
}

impl Write {
    /// The incidents that stand, and those that were resolved since a time, oldest first.
    ///
    /// # Errors
    /// As [`Self::incident`].
    pub async fn incidents_since(
        &mut self,
        since: DateTime<Utc>,
    ) -> Result<Vec<Incident>, StoreError> {
        let query = format!(
            "{SELECT} WHERE state <> 'resolved' OR resolved_at >= $1 ORDER BY opened_at, id"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(micros(since));
        let rows = query.fetch_all(self.connection()).await?;
        rows.iter().map(read).collect()
    }
}

impl Store {
    /// The incidents, those that are not resolved first, newest first, at most `limit`.
    ///
    /// # Errors
    /// The database fails, or holds what this version cannot read.
    pub async fn incidents(&self, limit: u32) -> Result<Vec<Incident>, StoreError> {
        let query = format!(
            "{SELECT} ORDER BY CASE state WHEN 'resolved' THEN 1 ELSE 0 END, opened_at DESC, \
             id DESC LIMIT $1"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(query))
            .bind(i64::from(limit))
            .fetch_all(self.readers())
            .await?;
        rows.iter().map(read).collect()
    }

    /// One incident.
    ///
    /// # Errors
    /// As [`Self::incidents`].
    pub async fn incident(&self, id: &str) -> Result<Option<Incident>, StoreError> {
        by_id(self.readers(), id).await
    }

    /// Those of these ids that there are.
    ///
    /// # Errors
    /// As [`Self::incidents`].
    pub async fn incidents_called(&self, ids: &[&str]) -> Result<Vec<Incident>, StoreError> {
        let mut found = Vec::new();
        for ids in ids.chunks(CAUSES) {
            let ours = placeholders(1, 1, ids.len());
            let query = format!("{SELECT} WHERE id IN (VALUES {ours}) ORDER BY opened_at, id");
            let mut query = sqlx::query(sqlx::AssertSqlSafe(query));
            for id in ids {
                query = query.bind(*id);
            }
            for row in &query.fetch_all(self.readers()).await? {
                found.push(read(row)?);
            }
        }
        Ok(found)
    }

    /// What happened in an incident, in order.
    ///
    /// # Errors
    /// As [`Self::incidents`].
    pub async fn incident_events(&self, id: &str) -> Result<Vec<IncidentEvent>, StoreError> {
        let query = "SELECT sequence, event_type, severity, domains, cause, at, acknowledged_at, \
            acknowledged_by, acknowledged_why, acknowledged_until FROM incident_events WHERE incident_id = $1 ORDER BY sequence";
        let rows = sqlx::query(query).bind(id).fetch_all(self.readers()).await?;
        rows.iter().map(read_event).collect()
    }
}

async fn by_id<'c>(
    connection: impl Executor<'c, Database = Any>,
    id: &str,
) -> Result<Option<Incident>, StoreError> {
    let query = format!("{SELECT} WHERE id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(query)).bind(id).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &AnyRow) -> Result<Incident, StoreError> {
    Ok(Incident {
        id: row.text("id")?,
        state: row.word("state")?,
        severity: row.word("severity")?,
        baseline: row.number("baseline")? != 0,
        domain: Name::new(&row.text("domain")?),
        domains: row.json("domains")?,
        symptoms: row.json("symptoms")?,
        cause: row.json("cause")?,
        merged_into: row.text_if_any("merged_into")?,
        since: row.time("since")?,
        opened_at: row.time("opened_at")?,
        acknowledged: acknowledged(row)?,
        resolved_at: row.time_if_any("resolved_at")?,
        reopenings: u32::try_from(row.number("reopenings")?).unwrap_or(u32::MAX),
        held: row.number("held")? != 0,
        unwatched: row.number("unwatched")? != 0,
        sequence: row.number("sequence")?,
    })
}

fn acknowledged(row: &AnyRow) -> Result<Option<Acknowledged>, StoreError> {
    let (at, until) = (row.time_if_any("acknowledged_at")?, row.time_if_any("acknowledged_until")?);
    let (Some(at), Some(until)) = (at, until) else { return Ok(None) };
    let by = row.text_if_any("acknowledged_by")?.unwrap_or_default();
    let why = row.text_if_any("acknowledged_why")?.unwrap_or_default();
    Ok(Some(Acknowledged { by, why, at, until }))
}

fn read_event(row: &AnyRow) -> Result<IncidentEvent, StoreError> {
    Ok(IncidentEvent {
        sequence: row.number("sequence")?,
        event_type: row.text("event_type")?,
        severity: row.word("severity")?,
        domains: row.json("domains")?,
        cause: row.json("cause")?,
        acknowledged: acknowledged(row)?,
        at: row.time("at")?,
    })
}
