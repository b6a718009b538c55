//! Which failing findings of a domain are being followed, and how far is each?

use std::future::ready;

use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use sqlx::any::AnyRow;
use sqlx::{Any, Executor};
use vigie_checks::kernel::{Finding, Name, Severity};

use super::row::{Column, json, kept_key, micros};
use super::{SpanKey, Store, StoreError, Write};

/// A failing finding at warning or above, followed from look to look.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseRow {
    pub key: SpanKey,
    /// As it was seen last.
    pub finding: Finding,
    /// The severity that is believed.
    pub severity: Severity,
    /// `suspected`, `standing`, `shifting` or `healing`.
    pub phase: String,
    pub phase_since: Option<DateTime<Utc>>,
    pub shifting_to: Option<Severity>,
    /// It was wrong already when its check first looked.
    pub baseline: bool,
    /// When it was listed among what was wrong at the start.
    pub reported_at: Option<DateTime<Utc>>,
    pub incident: Option<String>,
    /// Nobody looks at it for the time.
    pub retired: bool,
    /// Digests of what could not be told beside it when it was seen last.
    pub beside: Vec<String>,
    pub first_seen: DateTime<Utc>,
    pub last_seen: DateTime<Utc>,
}

const SELECT: &str = "SELECT domain, check_name, instance, severity, phase, phase_since, \
    shifting_to, baseline, reported_at, incident_id, retired, finding, beside, first_seen, last_seen \
    FROM cases";

