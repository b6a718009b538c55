//! `/metrics`: how do the domains stand, and how does vigie itself?
//!
//! Labels are what the configuration names: domains, checks, probes and channels. Nothing that the world
//! said becomes one.

mod families;
mod page;
mod reloads;
mod results;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::{FutureExt, StreamExt};
use tokio::sync::watch;

use super::heartbeat::Beats;
use super::runner::Working;
use crate::alerts::Deliverer;
use crate::schedule::SchedulerHandle;
use crate::store::Store;
use crate::web::Metrics;

pub use reloads::Reloads;
pub use results::Results;

/// All that the page is made of.
#[derive(Clone)]
pub struct Figures {
    pub results: Arc<Results>,
    pub reloads: Arc<Reloads>,
    pub store: Store,
    pub scheduler: SchedulerHandle,
    pub deliverer: Arc<Deliverer>,
    pub working: watch::Receiver<Arc<Working>>,
    pub beats: Arc<Beats>,
    pub started: DateTime<Utc>,
}

impl Figures {
    /// The page, as the pages serve it.
    pub fn page(self) -> Metrics {
        let figures = Arc::new(self);
        Arc::new(move |format| {
            let figures = Arc::clone(&figures);
            async move { page::page(&figures, format).await.map(StreamExt::boxed) }.boxed()
        })
    }
}
