//! Which checks cannot tell of which domains, said once for each reason, and that all can tell again.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use ulid::Ulid;

use super::{Committer, body, outbox};
use crate::store::{BlindSpell, Blindness, StoreError, Write};

/// Runs in a row that cannot tell, after which it is said (law 3).
pub(super) const BLIND_RUNS: i64 = 3;

/// The time without a definite outcome after which it is said, however few runs there were.
pub(super) const BLIND_TIME: TimeDelta = TimeDelta::hours(24);

impl Committer {
    /// Says what cannot be told for some time, or that this is over. The number of messages is the answer.
    pub(super) async fn report_blindness(
        &self,
        write: &mut Write,
        now: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        let spell = write.blind_spell().await?;
        let due = write.unsaid_blindness(BLIND_RUNS, now - BLIND_TIME).await?;
        if due.is_empty() {
            return match spell {
                Some(spell) => self.report_sight(write, spell, now).await,
                None => Ok(0),
            };
        }
        // Whatever else cannot be told for the same reason is part of the same news.
        let all = write.unsaid_blindness(1, now).await?;
        let mut reasons: BTreeMap<&str, Vec<&Blindness>> = BTreeMap::new();
        for blind in all.iter().filter(|blind| due.iter().any(|due| due.reason == blind.reason)) {
            reasons.entry(&blind.reason).or_default().push(blind);
        }
        let begun = || BlindSpell {
            id: Ulid::from_datetime(now.into()).to_string(),
            since: now,
            reason: String::new(),
            told: 0,
            seen_since: None,
        };
        let mut spell = spell.unwrap_or_else(begun);
        let mut messages = 0;
        for (reason, blind) in reasons {
            for blind in &blind {
                write.mark_blindness_said(&blind.key, now).await?;
                spell.since = spell.since.min(blind.since);
            }
            spell = BlindSpell { reason: reason.to_owned(), seen_since: None, ..spell };
            let data = body::blind(reason, &blind);
            messages += self.tell_spell(write, &mut spell, "monitor.blind", data, now).await?;
        }
        write.put_blind_spell(&spell).await?;
        Ok(messages)
    }

    /// Says that all can tell again, once that has lasted as long as a second look waits.
    async fn report_sight(
        &self,
        write: &mut Write,
        mut spell: BlindSpell,
        now: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        // What begins anew for the same reason is no end of it.
        let begins = write.unsaid_blindness(1, now).await?;
        let lasts = begins.iter().any(|blind| blind.reason == spell.reason)
            || !write.said_blindness().await?.is_empty();
        let seen_since = if lasts { None } else { spell.seen_since.or(Some(now)) };
        if seen_since != spell.seen_since {
            spell.seen_since = seen_since;
            write.put_blind_spell(&spell).await?;
        }
        let Some(until) = seen_since.filter(|since| now - *since >= self.settings.confirm_after)
        else {
            return Ok(0);
        };
        let data = body::sees_again(&spell.reason, spell.since, until);
        let messages = self.tell_spell(write, &mut spell, "monitor.recovered", data, now).await?;
        write.end_blind_spell().await?;
        Ok(messages)
    }

    /// What is told of it comes in order, on every channel.
    async fn tell_spell(
        &self,
        write: &mut Write,
        spell: &mut BlindSpell,
        event_type: &str,
        data: serde_json::Value,
        now: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        spell.told += 1;
        let place = Some((spell.id.as_str(), spell.told));
        let channels = self.settings.routes.of_rest();
        let data = |_| data.clone();
        outbox::put_placed(write, event_type, place, data, &channels, &self.settings, now).await
    }
}
