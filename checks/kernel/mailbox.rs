//! Is a message in a mailbox, and in which folder? Asked by IMAP or POP3, read-only.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Reason;

/// The protocol of a mailbox URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailboxKind {
    /// IMAP over TLS from the first octet, port 993.
    Imaps,
    /// IMAP with STARTTLS, port 143.
    Imap,
}

/// Look for the messages of one Message-ID in every folder of an account.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MailboxQuery {
    pub kind: MailboxKind,
    pub host: String,
    pub port: u16,
    pub user: String,
    /// The name under which the live layer holds the password.
    pub secret: String,
    /// With its angle brackets.
    pub message_id: String,
}

/// A copy of the message that was looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundMessage {
    pub folder: String,
    /// The folder is the account's junk folder (RFC 6154 §2 `\Junk`, or a usual name).
    pub junk: bool,
    /// The server's own clock when it stored the message (INTERNALDATE).
    pub stored_at: DateTime<Utc>,
    /// The header section as received, at most 64 KiB, unfolded lines kept as they came.
    pub header: String,
}

/// What the mailbox held.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxReport {
    pub found: Vec<FoundMessage>,
    /// Set when a folder was not looked into, so that finding nothing proves nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<Reason>,
}

/// Why a mailbox could not be read. Nothing is then known of delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailboxError {
    /// The account was refused.
    Login,
    Tls(String),
    Protocol(String),
    Unreachable(Reason),
}

/// The end of a mailbox query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum MailboxReading {
    Read(MailboxReport),
    Failed { error: MailboxError },
}

impl MailboxReading {
    pub fn failed(reason: Reason) -> Self {
        Self::Failed { error: MailboxError::Unreachable(reason) }
    }
}
