//! The dashboard: how does every domain stand, what is wrong with one, and which incidents are there?
//!
//! Pages are made on the server and work without scripts. Reads the store and changes nothing but the
//! schedule (audit now).

mod access;
mod api;
mod assets;
mod filter;
mod frame;
mod mishap;
mod pages;
mod session;
#[cfg(test)]
mod tests;
mod view;
mod visitor;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::{get, post};
use chrono_tz::Tz;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use vigie_checks::kernel::{Lang, Name};

use crate::store::Store;

pub use access::Access;
pub use session::Sessions;

/// A request may be this large and take this long.
const BODY_LIMIT: usize = 64 * 1024;
const REQUEST_TIME: Duration = Duration::from_secs(10);

/// What is in flight at the stop may take this long; a peer that never ends its request may not hold us.
const GRACE: Duration = Duration::from_secs(3);

/// Puts a domain at the front of the schedule; how many checks that are.
pub type RunNow = Arc<dyn Fn(&Name) -> usize + Send + Sync>;

/// Whether what is due is being run.
pub type Works = Arc<dyn Fn() -> bool + Send + Sync>;

/// A domain of the configuration.
#[derive(Clone, Debug)]
pub struct Watched {
    pub name: Name,
    /// In order.
    pub tags: Vec<String>,
}

/// What the pages need.
#[derive(Clone)]
pub struct WebState {
    pub store: Store,
    /// What is watched, also before anything was seen of it; what is no longer watched has no page.
    pub domains: Arc<[Watched]>,
    pub timezone: Tz,
    /// The language of who asks for none that we speak.
    pub lang: Lang,
    pub run_now: RunNow,
    pub works: Works,
    pub access: Arc<Access>,
}

/// Serves the pages until `stop` turns true.
///
/// # Errors
/// The listener fails.
pub async fn serve(
    listener: TcpListener,
    state: WebState,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let mut last_call = stop.clone();
    let ended = async move { drop(stop.wait_for(|stop| *stop).await) };
    let serving = axum::serve(listener, router(state)).with_graceful_shutdown(ended);
    let too_late = async move {
        drop(last_call.wait_for(|stop| *stop).await);
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = serving.into_future() => served,
        () = too_late => Ok(()),
    }
}

/// Every route, behind the checks of `access`; what goes wrong is told by `mishap`.
pub fn router(state: WebState) -> Router {
    let guarded = Router::new()
        .route("/", get(pages::overview))
        .route("/domains/{name}", get(pages::domain))
        .route("/incidents", get(pages::incidents))
        .route("/incidents/{id}", get(pages::incident))
        .route("/token", post(access::take_token))
        .route("/logout", post(access::sign_out))
        .route("/api/v1/domains", get(api::domains))
        .route("/api/v1/domains/{name}", get(api::domain))
        .route("/api/v1/domains/{name}/history", get(api::history))
        .route("/api/v1/domains/{name}/audit", post(api::audit))
        .route("/api/v1/incidents", get(api::incidents))
        .route("/assets/{file}", get(assets::asset))
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(middleware::from_fn(visitor::keep_language))
        .layer(middleware::from_fn_with_state(state.clone(), access::check))
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_TIME))
        .layer(middleware::from_fn_with_state(state.clone(), mishap::tell));
    let probed = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(api::ready))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_TIME));
    guarded.merge(probed).layer(middleware::map_response(assets::add_headers)).with_state(state)
}
