//! The test send of a scenario, in the words of `vigie.toml`'s `[[probes]]`.

use serde::Deserialize;

/// A test send for the audited domain.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// The name people give it, such as `newsletter`.
    pub name: String,
    /// The address in the From field.
    pub from: String,
    /// The address in MAIL FROM; absent = `from`.
    pub mail_from: Option<String>,
    /// Where the message is handed in.
    pub submit: MailAccount,
    /// Where it goes to, in this order.
    pub seeds: Vec<Seed>,
    /// Where reports of failed delivery come to; absent = the seed's own mailbox.
    pub returns: Option<MailAccount>,
    /// How long it may take, such as `2m`; four times that and it is lost.
    pub deliver_within: String,
    /// Whose Authentication-Results count; absent = the topmost.
    pub trusted_authserv: Option<String>,
}

/// An account on a mail host.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailAccount {
    /// Such as `smtps://news@smtp.example.com` or `imaps://seed@imap.quay.example`.
    pub url: String,
    /// Its password.
    pub password: Option<String>,
}

/// An address that the message goes to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    /// The address.
    pub address: String,
    /// Where its mail is read.
    pub mailbox: MailAccount,
}
