//! What waits for which channel, what was given up, and does a channel work? For whoever asks from
//! outside the daemon, while it runs or not.

use std::collections::BTreeSet;

use chrono::Utc;
use secrecy::ExposeSecret;
use serde::Serialize;
use tokio::time::Instant;
use vigie_checks::kernel::{Bilingual, Lang};

use super::channels;
use super::parts::url_of;
use crate::alerts::channels::{Answer, Delivery, PreviewError, open};
use crate::alerts::event::{DeadAlert, alert_dead, several, test as test_event};
use crate::alerts::{ChannelError, ChannelSettings, Limits, Network, Outbox};
use crate::config::{Settings, did_you_mean};
use crate::net::trust::{Roots, RootsError};
use crate::run::commit::{SAMPLES, sample, sample_of_many};
use crate::store::{OutboxRow, Store, StoreError, Wanted};

pub use crate::store::{Alert, Disabled, OutboxState};

/// What many events of incidents become for people, within the `group_wait` of a route.
const SEVERAL: &str = "incident.several";

/// Why nothing can be told or tried.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words().en)]
pub enum OutboxError {
    NoChannel {
        name: String,
        hint: Bilingual,
    },
    NoEvent {
        name: String,
        hint: Bilingual,
    },
    ByItself {
        name: String,
        kind: &'static str,
    },
    NoAlert {
        id: String,
    },
    #[error(transparent)]
    Roots(#[from] RootsError),
    #[error(transparent)]
    Channel(#[from] ChannelError),
    #[error(transparent)]
    Preview(#[from] PreviewError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OutboxError {
    /// What people are told.
    pub fn words(&self) -> Bilingual {
        match self {
            Self::NoChannel { name, hint } => Bilingual::new(
                format!("there is no channel `{name}`; {}", hint.en),
                format!("il n’y a pas de canal `{name}` ; {}", hint.fr),
            ),
            Self::NoEvent { name, hint } => Bilingual::new(
                format!("there is no event `{name}`; {}", hint.en),
                format!("il n’y a pas d’événement `{name}` ; {}", hint.fr),
            ),
            Self::ByItself { name, kind } => Bilingual::new(
                format!(
                    "a channel of kind {kind} gets each event by itself; try `vigie alerts preview incident.opened`"
                ),
                format!(
                    "un canal de type {kind} reçoit chaque événement à part ; essayer \
                     `vigie alerts preview incident.opened`"
                ),
            )
            .about(name),
            Self::NoAlert { id } => Bilingual::new(
                format!("there is no alert `{id}`; `vigie alerts list` names them"),
                format!("il n’y a pas d’alerte `{id}` ; `vigie alerts list` les nomme"),
            ),
            Self::Roots(error) => error.words(),
            Self::Channel(error) => error.words(),
            Self::Preview(error) => Bilingual::quoted(error),
            Self::Store(error) => error.words(),
        }
    }
}

/// What stands in the outbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The newest first.
    pub alerts: Vec<Alert>,
    pub disabled: Vec<Disabled>,
    /// Those, by id, that wait for an earlier one of their incident and channel.
    pub held_up: BTreeSet<String>,
    /// The store that should hold them and is not there; its name is without secrets.
    pub no_store: Option<String>,
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

/// The newest messages first, of one state or of all and of one channel or of all, and the channels that
/// are switched off.
///
/// # Errors
/// The store cannot be read, or there neither is nor was such a channel.
pub async fn alerts(
    settings: &Settings,
    state: Option<OutboxState>,
    channel: Option<&str>,
    limit: u32,
) -> Result<Listing, OutboxError> {
    let url = settings.store.url.expose_secret();
    let listing = match Store::open_to_read(url).await? {
        None => Listing { no_store: Some(Store::place(url)), ..Listing::default() },
        Some(store) => {
            let rows = store.outbox(Wanted { state, channel, after: None }, limit).await?;
            let mut disabled = store.disabled().await?;
            let held_up = store.held_up().await?;
            store.close().await;
            disabled.retain(|one| channel.is_none_or(|name| one.channel == name));
            let alerts = rows.into_iter().map(Alert::from).collect();
            Listing { alerts, disabled, held_up, no_store: None }
        }
    };
    // One that was taken out of the configuration may still have messages.
    if let Some(name) = channel
        && listing.alerts.is_empty()
        && listing.disabled.is_empty()
    {
        self::channel(settings, Lang::En, name)?;
    }
    Ok(listing)
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
            (id, made_up(settings, &channel, event)?)
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

fn made_up(
    settings: &Settings,
    channel: &ChannelSettings,
    event: &str,
) -> Result<String, OutboxError> {
    let (lang, now) = (channel.lang, Utc::now());
    let url = url_of(settings, settings.web.listen);
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
        SEVERAL if !channel.destination.is_read_by_people() => {
            let kind = channel.destination.kind();
            return Err(OutboxError::ByItself { name: channel.name.clone(), kind });
        }
        SEVERAL => return Ok(several(sample_of_many(lang, &url, now), now)),
        _ => {}
    }
    sample(event, lang, &url, now).ok_or_else(|| {
        let known = SAMPLES.into_iter().chain([SEVERAL, "alert.dead", "test"]);
        let all = || Bilingual::there_are(&known.clone().collect::<Vec<_>>().join(", "));
        let hint = did_you_mean(event, known.clone()).unwrap_or_else(all);
        OutboxError::NoEvent { name: event.to_owned(), hint }
    })
}

fn channel(settings: &Settings, lang: Lang, name: &str) -> Result<ChannelSettings, OutboxError> {
    let mut all = channels::settings(settings, lang);
    let names: Vec<String> = all.iter().map(|channel| channel.name.clone()).collect();
    let at = names.iter().position(|known| known == name).ok_or_else(|| {
        let hint = did_you_mean(name, names.iter().map(String::as_str));
        let listed = match names.as_slice() {
            [] => Bilingual::new(
                "the configuration has no [[channels]]",
                "la configuration n’a pas de [[channels]]",
            ),
            names => Bilingual::there_are(&names.join(", ")),
        };
        OutboxError::NoChannel { name: name.to_owned(), hint: hint.unwrap_or(listed) }
    })?;
    Ok(all.swap_remove(at))
}
