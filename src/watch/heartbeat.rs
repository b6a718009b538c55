//! Does somebody elsewhere know that vigie works? It is told every so often, and only while the schedule
//! turns, the history can be written and alerts leave: who hears nothing knows that one of them does not.
//!
//! Limits: says nothing of the domains.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tracing::{debug, warn};

use super::channels;
use super::parts::Parts;
use crate::alerts::channels::{Answer, Beat, Delivery};
use crate::config::Heartbeat;
use crate::metrics::Counter;

/// Each part may take so long to show that it works, or the whole period where that is shorter.
const PATIENCE: Duration = Duration::from_secs(15);

/// The most that one beat may take.
const ATTEMPT: Duration = Duration::from_secs(15);

/// Where there is no heartbeat, the configuration is waited for.
const NEVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// What does not work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stillness {
    #[error("the scheduler does not turn")]
    Scheduler,
    #[error("the store cannot be written")]
    Store,
    #[error("the store does not answer in time")]
    Late,
    #[error("the outbox is not looked at")]
    Outbox,
    #[error("an alert for {channel} waits since {since}")]
    Undelivered { channel: String, since: DateTime<Utc> },
}

/// What the heart counts of itself.
#[derive(Debug, Default)]
pub struct Beats {
    pub heard: Counter,
    pub failed: Counter,
    /// Not sent, since something did not work.
    pub withheld: Counter,
    last: Mutex<Option<DateTime<Utc>>>,
}

impl Beats {
    /// When one was heard last.
    pub fn last(&self) -> Option<DateTime<Utc>> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn heard(&self, at: DateTime<Utc>) {
        self.heard.count();
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
    }
}

/// Beats by the configuration that holds, until `stop` turns true.
pub async fn beat(parts: Arc<Parts>, mut stop: watch::Receiver<bool>) {
    let mut works = parts.working.subscribe();
    let mut heart = Heart { parts: Arc::clone(&parts), store: None };
    while !*stop.borrow() {
        let heartbeat = works.borrow_and_update().settings.heartbeat.clone();
        let pause = async {
            let Some(heartbeat) = &heartbeat else { return sleep(NEVER).await };
            let next = Instant::now() + heartbeat.every;
            heart.beat(heartbeat).await;
            tokio::time::sleep_until(next).await;
        };
        tokio::select! {
            () = pause => {}
            _ = works.changed() => {}
            _ = stop.changed() => {}
        }
    }
}

struct Heart {
    parts: Arc<Parts>,
    /// What the store is asked; it is waited for to its end, since a transaction that is given up half
    /// way may leave a lock behind.
    store: Option<JoinHandle<Result<(), Stillness>>>,
}

impl Heart {
    async fn beat(&mut self, heartbeat: &Heartbeat) {
        let beats = &Arc::clone(&self.parts.figures.beats);
        if let Err(stillness) = self.prove(heartbeat).await {
            beats.withheld.count();
            return warn!(%stillness, "no heartbeat");
        }
        match self.send(heartbeat).await {
            Ok(()) => {
                beats.heard(self.parts.clock.now());
                debug!("heartbeat");
            }
            Err(error) => {
                beats.failed.count();
                warn!(%error, "the heartbeat was not heard");
            }
        }
    }

    /// Lets each part show that it works.
    async fn prove(&mut self, heartbeat: &Heartbeat) -> Result<(), Stillness> {
        let patience = PATIENCE.min(heartbeat.every);
        let parts = Arc::clone(&self.parts);
        let (scheduler, outbox) = tokio::join!(
            timeout(patience, parts.scheduler.turns()),
            timeout(patience, parts.deliverer.turns()),
        );
        scheduler.map_err(|_| Stillness::Scheduler)?;
        outbox.map_err(|_| Stillness::Outbox)?;
        let longest = TimeDelta::from_std(heartbeat.undelivered).unwrap_or(TimeDelta::MAX);
        let asked = self.store.get_or_insert_with(|| tokio::spawn(ask_store(parts, longest)));
        let Ok(ended) = timeout(patience, asked).await else { return Err(Stillness::Late) };
        self.store = None;
        ended.unwrap_or(Err(Stillness::Store))
    }

    async fn send(&self, heartbeat: &Heartbeat) -> Result<(), String> {
        let working = self.parts.holds();
        let network = channels::network(&working.settings, working.site.roots.clone());
        let beat = Beat::open(&heartbeat.url, heartbeat.allow_private, &network);
        let beat = beat.map_err(|error| error.to_string())?;
        let deadline = Instant::now() + ATTEMPT;
        let delivery = Delivery { id: "", body: "", at: self.parts.clock.now(), deadline };
        match beat.send(&delivery).await {
            Answer::Accepted { .. } => Ok(()),
            Answer::Gone { error, .. }
            | Answer::Refused { error, .. }
            | Answer::Failed { error, .. } => Err(error),
        }
    }
}

/// Whether the history can be written, and no alert waits for too long.
async fn ask_store(parts: Arc<Parts>, longest: TimeDelta) -> Result<(), Stillness> {
    parts.store.ready().await.map_err(|error| {
        warn!(%error, "the store is not ready");
        Stillness::Store
    })?;
    let waiting = parts.deliverer.waiting_longest().await.map_err(|error| {
        warn!(%error, "the outbox cannot be read");
        Stillness::Store
    })?;
    match waiting {
        Some((channel, since)) if parts.clock.now() - since > longest => {
            Err(Stillness::Undelivered { channel, since })
        }
        _ => Ok(()),
    }
}
