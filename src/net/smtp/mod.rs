//! Live SMTP conversations: what does a mail host say, and does it take a message? (RFC 5321, 3207)
//!
//! One script in, one transcript out, never an error. Everything the host sends is bounded in
//! lines, octets and time. A host that is only inspected is never sent MAIL or RCPT unless its owner
//! consents, and never DATA.

pub(super) mod conversation;
mod hello;
mod questions;
mod submission;
#[cfg(test)]
mod tests;
mod wire;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use vigie_checks::kernel::{Lookup, Name, SmtpScript, SmtpTranscript};

use super::proxy::Connector;
use super::trust::Roots;

/// The most that each part of a conversation may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Opening the connection.
    pub connect: Duration,
    /// The greeting, from the open connection to its last line.
    pub greeting: Duration,
    /// Any other reply, and a handshake.
    pub reply: Duration,
    /// The reply to QUIT, which is only asked for to be polite.
    pub quit: Duration,
    /// The whole conversation.
    pub whole: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            greeting: Duration::from_secs(45),
            reply: Duration::from_secs(20),
            quit: Duration::from_secs(2),
            whole: Duration::from_secs(120),
        }
    }
}

/// Finds the addresses of hosts that the admin wrote as names.
#[async_trait]
pub trait Resolve: Send + Sync {
    async fn addresses(&self, host: &Name) -> Lookup<Vec<IpAddr>>;
}

/// Holds conversations.
#[derive(Clone)]
pub struct SmtpClient {
    pub connector: Connector,
    pub roots: Roots,
    /// Passwords, by the name that scripts give them.
    pub secrets: Arc<HashMap<String, SecretString>>,
    pub resolve: Arc<dyn Resolve>,
    pub timeouts: Timeouts,
}

impl SmtpClient {
    /// Holds the conversation that the script asks for.
    pub async fn converse(&self, script: &SmtpScript) -> SmtpTranscript {
        conversation::hold(self, script).await
    }
}
