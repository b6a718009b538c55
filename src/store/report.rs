//! Which aggregate reports of DMARC has vigie been given? (RFC 9990)

use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;
use vigie_checks::kernel::Name;

use super::row::{Column, kept_key, micros};
use super::{Store, StoreError, Write};

/// An aggregate report: who counted what over which time. It is known by all but its counts
/// (RFC 9990 §3.1.1): one that comes twice is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The domain whose policy was applied.
    pub domain: Name,
    /// `org_name`: the receiver that reports.
    pub reporter: String,
    pub report_id: String,
    pub begins_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub tally: Tally,
}

/// The messages of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub messages: u64,
    /// Messages that pass DMARC: by DKIM, by SPF or by both.
    pub aligned: u64,
    pub by_dkim: u64,
    pub by_spf: u64,
    pub quarantined: u64,
    pub rejected: u64,
}

/// When a report of a domain was made, and when vigie got it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportTimes {
    pub reporter: String,
    pub ends_at: DateTime<Utc>,
    /// When vigie was given it first.
    pub received_at: DateTime<Utc>,
    /// When vigie was given it last.
    pub met_at: DateTime<Utc>,
}

impl Write {
    /// Keeps a report; whether it is a new one is the answer. One that is known is noted as met again.
    ///
    /// # Errors
    /// The database fails.
    pub async fn put_report(
        &mut self,
        report: &Report,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let (reporter, report_id) = (kept_key(&report.reporter), kept_key(&report.report_id));
        let met = "UPDATE reports SET met_at = $1 WHERE domain = $2 AND reporter = $3 \
            AND report_id = $4 AND begins_at = $5 AND ends_at = $6";
        let met = sqlx::query(met)
            .bind(micros(now))
            .bind(report.domain.as_str())
            .bind(reporter.as_str())
            .bind(report_id.as_str())
            .bind(micros(report.begins_at))
            .bind(micros(report.ends_at))
            .execute(self.connection())
            .await?;
        if met.rows_affected() > 0 {
            return Ok(false);
        }
        let insert = "INSERT INTO reports (domain, reporter, report_id, begins_at, ends_at, \
            received_at, met_at, messages, aligned, by_dkim, by_spf, quarantined, rejected) \
            VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10, $11, $12)";
        let counted = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let Tally { messages, aligned, by_dkim, by_spf, quarantined, rejected } = report.tally;
        sqlx::query(insert)
            .bind(report.domain.as_str())
            .bind(reporter)
            .bind(report_id)
            .bind(micros(report.begins_at))
            .bind(micros(report.ends_at))
            .bind(micros(now))
            .bind(counted(messages))
            .bind(counted(aligned))
            .bind(counted(by_dkim))
            .bind(counted(by_spf))
            .bind(counted(quarantined))
            .bind(counted(rejected))
            .execute(self.connection())
            .await?;
        Ok(true)
    }
}

impl Store {
    /// The reports of a domain that end after a time, the newest end first, at most `limit`.
    ///
    /// # Errors
    /// The database fails, or holds what this version cannot read.
    pub async fn reports(
        &self,
        domain: &Name,
        since: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Report>, StoreError> {
        let query = "SELECT domain, reporter, report_id, begins_at, ends_at, messages, aligned, \
            by_dkim, by_spf, quarantined, rejected FROM reports \
            WHERE domain = $1 AND ends_at > $2 ORDER BY ends_at DESC, reporter, report_id LIMIT $3";
        let rows = sqlx::query(query)
            .bind(domain.as_str())
            .bind(micros(since))
            .bind(i64::from(limit))
            .fetch_all(self.readers())
            .await?;
        rows.iter().map(read).collect()
    }

    /// The times of a domain's reports, from the newest end to so long before it, at most `limit`.
    ///
    /// # Errors
    /// As [`Self::reports`].
    pub async fn report_times(
        &self,
        domain: &Name,
        before: chrono::TimeDelta,
        limit: u32,
    ) -> Result<Vec<ReportTimes>, StoreError> {
        let query = "SELECT reporter, ends_at, received_at, met_at FROM reports \
            WHERE domain = $1 AND ends_at >= (SELECT MAX(ends_at) FROM reports WHERE domain = $1) \
            - CAST($2 AS BIGINT) ORDER BY ends_at DESC, reporter, report_id LIMIT $3";
        let rows = sqlx::query(query)
            .bind(domain.as_str())
            .bind(before.num_microseconds().unwrap_or(i64::MAX))
            .bind(i64::from(limit))
            .fetch_all(self.readers())
            .await?;
        let times = |row: &AnyRow| {
            Ok(ReportTimes {
                reporter: row.text("reporter")?,
                ends_at: row.time("ends_at")?,
                received_at: row.time("received_at")?,
                met_at: row.time("met_at")?,
            })
        };
        rows.iter().map(times).collect()
    }
}

fn read(row: &AnyRow) -> Result<Report, StoreError> {
    let count = |column| row.number(column).map(|count| u64::try_from(count).unwrap_or_default());
    Ok(Report {
        domain: Name::new(&row.text("domain")?),
        reporter: row.text("reporter")?,
        report_id: row.text("report_id")?,
        begins_at: row.time("begins_at")?,
        ends_at: row.time("ends_at")?,
        tally: Tally {
            messages: count("messages")?,
            aligned: count("aligned")?,
            by_dkim: count("by_dkim")?,
            by_spf: count("by_spf")?,
            quarantined: count("quarantined")?,
            rejected: count("rejected")?,
        },
    })
}
