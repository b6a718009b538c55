//! Who looks at the pages: in which language and theme, and may they sign out?

use std::convert::Infallible;
use std::time::Instant;

use axum::extract::{FromRequestParts, Request};
use axum::http::header::{ACCEPT, ACCEPT_LANGUAGE, COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use axum::middleware::Next;
use axum::response::Response;
use vigie_checks::kernel::Lang;

use super::WebState;
use super::access::SESSION;

const LANGUAGE: &str = "vigie_lang";
const THEME: &str = "vigie_theme";
const A_YEAR: u32 = 365 * 24 * 3600;

/// What a request says of the person behind it.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub lang: Lang,
    pub theme: Option<&'static str>,
    /// The path and query that were asked for; `/` for a change.
    pub address: String,
    pub signed_in: bool,
    /// Takes pages, not only JSON.
    pub reads_pages: bool,
}

impl Visitor {
    /// The same address in another language.
    pub fn address_in(&self, lang: Lang) -> String {
        let (path, query) = self.address.split_once('?').unwrap_or((&self.address, ""));
        let kept = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("lang="));
        let pairs: Vec<String> = kept.map(str::to_owned).chain([format!("lang={lang}")]).collect();
        format!("{path}?{}", pairs.join("&"))
    }
}

impl FromRequestParts<WebState> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Infallible> {
        let headers = &parts.headers;
        let asks = matches!(parts.method, Method::GET | Method::HEAD);
        let address =
            parts.uri.path_and_query().filter(|_| asks).map_or("/", |asked| asked.as_str());
        let session = cookie(headers, SESSION);
        let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Ok(Self {
            lang: language(&parts.uri, headers).unwrap_or(state.lang),
            theme: match cookie(headers, THEME) {
                Some("dark") => Some("dark"),
                Some("light") => Some("light"),
                _ => None,
            },
            address: address.to_owned(),
            signed_in: session.is_some_and(|id| state.access.sessions.is_open(id, Instant::now())),
            reads_pages: accept.contains("text/html"),
        })
    }
}

/// Keeps the language that an address asks for, so that the next page has it too.
pub async fn keep_language(request: Request, next: Next) -> Response {
    let asked = asked_language(request.uri());
    let mut response = next.run(request).await;
    let kept = asked.and_then(|lang| {
        let cookie = format!("{LANGUAGE}={lang}; Path=/; Max-Age={A_YEAR}; HttpOnly; SameSite=Lax");
        HeaderValue::try_from(cookie).ok()
    });
    if let Some(cookie) = kept {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// The value of one of our cookies.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    pairs.find(|(written, _)| written.trim() == name).map(|(_, value)| value.trim())
}

/// What the address asks for, else what was chosen before, else what the browser would rather read.
fn language(uri: &Uri, headers: &HeaderMap) -> Option<Lang> {
    let chosen = || cookie(headers, LANGUAGE).and_then(|written| written.parse().ok());
    let preferred = || headers.get(ACCEPT_LANGUAGE)?.to_str().ok().and_then(preferred);
    asked_language(uri).or_else(chosen).or_else(preferred)
}

fn asked_language(uri: &Uri) -> Option<Lang> {
    let mut pairs = uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| *name == "lang").and_then(|(_, written)| written.parse().ok())
}

/// The language of ours with the highest weight; of equals the first (RFC 9110 §12.5.4).
fn preferred(accepted: &str) -> Option<Lang> {
    let mut best: Option<(f32, Lang)> = None;
    for range in accepted.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let tag = parts.next().unwrap_or_default().to_ascii_lowercase();
        let Some(lang) = tag.split('-').next().and_then(|primary| primary.parse().ok()) else {
            continue;
        };
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        let weight = weight.map_or(1.0, |written| written.trim().parse().unwrap_or(0.0));
        if weight > 0.0 && best.is_none_or(|(before, _)| weight > before) {
            best = Some((weight, lang));
        }
    }
    best.map(|(_, lang)| lang)
}
