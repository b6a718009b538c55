//! What does a look at a domain find of the last one, and what does it leave behind? One statement for all
//! its checks, since nearly every look sees what the last one saw.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;
use vigie_checks::kernel::{CheckStatus, Finding, KeptFacts, Name, is_definite};
use vigie_checks::names::Part;

use super::glance::Written;
use super::row::{Column, json, micros};
use super::span::{NewSpan, Span, SpanKey};
use super::{StoreError, Write};

/// What became of one outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Put {
    /// It says something else than the last one: it began a span.
    pub began: bool,
    /// What the check said when it could tell last; nothing if it never could.
    pub before: Option<Before>,
}

/// What a check said when it could tell last.
#[derive(Clone, Debug, PartialEq)]
pub struct Before {
    /// Nothing if they are those of now.
    pub facts: Option<KeptFacts>,
    pub facts_version: u32,
    pub last_seen: DateTime<Utc>,
}

/// The last span of a check, without what it says.
struct Last {
    position: i64,
    digest: String,
    facts_version: u32,
    is_definite: bool,
    last_seen: DateTime<Utc>,
}

impl Write {
    /// Puts the outcomes of one look at a domain into its history: of each key, the end of the last span
    /// moves if it says the same, else another begins. The keys differ, and all were seen at one moment.
    ///
    /// # Errors
    /// The database fails, or holds what this version cannot read.
    pub async fn put_spans(
        &mut self,
        domain: &Name,
        new: &[NewSpan<'_>],
    ) -> Result<Vec<Put>, StoreError> {
        let lasts = self.lasts(domain, new).await?;
        let mut all = Vec::with_capacity(new.len());
        let mut same = Vec::new();
        for new in new {
            let (last, digest) = (lasts.get(&place(new.key)), new.digest());
            let began = last.is_none_or(|last| last.digest != digest);
            let before = match last {
                None => None,
                Some(last) if last.is_definite && !began => Some(last.before()),
                Some(_) => self.last_definite_span(new.key).await?.map(before),
            };
            match last {
                Some(last) if !began => same.push((new.key, last.position)),
                _ => {
                    let position = last.map_or(0, |last| last.position + 1);
                    self.begin_span(position, digest, *new).await?;
                }
            }
            self.written.push(Written::of(new));
            all.push(Put { began, before });
        }
        if let Some(first) = new.first() {
            self.extend_spans(domain, &same, first.seen_at).await?;
        }
        Ok(all)
    }

    /// The last span of each key, by check and instance.
    async fn lasts(
        &mut self,
        domain: &Name,
        new: &[NewSpan<'_>],
    ) -> Result<HashMap<Part, Last>, StoreError> {
        if new.is_empty() {
            return Ok(HashMap::new());
        }
        let query = format!(
            "SELECT s.check_name, s.instance, s.position, s.status, s.findings, s.facts_version, \
             s.digest, s.last_seen FROM (VALUES {}) AS looked JOIN spans s ON s.domain = $1 \
             AND s.check_name = looked.column1 AND s.instance = looked.column2 \
             AND s.position = (SELECT MAX(l.position) FROM spans l WHERE l.domain = $1 \
             AND l.check_name = looked.column1 AND l.instance = looked.column2)",
            placeholders(2, 2, new.len())
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(domain.as_str());
        for new in new {
            query = query.bind(new.key.check.as_str()).bind(new.key.instance.as_str());
        }
        let rows = query.fetch_all(self.connection()).await?;
        rows.iter().map(read).collect()
    }

    async fn extend_spans(
        &mut self,
        domain: &Name,
        same: &[(&SpanKey, i64)],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if same.is_empty() {
            return Ok(());
        }
        // A clock that was set back moves no end back.
        let extend = format!(
            "UPDATE spans SET last_seen = CASE WHEN last_seen > $1 THEN last_seen ELSE $1 END, \
             runs = runs + 1 FROM (VALUES {}) AS same \
             WHERE domain = $2 AND check_name = same.column1 AND instance = same.column2 \
             AND position = same.column3",
            placeholders(3, 3, same.len())
        );
        let mut extend =
            sqlx::query(sqlx::AssertSqlSafe(extend)).bind(micros(at)).bind(domain.as_str());
        for (key, position) in same {
            extend = extend.bind(key.check.as_str()).bind(key.instance.as_str()).bind(*position);
        }
        extend.execute(self.connection()).await?;
        Ok(())
    }

    async fn begin_span(
        &mut self,
        position: i64,
        digest: String,
        new: NewSpan<'_>,
    ) -> Result<(), StoreError> {
        let begin = "INSERT INTO spans (domain, check_name, instance, position, status, because, \
            findings, facts, facts_version, digest, first_seen, last_seen, runs) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)";
        let NewSpan { key, outcome, seen_at } = new;
        sqlx::query(begin)
            .bind(key.domain.as_str())
            .bind(key.check.as_str())
            .bind(key.instance.as_str())
            .bind(position)
            .bind(outcome.status.to_string())
            .bind(outcome.because.as_ref().map(json))
            .bind(json(&outcome.findings))
            .bind(outcome.facts.text())
            .bind(i64::from(outcome.facts_version))
            .bind(digest)
            .bind(micros(seen_at))
            .bind(micros(seen_at))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Notes that what each of these names ran. They differ.
    ///
    /// # Errors
    /// The database fails.
    pub async fn put_last_runs(
        &mut self,
        keys: &[impl AsRef<str> + Sync],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if keys.is_empty() {
            return Ok(());
        }
        let upsert = format!(
            "INSERT INTO schedule_state (key, last_run_at) VALUES {} \
             ON CONFLICT (key) DO UPDATE SET last_run_at = excluded.last_run_at",
            placeholders(1, 2, keys.len())
        );
        let mut upsert = sqlx::query(sqlx::AssertSqlSafe(upsert));
        for key in keys {
            upsert = upsert.bind(key.as_ref()).bind(micros(at));
        }
        upsert.execute(self.connection()).await?;
        Ok(())
    }

    /// Notes that these checks of a domain can tell again.
    ///
    /// # Errors
    /// The database fails.
    pub async fn end_blindness(
        &mut self,
        domain: &Name,
        keys: &[&SpanKey],
    ) -> Result<(), StoreError> {
        if keys.is_empty() {
            return Ok(());
        }
        let delete = format!(
            "DELETE FROM blindness WHERE domain = $1 AND (check_name, instance) IN (VALUES {})",
            placeholders(2, 2, keys.len())
        );
        let mut delete = sqlx::query(sqlx::AssertSqlSafe(delete)).bind(domain.as_str());
        for key in keys {
            delete = delete.bind(key.check.as_str()).bind(key.instance.as_str());
        }
        delete.execute(self.connection()).await?;
        Ok(())
    }
}

impl Last {
    fn before(&self) -> Before {
        Before { facts: None, facts_version: self.facts_version, last_seen: self.last_seen }
    }
}

fn before(span: Span) -> Before {
    let Span { facts, facts_version, last_seen, .. } = span;
    Before { facts: Some(facts), facts_version, last_seen }
}

fn place(key: &SpanKey) -> Part {
    Part::of(&key.check, &key.instance)
}

/// `count` rows of `width` parameters, the first of which is `$first`: `($2, $3), ($4, $5)`.
pub(super) fn placeholders(first: usize, width: usize, count: usize) -> String {
    let parameters = |row: usize| {
        let numbers = (first + row * width..).take(width);
        let parameters: Vec<String> = numbers.map(|number| format!("${number}")).collect();
        format!("({})", parameters.join(", "))
    };
    (0..count).map(parameters).collect::<Vec<_>>().join(", ")
}

fn read(row: &AnyRow) -> Result<(Part, Last), StoreError> {
    let status: CheckStatus = row.word("status")?;
    let findings: Vec<Finding> = row.json("findings")?;
    let last = Last {
        position: row.number("position")?,
        digest: row.text("digest")?,
        facts_version: row.version("facts_version")?,
        is_definite: is_definite(status, &findings),
        last_seen: row.time("last_seen")?,
    };
    Ok((Part::of(&row.text("check_name")?, &row.text("instance")?), last))
}
