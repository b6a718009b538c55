//! What is audited, in the words of `vigie.toml`'s `[[domains]]`.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Deserialize;

/// The domain a scenario audits, and what is known of it beforehand.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The audited domain, as a user would write it.
    pub domain: String,
    /// What the domain is for.
    #[serde(default)]
    pub profile: Profile,
    /// Known DKIM selectors (RFC 6376 §3.1).
    #[serde(default)]
    pub selectors: Vec<String>,
    /// Addresses that send for this domain.
    #[serde(default)]
    pub sending_ips: Vec<IpAddr>,
    /// Kinds of mail the domain sends, each with its own identity.
    #[serde(default)]
    pub streams: Vec<Stream>,
    /// What the owner approved.
    #[serde(default)]
    pub expect: Approved,
    /// Further services to look at, as URLs (`imaps://imap.example.com`).
    #[serde(default)]
    pub services: Vec<String>,
    /// Whether the registration is known to renew by itself.
    #[serde(default)]
    pub auto_renew: bool,
    /// Whether the owner consents to active questions.
    #[serde(default)]
    pub intrusive: bool,
    /// What its test sends came to last.
    #[serde(default)]
    pub past_sends: Vec<PastSend>,
}

/// What a test send came to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastSend {
    /// The name of the probe.
    pub probe: String,
    /// The address in the From field.
    pub from: String,
    /// The facts of the check `probe`.
    pub facts: toml::Table,
}

/// What a domain is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// It sends mail and receives none.
    Sender,
    /// It receives mail and sends none.
    Receiver,
    /// It does both.
    #[default]
    Both,
    /// It does neither.
    Parked,
}

/// One kind of mail that the domain sends.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    /// The name people give it, such as `newsletter`.
    pub name: String,
    /// The domain of the From field (RFC 5322 §3.6.2).
    pub from: String,
    /// The domain of the return path (RFC 5321 §4.1.1.2); absent = `from`.
    pub mail_from: Option<String>,
    /// The selector that signs it.
    pub dkim: Option<String>,
    /// The addresses it leaves from.
    #[serde(default)]
    pub ips: Vec<IpAddr>,
    /// The name given in EHLO.
    pub helo: Option<String>,
    /// Whether it is bulk mail, to which the large receivers' sender rules apply.
    #[serde(default)]
    pub bulk: bool,
    /// Where its messages lead: URLs and hosts.
    #[serde(default)]
    pub links: Vec<String>,
    /// The one-click URL of a recipient made for tests (RFC 8058).
    pub one_click: Option<String>,
}

/// The sets that the owner approved; an empty one approves anything.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approved {
    /// The MX host names.
    #[serde(default)]
    pub mx: Vec<String>,
    /// The name-server names.
    #[serde(default)]
    pub ns: Vec<String>,
    /// The public key of each selector, in base64.
    #[serde(default)]
    pub dkim_keys: BTreeMap<String, String>,
}
