//! Which address leads where, and how are requests bounded and the pages stopped?

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::{delete, get, post};
use axum::{Router, ServiceExt as _};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::ServiceExt as _;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use super::{
    WebState, access, actions, api, assets, metrics, mishap, openapi, pages, silences, visitor,
};

/// A request may be this large and take this long.
const BODY_LIMIT: usize = 64 * 1024;
const REQUEST_TIME: Duration = Duration::from_secs(10);

/// What is in flight at the stop may take this long; a peer that never ends its request may not hold us.
const GRACE: Duration = Duration::from_secs(3);

/// Serves the pages, as they are at each request, until `stop` turns true.
///
/// # Errors
/// The listener fails.
pub async fn serve(
    listener: TcpListener,
    pages: watch::Receiver<Router>,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let mut last_call = stop.clone();
    let ended = async move { drop(stop.wait_for(|stop| *stop).await) };
    let current = tower::service_fn(move |request: Request| {
        let pages = pages.borrow().clone();
        pages.oneshot(request)
    });
    let service = current.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(ended);
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
        .route("/silences", get(pages::silences))
        .route("/checks", get(pages::checks))
        .route("/preflight", get(pages::preflight).post(pages::review))
        .route("/outbox", get(pages::outbox))
        .route("/token", post(access::take_token))
        .route("/logout", post(access::sign_out))
        .route("/api/v1/openapi.json", get(openapi::document))
        .route("/api/v1/domains", get(api::domains))
        .route("/api/v1/domains/{name}", get(api::domain))
        .route("/api/v1/domains/{name}/history", get(api::history))
        .route("/api/v1/domains/{name}/audit", post(api::audit))
        .route("/api/v1/incidents", get(api::incidents))
        .route("/api/v1/incidents/{id}/ack", post(actions::acknowledge))
        .route("/api/v1/outbox", get(api::outbox))
        .route("/api/v1/outbox/{id}/resend", post(pages::resend))
        .route("/api/v1/silences", get(silences::silences).post(silences::silence))
        .route("/api/v1/silences/{id}", delete(silences::end_silence))
        .route("/api/v1/silences/{id}/end", post(silences::end_silence))
        .route("/badge/{file}", get(pages::badge))
        .route("/metrics", get(metrics::metrics))
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
