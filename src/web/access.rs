//! May this request be answered? It must name this host; a change must come from our own pages; with
//! a token, every request must bear it.

use axum::Form;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use secrecy::ExposeSecret;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::pages::{asking_for_token, refused};
use super::{Access, WebState};

const COOKIE_NAME: &str = "vigie_session";

/// Lets a request through, or says why not.
pub async fn check(State(state): State<WebState>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let access = &state.access;
    let Some(host) =
        text(headers, HOST.as_str()).filter(|host| access.hosts.iter().any(|ours| ours == host))
    else {
        return (
            StatusCode::MISDIRECTED_REQUEST,
            "This host serves its own name only; set web.url.\n",
        )
            .into_response();
    };
    let bears_token = access.token.is_some() && bears_token(access, headers);
    if request.method() != Method::GET
        && request.method() != Method::HEAD
        && !bears_token
        && !same_origin(headers, host)
    {
        return refused(&state, headers).await;
    }
    let takes_token =
        request.uri().path() == "/token" || request.uri().path().starts_with("/assets/");
    if access.token.is_none() || takes_token || bears_token || has_session(access, headers) {
        return next.run(request).await;
    }
    asking_for_token(&state, headers).await
}

#[derive(Deserialize)]
pub struct TokenForm {
    token: String,
}

/// Takes the token once and gives a cookie that lasts until the daemon ends.
pub async fn take_token(
    State(state): State<WebState>,
    headers: HeaderMap,
    Form(form): Form<TokenForm>,
) -> Response {
    let access = &state.access;
    let right =
        access.token.as_ref().is_some_and(|token| equal(token.expose_secret(), &form.token));
    if !right {
        return asking_for_token(&state, &headers).await;
    }
    let cookie = format!("{COOKIE_NAME}={}; Path=/; HttpOnly; SameSite=Strict", session(access));
    ([(SET_COOKIE, cookie)], Redirect::to("/")).into_response()
}

/// Comes from a page of this host, as browsers say it.
fn same_origin(headers: &HeaderMap, host: &str) -> bool {
    let origin = text(headers, ORIGIN.as_str()).and_then(|origin| origin.split_once("://"));
    origin.is_some_and(|(_, from)| from == host)
}

fn bears_token(access: &Access, headers: &HeaderMap) -> bool {
    let given =
        text(headers, AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
    access
        .token
        .as_ref()
        .zip(given)
        .is_some_and(|(token, given)| equal(token.expose_secret(), given))
}

fn has_session(access: &Access, headers: &HeaderMap) -> bool {
    let cookies = text(headers, COOKIE.as_str()).unwrap_or_default();
    let ours = cookies.split(';').filter_map(|cookie| cookie.trim().split_once('='));
    let session = session(access);
    ours.filter(|(name, _)| *name == COOKIE_NAME).any(|(_, value)| equal(value, &session))
}

/// What the cookie holds: nothing that the token could be told from.
fn session(access: &Access) -> String {
    let token = access.token.as_ref().map_or("", |token| token.expose_secret());
    let digest = Sha256::new().chain_update(access.session_salt).chain_update(token).finalize();
    digest.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Compares digests, so that the time tells nothing of the secret.
fn equal(a: &str, b: &str) -> bool {
    Sha256::digest(a) == Sha256::digest(b)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
