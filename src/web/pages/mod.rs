//! The pages, each from one look at the store.

mod badge;
mod checks;
mod domain;
mod incident;
mod maintenance;
mod outbox;
mod overview;
mod preflight;
mod silences;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

pub use badge::badge;
pub use checks::checks;
pub use domain::{domain, watched};
pub use incident::{incident, incidents};
pub use outbox::{outbox, resend};
pub use overview::overview;
pub use preflight::{preflight, review};
pub use silences::silences;

use super::api::failed;
use crate::store::StoreError;

/// Rows shown of one list.
const SHOWN: u32 = 50;

fn page<T: Template>(made: Result<T, StoreError>) -> Response {
    match made {
        Ok(template) => written(&template).map(Html).into_response(),
        Err(error) => failed(&error),
    }
}

/// What a template comes to; why it does not is said in the log.
fn written(template: &impl Template) -> Result<String, StatusCode> {
    template.render().map_err(|error| {
        tracing::error!(%error, "a page could not be written");
        StatusCode::INTERNAL_SERVER_ERROR
    })
}
