//! `/outbox`: what waits for which channel, what was given up, and what arrived?

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::json;

use super::page;
use crate::store::{OutboxRow, OutboxState, StoreError, Wanted};
use crate::web::WebState;
use crate::web::api::{NO_STATE, failed};
use crate::web::frame::{Frame, Moment, PageWords};
use crate::web::parameters::Parameters;
use crate::web::view::event_in_words;
use crate::web::visitor::Visitor;

/// Messages of one page, newest first.
const LISTED: u32 = 200;

/// Which messages are asked for.
#[derive(Deserialize)]
pub struct Filter {
    #[serde(default)]
    state: String,
}

/// A state of messages that can be chosen.
struct Choice {
    address: String,
    word: &'static str,
    /// How many; nothing of what arrived, which nobody counts.
    count: Option<u64>,
    chosen: bool,
}

/// How far a message is, as the pages of outbox and incidents say it: class and word.
pub fn in_words(state: OutboxState, w: PageWords) -> (&'static str, &'static str) {
    match state {
        OutboxState::Delivered => ("ok", w.t("delivered", "remis")),
        OutboxState::Pending => ("warn", w.t("waiting", "en attente")),
        OutboxState::Dead => ("error", w.t("given up", "abandonné")),
    }
}

struct MessageView {
    id: String,
    at: Moment,
    channel: String,
    event: String,
    /// The page of the incident that it is about.
    incident: Option<String>,
    class: &'static str,
    state: &'static str,
    attempts: i64,
    /// When it arrived, or when the next attempt is due.
    then: Option<(&'static str, Moment)>,
    answer: String,
    /// What the button says that sends it at once.
    again: Option<&'static str>,
}

impl MessageView {
    fn of(row: OutboxRow, frame: &Frame) -> Self {
        let (w, times) = (frame.w, frame.times);
        let (class, word) = in_words(row.state, w);
        let event = match is_digest(&row) {
            true => w.t("Digest", "Bilan").to_owned(),
            false => event_in_words(&row.event_type, w.0),
        };
        let status = row.last_status.map(|status| format!("HTTP {status}"));
        Self {
            incident: row.incident_told().map(str::to_owned),
            at: times.moment(row.created_at),
            channel: row.channel,
            event,
            class,
            state: word,
            attempts: row.attempts,
            then: match row.state {
                OutboxState::Delivered => {
                    row.delivered_at.map(|at| (w.t("at", "à"), times.moment(at)))
                }
                OutboxState::Pending => {
                    Some((w.t("next attempt", "prochaine tentative"), times.moment(row.next_at)))
                }
                OutboxState::Dead => None,
            },
            answer: row.last_error.or(status).unwrap_or_default(),
            again: match row.state {
                OutboxState::Delivered => None,
                OutboxState::Pending => Some(w.t("Send now", "Envoyer maintenant")),
                OutboxState::Dead => Some(w.t("Send again", "Renvoyer")),
            },
            id: row.id,
        }
    }
}

/// A `report.ready` tells of the first look, or is the digest of a route.
fn is_digest(row: &OutboxRow) -> bool {
    let body = || serde_json::from_str(&row.body).unwrap_or(serde_json::Value::Null);
    row.event_type == "report.ready" && body()["data"]["digest"].is_object()
}

/// A channel that answered that it wants nothing more.
struct DisabledView {
    channel: String,
    since: Moment,
}

#[derive(Template)]
#[template(path = "outbox.html")]
struct OutboxPage {
    frame: Frame,
    choices: Vec<Choice>,
    disabled: Vec<DisabledView>,
    rows: Vec<MessageView>,
    /// There are more than are listed.
    cut: bool,
}

/// The messages, newest first.
pub async fn outbox(
    State(state): State<WebState>,
    Parameters(filter): Parameters<Filter>,
    visitor: Visitor,
) -> Response {
    let shown = match filter.state.as_str() {
        "" => None,
        written => match written.parse() {
            Ok(state) => Some(state),
            Err(_) => return NO_STATE.unread().into_response(),
        },
    };
    page(outbox_page(&state, shown, &visitor).await)
}

async fn outbox_page(
    state: &WebState,
    shown: Option<OutboxState>,
    visitor: &Visitor,
) -> Result<OutboxPage, StoreError> {
    let frame = Frame::of(state, visitor, "outbox").await?;
    let mut rows =
        state.store.outbox(Wanted { state: shown, ..Wanted::default() }, LISTED + 1).await?;
    let cut = rows.len() > LISTED as usize;
    rows.truncate(LISTED as usize);
    let queued = state.store.queued().await?;
    let count = |of: OutboxState| {
        queued.iter().filter(|queued| queued.state == of).map(|queued| queued.messages).sum()
    };
    let all = Choice {
        address: "/outbox".to_owned(),
        word: frame.w.t("All", "Tous"),
        count: None,
        chosen: shown.is_none(),
    };
    let each = [
        (OutboxState::Dead, Some(count(OutboxState::Dead))),
        (OutboxState::Pending, Some(count(OutboxState::Pending))),
        (OutboxState::Delivered, None),
    ];
    let each = each.map(|(of, count)| Choice {
        address: format!("/outbox?state={of}"),
        word: match of {
            OutboxState::Dead => frame.w.t("Given up", "Abandonnés"),
            OutboxState::Pending => frame.w.t("Waiting", "En attente"),
            OutboxState::Delivered => frame.w.t("Delivered", "Remis"),
        },
        count,
        chosen: shown == Some(of),
    });
    let disabled = state.store.disabled().await?.into_iter().map(|disabled| DisabledView {
        channel: disabled.channel,
        since: frame.times.moment(disabled.since),
    });
    Ok(OutboxPage {
        choices: std::iter::once(all).chain(each).collect(),
        disabled: disabled.collect(),
        rows: rows.into_iter().map(|row| MessageView::of(row, &frame)).collect(),
        cut,
        frame,
    })
}

/// Sends a message at once and gives it all its attempts again: back to the outbox for people.
pub async fn resend(
    State(state): State<WebState>,
    Path(id): Path<String>,
    visitor: Visitor,
) -> Response {
    match (state.resend)(id.clone()).await {
        Ok(true) if visitor.reads_pages => Redirect::to("/outbox").into_response(),
        Ok(true) => (StatusCode::ACCEPTED, axum::Json(json!({ "id": id }))).into_response(),
        Ok(false) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => failed(&error),
    }
}
