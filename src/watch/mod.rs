//! The daemon: what is configured is looked at when it is due, and what is found is kept and told.
//!
//! Wires schedule, run, store and alerts together; decides nothing of its own.

mod channels;
mod maintenance;
pub mod outbox;
mod plugins;
mod routes;
mod runner;
mod site;
mod supervisor;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use chrono::TimeDelta;
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing::{error, info};

use vigie_checks::kernel::{Clock, Lang, Name};
use vigie_checks::registry::CHECKS;

use crate::alerts::{Deliverer, Doorbell, Limits, Outbox};
use crate::config::Settings;
use crate::incidents::Routes;
use crate::net::SystemClock;
use crate::run::commit::{self, Committer};
use crate::schedule::{Key, Queue, Scheduler, SchedulerHandle, plan};
use crate::store::Store;
use crate::web::{self, Access, Sessions, Watched, WebState};

pub use plugins::plugins;
pub use site::{Site, SiteError};
pub use supervisor::{Standstill, Supervisor, SupervisorError};

use runner::Watcher;

/// Answers are kept at most this long, so that a change is seen soon.
const ANSWERS_KEPT: Duration = Duration::from_secs(10);

/// How often it is looked whether something is to be said for many domains at once.
const ANNOUNCING: Duration = Duration::from_secs(2);

/// How often history is held against its retention.
const FORGETTING: Duration = Duration::from_secs(6 * 3600);

/// A daemon that is ready to run.
pub struct Watch {
    pub store: Store,
    pub scheduler: SchedulerHandle,
    settings: Arc<Settings>,
    lang: Lang,
    committer: Arc<Committer>,
    clock: Arc<dyn Clock>,
    loop_: Scheduler,
    deliverer: Arc<Deliverer>,
    doorbell: Doorbell,
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
        url: String,
        listener: TcpListener,
    ) -> anyhow::Result<Self> {
        let settings = Arc::new(settings);
        let store = Store::open(settings.store.url.expose_secret()).await?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let committer =
            Committer::start(store.clone(), committing(&settings, lang, url), clock.now()).await?;
        let committer = Arc::new(committer);
        let site = Site::open(&settings, ANSWERS_KEPT, settings.schedule.smtp_gap).await;
        let site = site.context("the world cannot be reached")?;
        let outbox = Outbox::new(store.clone());
        let network = channels::network(&settings, site.roots.clone());
        let deliverer =
            Arc::new(Deliverer::new(outbox, Arc::clone(&clock), network, Limits::default()));
        deliverer.set_channels(&channels::settings(&settings, lang))?;
        let doorbell = deliverer.doorbell().clone();
        let watcher = Watcher {
            settings: Arc::clone(&settings),
            store: store.clone(),
            committer: Arc::clone(&committer),
            clock: Arc::clone(&clock),
            doorbell: doorbell.clone(),
            plugins: Arc::new(plugins(&settings)),
            site,
        };
        let queue = queue(&settings, &store, &committer, clock.as_ref()).await?;
        let loop_ = Scheduler::new(Arc::clone(&clock), Arc::new(watcher), queue);
        let scheduler = loop_.handle();
        Ok(Self {
            store,
            scheduler,
            settings,
            lang,
            committer,
            clock,
            loop_,
            deliverer,
            doorbell,
            listener,
        })
    }

    /// What proves at any time that the daemon works: what is due is looked for, and the history can
    /// be written.
    pub fn proof(&self) -> impl AsyncFn() -> Result<(), Standstill> + use<> {
        let (scheduler, store) = (self.scheduler.clone(), self.store.clone());
        async move || {
            if !scheduler.works() {
                return Err(Standstill::Scheduler);
            }
            store.ready().await.map_err(|error| {
                error!(%error, "the store is not ready");
                Standstill::Store
            })
        }
    }

    /// Runs until `stop` turns true; what is in flight then has seconds to end.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        info!(
            domains = self.settings.domains.len(),
            probes = self.settings.probes.len(),
            "watching"
        );
        let mut told = stop.clone();
        let deliverer = Arc::clone(&self.deliverer);
        let delivering = async move {
            deliverer.run(async move { drop(told.wait_for(|stop| *stop).await) }).await
        };
        let announcing =
            announce(&self.committer, self.clock.as_ref(), &self.doorbell, stop.clone());
        let forgetting = forget(&self.store, &self.settings, self.clock.as_ref(), stop.clone());
        let serving = serve(
            self.listener,
            web_state(&self.settings, self.lang, &self.store, &self.committer, &self.scheduler),
            stop.clone(),
        );
        tokio::join!(self.loop_.run(stop), delivering, announcing, forgetting, serving);
        self.store.close().await;
        info!("stopped");
    }
}

