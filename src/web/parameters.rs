//! What does an address ask for? Its parameters, and which of them cannot be read.

use std::collections::BTreeSet;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

use super::WebState;
use super::mishap::Refusal;

/// The parameters of an address. Their values are text: what is wrong with one is said by who knows what
/// it may be.
pub struct Parameters<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<WebState> for Parameters<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &WebState) -> Result<Self, Response> {
        let Query(read) = Query::try_from_uri(&parts.uri).map_err(|_| match twice(&parts.uri) {
            Some(name) => Refusal::of(
                format!("`{name}` stands twice; it may stand once"),
                format!("« {name} » figure deux fois ; une seule est permise"),
            )
            .unread()
            .into_response(),
            None => StatusCode::BAD_REQUEST.into_response(),
        })?;
        Ok(Self(read))
    }
}

/// The first parameter that stands there twice.
fn twice(uri: &Uri) -> Option<String> {
    let mut seen = BTreeSet::new();
    let pairs = form_urlencoded::parse(uri.query()?.as_bytes());
    pairs.map(|(name, _)| name.into_owned()).find(|name| !seen.insert(name.clone()))
}

/// The whole number, from 1, of a parameter called `limit`.
pub fn limit(written: Option<&str>, most: &Refusal) -> Result<Option<usize>, Refusal> {
    let number = |text: &str| text.trim().parse().map_err(|_| most.clone().unread());
    written.map(number).transpose()
}
