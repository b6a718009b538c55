//! Reviews before a campaign, as people ask for them on the pages: a few at once, beside the checks that are
//! due. They are kept in memory: each is a look at now, and holds for hours.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, watch};
use tracing::{error, info};
use vigie_checks::kernel::Name;

use super::runner::Working;
use crate::net::{Freshness, OverlayError};
use crate::run::{Auditor, Progress, Records, Review, ReviewState, Selection};
use crate::web;

/// Reviews that run at once; the others wait.
const AT_ONCE: usize = 2;

/// Reviews that are kept when they are over.
const MOST_KEPT: usize = 20;

/// The reviews since the daemon began.
#[derive(Clone)]
pub struct Reviews {
    working: watch::Receiver<Arc<Working>>,
    room: Arc<Semaphore>,
    /// The newest first, one of each domain.
    known: Arc<Mutex<Vec<(Name, ReviewState)>>>,
}

impl web::Reviews for Reviews {
    fn begin(&self, domain: &Name) {
        let mut known = self.known();
        if known.iter().any(|(name, state)| name == domain && is_under_way(state)) {
            return;
        }
        known.retain(|(name, _)| name != domain);
        known.insert(0, (domain.clone(), ReviewState::Waiting));
        let mut over = 0;
        known.retain(|(_, state)| {
            over += usize::from(!is_under_way(state));
            is_under_way(state) || over <= MOST_KEPT
        });
        drop(known);
        let (reviews, domain) = (self.clone(), domain.clone());
        tokio::spawn(async move {
            let running = reviews.clone();
            let name = domain.clone();
            // A task of its own, so that a panic in it ends as a review that broke off.
            let ended = tokio::spawn(async move { running.review(&name).await }).await;
            let state = match ended {
                Ok(Ok(Some(review))) => ReviewState::Done(Arc::new(review)),
                Ok(Ok(None)) => {
                    info!(%domain, "no review: the configuration does not name it any more");
                    ReviewState::Failed
                }
                Ok(Err(error)) => {
                    error!(%domain, %error, "a review broke off");
                    ReviewState::Failed
                }
                Err(error) => {
                    error!(%domain, %error, "a review broke off");
                    ReviewState::Failed
                }
            };
            reviews.set(&domain, state);
        });
    }

    fn all(&self) -> Vec<(Name, ReviewState)> {
        self.known().clone()
    }
}

fn is_under_way(state: &ReviewState) -> bool {
    matches!(state, ReviewState::Waiting | ReviewState::Running(_))
}

impl Reviews {
    pub fn of(working: watch::Receiver<Arc<Working>>) -> Self {
        Self { working, room: Arc::new(Semaphore::new(AT_ONCE)), known: Arc::default() }
    }

    fn known(&self) -> MutexGuard<'_, Vec<(Name, ReviewState)>> {
        // Nothing under this lock leaves it half done.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, domain: &Name, state: ReviewState) {
        if let Some((_, known)) = self.known().iter_mut().find(|(name, _)| name == domain) {
            *known = state;
        }
    }

    /// Nothing if the configuration does not name the domain any more.
    async fn review(&self, domain: &Name) -> Result<Option<Review>, OverlayError> {
        // The semaphore is never closed.
        let Ok(_room) = self.room.acquire().await else { return Ok(None) };
        let working = Arc::clone(&self.working.borrow());
        let settings = &working.settings;
        if settings.domain(domain).is_none() {
            return Ok(None);
        }
        let mut own = settings.target(domain);
        working.add_seen_senders(&mut own).await;
        let targets = settings.with_domains_of_streams(own);
        let probes = settings.probe_specs();
        self.set(domain, ReviewState::Running(Progress { looked: 0, of: targets.len() }));
        let auditor = Auditor {
            freshness: Freshness::Asked,
            memo: Arc::clone(&working.site.memo),
            vantage: Arc::new(working.site.vantage()),
            selection: Selection::everything(),
            plugins: Arc::default(),
            overlay: None,
            own_networks: settings.network.own_networks.clone(),
            allow_private: settings.network.allow_private,
            timeout: settings.network.time_per_domain,
            keeps_tape: false,
        };
        let looked = || {
            let mut known = self.known();
            if let Some((_, ReviewState::Running(progress))) =
                known.iter_mut().find(|(name, _)| name == domain)
            {
                progress.looked += 1;
            }
        };
        let records = Records::Open(&working.store);
        Review::of(&auditor, records, &probes, targets, looked).await.map(Some)
    }
}