async fn serve(listener: TcpListener, state: WebState, stop: watch::Receiver<bool>) {
    if let Err(error) = web::serve(listener, state, stop).await {
        error!(%error, "the pages ended");
    }
}

/// What the pages may show, and whom they answer.
fn web_state(
    settings: &Settings,
    lang: Lang,
    store: &Store,
    committer: &Arc<Committer>,
    scheduler: &SchedulerHandle,
) -> WebState {
    let scheduler = scheduler.clone();
    let mut hosts = vec![settings.web.listen.to_string()];
    hosts.extend(
        ["localhost", "127.0.0.1", "[::1]"]
            .map(|host| format!("{host}:{}", settings.web.listen.port())),
    );
    let url = settings.web.url.as_deref().and_then(|url| url.split_once("://"));
    hosts.extend(url.map(|(_, host)| host.trim_end_matches('/').to_owned()));
    let secure = settings.web.url.as_deref().is_some_and(|url| url.starts_with("https://"));
    let working = scheduler.clone();
    WebState {
        store: store.clone(),
        committer: Arc::clone(committer),
        domains: settings
            .domains
            .iter()
            .map(|domain| Watched {
                name: domain.name.clone(),
                tags: domain.tags.iter().cloned().collect(),
            })
            .collect(),
        timezone: settings.schedule.timezone,
        lang,
        run_now: Arc::new(move |name| scheduler.run_now(name)),
        works: Arc::new(move || working.works()),
        access: Arc::new(Access {
            hosts,
            token: settings.web.token.clone(),
            secure,
            sessions: Sessions::default(),
        }),
    }
}

fn committing(settings: &Settings, lang: Lang, url: String) -> commit::Settings {
    let routes = routes::routes(settings);
    let channels = settings.channels.iter().map(|channel| channel.name.clone()).collect();
    let tags = settings
        .domains
        .iter()
        .map(|domain| (domain.name.clone(), domain.tags.iter().cloned().collect()));
    let langs = settings
        .channels
        .iter()
        .filter_map(|channel| channel.lang.map(|lang| (channel.name.clone(), lang)));
    commit::Settings {
        lang,
        channel_langs: langs.collect(),
        url,
        routes: Routes::new(routes, channels),
        tags: tags.collect::<HashMap<Name, Vec<String>>>(),
        confirm_after: TimeDelta::from_std(settings.schedule.confirm_after)
            .unwrap_or(TimeDelta::seconds(45)),
        maintenance: maintenance::windows(settings),
    }
}

/// What is due when, with what ran before a restart and what waits for a second look.
async fn queue(
    settings: &Settings,
    store: &Store,
    committer: &Committer,
    clock: &dyn Clock,
) -> anyhow::Result<Queue> {
    let checks: Vec<&str> = CHECKS.iter().map(|check| check.name).collect();
    let last_runs = store.last_runs().await?;
    let last_run = |key: &Key| {
        last_runs.get(&format!("{}/{}/{}", key.domain, key.check, key.instance)).copied()
    };
    let mut queue = Queue::default();
    queue.replace(plan(settings, &checks), settings.schedule.timezone, clock.now(), last_run);
    for (domain, look) in committer.waiting().await? {
        for (check, instance) in look.checks {
            queue.look_again(&Key { domain: domain.clone(), check, instance }, look.at);
        }
    }
    Ok(queue)
}

/// Says every now and then what is said once for many domains.
async fn announce(
    committer: &Committer,
    clock: &dyn Clock,
    doorbell: &Doorbell,
    mut stop: watch::Receiver<bool>,
) {
    while !*stop.borrow() {
        match committer.announce(clock.now()).await {
            Ok(0) => {}
            Ok(_) => doorbell.ring(),
            Err(error) => error!(%error, "announcing failed"),
        }
        tokio::select! {
            () = tokio::time::sleep(ANNOUNCING) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Forgets what is older than the retention.
async fn forget(
    store: &Store,
    settings: &Settings,
    clock: &dyn Clock,
    mut stop: watch::Receiver<bool>,
) {
    let retention = TimeDelta::from_std(settings.store.retention).unwrap_or(TimeDelta::days(400));
    let watched = settings.domains.iter().map(|domain| domain.name.clone()).collect();
    while !*stop.borrow() {
        if let Err(error) = store.forget(clock.now() - retention, &watched).await {
            error!(%error, "forgetting old history failed");
        }
        tokio::select! {
            () = tokio::time::sleep(FORGETTING) => {}
            _ = stop.changed() => {}
        }
    }
}
