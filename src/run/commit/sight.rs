//! Did a run see anything at all? The names that cannot exist and the zones that must (law 4) tell a fault
//! of vigie's own resolver or network from one of a domain.
//!
//! Nothing is decided of incidents here: what cannot be told moves none.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use ulid::Ulid;
use vigie_checks::dns::Canary;
use vigie_checks::kernel::{Outcome, Reason};

use super::blindness::{BLIND_RUNS, BLIND_TIME};
use super::{Committer, body, outbox};
use crate::store::{Blindness, Darkness, StoreError, Write};

/// What the facts of `dns` say of that.
#[derive(Deserialize)]
struct Looked {
    canary: Canary,
}

enum Sight {
    /// The world answers, whatever it says of the domain.
    There,
    /// Nothing does.
    Gone(Reason),
}

impl Sight {
    /// Told by `dns`, which every run begins with.
    fn of(outcome: &Outcome) -> Option<Self> {
        if outcome.check != "dns" {
            return None;
        }
        let Looked { canary } = outcome.facts.read().ok()?;
        match canary.blindness() {
            Some(reason) if !outcome.is_definite() => Some(Self::Gone(reason)),
            // A server that answers for its own zones only is sight enough.
            _ => Some(Self::There),
        }
    }
}

/// Notes whether a run saw anything.
pub(super) async fn note(
    write: &mut Write,
    outcome: &Outcome,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Some(sight) = Sight::of(outcome) else { return Ok(()) };
    match (sight, write.darkness().await?) {
        (Sight::Gone(reason), darkness) => {
            let begun = Darkness {
                id: Ulid::from_datetime(now.into()).to_string(),
                since: now,
                runs: 0,
                reason: String::new(),
                said_at: None,
                seen_since: None,
            };
            let before = darkness.unwrap_or(begun);
            let (runs, reason) = (before.runs + 1, reason.to_string());
            write.put_darkness(&Darkness { runs, reason, seen_since: None, ..before }).await
        }
        (Sight::There, Some(darkness)) if darkness.said_at.is_none() => write.end_darkness().await,
        (Sight::There, Some(darkness)) if darkness.seen_since.is_none() => {
            write.put_darkness(&Darkness { seen_since: Some(now), ..darkness }).await
        }
        (Sight::There, _) => Ok(()),
    }
}

impl Committer {
    /// Says that vigie sees nothing, once for all that it watches, and that this is over. While it lasts
    /// nothing else is said of what cannot be told; whether it lasts is the first answer, the number of
    /// messages the second.
    pub(super) async fn report_darkness(
        &self,
        write: &mut Write,
        now: DateTime<Utc>,
    ) -> Result<(bool, usize), StoreError> {
        let Some(darkness) = write.darkness().await? else { return Ok((false, 0)) };
        if darkness.said_at.is_none() {
            if !self.is_news(&darkness, now - darkness.since) {
                return Ok((true, 0));
            }
            let all = write.unsaid_blindness(1, now).await?;
            write.mark_all_blindness_said(now).await?;
            // What was told of single checks is part of it.
            write.end_blind_spell().await?;
            let told: Vec<&Blindness> = all.iter().collect();
            let data = body::dark(&darkness, &told);
            let messages = self.tell_darkness(write, &darkness, 1, data, now).await?;
            write.put_darkness(&Darkness { said_at: Some(now), ..darkness }).await?;
            return Ok((true, messages));
        }
        write.mark_all_blindness_said(now).await?;
        let is_over = |since: DateTime<Utc>| now - since >= self.settings.confirm_after;
        let Some(until) = darkness.seen_since.filter(|since| is_over(*since)) else {
            return Ok((true, 0));
        };
        let data = body::sees_again(&darkness.reason, darkness.since, until);
        let messages = self.tell_darkness(write, &darkness, 2, data, now).await?;
        write.end_darkness().await?;
        Ok((false, messages))
    }

    /// What passes by itself is no news.
    fn is_news(&self, darkness: &Darkness, lasts: TimeDelta) -> bool {
        let lasting = darkness.runs >= BLIND_RUNS && lasts >= self.settings.confirm_after;
        lasting || lasts >= BLIND_TIME
    }

    /// Its end comes after its beginning, on every channel.
    async fn tell_darkness(
        &self,
        write: &mut Write,
        darkness: &Darkness,
        sequence: i64,
        data: serde_json::Value,
        now: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        let event_type = if sequence == 1 { "monitor.blind" } else { "monitor.recovered" };
        let place = Some((darkness.id.as_str(), sequence));
        let channels = self.settings.routes.of_rest();
        let data = |_| data.clone();
        outbox::put_placed(write, event_type, place, data, &channels, &self.settings, now).await
    }
}
