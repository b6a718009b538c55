//! Is a message in a mailbox, and in which folder? Did it come back? Asked by IMAP, read-only.

use chrono::{DateTime, NaiveDate, Utc};
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

/// What of a message is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sought {
    /// The message itself, in every folder.
    #[default]
    Copies,
    /// Reports that it could not be delivered (RFC 3464), in the inbox and among junk.
    Reports,
    /// The message; if it is not there, reports.
    Either,
}

impl Sought {
    pub fn copies(self) -> bool {
        self != Self::Reports
    }

    pub fn reports(self) -> bool {
        self != Self::Copies
    }
}

/// Look for what an account has of the message of one Message-ID.
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
    #[serde(default)]
    pub sought: Sought,
    /// No report is older than this day; bodies are searched for the id, which costs the server.
    #[serde(default)]
    pub since: NaiveDate,
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
    /// The body as received, at most 64 KiB; nothing where the server did not give it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The tab beside the main one that the provider shows it in, such as `promotions`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tab: Option<String>,
}

/// What the mailbox held.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxReport {
    /// The copies in the first folder that has any.
    pub found: Vec<FoundMessage>,
    /// Whole messages that quote the id in their body, each at most 64 KiB.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<String>,
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
