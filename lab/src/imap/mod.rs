//! Can somebody read the mailboxes? IMAP4rev1 (RFC 3501) inside TLS, as far as a client needs it to
//! log in, look for messages, read, flag and remove them. No APPEND, COPY, IDLE, BODYSTRUCTURE.

mod answer;
mod command;
mod fetch;
mod search;
mod selected;
mod sequence;
mod server;
mod session;
#[cfg(test)]
mod tests;

use crate::accounts::Accounts;
use crate::ca::{CertificateAuthority, CertificateKind};
use crate::mailbox::Mailboxes;
use std::sync::Arc;

pub use server::{Port, serve};

/// An IMAP host.
#[derive(Clone)]
pub struct ImapHost {
    /// The name in its greeting and its certificate.
    pub name: String,
    /// The certificate shown; `None` makes the handshake fail.
    pub certificate: Option<CertificateKind>,
    /// Who may log in. An account is an address, or the local part of the one it stands for.
    pub accounts: Accounts,
    /// What the junk folder is called.
    pub junk_folder: String,
    /// The tab that all mail is in; with one, it knows Gmail's search (X-GM-EXT-1).
    pub tab: Option<String>,
    /// The mail to be read.
    pub mailboxes: Mailboxes,
    /// Who signs the certificate.
    pub ca: Arc<CertificateAuthority>,
}
