//! The outbox for scripts: what waits, what arrived and what was given up, page by page.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::failed;
use crate::store::{Alert, OutboxRow, OutboxState, StoreError, Wanted};
use crate::web::WebState;
use crate::web::mishap::Refusal;
use crate::web::parameters::{Parameters, limit};

/// Messages of one answer: where nothing is said, and at the most.
const USUAL: u32 = 100;
const MOST: u32 = 500;

const LIMIT: Refusal = Refusal::new("`limit` goes from 1 to 500", "« limit » va de 1 à 500");

/// Another word than that of a state.
pub const NO_STATE: Refusal = Refusal::new(
    "`state` is pending, delivered or dead",
    "« state » vaut pending, delivered ou dead",
);

/// Which messages are asked for.
#[derive(Deserialize)]
pub struct OutboxQuery {
    /// `pending`, `delivered` or `dead`.
    state: Option<String>,
    channel: Option<String>,
    limit: Option<String>,
    /// The last message of the page before.
    after: Option<String>,
}

/// The messages without their bodies, newest first, and the channels that want nothing more; `next` is
/// the `after` of the next page.
pub async fn outbox(
    State(state): State<WebState>,
    Parameters(query): Parameters<OutboxQuery>,
) -> Response {
    let of_state = match query.state.as_deref().map(str::parse::<OutboxState>) {
        None => None,
        Some(Ok(of_state)) => Some(of_state),
        Some(Err(_)) => return NO_STATE.into_response(),
    };
    let limit = match limit(query.limit.as_deref(), &LIMIT) {
        Ok(None) => USUAL,
        Ok(Some(limit)) => match u32::try_from(limit) {
            Ok(limit @ 1..=MOST) => limit,
            _ => return LIMIT.into_response(),
        },
        Err(why) => return why.into_response(),
    };
    let after = match &query.after {
        None => None,
        Some(id) => match state.store.outbox_row(id).await {
            Ok(Some(row)) => Some(row),
            Ok(None) => {
                return Refusal::new(
                    "`after` names no message of the outbox; begin anew without it",
                    "« after » ne nomme aucun message de la boîte d’envoi ; recommencez sans lui",
                )
                .into_response();
            }
            Err(error) => return failed(&error),
        },
    };
    let wanted =
        Wanted { state: of_state, channel: query.channel.as_deref(), after: after.as_ref() };
    match told(&state, wanted, limit).await {
        Ok(told) => Json(told).into_response(),
        Err(error) => failed(&error),
    }
}

async fn told(state: &WebState, wanted: Wanted<'_>, limit: u32) -> Result<Value, StoreError> {
    let mut rows = state.store.outbox(wanted, limit + 1).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|row: &OutboxRow| row.id.clone());
    let alerts: Vec<Alert> = rows.into_iter().map(Alert::from).collect();
    Ok(json!({ "alerts": alerts, "disabled": state.store.disabled().await?, "next": next }))
}
