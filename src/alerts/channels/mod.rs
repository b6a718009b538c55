//! Where can news go? A file per kind of channel.
//!
//! To add one: a file here, a [`Destination`](crate::config::Destination), and a line in [`open`].

mod beat;
mod discord;
mod email;
mod excerpt;
mod exec;
mod gotify;
mod http;
mod matrix;
mod mattermost;
mod ntfy;
mod opening;
mod pagerduty;
mod service;
mod slack;
mod teams;
mod telegram;
mod webhook;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::RetryAfter;
use super::notice::NoticeError;

pub use self::beat::Beat;
pub use self::opening::open;

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

#[cfg(test)]
mod tests;
