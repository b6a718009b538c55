//! What the mail hosts and services present, in one canonical form.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::kernel::{Lookup, Name, Reason, TlsVersion, Trust};
use crate::records::certificate::Reading;
use crate::records::revocation::Revoked;

/// The certificates that the mail hosts present, and the versions and ciphers that they take.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsFacts {
    /// Port 25 is closed from here, so no mail host was asked.
    pub egress_blocked: bool,
    /// The hosts that were asked, in the order of the MX set.
    pub hosts: Vec<Host>,
    /// The services of the domain, by URL.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<String, Service>,
    /// Every certificate of the chains, by digest.
    pub certificates: BTreeMap<String, Reading>,
    /// What is published of a leaf, by its digest.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub authorities: BTreeMap<String, Authority>,
    /// Whether the domain has senders verify certificates under MTA-STS; asked where DANE names some,
    /// or one ends soon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mta_sts_enforced: Option<Lookup<bool>>,
}

/// Whether name, dates and issuer of a leaf matter to senders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relevance {
    Matters,
    /// RFC 7672 §3.1.1: a record of usage 3 stands for the leaf, and nothing else of it counts.
    Pinned,
    Untold(Reason),
}

impl TlsFacts {
    /// Senders are known to be told to deliver to verified hosts alone.
    pub fn is_mta_sts_enforced(&self) -> bool {
        self.mta_sts_enforced == Some(Lookup::Found(true))
    }

    pub fn relevance(&self, host: &Host, leaf: &Reading) -> Relevance {
        match (&self.mta_sts_enforced, &host.pinned) {
            (Some(Lookup::Found(true)), _) | (_, None) => Relevance::Matters,
            (_, Some(Lookup::Found(pinned))) if !pinned.contains(&leaf.sha256) => {
                Relevance::Matters
            }
            (_, Some(Lookup::Unknown { reason })) | (Some(Lookup::Unknown { reason }), _) => {
                Relevance::Untold(*reason)
            }
            _ => Relevance::Pinned,
        }
    }
}

/// What those who issued a leaf publish of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// Of a chain that leads to no trusted root as it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion: Option<Completion>,
    /// Of a leaf that says where revoked ones are listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation: Option<Revocation>,
}

/// What the certificates that issuers publish make of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Completion {
    /// With them it leads to a trusted root.
    Completes,
    Unknown {
        reason: Reason,
    },
}

/// What the list of an issuer says of a leaf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Revocation {
    NotListed,
    Revoked(Revoked),
    Unknown { reason: Reason },
}

/// A host with the session of each of its addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    pub name: Name,
    pub addresses: BTreeMap<IpAddr, Session>,
    /// What each address takes that is out of date.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hellos: BTreeMap<IpAddr, Hellos>,
    /// The digests of the leaves that a TLSA record of usage 3 stands for, as senders see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<Lookup<BTreeSet<String>>>,
}

/// What came of STARTTLS at an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Session {
    Encrypted {
        /// `TLSv1.2` or `TLSv1.3`.
        version: String,
        cipher: String,
        #[serde(flatten)]
        chain: Chain,
    },
    /// No mail is taken there; `mx` says so.
    Unreachable,
    /// There was no session, or its certificate could not be read.
    Untold { reason: Reason },
}

/// The certificates of a session, by digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// The digest of the leaf.
    pub certificate: String,
    /// Those that were sent beside it, as they were sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub above: Vec<String>,
    pub trust: Trust,
}

/// What an address said to hellos of our own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hellos {
    /// The versions that it goes on with, and the cipher suite that it picks.
    pub accepted: BTreeMap<TlsVersion, u16>,
    /// The versions that it refused with an alert.
    pub refused: BTreeSet<TlsVersion>,
    /// The suite that it picks when broken ones alone are offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken_suite: Option<u16>,
}

/// What a service of the domain presents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    Shown {
        host: Name,
        #[serde(flatten)]
        chain: Chain,
    },
    /// Nobody can reach it there.
    Unreachable {
        fault: ServiceFault,
    },
    /// It answers, and sets up no encryption.
    Unencrypted {
        fault: ServiceFault,
    },
    Untold {
        reason: Reason,
    },
}

/// What keeps everybody from an encrypted session with a service.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::Display, strum::IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum ServiceFault {
    /// The name of its host does not exist, or has no address.
    NoAddress,
    ConnectionRefused,
    NoStarttls,
    /// STARTTLS is offered, and refused for good.
    StarttlsRefused,
    /// It breaks off the handshake, or answers it with something else.
    HandshakeFails,
}
