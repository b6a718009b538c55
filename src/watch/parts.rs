//! The parts of the daemon that a configuration is given to.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use tokio::sync::watch;
use tracing::{error, warn};
use vigie_checks::kernel::{Bilingual, Clock, Lang};

use super::configured::{committing, last_run, planned, web_state};
use super::differences::{differences, sending_ips};
use super::metrics::Figures;
use super::reload::Rejection;
use super::reviews::Reviews;
use super::runner::Working;
use super::{Site, channels, plugins};
use crate::alerts::Deliverer;
use crate::config::Settings;
use crate::run::commit::Committer;
use crate::schedule::{Key, SchedulerHandle};
use crate::store::{SpanKey, Store, StoreError};
use crate::web::{self, Sessions, Tries};

/// Answers are kept at most this long, so that a change is seen soon.
const ANSWERS_KEPT: Duration = Duration::from_secs(10);

/// What stays when the configuration changes, and what holds now.
pub struct Parts {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub lang: Lang,
    pub scheduler: SchedulerHandle,
    pub deliverer: Arc<Deliverer>,
    pub working: watch::Sender<Arc<Working>>,
    pub pages: watch::Sender<Router>,
    pub sessions: Arc<Sessions>,
    pub tries: Arc<Tries>,
    pub reviews: Arc<Reviews>,
    pub figures: Figures,
    /// Where the pages are served, and where they were asked to be.
    pub address: SocketAddr,
    pub asked: SocketAddr,
}

/// The world as the settings have it.
///
/// # Errors
/// A resolver, the proxy or a file of roots cannot be used.
pub async fn open_site(settings: Arc<Settings>) -> Result<Site, super::SiteError> {
    Site::open(&settings, ANSWERS_KEPT, settings.schedule.smtp_gap).await
}

/// Where the pages are, for links.
pub fn url_of(settings: &Settings, address: SocketAddr) -> String {
    settings.web.url.clone().unwrap_or_else(|| format!("http://{address}"))
}

/// Says in the log what is probably not meant.
pub fn doubt(settings: &Settings, now: DateTime<Utc>) {
    settings.doubts(now).iter().for_each(|doubt| warn!("{}", doubt.en));
}

impl Parts {
    pub fn holds(&self) -> Arc<Working> {
        Arc::clone(&self.working.borrow())
    }

    /// Takes new settings, read from `file`, in place of those before, or leaves everything as it is.
    /// What differs is the answer.
    ///
    /// # Errors
    /// Something in them cannot be used.
    pub(super) async fn adopt(
        &self,
        mut settings: Settings,
        file: &Path,
    ) -> Result<Vec<String>, Rejection> {
        let before = self.holds();
        self.keep_what_needs_a_start(&mut settings, &before.settings);
        let settings = Arc::new(settings);
        let refused = |why: Bilingual| Rejection::whole(file, why);
        let sees_the_same = before.settings.sees_as(&settings);
        let site = match sees_the_same {
            true => Arc::clone(&before.site),
            false => Arc::new(
                open_site(Arc::clone(&settings)).await.map_err(|error| refused(error.words()))?,
            ),
        };
        let url = url_of(&settings, self.address);
        let deciding = committing(&settings, self.lang, &url);
        let committer = Committer::start(self.store.clone(), deciding, self.clock.now()).await;
        let committer = Arc::new(committer.map_err(|error| refused(error.words()))?);
        let last_runs = self.store.last_runs().await.map_err(|error| refused(error.words()))?;
        let network = channels::network(&settings, site.roots.clone());
        let told = channels::settings(&settings, self.lang);
        self.deliverer.set_channels(&told, &network).map_err(|error| refused(error.words()))?;
        let differences = differences(&before.settings, &settings);
        let moved = sending_ips(&before.settings, &settings, self.clock.now());
        // Before anything is looked at anew: an incident that it opens tells it.
        if let Err(error) = committer.note(&moved).await {
            error!(%error, "that other addresses send now could not be kept");
        }
        doubt(&settings, self.clock.now());
        self.give_out(&before.settings, settings, committer, site, &last_runs);
        if let Err(error) = self.retire().await {
            error!(%error, "what is no longer watched could not be closed");
        }
        Ok(differences)
    }

    /// Nothing in it fails or waits.
    fn give_out(
        &self,
        before: &Settings,
        settings: Arc<Settings>,
        committer: Arc<Committer>,
        site: Arc<Site>,
        last_runs: &HashMap<String, DateTime<Utc>>,
    ) {
        self.working.send_replace(Arc::new(Working {
            settings: Arc::clone(&settings),
            store: self.store.clone(),
            committer: Arc::clone(&committer),
            clock: Arc::clone(&self.clock),
            doorbell: self.deliverer.doorbell().clone(),
            plugins: Arc::new(plugins(&settings)),
            site,
            results: Arc::clone(&self.figures.results),
        }));
        self.scheduler.with_queue(|queue| {
            let zone = settings.schedule.timezone;
            let now = self.clock.now();
            queue.replace(&planned(&settings), zone, now, |key| last_run(last_runs, key));
        });
        let pages = web_state(
            &settings,
            self.lang,
            &committer,
            &self.figures,
            Arc::clone(&self.reviews),
            self.sessions_for(before, &settings),
            Arc::clone(&self.tries),
        );
        drop(self.pages.send_replace(web::router(pages)));
    }

    /// Who showed a token that is no longer the token shows the new one.
    fn sessions_for(&self, before: &Settings, now: &Settings) -> Arc<Sessions> {
        let token = |settings: &Settings| {
            settings.web.token.as_ref().map(|token| token.expose_secret().to_owned())
        };
        if token(before) != token(now) {
            self.sessions.end_all();
        }
        Arc::clone(&self.sessions)
    }

    fn keep_what_needs_a_start(&self, settings: &mut Settings, before: &Settings) {
        if settings.web.listen != self.asked {
            warn!("web.listen is another at the next start");
        }
        settings.web.listen = self.address;
        if settings.store.url.expose_secret() != before.store.url.expose_secret() {
            warn!("store.url is another at the next start");
            settings.store.url = before.store.url.clone();
        }
    }

    /// Ends what is followed of domains, checks and probes that nobody looks at any more.
    ///
    /// # Errors
    /// The store fails; then nothing is ended.
    pub(super) async fn retire(&self) -> Result<(), StoreError> {
        let working = self.holds();
        let planned: HashSet<Key> =
            planned(&working.settings).into_iter().map(|planned| planned.key).collect();
        let is_watched = |key: &SpanKey| {
            // What a test send brought is looked at with it.
            let check = if key.instance.is_empty() { key.check.as_str() } else { "probe" };
            planned.contains(&Key::new(&key.domain, check).of_probe(&key.instance))
        };
        working.results.keep(is_watched);
        let messages = working.committer.retire(is_watched, self.clock.now()).await?;
        if messages > 0 {
            self.deliverer.doorbell().ring();
        }
        Ok(())
    }

    /// Tells that a configuration was refused.
    pub(super) async fn reject(&self, rejection: &Rejection) {
        let file = rejection.file.display().to_string();
        let working = self.holds();
        match working.committer.reject(&file, &rejection.faults, self.clock.now()).await {
            Ok(_) => self.deliverer.doorbell().ring(),
            Err(error) => error!(%error, "that the configuration is refused could not be told"),
        }
    }
}
