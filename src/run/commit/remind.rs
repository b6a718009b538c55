//! What the passing of time alone makes due of open incidents: the hours of a route begin, nobody took
//! one on, or it is to be said again.

use chrono::{DateTime, Utc};

use super::{Committer, outbox};
use crate::incidents::{EventKind, Matter, State, remind};
use crate::store::{StoreError, Write};

impl Committer {
    /// Tells what is due. The number of messages is the answer.
    pub(super) async fn remind(
        &self,
        write: &mut Write,
        now: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        if !self.settings.routes.wait() {
            return Ok(0);
        }
        let mut messages = 0;
        let quiet = self.quiet(write, now).await?;
        let told = write.told_of_open_incidents().await?;
        for mut incident in write.open_incidents().await? {
            // What was held back is told when the quiet ends.
            let is_quiet = quiet.covers(&incident, &self.settings.tags, now) || incident.held;
            if is_quiet || incident.state != State::Open {
                continue;
            }
            let told = told.get(&incident.id).map_or(&[][..], Vec::as_slice);
            let tags = self.settings.tags_of(&incident.domains);
            let due = self.settings.routes.due(&Matter::of(&incident, tags), told, now);
            let settings = &self.settings;
            if !due.openings.is_empty() {
                let opened = vec![(EventKind::Opened, due.openings)];
                messages += outbox::put_told(write, &incident, opened, settings, now).await?;
            }
            if !due.reminders.is_empty() {
                let event = remind(&mut incident);
                write.put_incident(&incident).await?;
                let reminded = vec![(event.kind, due.reminders)];
                messages += outbox::put_told(write, &incident, reminded, settings, now).await?;
            }
        }
        Ok(messages)
    }
}
