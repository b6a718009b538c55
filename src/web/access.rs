//! May this request be answered? It must name this host; a change must come from our own pages; with
//! a token, every request must bear it or a session that showed it, and wrong ones are taken so often.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Form;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::WebState;
use super::session::{LIFE, Sessions};
use super::tries::Tries;
use super::visitor::{Visitor, cookie};

/// The cookie that holds the id of a session.
pub const SESSION: &str = "vigie_session";

/// Who may ask.
pub struct Access {
    /// `Host` names that are ours, with their port.
    pub hosts: Vec<String>,
    pub token: Option<SecretString>,
    /// The pages are opened over HTTPS, so the cookie is kept to it.
    pub secure: bool,
    /// They outlive a configuration that leaves the token as it is.
    pub sessions: Arc<Sessions>,
    /// Of every configuration.
    pub tries: Arc<Tries>,
}

/// Lets a request through, or says why not.
pub async fn check(
    State(state): State<WebState>,
    visitor: Visitor,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let access = &state.access;
    let Some(host) =
        text(headers, HOST.as_str()).filter(|host| access.hosts.iter().any(|ours| ours == host))
    else {
        return StatusCode::MISDIRECTED_REQUEST.into_response();
    };
    let (peer, now) = (peer(&request), Instant::now());
    let has_token = access.token.is_some();
    let given = access.token.as_ref().zip(given(headers));
    if given.is_some()
        && let Err(wait) = access.tries.take(peer, now)
    {
        return too_often(wait);
    }
    let bears_token = given.is_some_and(|(token, given)| equal(token.expose_secret(), given));
    if bears_token {
        access.tries.give_back(peer);
    }
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    if changes && !bears_token && !same_origin(headers, host) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let path = request.uri().path();
    if has_token && changes && path == "/token" {
        return match access.tries.take(peer, now) {
            Ok(()) => shown(&state, peer, next.run(request).await),
            Err(wait) => too_often(wait),
        };
    }
    let open_to_all = path == "/token" || path.starts_with("/assets/");
    if !has_token || open_to_all || bears_token || visitor.signed_in {
        return next.run(request).await;
    }
    StatusCode::UNAUTHORIZED.into_response()
}

/// The answer to a token that was shown; a right one was no try.
fn shown(state: &WebState, peer: Option<IpAddr>, answer: Response) -> Response {
    if answer.status().is_redirection() {
        state.access.tries.give_back(peer);
    }
    answer
}

/// RFC 6585 §4.
fn too_often(wait: Duration) -> Response {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, seconds.to_string())]).into_response()
}

/// Who asks; nobody where no connection brought the request.
fn peer(request: &Request) -> Option<IpAddr> {
    request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip())
}

/// What the page that asks for the token sends.
#[derive(Deserialize)]
pub struct TokenForm {
    token: String,
    /// The page that was asked for.
    #[serde(default)]
    to: String,
}

/// A token was given that is not ours; the page to go to is asked for again.
#[derive(Clone)]
pub struct WrongToken {
    pub to: String,
}

/// Takes the token once, opens a session, and goes on to the page that was asked for.
pub async fn take_token(
    State(state): State<WebState>,
    headers: HeaderMap,
    Form(form): Form<TokenForm>,
) -> Response {
    let access = &state.access;
    let to = own_path(&form.to).to_owned();
    let token = access.token.as_ref();
    if !token.is_some_and(|token| equal(token.expose_secret(), &form.token)) {
        let mut refused = StatusCode::UNAUTHORIZED.into_response();
        refused.extensions_mut().insert(WrongToken { to });
        return refused;
    }
    if let Some(before) = cookie(&headers, SESSION) {
        access.sessions.end(before);
    }
    let id = access.sessions.begin(Instant::now());
    let cookie = session_cookie(&id, LIFE.as_secs(), access.secure);
    ([(SET_COOKIE, cookie)], Redirect::to(&to)).into_response()
}

/// Ends the session.
pub async fn sign_out(State(state): State<WebState>, headers: HeaderMap) -> Response {
    if let Some(id) = cookie(&headers, SESSION) {
        state.access.sessions.end(id);
    }
    let cookie = session_cookie("", 0, state.access.secure);
    ([(SET_COOKIE, cookie)], Redirect::to("/")).into_response()
}

/// `SameSite=Lax`, so that the link in an alert opens; changes are held by their origin.
fn session_cookie(id: &str, seconds: u64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{SESSION}={id}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

/// A path of ours, else the overview: what a form says may not send anybody elsewhere.
fn own_path(written: &str) -> &str {
    let ours = written.starts_with('/')
        && !written.starts_with("//")
        && written.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'\\');
    if ours { written } else { "/" }
}

/// Comes from a page of this host, as browsers say it.
fn same_origin(headers: &HeaderMap, host: &str) -> bool {
    let origin = text(headers, ORIGIN.as_str()).and_then(|origin| origin.split_once("://"));
    origin.is_some_and(|(_, from)| from == host)
}

/// The token that a request bears, right or wrong.
fn given(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = text(headers, AUTHORIZATION.as_str())?.split_once(' ')?;
    // RFC 9110 §11.1: schemes are written in either case.
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// Compares digests, so that the time tells nothing of the secret.
fn equal(a: &str, b: &str) -> bool {
    Sha256::digest(a) == Sha256::digest(b)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
