//! The plugins of one run, beside its checks: run now, or as evidence tells of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::future::join_all;
use tokio::time::Instant;
use vigie_checks::kernel::{Outcome, Target};

use super::Selection;
use crate::plugin::{FACTS_VERSION, Programs, Sight, judge};

/// Where it is seen what plugins say.
#[derive(Clone, Debug)]
pub enum Plugins {
    /// They are run, at the latest until then where a run has an end.
    Run { programs: Arc<Programs>, until: Option<Instant> },
    /// They were run before.
    Recorded(BTreeMap<String, Sight>),
}

impl Plugins {
    /// Runs no plugin.
    pub fn none() -> Self {
        Self::Recorded(BTreeMap::new())
    }

    async fn look(&self, name: &str, target: &Target) -> Sight {
        match self {
            Self::Run { programs, until } => programs.look(name, target, *until).await,
            Self::Recorded(sights) => sights.get(name).cloned().unwrap_or_else(Sight::not_recorded),
        }
    }

    /// The outcome of every chosen plugin, and what it was judged from. No plugin waits for another.
    pub async fn consult(
        &self,
        target: &Target,
        selection: &Selection,
        now: DateTime<Utc>,
    ) -> Vec<(Outcome, Sight)> {
        let consulted = selection.plugins.iter().map(async |name| {
            let sight = self.look(name, target).await;
            (outcome(name, &sight, target, now), sight)
        });
        join_all(consulted).await
    }
}

fn outcome(plugin: &str, sight: &Sight, target: &Target, now: DateTime<Utc>) -> Outcome {
    let said = judge(plugin, sight, target);
    Outcome {
        check: plugin.to_owned(),
        status: Outcome::status_of(&said.findings),
        because: None,
        findings: said.findings,
        facts: said.facts.into(),
        facts_version: FACTS_VERSION,
        started_at: now,
        duration_ms: sight.duration_ms,
        dns_queries: 0,
    }
}
