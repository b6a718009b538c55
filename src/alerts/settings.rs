//! What must be known of a channel to open it?
//! Limits: values as used; how they are written in a file is the configuration's.

use std::fmt::Write;

use chrono_tz::Tz;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use vigie_checks::kernel::Lang;

use super::SecretError;
use crate::config::Destination;

/// One channel, ready to be opened.
#[derive(Debug, Clone)]
pub struct ChannelSettings {
    /// The name that routes, logs and rows of the outbox use; unique.
    pub name: String,
    /// Where messages go. Most addresses of channels are secrets by themselves.
    pub destination: Destination,
    /// The language of what a channel says by itself; events come in it already.
    pub lang: Lang,
    /// The zone of the times that people read there.
    pub zone: Tz,
    /// Lets this channel reach private and other special addresses.
    pub allow_private: bool,
    /// `socks5://HOST:PORT`, for this channel alone.
    pub proxy: Option<SecretString>,
}

impl ChannelSettings {
    /// Tells one address from another without saying it: a channel that was disabled stays so
    /// until its address changes.
    pub(super) fn address(&self) -> String {
        let mut hasher = Sha256::new();
        for part in address_parts(&self.destination) {
            hasher.update(part.as_bytes());
        }
        let digest = hasher.finalize();
        digest[..8].iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a String takes everything");
            text
        })
    }
}

fn address_parts(destination: &Destination) -> Vec<&str> {
    match destination {
        Destination::Webhook { url, .. }
        | Destination::Slack { url }
        | Destination::Discord { url }
        | Destination::Teams { url }
        | Destination::Mattermost { url } => vec![url.expose_secret()],
        Destination::PagerDuty { url, routing_key: key }
        | Destination::Ntfy { url, topic: key, .. }
        | Destination::Gotify { url, token: key } => vec![url.expose_secret(), key.expose_secret()],
        Destination::Telegram { url, token, chat, .. } => {
            vec![url.expose_secret(), token.expose_secret(), chat]
        }
        Destination::Matrix { url, room, .. } => vec![url.expose_secret(), room],
        Destination::Email { to, .. } => vec![to],
        Destination::Exec { command, .. } => command.iter().map(String::as_str).collect(),
    }
}

/// Why a channel cannot be opened; says its name, never its address.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    #[error("channel {channel}: there are two of this name")]
    Twice { channel: String },
    #[error("channel {channel}: url is not an http or https address")]
    Url { channel: String },
    #[error("channel {channel}: {source}")]
    Secret { channel: String, source: SecretError },
    #[error("channel {channel}: proxy is not socks5://HOST:PORT")]
    Proxy { channel: String },
    #[error("channel {channel}: {key} does not fit into a header")]
    Header { channel: String, key: &'static str },
}
