//! `/metrics`: what monitoring scrapes, in the format that it asks for.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;

use super::WebState;
use super::api::failed;
use crate::metrics::Format;

/// The page, a few domains at a time.
pub async fn metrics(State(state): State<WebState>, headers: HeaderMap) -> Response {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let format = Format::accepted(accept);
    match (state.metrics)(format).await {
        Ok(chunks) => {
            let chunks = chunks.map(Ok::<_, std::convert::Infallible>);
            ([(CONTENT_TYPE, format.content_type())], Body::from_stream(chunks)).into_response()
        }
        Err(error) => failed(&error),
    }
}
