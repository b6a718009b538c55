//! What does one channel do next? Begin what is due, a few at once, and sleep until something is.
//! Limits: knows nothing of other channels but their names.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, timeout};
use tracing::{error, info, warn};
use vigie_checks::kernel::Clock;

use super::channels::{Answer, Channel, Delivery};
use super::{
    Doorbell, End, Figures, Limits, Outbox, Part, Pending, RetryAfter, Verdict, next_attempt,
};
use crate::store::StoreError;

/// Another process may put messages into the outbox, and it cannot ring.
const LOOK_AGAIN: TimeDelta = TimeDelta::seconds(30);
/// Between two tries to write down how an attempt ended; real time, since only the disk is waited for.
const WRITE_AGAIN: Duration = Duration::from_millis(500);

/// One channel at work.
pub(super) struct Lane {
    pub name: String,
    /// Tells the channel's address from another without saying it.
    pub address: String,
    /// Whether what waits for others comes as one message.
    pub joins: bool,
    pub others: Vec<String>,
    pub channel: Arc<dyn Channel>,
    pub outbox: Outbox,
    pub clock: Arc<dyn Clock>,
    pub limits: Limits,
    pub doorbell: Doorbell,
    pub figures: Arc<Figures>,
    /// Told whenever the outbox was looked at.
    pub looked: watch::Sender<()>,
}

/// The attempts under way, with the messages they carry.
#[derive(Default)]
struct Flights {
    tasks: JoinSet<()>,
    messages: HashMap<Id, String>,
}

impl Flights {
    fn carry(&self, message: &Pending) -> bool {
        self.messages.values().any(|id| *id == message.id)
    }

    /// Waits for the end of one attempt; forever when there is none.
    async fn landed(&mut self) {
        match self.tasks.join_next_with_id().await {
            Some(Ok((task, ()))) => self.messages.remove(&task),
            Some(Err(failure)) => self.messages.remove(&failure.id()),
            None => std::future::pending().await,
        };
    }
}

impl Lane {
    /// Delivers until `stop` becomes true.
    pub(super) async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut bell = self.doorbell.listen();
        let mut flights = Flights::default();
        if let Err(error) = self.outbox.enable_at(&self.name, &self.address).await {
            error!(channel = %self.name, %error, "outbox cannot be written");
        }
        while !*stop.borrow_and_update() {
            // Before the look: what is rung from here on makes for another one.
            bell.mark_unchanged();
            let wake_at = self.begin_due(&mut flights).await.unwrap_or_else(|error| {
                error!(channel = %self.name, %error, "outbox cannot be read");
                self.clock.now() + LOOK_AGAIN
            });
            self.looked.send_replace(());
            tokio::select! {
                _ = stop.changed() => {}
                _ = bell.changed() => {}
                () = flights.landed() => {}
                () = self.clock.sleep_until(wake_at) => {}
            }
        }
        let landing = async { while flights.tasks.join_next().await.is_some() {} };
        if timeout(self.limits.grace, landing).await.is_err() {
            warn!(channel = %self.name, "attempts under way were cut short; they are made again");
        }
    }

    /// Begins what is due and not under way, and tells when to look again.
    async fn begin_due(
        self: &Arc<Self>,
        flights: &mut Flights,
    ) -> Result<DateTime<Utc>, StoreError> {
        if self.outbox.is_disabled(&self.name, &self.address).await? {
            return Ok(self.clock.now() + LOOK_AGAIN);
        }
        let now = self.clock.now();
        let look_again = now + LOOK_AGAIN;
        if self.outbox.heed_set_back(&self.name, now).await? {
            warn!(channel = %self.name, "the clock was set back; what waits is due as much sooner");
        }
        while self.joins && self.outbox.join(&self.name, now).await? {}
        // As many as may be under way, and one more, which tells when the next is due.
        let most = self.limits.at_once + 1 + flights.tasks.len();
        for mut message in self.outbox.heads(&self.name, self.joins, most).await? {
            if flights.carry(&message) {
                continue;
            }
            // One that came since the others were joined is joined at the next look.
            if message.next_at > now || message.part == Part::Waits {
                return Ok(message.next_at.min(look_again));
            }
            if flights.tasks.len() >= self.limits.at_once {
                // One that lands wakes the lane.
                return Ok(look_again);
            }
            if message.part == Part::Carries {
                message.body = self.outbox.carried(&message.id).await?.unwrap_or(message.body);
            }
            let id = message.id.clone();
            let task = flights.tasks.spawn(Arc::clone(self).deliver(message));
            flights.messages.insert(task.id(), id);
        }
        Ok(look_again)
    }

    async fn deliver(self: Arc<Self>, message: Pending) {
        let delivery = Delivery {
            id: &message.id,
            body: &message.body,
            at: self.clock.now(),
            deadline: Instant::now() + self.limits.attempt,
        };
        let begun = Instant::now();
        let answer = self.channel.send(&delivery).await;
        self.figures.took.observe(begun.elapsed());
        let now = self.clock.now();
        let verdict = self.verdict(&message, answer, now);
        self.say(&message, &verdict);
        self.figures.ended(&self.name, end_of(&verdict));
        // A receiver that has the message must not get it again because a disk was slow.
        while let Err(error) =
            self.outbox.settle(&self.name, &message, &verdict, &self.others, now).await
        {
            error!(channel = %self.name, id = %message.id, %error, "outbox cannot be written");
            tokio::time::sleep(WRITE_AGAIN).await;
        }
        if matches!(verdict, Verdict::Dead { .. }) {
            self.doorbell.ring();
        }
    }

    fn verdict(&self, message: &Pending, answer: Answer, now: DateTime<Utc>) -> Verdict {
        match answer {
            Answer::Accepted { status } => Verdict::Delivered { status },
            Answer::Gone { status, error } => {
                Verdict::Dead { status: Some(status), error, disable: Some(self.address.clone()) }
            }
            Answer::Refused { status, error } => Verdict::Dead { status, error, disable: None },
            Answer::Failed { status, error, retry_after } => {
                match next_attempt(message.attempts + 1, now, retry_after) {
                    Some(at) => {
                        let is_named = retry_after == Some(RetryAfter::Date(at));
                        Verdict::Retry { at, is_named, status, error }
                    }
                    None => Verdict::Dead { status, error, disable: None },
                }
            }
        }
    }

    fn say(&self, message: &Pending, verdict: &Verdict) {
        let (channel, id, event) = (&self.name, &message.id, &message.event_type);
        match verdict {
            Verdict::Delivered { status } => {
                info!(%channel, %id, %event, status, "alert delivered")
            }
            Verdict::Retry { at, error, .. } => {
                warn!(%channel, %id, %event, %error, next_at = %at, "alert not delivered yet");
            }
            Verdict::Dead { error, disable: Some(_), .. } => {
                error!(%channel, %id, %event, %error, "alert given up; the channel is disabled");
            }
            Verdict::Dead { error, .. } => error!(%channel, %id, %event, %error, "alert given up"),
        }
    }
}

fn end_of(verdict: &Verdict) -> End {
    match verdict {
        Verdict::Delivered { .. } => End::Delivered,
        Verdict::Retry { .. } => End::Failed,
        Verdict::Dead { .. } => End::GivenUp,
    }
}
