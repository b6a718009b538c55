//! The dashboard: how does every domain stand, what is wrong with one, and which incidents are there?
//!
//! Pages are made on the server and work without scripts. Reads the store and changes nothing but the
//! schedule (audit now).

mod access;
mod api;
mod assets;
mod escape;
mod frame;
mod pages;
#[cfg(test)]
mod tests;
mod view;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::{get, post};
use chrono_tz::Tz;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_http::timeout::TimeoutLayer;
use vigie_checks::kernel::Name;

use crate::store::Store;

/// A request may be this large and take this long.
const BODY_LIMIT: usize = 64 * 1024;
const REQUEST_TIME: Duration = Duration::from_secs(10);

/// What is in flight at the stop may take this long; a peer that never ends its request may not hold us.
const GRACE: Duration = Duration::from_secs(3);

/// Puts a domain at the front of the schedule; how many checks that are.
pub type RunNow = Arc<dyn Fn(&Name) -> usize + Send + Sync>;

/// What the pages need.
#[derive(Clone)]
pub struct WebState {
    pub store: Store,
    /// What is watched, also before anything was seen of it.
    pub domains: Vec<Name>,
    pub timezone: Tz,
    pub run_now: RunNow,
    pub access: Arc<Access>,
}

/// Who may ask.
pub struct Access {
    /// `Host` names that are ours, with their port.
    pub hosts: Vec<String>,
    pub token: Option<SecretString>,
    /// Random for each start; a cookie is worth nothing after it.
    pub session_salt: [u8; 32],
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

/// Every route, behind the checks of `access`.
pub fn router(state: WebState) -> Router {
    let guarded = Router::new()
        .route("/", get(pages::overview))
        .route("/domains/{name}", get(pages::domain))
        .route("/incidents", get(pages::incidents))
        .route("/incidents/{id}", get(pages::incident))
        .route("/token", post(access::take_token))
        .route("/api/v1/domains", get(api::domains))
        .route("/api/v1/domains/{name}", get(api::domain))
        .route("/api/v1/domains/{name}/history", get(api::history))
        .route("/api/v1/domains/{name}/audit", post(api::audit))
        .route("/api/v1/incidents", get(api::incidents))
        .route("/assets/{file}", get(assets::asset))
        .fallback(pages::missing)
        .layer(middleware::from_fn_with_state(state.clone(), access::check));
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(api::ready))
        .merge(guarded)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_TIME))
        .layer(middleware::map_response(assets::add_headers))
        .with_state(state)
}
