//! Where can news go? A file per kind of channel.
//!
//! To add one: a file here, a [`Destination`], and a line in [`open`].

mod discord;
mod email;
mod excerpt;
mod exec;
mod gotify;
mod http;
mod matrix;
mod mattermost;
mod ntfy;
mod pagerduty;
mod service;
mod slack;
mod teams;
mod telegram;
mod webhook;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use tokio::time::Instant;

use self::http::Door;
use self::service::{Posted, Service};
use super::notice::NoticeError;
use super::{ChannelError, ChannelSettings, Network, RetryAfter};
use crate::config::Destination;

/// One attempt to bring one message.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// The idempotency key: the same at every attempt.
    pub id: &'a str,
    /// JSON: the same octets at every attempt.
    pub body: &'a str,
    /// When this attempt is made.
    pub at: DateTime<Utc>,
    /// When this attempt must have ended.
    pub deadline: Instant,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The receiver has it.
    Accepted { status: u16 },
    /// The receiver wants no more messages, ever.
    Gone { status: u16, error: String },
    /// The receiver will never take this message; others perhaps.
    Refused { status: Option<u16>, error: String },
    /// Everything else. `status` is absent when nothing was answered.
    Failed { status: Option<u16>, error: String, retry_after: Option<RetryAfter> },
}

/// Why it cannot be shown what would be sent.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    #[error(transparent)]
    Notice(#[from] NoticeError),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// A way out of the house.
#[async_trait]
pub trait Channel: Send + Sync {
    /// Brings one message and tells how it ended, by the deadline. Errors hold neither the
    /// channel's address nor its secrets, and nothing unprintable.
    async fn send(&self, delivery: &Delivery<'_>) -> Answer;

    /// What would be sent, without secrets.
    ///
    /// # Errors
    /// The body is no event.
    fn preview(&self, delivery: &Delivery<'_>) -> Result<String, PreviewError>;
}

/// Opens a channel of any kind; nothing is sent.
///
/// # Errors
/// Its address, or a secret, cannot be used.
pub fn open(
    settings: &ChannelSettings,
    network: &Network,
) -> Result<Arc<dyn Channel>, ChannelError> {
    let no_secret: &[SecretString] = &[];
    let opening = Opening { settings, network };
    match &settings.destination {
        Destination::Webhook { url, secrets } => {
            Ok(Arc::new(webhook::Webhook::open(settings, url, secrets, network)?))
        }
        Destination::Slack { url } => opening.posted(slack::Slack, url, no_secret),
        Destination::Discord { url } => opening.posted(discord::Discord, url, no_secret),
        Destination::Teams { url } => opening.posted(teams::Teams, url, no_secret),
        Destination::Mattermost { url } => opening.posted(mattermost::Mattermost, url, no_secret),
        Destination::PagerDuty { url, routing_key } => {
            let service = pagerduty::PagerDuty { routing_key: routing_key.clone() };
            opening.posted(service, url, std::slice::from_ref(routing_key))
        }
        Destination::Ntfy { url, topic, token } => {
            let service = ntfy::Ntfy::open(&settings.name, topic, token.as_ref())?;
            let secrets: Vec<_> = token.iter().chain([topic]).cloned().collect();
            opening.posted(service, url, &secrets)
        }
        Destination::Gotify { url, token } => {
            let service = gotify::Gotify::open(&settings.name, token)?;
            opening.posted(service, url, std::slice::from_ref(token))
        }
        Destination::Telegram { url, token, chat, thread } => {
            let service =
                telegram::Telegram { token: token.clone(), chat: chat.clone(), thread: *thread };
            opening.posted(service, url, std::slice::from_ref(token))
        }
        Destination::Matrix { url, token, room } => {
            let service = matrix::Matrix::open(&settings.name, token, room)?;
            opening.posted(service, url, std::slice::from_ref(token))
        }
        Destination::Email { submit, from, to } => {
            Ok(Arc::new(email::Email::open(settings, submit, from, to, network)?))
        }
        Destination::Exec { command, timeout } => {
            Ok(Arc::new(exec::Exec { command: command.clone(), timeout: *timeout }))
        }
    }
}

struct Opening<'a> {
    settings: &'a ChannelSettings,
    network: &'a Network,
}

impl Opening<'_> {
    fn posted(
        &self,
        service: impl Service + 'static,
        url: &SecretString,
        secrets: &[SecretString],
    ) -> Result<Arc<dyn Channel>, ChannelError> {
        let door = Door::open(self.settings, url, secrets, self.network)?;
        Ok(Arc::new(Posted { service, door, lang: self.settings.lang }))
    }
}

#[cfg(test)]
mod tests;
