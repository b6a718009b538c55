//! The daemon: what is configured is looked at when it is due, and what is found is kept and told.
//!
//! Wires schedule, run, store and alerts together; decides nothing of its own.

mod channels;
mod configured;
mod differences;
mod heartbeat;
mod maintenance;
mod metrics;
pub mod outbox;
mod parts;
mod plugins;
mod recheck;
mod reload;
mod reviews;
mod routes;
mod runner;
mod site;
mod supervisor;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use chrono::TimeDelta;
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing::{error, info, warn};

use vigie_checks::kernel::{Bilingual, Clock, Lang};

use crate::alerts::{ChannelError, Deliverer, Limits, Outbox};
use crate::config::Settings;
use crate::net::SystemClock;
use crate::run::commit::Committer;
use crate::schedule::{Scheduler, SchedulerHandle};
use crate::store::{Store, StoreError};
use crate::web::{self, Sessions, Tries};

pub use plugins::plugins;
pub use recheck::{Daemon, RecheckError, Rechecked};
pub use reload::{Origin, ReadAgain, Rejection};
pub use site::{Site, SiteError};
pub use supervisor::{Standstill, Supervisor, SupervisorError};

use configured::{committing, queue, web_state};
use metrics::{Figures, Reloads, Results};
use parts::{Parts, open_site, url_of};
use reviews::Reviews;
use runner::{Watcher, Working};

/// How often it is looked whether something is to be said for many domains at once.
const ANNOUNCING: Duration = Duration::from_secs(2);

/// How often history is held against its retention.
const FORGETTING: Duration = Duration::from_secs(6 * 3600);

/// What one of the parts says that the daemon opens, in words of our own where it has some.
pub fn in_words(error: &anyhow::Error) -> Option<Bilingual> {
    let of_store = error.downcast_ref().map(StoreError::words);
    let of_site = || error.downcast_ref().map(SiteError::words);
    let of_channel = || error.downcast_ref().map(ChannelError::words);
    of_store.or_else(of_site).or_else(of_channel)
}

/// A daemon that is ready to run.
pub struct Watch {
    pub store: Store,
    pub scheduler: SchedulerHandle,
    parts: Parts,
    served: watch::Receiver<Router>,
    loop_: Scheduler,
    listener: TcpListener,
}

impl Watch {
    /// Opens the store, the world and the channels, and plans what is configured. Nothing runs yet.
    ///
    /// # Errors
    /// One of them cannot be used; the sentence names it.
    pub async fn open(
        settings: Settings,
        lang: Lang,
        listener: TcpListener,
    ) -> anyhow::Result<Self> {
        Self::open_by(settings, lang, listener, Arc::new(SystemClock)).await
    }

    /// As [`Watch::open`], in the time of `clock`.
    ///
    /// # Errors
    /// As there.
    pub async fn open_by(
        mut settings: Settings,
        lang: Lang,
        listener: TcpListener,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        let (asked, address) = (settings.web.listen, listener.local_addr()?);
        settings.web.listen = address;
        let settings = Arc::new(settings);
        let store = Store::open(settings.store.url.expose_secret()).await?;
        let deciding = committing(&settings, lang, &url_of(&settings, address));
        let committer = Arc::new(Committer::start(store.clone(), deciding, clock.now()).await?);
        let site = open_site(Arc::clone(&settings)).await?;
        let network = channels::network(&settings, site.roots.clone());
        let outbox = Outbox::new(store.clone());
        let deliverer = Arc::new(Deliverer::new(outbox, Arc::clone(&clock), Limits::default()));
        deliverer.set_channels(&channels::settings(&settings, lang), &network)?;
        let queue = queue(&settings, &store, &committer, clock.as_ref()).await?;
        let results = Arc::new(Results::load(&store).await?);
        let (working, works) = watch::channel(Arc::new(Working {
            settings: Arc::clone(&settings),
            store: store.clone(),
            committer: Arc::clone(&committer),
            clock: Arc::clone(&clock),
            doorbell: deliverer.doorbell().clone(),
            plugins: Arc::new(plugins(&settings)),
            site: Arc::new(site),
            results: Arc::clone(&results),
        }));
        let watcher = Watcher { working: works.clone() };
        let loop_ = Scheduler::new(Arc::clone(&clock), Arc::new(watcher), queue);
        let scheduler = loop_.handle();
        let (sessions, tries) = (Arc::new(Sessions::default()), Arc::new(Tries::default()));
        let reviews = Arc::new(Reviews::of(works.clone()));
        let figures = Figures {
            results,
            reloads: Arc::new(Reloads::since(clock.now())),
            store: store.clone(),
            scheduler: scheduler.clone(),
            deliverer: Arc::clone(&deliverer),
            working: works,
            beats: Arc::default(),
            started: clock.now(),
        };
        let kept = (Arc::clone(&reviews), Arc::clone(&sessions), Arc::clone(&tries));
        let pages = web_state(&settings, lang, &committer, &figures, kept.0, kept.1, kept.2);
        let (pages, served) = watch::channel(web::router(pages));
        let parts = Parts {
            store: store.clone(),
            clock,
            lang,
            scheduler: scheduler.clone(),
            deliverer,
            working,
            pages,
            sessions,
            tries,
            reviews,
            figures,
            address,
            asked,
        };
        // What was taken out of the configuration while nobody watched.
        parts.retire().await?;
        Ok(Self { store, scheduler, parts, served, loop_, listener })
    }

