//! What is said once for many domains: what was wrong at the start, and where vigie is blind; and what
//! is due by the clock.
//!
//! The first two wait until no more comes, so that a thousand domains are one message.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Committer, body, outbox};
use crate::incidents::spread;
use crate::store::{StoreError, Write};

/// What was wrong at the start is listed when nothing was added to it for so long,
const QUIET: TimeDelta = TimeDelta::seconds(30);

/// or at the latest so long after the first of it.
const LATEST: TimeDelta = TimeDelta::minutes(10);

/// Domains that join an incident are told together, so long after the first of them: most causes that
/// domains share are seen on all of them within the hour.
pub(super) const TOGETHER: TimeDelta = TimeDelta::minutes(15);

impl Committer {
    /// Says what is due; called every few seconds. The number of messages is the answer.
    ///
    /// # Errors
    /// The store fails; then nothing was said.
    pub async fn announce(&self, now: DateTime<Utc>) -> Result<usize, StoreError> {
        let mut write = self.store.write().await?;
        let mut messages = self.release(&mut write, now).await?;
        messages += self.tell_joined(&mut write, now).await?;
        messages += self.remind(&mut write, now).await?;
        messages += self.report_baseline(&mut write, now).await?;
        let (dark, told) = self.report_darkness(&mut write, now).await?;
        messages += told;
        if !dark {
            messages += self.report_blindness(&mut write, now).await?;
        }
        messages += self.tell_digests(&mut write, now).await?;
        write.commit().await?;
        Ok(messages)
    }

    /// Tells which domains an incident has come to hit as well.
    async fn tell_joined(
        &self,
        write: &mut Write,
        now: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        let mut messages = 0;
        for (mut incident, told) in write.joined_incidents(now - TOGETHER).await? {
            let Some(event) = spread(&mut incident, &told) else { continue };
            write.put_incident(&incident).await?;
            messages += self.tell(write, &event, now).await?;
        }
        Ok(messages)
    }

    async fn report_baseline(
        &self,
        write: &mut Write,
        now: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        let seen = write.unreported_baseline_between().await?;
        if !seen.is_some_and(|(first, last)| now >= last + QUIET || now >= first + LATEST) {
            return Ok(0);
        }
        let mut cases = write.unreported_baseline().await?;
        for case in &mut cases {
            case.reported_at = Some(now);
            write.put_case(case).await?;
        }
        let channels = self.settings.routes.of_rest();
        let data = |lang| body::report(&cases, &self.settings.url, lang);
        outbox::put(write, "report.ready", data, &channels, &self.settings, now).await
    }
}
