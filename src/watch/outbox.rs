//! What waits for which channel, what was given up, and does a channel work? For whoever asks from
//! outside the daemon, while it runs or not.

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use serde::Serialize;
use tokio::time::Instant;
use vigie_checks::kernel::Lang;

use super::channels;
use crate::alerts::channels::{Answer, Delivery, PreviewError, open};
use crate::alerts::event::{DeadAlert, alert_dead, test as test_event};
use crate::alerts::{ChannelError, ChannelSettings, Limits, Network, Outbox};
use crate::config::{Settings, did_you_mean};
use crate::net::trust::{Roots, RootsError};
use crate::run::commit::{SAMPLES, sample};
use crate::store::{OutboxRow, Store, StoreError};

pub use crate::store::OutboxState;

/// Why nothing can be told or tried.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    #[error("there is no channel `{name}`; {hint}")]
    NoChannel { name: String, hint: String },
    #[error("there is no event `{name}`; {hint}")]
    NoEvent { name: String, hint: String },
    #[error("there is no alert `{id}`; `vigie alerts list` names them")]
    NoAlert { id: String },
    #[error(transparent)]
    Roots(#[from] RootsError),
    #[error(transparent)]
    Channel(#[from] ChannelError),
    #[error(transparent)]
    Preview(#[from] PreviewError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A message of the outbox, without its body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alert {
    pub id: String,
    pub channel: String,
    pub event: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
    #[serde(serialize_with = "word")]
    pub state: OutboxState,
    pub attempts: i64,
    pub created_at: DateTime<Utc>,
    /// When the next attempt is due; of a message that waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<DateTime<Utc>>,
    /// What the last attempt was answered with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<i64>,
    /// Why the last attempt failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The message that it became part of; its own id where it carries others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carried_by: Option<String>,
}

/// A channel that wants nothing more, by its own answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Disabled {
    pub channel: String,
    pub since: DateTime<Utc>,
}

/// How a test went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tried {
    pub channel: String,
    pub kind: &'static str,
    pub delivered: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What a channel would be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    pub channel: String,
    pub kind: &'static str,
    pub event: String,
    /// Without secrets.
    pub body: String,
}

/// The newest messages first, of one state or of all, and the channels that are switched off; nothing
/// where there is no history yet.
///
/// # Errors
/// The store cannot be read.
pub async fn alerts(
    settings: &Settings,
    state: Option<OutboxState>,
    limit: u32,
) -> Result<(Vec<Alert>, Vec<Disabled>), OutboxError> {
    let Some(store) = Store::open_to_read(settings.store.url.expose_secret()).await? else {
        return Ok((Vec::new(), Vec::new()));
    };
    let rows = store.outbox(state, limit).await?;
    let channels = store.channels().await?;
    store.close().await;
    let disabled = channels.into_iter().filter_map(|channel| {
        Some(Disabled { since: channel.disabled_at?, channel: channel.name })
    });
    Ok((rows.into_iter().map(Alert::from).collect(), disabled.collect()))
}

/// Puts a message before its channel again, with the same id; a channel that was switched off by its
/// receiver is switched on. A running daemon sends it within half a minute.
///
/// # Errors
/// There is no such message, or the store cannot be written.
pub async fn resend(settings: &Settings, id: &str) -> Result<Alert, OutboxError> {
    let absent = || OutboxError::NoAlert { id: id.to_owned() };
    let url = settings.store.url.expose_secret();
    // What is not there is not made.
    Store::open_to_read(url).await?.ok_or_else(absent)?.close().await;
    let store = Store::open(url).await?;
    let is_there = Outbox::new(store.clone()).resend(id, Utc::now()).await?;
    let row = if is_there { store.outbox_row(id).await? } else { None };
    store.close().await;
    row.map(Alert::from).ok_or_else(absent)
}

/// Sends a test through a channel, past the outbox.
///
/// # Errors
/// There is no such channel, or it cannot be opened. A test that fails is no error.
pub async fn test(settings: &Settings, lang: Lang, name: &str) -> Result<Tried, OutboxError> {
    let channel = channel(settings, lang, name)?;
    let network = channels::network(settings, Roots::load(&settings.network.ca)?);
    let now = Utc::now();
    let body = test_event(now);
    let row = OutboxRow::new(name, "test", None, body, now);
    let delivery = Delivery {
        id: &row.id,
        body: &row.body,
        at: now,
        deadline: Instant::now() + Limits::default().attempt,
    };
    let answer = open(&channel, &network)?.send(&delivery).await;
    let (delivered, status, error) = match answer {
        Answer::Accepted { status } => (true, Some(status), None),
        Answer::Gone { status, error } => (false, Some(status), Some(error)),
        Answer::Refused { status, error } | Answer::Failed { status, error, .. } => {
            (false, status, Some(error))
        }
    };
    let kind = channel.destination.kind();
    Ok(Tried { channel: channel.name, kind, delivered, status, error })
}