    /// Tells at any time whether what is due is looked for.
    pub fn turning(&self) -> impl Fn() -> bool + use<> {
        let scheduler = self.scheduler.clone();
        move || scheduler.works()
    }

    /// What proves at any time that the history can be written.
    pub fn proof(&self) -> impl AsyncFn() -> Result<(), Standstill> + use<> {
        let store = self.store.clone();
        async move || {
            store.ready().await.map_err(|error| {
                error!(%error, "the store is not ready");
                Standstill::Store
            })
        }
    }

    /// Runs until `stop` turns true; what is in flight then has seconds to end. A configuration with
    /// an origin is read again when that changes.
    pub async fn run(self, origin: Option<Origin>, stop: watch::Receiver<bool>) {
        let Self { store, parts, served, loop_, listener, .. } = self;
        let parts = Arc::new(parts);
        let settings = Arc::clone(&parts.holds().settings);
        parts::doubt(&settings, parts.clock.now());
        info!(domains = settings.domains.len(), probes = settings.probes.len(), "watching");
        let mut told = stop.clone();
        let deliverer = Arc::clone(&parts.deliverer);
        let delivering = async move {
            deliverer.run(async move { drop(told.wait_for(|stop| *stop).await) }).await
        };
        let (followed, until) = (Arc::clone(&parts), stop.clone());
        let following = async move {
            if let Some(origin) = origin {
                origin.follow(followed, until).await;
            }
        };
        let opening = read_overview(store.clone(), stop.clone());
        // A task of its own: it tells of the others when they stand still.
        let beating = tokio::spawn(heartbeat::beat(Arc::clone(&parts), stop.clone()));
        tokio::join!(
            loop_.run(stop.clone()),
            delivering,
            following,
            announce(Arc::clone(&parts), stop.clone()),
            opening,
            async move { drop(beating.await) },
            forget(parts, stop.clone()),
            serve(listener, served, stop.clone()),
        );
        store.close().await;
        info!("stopped");
    }
}

/// Reads the overview, so that whoever opens the first page does not wait for ten thousand domains.
async fn read_overview(store: Store, mut stop: watch::Receiver<bool>) {
    tokio::select! {
        read = store.glance() => if let Err(error) = read {
            warn!(%error, "the overview is read when its page is asked for");
        },
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

async fn serve(listener: TcpListener, pages: watch::Receiver<Router>, stop: watch::Receiver<bool>) {
    if let Err(error) = web::serve(listener, pages, stop).await {
        error!(%error, "the pages ended");
    }
}

/// Says every now and then what is said once for many domains.
async fn announce(parts: Arc<Parts>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match parts.holds().committer.announce(parts.clock.now()).await {
            Ok(0) => {}
            Ok(_) => parts.deliverer.doorbell().ring(),
            Err(error) => error!(%error, "announcing failed"),
        }
        tokio::select! {
            () = tokio::time::sleep(ANNOUNCING) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Forgets what is older than the retention.
async fn forget(parts: Arc<Parts>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let settings = Arc::clone(&parts.holds().settings);
        let kept = TimeDelta::from_std(settings.store.retention).unwrap_or(TimeDelta::days(400));
        let watched = settings.domains.iter().map(|domain| domain.name.clone()).collect();
        if let Err(error) = parts.store.forget(parts.clock.now() - kept, &watched).await {
            error!(%error, "forgetting old history failed");
        }
        tokio::select! {
            () = tokio::time::sleep(FORGETTING) => {}
            _ = stop.changed() => {}
        }
    }
}
