//! Who brings the messages? One lane per channel, so that a dead or slow one delays no other.
//!
//! A channel that answered 410 is disabled: what is written for it waits until its address changes
//! or it is enabled by hand. So does what waits for a channel that is no longer configured.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::join_all;
use tokio::sync::watch;
use tokio::task::JoinSet;
use vigie_checks::kernel::Clock;

use super::channels;
use super::lane::Lane;
use super::{ChannelError, ChannelSettings, Doorbell, Figures, Network, Outbox};
use crate::store::StoreError;

/// Bounds of delivery.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The most one attempt may take, from the look-up of the name to the answer.
    pub attempt: Duration,
    /// Attempts under way at once, per channel.
    pub at_once: usize,
    /// How long attempts under way may go on after the end was asked for.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { attempt: Duration::from_secs(15), at_once: 4, grace: Duration::from_secs(5) }
    }
}

type Lanes = BTreeMap<String, Arc<Lane>>;

/// Brings the messages of the outbox to their channels while [`Deliverer::run`] runs.
pub struct Deliverer {
    outbox: Outbox,
    clock: Arc<dyn Clock>,
    limits: Limits,
    doorbell: Doorbell,
    lanes: watch::Sender<Arc<Lanes>>,
    figures: Arc<Figures>,
}

impl Deliverer {
    /// A deliverer without channels; see [`Self::set_channels`].
    pub fn new(outbox: Outbox, clock: Arc<dyn Clock>, limits: Limits) -> Self {
        let doorbell = Doorbell::new();
        let lanes = watch::Sender::new(Arc::default());
        Self { outbox, clock, limits, doorbell, lanes, figures: Arc::default() }
    }

    /// What to ring after rows were committed.
    pub fn doorbell(&self) -> &Doorbell {
        &self.doorbell
    }

    /// What delivery counts of itself.
    pub fn figures(&self) -> &Figures {
        &self.figures
    }

    /// Takes the channels of a configuration in place of those before, also while running; they reach
    /// the world through `network`.
    ///
    /// # Errors
    /// One of them cannot be opened; then those before stay.
    pub fn set_channels(
        &self,
        settings: &[ChannelSettings],
        network: &Network,
    ) -> Result<(), ChannelError> {
        let mut lanes = Lanes::new();
        for channel in settings {
            let lane = Lane {
                name: channel.name.clone(),
                address: channel.address(),
                joins: channel.destination.is_read_by_people(),
                others: others(&channel.name, settings),
                channel: channels::open(channel, network)?,
                outbox: self.outbox.clone(),
                clock: Arc::clone(&self.clock),
                limits: self.limits,
                doorbell: self.doorbell.clone(),
                figures: Arc::clone(&self.figures),
                looked: watch::Sender::new(()),
            };
            if lanes.insert(channel.name.clone(), Arc::new(lane)).is_some() {
                return Err(ChannelError::Twice { channel: channel.name.clone() });
            }
        }
        self.figures.keep(lanes.keys().map(String::as_str));
        self.lanes.send_replace(Arc::new(lanes));
        Ok(())
    }

    /// Wakes every channel and waits until each has looked at the outbox; for ever while one does not.
    pub async fn turns(&self) {
        let mut changes = self.lanes.subscribe();
        loop {
            let lanes = Arc::clone(&changes.borrow_and_update());
            let looks: Vec<_> = lanes.values().map(|lane| lane.looked.subscribe()).collect();
            self.doorbell.ring();
            let looked = join_all(looks.into_iter().map(|mut look| async move {
                // The lane, which sends it, is held above.
                let _ = look.changed().await;
            }));
            tokio::select! {
                _ = looked => return,
                _ = changes.changed() => {}
            }
        }
    }

    /// The message that waits longest for a channel that takes any: which channel, and since when. One
    /// that was sent again by hand waits since then.
    ///
    /// # Errors
    /// The database fails.
    pub async fn waiting_longest(&self) -> Result<Option<(String, DateTime<Utc>)>, StoreError> {
        let lanes = Arc::clone(&self.lanes.borrow());
        let mut longest: Option<(String, DateTime<Utc>)> = None;
        for lane in lanes.values() {
            if self.outbox.is_disabled(&lane.name, &lane.address).await? {
                continue;
            }
            let Some(since) = self.outbox.waits_since(&lane.name).await? else { continue };
            if longest.as_ref().is_none_or(|(_, before)| since < *before) {
                longest = Some((lane.name.clone(), since));
            }
        }
        Ok(longest)
    }

    /// Delivers until `shutdown` ends: then nothing new is begun, and attempts under way have
    /// [`Limits::grace`] to end. One that is cut short is made again after the next start.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = pin!(shutdown);
        let mut lanes = self.lanes.subscribe();
        loop {
            let stop = watch::Sender::new(false);
            let mut running = JoinSet::new();
            for lane in lanes.borrow_and_update().values() {
                running.spawn(Arc::clone(lane).run(stop.subscribe()));
            }
            let ending = tokio::select! {
                () = &mut shutdown => true,
                changed = lanes.changed() => changed.is_err(),
            };
            stop.send_replace(true);
            while running.join_next().await.is_some() {}
            if ending {
                return;
            }
        }
    }
}

fn others(name: &str, settings: &[ChannelSettings]) -> Vec<String> {
    settings.iter().map(|other| other.name.clone()).filter(|other| other != name).collect()
}
