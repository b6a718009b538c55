//! What must be known of a channel to open it?
//! Limits: values as used; how they are written in a file is the configuration's.

use std::fmt::Write;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::SecretError;

/// What kinds of channel there are; each has a file in `channels/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelKind {
    /// Standard Webhooks 1.0.
    Webhook,
}

/// One channel, ready to be opened.
#[derive(Debug, Clone)]
pub struct ChannelSettings {
    /// The name that routes, logs and rows of the outbox use; unique.
    pub name: String,
    pub kind: ChannelKind,
    /// Where messages go: `http` or `https`. Most addresses of channels are secrets by themselves.
    pub url: SecretString,
    /// `whsec_…`; each signs every message. Without one messages are not signed.
    pub secrets: Vec<SecretString>,
    /// Lets this channel reach private and other special addresses.
    pub allow_private: bool,
    /// `socks5://HOST:PORT`, for this channel alone.
    pub proxy: Option<SecretString>,
}

impl ChannelSettings {
    /// Tells one address from another without saying it: a channel that was disabled stays so
    /// until its address changes.
    pub(super) fn address(&self) -> String {
        let digest = Sha256::digest(self.url.expose_secret().as_bytes());
        digest[..8].iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a String takes everything");
            text
        })
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
}
