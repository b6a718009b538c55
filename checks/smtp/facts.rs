//! What the mail hosts said, in one canonical form.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::consent::Answers;
use crate::kernel::{Name, Reason};

/// What the hosts said on port 25.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmtpFacts {
    /// Port 25 is closed from here, so nobody was asked.
    pub egress_blocked: bool,
    /// The hosts that were asked, in the order of the MX set.
    pub hosts: Vec<Host>,
    /// What each service with STARTTLS offers before it, by URL.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<String, Service>,
}

/// What a service of the domain offers to those who hand in mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// EHLO was answered.
    Open {
        /// Passwords are taken before encryption.
        plain_auth: bool,
    },
    Untold {
        reason: Reason,
    },
}

/// A host with what each of its addresses said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    pub name: Name,
    pub addresses: BTreeMap<IpAddr, Session>,
    /// What it answered with its owner's consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<Answers>,
}

/// How far a conversation came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Session {
    /// EHLO was answered.
    Open(Offer),
    /// EHLO is refused for good.
    EhloRefused {
        code: u16,
    },
    /// The greeting refuses all mail, whoever brings it.
    Rejects,
    /// What answers does not speak SMTP.
    NotSmtp,
    /// Nobody listens there; `mx` says so.
    Unreachable,
    /// The host turns us away: nothing is known of what it offers to others.
    Blocked,
    /// The network does not carry us there, as when we have no IPv6.
    NoRoute,
    Untold {
        reason: Reason,
    },
}

/// What a host offers to those who bring mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The keywords of the answer to EHLO before encryption, upper-case, sorted.
    pub extensions: Vec<String>,
    /// The largest message in octets (RFC 1870), where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    pub starttls: Starttls,
    /// Passwords are taken before encryption.
    pub plain_auth: bool,
    /// The greeting took longer than many clients wait.
    pub slow_greeting: bool,
}

/// What came of STARTTLS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Starttls {
    Works,
    NotOffered,
    /// The command is refused.
    Refused {
        code: u16,
    },
    /// The handshake fails, with the alert or the fault in words.
    Fails {
        words: String,
    },
    /// The host speaks none of the versions that are in use today; `tls` asks which it does.
    OtherVersions,
    Untold {
        reason: Reason,
    },
}

impl Starttls {
    /// Whether it is offered at all, where that is known.
    pub fn is_offered(&self) -> bool {
        *self != Self::NotOffered
    }
}
