//! `/outbox`: what waits for which channel, what was given up, and what arrived?

use std::collections::{BTreeSet, HashMap};

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::json;
use vigie_checks::kernel::{Catalogue, Lang};

use super::page;
use crate::store::{OutboxRow, OutboxState, StoreError, Wanted};
use crate::web::WebState;
use crate::web::api::{NO_STATE, failed};
use crate::web::frame::{Frame, Moment, PageWords};
use crate::web::mishap::Refusal;
use crate::web::parameters::Parameters;
use crate::web::view::event_in_words;
use crate::web::visitor::Visitor;

/// Messages of one page, newest first.
const LISTED: u32 = 200;

/// How long a message that is due may be on its way.
const UNDER_WAY: TimeDelta = TimeDelta::seconds(30);

/// Which messages are asked for.
#[derive(Deserialize)]
pub struct Filter {
    #[serde(default)]
    state: String,
    /// The message that was sent by hand just now.
    #[serde(default)]
    sent: String,
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
    /// The incident that it is about: its page and its title.
    incident: Option<(String, String)>,
    class: &'static str,
    state: &'static str,
    attempts: i64,
    /// When it arrived, or when the next attempt is due; without a time where that is now.
    then: Option<(&'static str, Option<Moment>)>,
    answer: String,
    /// What the button says that sends it at once.
    again: Option<&'static str>,
}

/// What is known beside the messages.
struct Known {
    /// What the incidents are about, by id.
    titles: HashMap<String, String>,
    /// The channels that are switched off.
    off: BTreeSet<String>,
    /// The messages, by id, that wait for an earlier one of their incident and channel.
    behind: BTreeSet<String>,
}

impl Known {
    /// What keeps a message waiting beside its time.
    fn keeps(&self, row: &OutboxRow, w: PageWords) -> Option<&'static str> {
        if self.off.contains(&row.channel) {
            Some(w.t("kept while the channel is off", "gardé tant que le canal est coupé"))
        } else if self.behind.contains(&row.id) {
            Some(w.t("after the one before it", "après le précédent"))
        } else {
            None
        }
    }
}

impl MessageView {
    fn of(row: OutboxRow, known: &Known, frame: &Frame) -> Self {
        let (w, times) = (frame.w, frame.times);
        let (class, word) = in_words(row.state, w);
        let event = match is_digest(&row) {
            true => w.t("Digest", "Bilan").to_owned(),
            false => event_in_words(&row.event_type, w.0),
        };
        Self {
            incident: row.incident_told().map(|id| {
                let title = known.titles.get(id).cloned().unwrap_or_else(|| id.to_owned());
                (id.to_owned(), title)
            }),
            then: then(&row, known.keeps(&row, w), frame, Utc::now()),
            answer: answered(&row),
            at: times.moment(row.created_at),
            channel: row.channel,
            event,
            class,
            state: word,
            attempts: row.attempts,
            again: match row.state {
                OutboxState::Delivered => None,
                OutboxState::Pending => Some(w.t("Send now", "Envoyer maintenant")),
                OutboxState::Dead => Some(w.t("Send again", "Renvoyer")),
            },
            id: row.id,
        }
    }
}

/// What was answered last; nothing while the first attempt is still to come.
fn answered(row: &OutboxRow) -> String {
    let status = || row.last_status.map(|status| format!("HTTP {status}"));
    let is_new = row.state == OutboxState::Pending && row.attempts == 0;
    row.last_error.clone().or_else(status).filter(|_| !is_new).unwrap_or_default()
}

fn then(
    row: &OutboxRow,
    kept: Option<&'static str>,
    frame: &Frame,
    now: DateTime<Utc>,
) -> Option<(&'static str, Option<Moment>)> {
    let (w, times) = (frame.w, frame.times);
    match row.state {
        OutboxState::Delivered => {
            row.delivered_at.map(|at| (w.t("at", "à"), Some(times.moment(at))))
        }
        OutboxState::Pending if kept.is_some() => kept.map(|why| (why, None)),
        OutboxState::Pending if row.next_at <= now => Some((w.t("due now", "à remettre"), None)),
        OutboxState::Pending => {
            let word = w.t("next attempt", "prochaine tentative");
            Some((word, Some(times.ahead(row.next_at))))
        }
        OutboxState::Dead => None,
    }
}

