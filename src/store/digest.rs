//! When was each digest told, so that a restart neither repeats nor forgets one? And what it tells of
//! that nobody else asks for.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use vigie_checks::kernel::Name;

use super::row::{Column, micros};
use super::{DeliveryRate, StoreError, Write};

/// What became of the test sends of one probe.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeRate {
    pub probe: String,
    pub domain: Name,
    pub rate: DeliveryRate,
}

impl Write {
    /// When each digest was told last, or begun to be waited for.
    ///
    /// # Errors
    /// The database fails.
    pub async fn digests(&mut self) -> Result<HashMap<String, DateTime<Utc>>, StoreError> {
        let all = "SELECT key, told_at FROM digests";
        let rows = sqlx::query(all).fetch_all(self.connection()).await?;
        rows.iter().map(|row| Ok((row.text("key")?, row.time("told_at")?))).collect()
    }

    /// Notes that a digest was told, or is waited for from now on.
    ///
    /// # Errors
    /// The database fails.
    pub async fn put_digest(&mut self, key: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        let upsert = "INSERT INTO digests (key, told_at) VALUES ($1, $2) \
            ON CONFLICT (key) DO UPDATE SET told_at = excluded.told_at";
        sqlx::query(upsert).bind(key).bind(micros(at)).execute(self.connection()).await?;
        Ok(())
    }

    /// Forgets a digest that nobody wants any more.
    ///
    /// # Errors
    /// The database fails.
    pub async fn forget_digest(&mut self, key: &str) -> Result<(), StoreError> {
        let delete = "DELETE FROM digests WHERE key = $1";
        sqlx::query(delete).bind(key).execute(self.connection()).await?;
        Ok(())
    }

    /// The domains that were looked at.
    ///
    /// # Errors
    /// The database fails.
    pub async fn domains_looked_at(&mut self) -> Result<BTreeSet<Name>, StoreError> {
        let query = "SELECT DISTINCT domain FROM spans";
        let rows = sqlx::query(query).fetch_all(self.connection()).await?;
        rows.iter().map(|row| Ok(Name::new(&row.text("domain")?))).collect()
    }

    /// The share that arrived of the test messages since a time, by probe and domain.
    ///
    /// # Errors
    /// The database fails.
    pub async fn probe_rates(
        &mut self,
        since: DateTime<Utc>,
    ) -> Result<Vec<ProbeRate>, StoreError> {
        let query = "SELECT probe, domain, \
            CAST(SUM(CASE WHEN outcome <> 'unknown' THEN 1 ELSE 0 END) AS BIGINT) AS sent, \
            CAST(SUM(CASE WHEN outcome = 'arrived' THEN 1 ELSE 0 END) AS BIGINT) AS arrived \
            FROM sends WHERE submitted_at >= $1 GROUP BY probe, domain ORDER BY probe, domain";
        let rows = sqlx::query(query).bind(micros(since)).fetch_all(self.connection()).await?;
        let read = |row| -> Result<ProbeRate, StoreError> {
            Ok(ProbeRate {
                probe: Column::text(row, "probe")?,
                domain: Name::new(&Column::text(row, "domain")?),
                rate: DeliveryRate::read(row)?,
            })
        };
        rows.iter().map(read).collect()
    }
}
