//! What must be known of a channel to open it?
//! Limits: values as used; how they are written in a file is the configuration's.

use std::fmt::Write;

use chrono_tz::Tz;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use vigie_checks::kernel::{Bilingual, Lang};

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
#[error("{}", self.words().en)]
pub enum ChannelError {
    Twice { channel: String },
    Url { channel: String },
    Secret { channel: String, source: SecretError },
    Proxy { channel: String },
    Header { channel: String, key: &'static str },
}

impl ChannelError {
    /// What people are told.
    pub fn words(&self) -> Bilingual {
        let of = |channel: &str, en: &str, fr: &str| {
            Bilingual::new(en, fr)
                .about_each(&format!("channel {channel}"), &format!("canal {channel}"))
        };
        match self {
            Self::Twice { channel } => {
                of(channel, "there are two of this name", "il y en a deux de ce nom")
            }
            Self::Url { channel } => of(
                channel,
                "url is not an http or https address",
                "url n’est pas une adresse http ou https",
            ),
            Self::Secret { channel, source } => {
                let Bilingual { en, fr } = source.words();
                of(channel, &en, &fr)
            }
            Self::Proxy { channel } => {
                of(channel, "proxy is not socks5://HOST:PORT", "proxy n’est pas socks5://HÔTE:PORT")
            }
            Self::Header { channel, key } => of(
                channel,
                &format!("{key} does not fit into a header"),
                &format!("{key} n’entre pas dans un en-tête"),
            ),
        }
    }
}
