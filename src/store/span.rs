//! What did a check say, from when to when? One row per change, not per run.

use std::fmt;

use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use sqlx::any::AnyRow;
use sqlx::{Any, Executor};
use vigie_checks::kernel::{Because, CheckStatus, Finding, KeptFacts, Name, Outcome, is_definite};

use super::look::placeholders;
use super::row::{Column, json};
use super::{Store, StoreError, Write};

/// Whose history it is. `instance` is empty, or the name of the probe.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanKey {
    pub domain: Name,
    pub check: String,
    pub instance: String,
}

impl fmt::Display for SpanKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.domain, self.check, self.instance)
    }
}

/// A time over which a check always said the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    pub key: SpanKey,
    /// Counts up from 0 for each key.
    pub position: i64,
    pub status: CheckStatus,
    pub because: Option<Because>,
    /// As first judged: the words' parameters and the evidence are of `first_seen`.
    pub findings: Vec<Finding>,
    pub facts: KeptFacts,
    pub facts_version: u32,
    pub digest: String,
    pub first_seen: DateTime<Utc>,
    pub last_seen: DateTime<Utc>,
    pub runs: i64,
}

impl Span {
    pub fn is_definite(&self) -> bool {
        is_definite(self.status, &self.findings)
    }
}

/// An outcome as it goes into history.
#[derive(Clone, Copy, Debug)]
pub struct NewSpan<'a> {
    pub key: &'a SpanKey,
    pub outcome: &'a Outcome,
    pub seen_at: DateTime<Utc>,
}

impl NewSpan<'_> {
    /// Equal for outcomes that say the same: status, facts, and id, subject, severity and status of
    /// the findings.
    pub fn digest(&self) -> String {
        let outcome = self.outcome;
        let mut findings: Vec<_> = outcome
            .findings
            .iter()
            .map(|f| (f.id.as_str(), f.subject.as_str(), f.severity, f.status))
            .collect();
        findings.sort_unstable();
        let said = json(&(outcome.status, &outcome.because, outcome.facts_version, findings));
        let compared = Sha256::new().chain_update(said).chain_update(outcome.facts.text());
        compared.finalize().iter().take(16).map(|octet| format!("{octet:02x}")).collect()
    }
}

const COLUMNS_OF: &str = "domain, check_name, instance, position, status, because, findings, facts, \
    facts_version, digest, first_seen, last_seen, runs";

impl Write {
    /// The last span of a key in which the check could tell.
    ///
    /// # Errors
    /// The database fails, or holds what this version cannot read.
    pub(super) async fn last_definite_span(
        &mut self,
        key: &SpanKey,
    ) -> Result<Option<Span>, StoreError> {
        last_definite(self.connection(), key).await
    }

    /// Shows the last span in which a check could tell to `told`, of each domain and each of these
    /// checks. One span is in memory at a time.
    ///
    /// # Errors
    /// The database fails, or holds what this version cannot read.
    pub async fn each_last_definite(
        &mut self,
        checks: &[&str],
        told: impl FnMut(Span),
    ) -> Result<(), StoreError> {
        each_last_definite(self.connection(), "", checks, told).await
    }
}

impl Store {
    /// The last span in which the check could tell.
    ///
    /// # Errors
    /// The database fails, or holds what this version cannot read.
    pub async fn last_definite(&self, key: &SpanKey) -> Result<Option<Span>, StoreError> {
        last_definite(self.readers(), key).await
    }

    /// The last span in which each of these checks of a domain could tell, by check and instance.
    ///
    /// # Errors
    /// As [`Self::last_definite`].
    pub async fn last_definite_of(
        &self,
        domain: &Name,
        checks: &[&str],
    ) -> Result<Vec<Span>, StoreError> {
        let mut all = Vec::new();
        let told = |span| all.push(span);
        each_last_definite(self.readers(), domain.as_str(), checks, told).await?;
        Ok(all)
    }

    /// The spans of each of these checks of a domain in which it could tell, by check, newest first: what
    /// judges get as the past. At most `limit` of each, looked for among its newest `limit` × 4.
    ///
    /// # Errors
    /// As [`Self::last_definite`].
    pub async fn definite_of(
        &self,
        domain: &Name,
        checks: &[&str],
        limit: u32,
    ) -> Result<Vec<Span>, StoreError> {
        if checks.is_empty() {
            return Ok(Vec::new());
        }
        let query = format!(
            "SELECT {COLUMNS_OF} FROM (VALUES {}) AS wanted JOIN spans s ON s.domain = $1 \
             AND s.check_name = wanted.column1 AND s.instance = '' \
             AND s.position > (SELECT MAX(l.position) FROM spans l WHERE l.domain = $1 \
             AND l.check_name = wanted.column1 AND l.instance = '') - $2 \
             ORDER BY check_name, position DESC",
            placeholders(3, 1, checks.len())
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(query))
            .bind(domain.as_str())
            .bind(i64::from(limit) * 4);
        for check in checks {
            query = query.bind(*check);
        }
        let mut rows = query.fetch(self.readers());
        let mut found: Vec<Span> = Vec::new();
        let mut of_check = 0;
        while let Some(row) = rows.try_next().await? {
            let span = read(&row)?;
            if found.last().is_none_or(|last| last.key.check != span.key.check) {
                of_check = 0;
            }
            if span.is_definite() && of_check < limit {
                of_check += 1;
                found.push(span);
            }
        }
        Ok(found)
    }

    /// The last span of each check and instance of a domain, by check.
    ///
    /// # Errors
    /// As [`Self::last_definite`].
    pub async fn latest(&self, domain: &Name) -> Result<Vec<Span>, StoreError> {
        let latest = format!(
            "SELECT {COLUMNS_OF} FROM spans s WHERE domain = $1 AND position = \
             (SELECT MAX(position) FROM spans l WHERE l.domain = s.domain \
             AND l.check_name = s.check_name AND l.instance = s.instance) \
             ORDER BY check_name, instance"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(latest))
            .bind(domain.as_str())
            .fetch_all(self.readers())
            .await?;
        rows.iter().map(read).collect()
    }

