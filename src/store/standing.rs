//! What did each check say last, and when could it tell last? Of all domains at once.

use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use vigie_checks::kernel::{CheckStatus, Finding, KeptFacts, Severity, worst};

use super::row::Column;
use super::{SpanKey, Store, StoreError};

/// The last word of a check, and what it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    pub key: SpanKey,
    pub status: CheckStatus,
    /// The heaviest failing finding.
    pub worst: Option<Severity>,
    /// When the check could tell last.
    pub definite_at: Option<DateTime<Utc>>,
    /// What it saw then; null for a check that nobody asked it of.
    pub facts: KeptFacts,
}

impl Store {
    /// Shows the standing of every check to `told`, by domain; with the facts of those that
    /// `with_facts` names.
    ///
    /// # Errors
    /// The database fails, or holds what this version cannot read.
    pub async fn each_standing(
        &self,
        with_facts: [&str; 2],
        mut told: impl FnMut(Standing),
    ) -> Result<(), StoreError> {
        // What could not be told in part alone is definite too; that it counts is seen at the next run.
        let query = "SELECT s.domain, s.check_name, s.instance, s.status, s.findings, \
            d.last_seen AS definite_at, \
            CASE WHEN s.check_name IN ($1, $2) THEN d.facts ELSE 'null' END AS facts \
            FROM spans s LEFT JOIN spans d ON d.domain = s.domain \
            AND d.check_name = s.check_name AND d.instance = s.instance \
            AND d.position = (SELECT MAX(e.position) FROM spans e WHERE e.domain = s.domain \
             AND e.check_name = s.check_name AND e.instance = s.instance \
             AND e.status IN ('pass', 'fail')) \
            WHERE s.position = (SELECT MAX(l.position) FROM spans l WHERE l.domain = s.domain \
             AND l.check_name = s.check_name AND l.instance = s.instance) \
            ORDER BY s.domain, s.check_name, s.instance";
        let [first, second] = with_facts;
        let mut rows = sqlx::query(query).bind(first).bind(second).fetch(self.readers());
        while let Some(row) = rows.try_next().await? {
            let findings: Vec<Finding> = row.json("findings")?;
            let facts = row.text_if_any("facts")?.unwrap_or_default();
            told(Standing {
                key: SpanKey {
                    domain: vigie_checks::kernel::Name::new(&row.text("domain")?),
                    check: row.text("check_name")?,
                    instance: row.text("instance")?,
                },
                status: row.word("status")?,
                worst: worst(&findings),
                definite_at: row.time_if_any("definite_at")?,
                facts: KeptFacts::parse(facts).unwrap_or_default(),
            });
        }
        Ok(())
    }
}
