//! What was learned of the TLSA records and of the certificates beside them.

use std::collections::BTreeMap;
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::kernel::{Lookup, Name, Reason};
use crate::records::tlsa::Tlsa;

/// The mail hosts of a domain with what DANE senders find.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaneFacts {
    /// The resolver vouches for the MX set, or for there being none; nothing if it was not answered.
    pub mx_secure: Option<bool>,
    /// In the order of the MX set.
    pub hosts: Vec<Host>,
}

/// A mail host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    pub name: Name,
    /// The end of the alias that it is, if its records stand there (RFC 7672 §2.2.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Name>,
    /// The resolver vouches for its addresses; nothing if that was not answered.
    pub address_secure: Option<bool>,
    /// The records at `_25._tcp.` of the host or of its base, sorted.
    pub tlsa: Lookup<Vec<Tlsa>>,
    /// The resolver vouches for the answer about them.
    pub tlsa_secure: bool,
    /// The question failed at another resolver too.
    #[serde(default)]
    pub fails_elsewhere: bool,
    /// What each address presents, where there are records to hold it against.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub presented: BTreeMap<IpAddr, Presented>,
}

/// What an address presents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Presented {
    Chain {
        /// The SHA-256 digest of the leaf.
        leaf: String,
        /// How many certificates there are.
        length: usize,
        /// A record of usage 3 stands for the leaf.
        matches_leaf: bool,
        /// A record of usage 2 stands for the leaf, where it can name no authority.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        names_leaf: bool,
        /// The certificate that a record of usage 2 stands for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authority: Option<TopOfChain>,
        /// How long the leaf is valid in all, in days.
        validity_days: i64,
    },
    /// STARTTLS is not offered: a DANE sender does not deliver.
    NoStarttls,
    /// It is offered, and refused for good.
    StarttlsRefused,
    /// Its handshake is refused, whatever is offered.
    HandshakeFails,
    /// No mail is taken there; `mx` says so.
    Unreachable,
    Untold {
        reason: Reason,
    },
}

/// A chain up to the authority that a record names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopOfChain {
    /// Each certificate on the way is signed by the one above it.
    pub is_linked: bool,
    /// The leaf names the mail host or the domain.
    pub names_host: bool,
    /// The moment that the first certificate on the way ends.
    pub not_after: DateTime<Utc>,
}

impl Host {
    /// The records that senders can use.
    pub fn usable(&self) -> impl Iterator<Item = &Tlsa> {
        self.tlsa.found().into_iter().flatten().filter(|record| record.is_usable())
    }

    /// The resolver vouches for its addresses and its records. Senders that know the same of the MX set
    /// hold the host to its records, and the others may (RFC 7672 §2.2.1).
    pub fn is_secure(&self) -> bool {
        self.address_secure == Some(true) && self.tlsa_secure
    }

    /// Where its records stand, or would.
    pub fn asked_at(&self) -> Name {
        self.base.as_ref().unwrap_or(&self.name).child("_25._tcp")
    }
}