/// What a channel would be sent for an event: a made-up one of a type, or a message of the outbox by
/// its id.
///
/// # Errors
/// There is no such channel or event.
pub async fn preview(
    settings: &Settings,
    lang: Lang,
    name: &str,
    event: &str,
) -> Result<Preview, OutboxError> {
    let channel = channel(settings, lang, name)?;
    let (id, body) = match event.strip_prefix("msg_") {
        Some(_) => (event.to_owned(), kept(settings, event).await?),
        None => {
            let id = "msg_01JDQ900000000000000000000".to_owned();
            (id, made_up(settings, channel.lang, event)?)
        }
    };
    let network: Network = channels::network(settings, Roots::load(&settings.network.ca)?);
    let delivery = Delivery { id: &id, body: &body, at: Utc::now(), deadline: Instant::now() };
    let body = open(&channel, &network)?.preview(&delivery)?;
    let kind = channel.destination.kind();
    Ok(Preview { channel: channel.name, kind, event: event.to_owned(), body })
}

/// The body of a message of the outbox, with all that goes with it.
async fn kept(settings: &Settings, id: &str) -> Result<String, OutboxError> {
    let absent = || OutboxError::NoAlert { id: id.to_owned() };
    let store = Store::open_to_read(settings.store.url.expose_secret()).await?;
    let store = store.ok_or_else(absent)?;
    let row = store.outbox_row(id).await?;
    let carried = Outbox::new(store.clone()).carried(id).await?;
    store.close().await;
    Ok(carried.unwrap_or(row.ok_or_else(absent)?.body))
}

fn made_up(settings: &Settings, lang: Lang, event: &str) -> Result<String, OutboxError> {
    let now = Utc::now();
    let url = settings.web.url.clone();
    let url = url.unwrap_or_else(|| format!("http://{}", settings.web.listen));
    match event {
        "test" => return Ok(test_event(now)),
        "alert.dead" => {
            let dead = DeadAlert {
                id: "msg_01JDQ900000000000000000000",
                channel: "another channel",
                event: "incident.opened",
                attempts: 10,
                error: "HTTP 503",
                messages: 1,
            };
            return Ok(alert_dead(&dead, now));
        }
        _ => {}
    }
    sample(event, lang, &url, now).ok_or_else(|| {
        let known = SAMPLES.into_iter().chain(["alert.dead", "test"]);
        let all = || known.clone().collect::<Vec<_>>().join(", ");
        let hint = did_you_mean(event, known.clone());
        OutboxError::NoEvent {
            name: event.to_owned(),
            hint: hint.unwrap_or_else(|| format!("there are: {}", all())),
        }
    })
}

fn channel(settings: &Settings, lang: Lang, name: &str) -> Result<ChannelSettings, OutboxError> {
    let mut all = channels::settings(settings, lang);
    let names: Vec<String> = all.iter().map(|channel| channel.name.clone()).collect();
    let at = names.iter().position(|known| known == name).ok_or_else(|| {
        let hint = did_you_mean(name, names.iter().map(String::as_str));
        let listed = match names.as_slice() {
            [] => "the configuration has no [[channels]]".to_owned(),
            names => format!("there are: {}", names.join(", ")),
        };
        OutboxError::NoChannel { name: name.to_owned(), hint: hint.unwrap_or(listed) }
    })?;
    Ok(all.swap_remove(at))
}

impl From<OutboxRow> for Alert {
    fn from(row: OutboxRow) -> Self {
        let waits = row.state == OutboxState::Pending;
        Self {
            id: row.id,
            channel: row.channel,
            // What else has a place in an order is no incident.
            incident: row.incident.filter(|_| row.event_type.starts_with("incident.")),
            event: row.event_type,
            state: row.state,
            attempts: row.attempts,
            created_at: row.created_at,
            next_at: waits.then_some(row.next_at),
            delivered_at: row.delivered_at,
            status: row.last_status,
            error: row.last_error,
            carried_by: row.carried_by,
        }
    }
}

fn word<S: serde::Serializer>(state: &OutboxState, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(state)
}
