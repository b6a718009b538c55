//! Where can news go? A file per kind of channel.
//!
//! To add one: a file here, a [`ChannelKind`], and a line in [`open`].

mod excerpt;
mod webhook;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::{ChannelError, ChannelKind, ChannelSettings, Network, RetryAfter};

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
    /// Everything else. `status` is absent when nothing was answered.
    Failed { status: Option<u16>, error: String, retry_after: Option<RetryAfter> },
}

/// A way out of the house.
#[async_trait]
pub trait Channel: Send + Sync {
    /// Brings one message and tells how it ended, by the deadline. Errors hold neither the
    /// channel's address nor its secrets, and nothing unprintable.
    async fn send(&self, delivery: &Delivery<'_>) -> Answer;
}

/// Opens a channel of any kind; nothing is sent.
pub fn open(
    settings: &ChannelSettings,
    network: &Network,
) -> Result<Arc<dyn Channel>, ChannelError> {
    match settings.kind {
        ChannelKind::Webhook => Ok(Arc::new(webhook::Webhook::open(settings, network)?)),
    }
}

#[cfg(test)]
mod tests;