/// What became of a message that was sent by hand.
struct SentView {
    class: &'static str,
    text: String,
    /// It is on its way: the page asks again.
    is_under_way: bool,
}

impl SentView {
    fn of(row: &OutboxRow, frame: &Frame, now: DateTime<Utc>) -> Self {
        let (lang, channel, answer) = (frame.w.0, &row.channel, answered(row));
        // One that waits for another of its incident goes when that is done.
        let is_first = now - row.next_at < UNDER_WAY;
        let next = frame.times.ahead(row.next_at).text;
        let (class, is_under_way, en, fr) = match row.state {
            OutboxState::Delivered => (
                "ok",
                false,
                format!("{channel} took the message."),
                format!("{channel} a accepté le message."),
            ),
            OutboxState::Dead => (
                "error",
                false,
                format!("{channel} did not take the message: {answer}."),
                format!("{channel} n’a pas accepté le message\u{a0}: {answer}."),
            ),
            OutboxState::Pending if row.attempts > 0 => (
                "warn",
                false,
                format!("{channel} did not take the message: {answer}. Next attempt: {next}."),
                format!(
                    "{channel} n’a pas accepté le message\u{a0}: {answer}. \
                     Prochaine tentative\u{a0}: {next}."
                ),
            ),
            OutboxState::Pending if is_first => (
                "info",
                true,
                format!("The message is on its way to {channel}. This page shows its answer."),
                format!("Le message part vers {channel}. Cette page affichera sa réponse."),
            ),
            OutboxState::Pending => (
                "info",
                false,
                format!("The message to {channel} goes after those before it."),
                format!("Le message pour {channel} partira après ceux qui le précèdent."),
            ),
        };
        let text = if lang == Lang::Fr { fr } else { en };
        Self { class, text, is_under_way }
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
    sent: Option<SentView>,
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
    page(outbox_page(&state, shown, &filter.sent, &visitor).await)
}

async fn outbox_page(
    state: &WebState,
    shown: Option<OutboxState>,
    sent: &str,
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
    let disabled = state.store.disabled().await?;
    let off = disabled.iter().map(|one| one.channel.clone()).collect();
    let disabled = disabled.into_iter().map(|disabled| DisabledView {
        channel: disabled.channel,
        since: frame.times.moment(disabled.since),
    });
    let sent = match sent {
        "" => None,
        id => state.store.outbox_row(id).await?,
    };
    let known = Known {
        titles: titles(state, &rows, frame.w.0).await?,
        off,
        behind: state.store.held_up().await?,
    };
    Ok(OutboxPage {
        sent: sent.map(|row| SentView::of(&row, &frame, Utc::now())),
        choices: std::iter::once(all).chain(each).collect(),
        disabled: disabled.collect(),
        rows: rows.into_iter().map(|row| MessageView::of(row, &known, &frame)).collect(),
        cut,
        frame,
    })
}

/// What the incidents of these messages are about, by id.
async fn titles(
    state: &WebState,
    rows: &[OutboxRow],
    lang: Lang,
) -> Result<HashMap<String, String>, StoreError> {
    let ids: BTreeSet<&str> = rows.iter().filter_map(OutboxRow::incident_told).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let incidents = state.store.incidents_called(&ids).await?.into_iter();
    let titled = incidents.map(|incident| {
        let title = Catalogue::words(&incident.cause, lang).title;
        (incident.id, title)
    });
    Ok(titled.collect())
}

/// Sends a message at once and gives it all its attempts again: back to the outbox for people.
pub async fn resend(
    State(state): State<WebState>,
    Path(id): Path<String>,
    visitor: Visitor,
) -> Response {
    match (state.resend)(id.clone()).await {
        Ok(true) if visitor.reads_pages => {
            let sent: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
            Redirect::to(&format!("/outbox?sent={sent}")).into_response()
        }
        Ok(true) => (StatusCode::ACCEPTED, axum::Json(json!({ "id": id }))).into_response(),
        Ok(false) => Refusal::absent(
            "There is no message of this id in the outbox, or it is older than what is kept.",
            "La boîte d’envoi n’a aucun message de cet identifiant, ou il est plus ancien que ce qui \
             est conservé.",
        )
        .into_response(),
        Err(error) => failed(&error),
    }
}