impl Write {
    /// Writes a case, in place of what was known of it.
    ///
    /// # Errors
    /// The database fails.
    pub async fn put_case(&mut self, case: &CaseRow) -> Result<(), StoreError> {
        let upsert = "INSERT INTO cases (domain, check_name, instance, finding_id, subject, \
            severity, phase, phase_since, shifting_to, baseline, reported_at, incident_id, retired, \
            finding, beside, first_seen, last_seen) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) \
            ON CONFLICT (domain, check_name, instance, finding_id, subject) DO UPDATE SET \
            severity = excluded.severity, phase = excluded.phase, \
            phase_since = excluded.phase_since, shifting_to = excluded.shifting_to, \
            baseline = excluded.baseline, reported_at = excluded.reported_at, \
            incident_id = excluded.incident_id, retired = excluded.retired, \
            finding = excluded.finding, \
            beside = excluded.beside, last_seen = excluded.last_seen";
        sqlx::query(upsert)
            .bind(case.key.domain.as_str())
            .bind(case.key.check.as_str())
            .bind(case.key.instance.as_str())
            .bind(case.finding.id.as_str())
            .bind(kept_key(&case.finding.subject))
            .bind(case.severity.to_string())
            .bind(case.phase.as_str())
            .bind(case.phase_since.map(micros))
            .bind(case.shifting_to.map(|severity| severity.to_string()))
            .bind(i64::from(case.baseline))
            .bind(case.reported_at.map(micros))
            .bind(case.incident.as_deref())
            .bind(i64::from(case.retired))
            .bind(json(&case.finding))
            .bind(json(&case.beside))
            .bind(micros(case.first_seen))
            .bind(micros(case.last_seen))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Forgets a case that has healed.
    ///
    /// # Errors
    /// The database fails.
    pub async fn delete_case(&mut self, case: &CaseRow) -> Result<(), StoreError> {
        let delete = "DELETE FROM cases WHERE domain = $1 AND check_name = $2 AND instance = $3 \
            AND finding_id = $4 AND subject = $5";
        sqlx::query(delete)
            .bind(case.key.domain.as_str())
            .bind(case.key.check.as_str())
            .bind(case.key.instance.as_str())
            .bind(case.finding.id.as_str())
            .bind(kept_key(&case.finding.subject))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// The cases of a domain, also what nobody looks at for the time.
    ///
    /// # Errors
    /// The database fails, or holds what this version cannot read.
    pub async fn cases(&mut self, domain: &Name) -> Result<Vec<CaseRow>, StoreError> {
        select(self.connection(), "WHERE domain = $1", domain.as_str()).await
    }

    /// Every check that has cases or could not tell, of every domain.
    ///
    /// # Errors
    /// The database fails.
    pub async fn followed(&mut self) -> Result<Vec<SpanKey>, StoreError> {
        let query = "SELECT domain, check_name, instance FROM cases WHERE retired = 0 \
            UNION SELECT domain, check_name, instance FROM blindness \
            ORDER BY domain, check_name, instance";
        let rows = sqlx::query(query).fetch_all(self.connection()).await?;
        rows.iter().map(key).collect()
    }

    /// The cases of every domain that belong to an incident.
    ///
    /// # Errors
    /// As [`Self::cases`].
    pub async fn cases_of_incident(&mut self, incident: &str) -> Result<Vec<CaseRow>, StoreError> {
        select(self.connection(), "WHERE incident_id = $1", incident).await
    }

    /// When the first and the last was seen of what was wrong at the start and has not been listed yet.
    ///
    /// # Errors
    /// The database fails, or holds what this version cannot read.
    pub async fn unreported_baseline_between(
        &mut self,
    ) -> Result<Option<(DateTime<Utc>, DateTime<Utc>)>, StoreError> {
        let query = "SELECT MIN(first_seen) AS first, MAX(first_seen) AS last FROM cases \
            WHERE baseline = 1 AND reported_at IS NULL AND retired = 0 AND phase <> 'healing'";
        let row = sqlx::query(query).fetch_one(self.connection()).await?;
        Ok(row.time_if_any("first")?.zip(row.time_if_any("last")?))
    }

    /// What was wrong at the start and has not been listed yet.
    ///
    /// # Errors
    /// As [`Self::cases`].
    pub async fn unreported_baseline(&mut self) -> Result<Vec<CaseRow>, StoreError> {
        let condition =
            "WHERE baseline = 1 AND reported_at IS NULL AND retired = 0 AND phase <> $1";
        select(self.connection(), condition, "healing").await
    }

    /// What stands and belongs to no incident: what was wrong at the start.
    ///
    /// # Errors
    /// As [`Self::cases`].
    pub async fn cases_without_incident(&mut self) -> Result<Vec<CaseRow>, StoreError> {
        let condition = "WHERE incident_id IS NULL AND retired = 0 AND phase <> $1";
        select(self.connection(), condition, "suspected").await
    }
}

impl Store {
    /// The failing findings of a domain at warning and above, each with when it was first and last
    /// seen.
    ///
    /// # Errors
    /// The database fails, or holds what this version cannot read.
    pub async fn cases(&self, domain: &Name) -> Result<Vec<CaseRow>, StoreError> {
        select(self.readers(), "WHERE domain = $1 AND retired = 0", domain.as_str()).await
    }

    /// Every case that waits for a second look; what to look at again after a restart.
    ///
    /// # Errors
    /// As [`Self::cases`].
    pub async fn undecided_cases(&self) -> Result<Vec<CaseRow>, StoreError> {
        select(self.readers(), "WHERE retired = 0 AND phase <> $1", "standing").await
    }
}

async fn select<'c>(
    connection: impl Executor<'c, Database = Any>,
    condition: &'static str,
    argument: &str,
) -> Result<Vec<CaseRow>, StoreError> {
    let query =
        format!("{SELECT} {condition} ORDER BY domain, check_name, instance, finding_id, subject");
    // There may be as many as checks of all domains: no two rows are held at a time.
    let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(argument);
    let rows = query.fetch(connection).err_into::<StoreError>();
    rows.and_then(|row| ready(read(&row))).try_collect().await
}

fn key(row: &AnyRow) -> Result<SpanKey, StoreError> {
    Ok(SpanKey {
        domain: Name::new(&row.text("domain")?),
        check: row.text("check_name")?,
        instance: row.text("instance")?,
    })
}

fn read(row: &AnyRow) -> Result<CaseRow, StoreError> {
    let shifting_to = row.text_if_any("shifting_to")?.map(|value| {
        value.parse().map_err(|_| StoreError::Content { column: "shifting_to", value })
    });
    Ok(CaseRow {
        key: key(row)?,
        finding: row.json("finding")?,
        severity: row.word("severity")?,
        phase: row.text("phase")?,
        phase_since: row.time_if_any("phase_since")?,
        shifting_to: shifting_to.transpose()?,
        baseline: row.number("baseline")? != 0,
        reported_at: row.time_if_any("reported_at")?,
        incident: row.text_if_any("incident_id")?,
        retired: row.number("retired")? != 0,
        beside: row.json("beside")?,
        first_seen: row.time("first_seen")?,
        last_seen: row.time("last_seen")?,
    })
}