    /// Shows every span of a domain, or of one of its checks, to `told`: by check and instance, the
    /// oldest of each first. One span is in memory at a time.
    ///
    /// # Errors
    /// As [`Self::last_definite`].
    pub async fn each_span(
        &self,
        domain: &Name,
        check: Option<&str>,
        mut told: impl FnMut(Span),
    ) -> Result<(), StoreError> {
        let query = format!(
            "SELECT {COLUMNS_OF} FROM spans WHERE domain = $1 AND ($2 = '' OR check_name = $2) \
             ORDER BY check_name, instance, position"
        );
        let mut rows = sqlx::query(sqlx::AssertSqlSafe(query))
            .bind(domain.as_str())
            .bind(check.unwrap_or_default())
            .fetch(self.readers());
        while let Some(row) = rows.try_next().await? {
            told(read(&row)?);
        }
        Ok(())
    }

    /// The first and the last look at a domain that is kept; nothing if there is none.
    ///
    /// # Errors
    /// The database fails.
    pub async fn seen(
        &self,
        domain: &Name,
    ) -> Result<Option<(DateTime<Utc>, DateTime<Utc>)>, StoreError> {
        let query = "SELECT MIN(first_seen) AS first_seen, MAX(last_seen) AS last_seen \
            FROM spans WHERE domain = $1";
        let row = sqlx::query(query).bind(domain.as_str()).fetch_one(self.readers()).await?;
        Ok(row.time_if_any("first_seen")?.zip(row.time_if_any("last_seen")?))
    }

    /// The domains of which there is history, by name.
    ///
    /// # Errors
    /// The database fails.
    pub async fn domains(&self) -> Result<Vec<Name>, StoreError> {
        let query = "SELECT DISTINCT domain FROM spans ORDER BY domain";
        let rows = sqlx::query(query).fetch_all(self.readers()).await?;
        rows.iter().map(|row| Ok(Name::new(&row.text("domain")?))).collect()
    }

    /// The spans of a domain, newest first, at most `limit`.
    ///
    /// # Errors
    /// As [`Self::last_definite`].
    pub async fn history(&self, domain: &Name, limit: u32) -> Result<Vec<Span>, StoreError> {
        let newest = format!(
            "SELECT {COLUMNS_OF} FROM spans WHERE domain = $1 \
             ORDER BY first_seen DESC, check_name, instance, position DESC LIMIT $2"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(newest))
            .bind(domain.as_str())
            .bind(i64::from(limit))
            .fetch_all(self.readers())
            .await?;
        rows.iter().map(read).collect()
    }
}

/// The last span in which each of these checks could tell, of a domain or, without one, of all.
async fn each_last_definite<'c>(
    connection: impl Executor<'c, Database = Any> + 'c,
    domain: &str,
    checks: &[&str],
    mut told: impl FnMut(Span),
) -> Result<(), StoreError> {
    // What passed or failed could be told; whether a later one could stands in its findings.
    let query = format!(
        "SELECT {COLUMNS_OF} FROM spans s WHERE ($1 = '' OR domain = $1) \
         AND ',' || $2 || ',' LIKE '%,' || check_name || ',%' \
         AND position >= COALESCE((SELECT MAX(l.position) FROM spans l \
         WHERE l.domain = s.domain AND l.check_name = s.check_name AND l.instance = s.instance \
         AND l.status IN ('pass', 'fail')), 0) \
         ORDER BY domain, check_name, instance, position DESC"
    );
    let mut rows = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(domain.to_owned())
        .bind(checks.join(","))
        .fetch(connection);
    let mut last: Option<SpanKey> = None;
    while let Some(row) = rows.try_next().await? {
        let span = read(&row)?;
        if last.as_ref() != Some(&span.key) && span.is_definite() {
            last = Some(span.key.clone());
            told(span);
        }
    }
    Ok(())
}

/// The last span of a key in which the check could tell.
async fn last_definite<'c>(
    connection: impl Executor<'c, Database = Any> + 'c,
    key: &SpanKey,
) -> Result<Option<Span>, StoreError> {
    let query = format!(
        "SELECT {COLUMNS_OF} FROM spans WHERE domain = $1 AND check_name = $2 AND instance = $3 \
         ORDER BY position DESC"
    );
    let mut rows = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(key.domain.as_str().to_owned())
        .bind(key.check.clone())
        .bind(key.instance.clone())
        .fetch(connection);
    // Whether a check could tell stands in its findings; seldom is it not the newest row.
    while let Some(row) = rows.try_next().await? {
        let span = read(&row)?;
        if span.is_definite() {
            return Ok(Some(span));
        }
    }
    Ok(None)
}

fn read(row: &AnyRow) -> Result<Span, StoreError> {
    let because = row.text_if_any("because")?;
    let because = because.map(|text| {
        serde_json::from_str(&text)
            .map_err(|_| StoreError::Content { column: "because", value: text })
    });
    Ok(Span {
        key: SpanKey {
            domain: Name::new(&row.text("domain")?),
            check: row.text("check_name")?,
            instance: row.text("instance")?,
        },
        position: row.number("position")?,
        status: row.word("status")?,
        because: because.transpose()?,
        findings: row.json("findings")?,
        facts: row.facts("facts")?,
        facts_version: row.version("facts_version")?,
        digest: row.text("digest")?,
        first_seen: row.time("first_seen")?,
        last_seen: row.time("last_seen")?,
        runs: row.number("runs")?,
    })
}
