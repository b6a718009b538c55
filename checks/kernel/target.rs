//! What is looked at: a domain with what is known of it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{GivenReports, HttpsUrl, KeptFacts, Link, MailboxKind, Name, SmtpTls};

/// What a domain is for. Rows whose weight depends on it say so in their `findings.toml`.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Profile {
    Sender,
    Receiver,
    #[default]
    Both,
    Parked,
}

impl Profile {
    pub fn sends(self) -> bool {
        matches!(self, Self::Sender | Self::Both)
    }

    pub fn receives(self) -> bool {
        matches!(self, Self::Receiver | Self::Both)
    }
}

/// A stream of mail that the domain sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    pub name: String,
    /// The domain in the From header.
    pub from: Name,
    /// The domain in MAIL FROM; the From domain if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail_from: Option<Name>,
    /// The DKIM selector that signs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dkim: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ips: Vec<IpAddr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub helo: Option<String>,
    /// 5,000 messages a day or more to the big mailbox providers.
    #[serde(default)]
    pub bulk: bool,
    /// Where its messages lead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// The one-click URL (RFC 8058) of a recipient made for tests; what is posted there unsubscribes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_click: Option<HttpsUrl>,
}

/// A mailbox, by the address whose mail it takes: what test sends go to, or come back to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seed {
    pub address: String,
    pub kind: MailboxKind,
    pub host: String,
    pub port: u16,
    pub user: String,
    /// The name under which the live layer holds the mailbox's password.
    pub secret: String,
}

/// A test send: from where, to which mailboxes, and how long it may take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeSpec {
    pub name: String,
    pub from: String,
    pub mail_from: String,
    pub submit_host: String,
    pub submit_port: u16,
    pub submit_tls: SmtpTls,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submit_user: Option<String>,
    /// The name under which the live layer holds the submission password.
    pub submit_secret: String,
    pub seeds: Vec<Seed>,
    /// Where reports of failed delivery are looked for; in the seed's own mailbox if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns: Option<Seed>,
    pub deliver_within_ms: u64,
    /// The most that all of it may take; four times `deliver_within_ms` if absent or longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_ms: Option<u64>,
    /// The authserv-id whose Authentication-Results count; the topmost if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trusted_authserv: Option<String>,
}

/// A name given in EHLO, as receivers of test sends noted it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SeenGreeting {
    pub helo: String,
    /// The address that gave it.
    pub address: IpAddr,
}

/// What the owner approved of a domain's records; absent means anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mx: Vec<Name>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ns: Vec<Name>,
    /// Public keys by selector, as in the `p=` tag.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dkim_keys: BTreeMap<String, String>,
}

impl Expected {
    fn is_anything(&self) -> bool {
        *self == Self::default()
    }
}

/// How a service of the domain is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceTls {
    /// TLS from the first octet (RFC 8314 §3).
    Implicit,
    /// SMTP with STARTTLS (RFC 3207).
    SmtpStarttls,
}

/// A service that the domain's users reach: submission, mailboxes, web pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// As it was written, such as `imaps://imap.example.com`.
    pub url: String,
    pub host: String,
    pub port: u16,
    pub tls: ServiceTls,
}

/// What a test send came to earlier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastSend {
    pub probe: ProbeSpec,
    pub seen_at: DateTime<Utc>,
    /// The facts of the check `probe`.
    pub facts: KeptFacts,
}

/// A domain with what is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    pub domain: Name,
    #[serde(default)]
    pub profile: Profile,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub selectors: Vec<String>,
    /// Declared by the admin, or seen in test sends.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sending_ips: Vec<IpAddr>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub streams: Vec<Stream>,
    /// Seen in test sends.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub greetings: Vec<SeenGreeting>,
    /// What the owner approved.
    #[serde(default, skip_serializing_if = "Expected::is_anything")]
    pub expect: Expected,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Service>,
    /// The registrar renews the registration by itself.
    #[serde(default, skip_serializing_if = "is_false")]
    pub auto_renew: bool,
    /// The owner consents to questions that do more than greet.
    #[serde(default, skip_serializing_if = "is_false")]
    pub intrusive: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<ProbeSpec>,
    /// What its test sends came to last; an audit, which never sends, tells that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub past_sends: Vec<PastSend>,
    /// The aggregate reports that vigie was given of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reports: Option<GivenReports>,
}

/// Services of a domain that are looked at.
const MOST_SERVICES: usize = 16;

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Target {
    /// A domain of which nothing else is known.
    pub fn new(domain: Name) -> Self {
        Self {
            domain,
            profile: Profile::default(),
            selectors: Vec::new(),
            sending_ips: Vec::new(),
            streams: Vec::new(),
            greetings: Vec::new(),
            expect: Expected::default(),
            services: Vec::new(),
            auto_renew: false,
            intrusive: false,
            probe: None,
            past_sends: Vec::new(),
            reports: None,
        }
    }

    /// Whether the domain stands in From of a stream.
    pub fn is_from_of_a_stream(&self) -> bool {
        self.streams.iter().any(|stream| stream.from == self.domain)
    }

    /// Whether the domain stands in From or MAIL FROM of a stream.
    pub fn sends_in_a_stream(&self) -> bool {
        let mut streams = self.streams.iter();
        let returns_here = streams.any(|stream| stream.mail_from.as_ref() == Some(&self.domain));
        returns_here || self.is_from_of_a_stream()
    }

    /// Whether mail may be signed with the selector: a stream names it, or the domain sends and not every
    /// stream names the one that signs it.
    pub fn signs_with(&self, selector: &str) -> bool {
        let every_one_is_named =
            !self.streams.is_empty() && self.streams.iter().all(|stream| stream.dkim.is_some());
        self.is_named(selector) || self.profile.sends() && !every_one_is_named
    }

    /// Whether a stream names the selector that signs it so.
    pub fn is_named(&self, selector: &str) -> bool {
        let mut named = self.streams.iter().filter_map(|stream| stream.dkim.as_deref());
        named.any(|named| named.eq_ignore_ascii_case(selector))
    }

    /// The services that are looked at, the same ones by every check: the first of the configuration.
    pub fn services_asked(&self) -> impl Iterator<Item = &Service> {
        self.services.iter().take(MOST_SERVICES)
    }
}
