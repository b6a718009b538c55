//! A TLS session: its certificates as presented, and how they stand to the roots trusted here.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{End, Name, Peer, Reason, Stage, StoppedBy};

/// How a chain stands to the roots trusted here, whatever its dates and names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// It leads to a trusted root.
    Trusted,
    SelfSigned,
    /// No path to a trusted root.
    UnknownIssuer,
    /// There are no roots here to hold it against.
    NotJudged,
}

impl Trust {
    /// Judged, and not found to lead to a trusted root.
    pub fn is_untrusted(self) -> bool {
        matches!(self, Self::SelfSigned | Self::UnknownIssuer)
    }
}

/// A certificate as presented, in DER under base64.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Certificate(pub String);

impl Certificate {
    pub fn from_der(der: &[u8]) -> Self {
        use base64::Engine;
        Self(base64::engine::general_purpose::STANDARD.encode(der))
    }

    /// The DER octets; nothing if the base64 is damaged.
    pub fn der(&self) -> Option<Vec<u8>> {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.decode(&self.0).ok()
    }
}

/// A TLS session that was set up, whatever its certificate is worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsSession {
    /// `TLSv1.2` or `TLSv1.3`.
    pub version: String,
    pub cipher: String,
    /// Leaf first, as presented.
    pub chain: Vec<Certificate>,
    pub trust: Trust,
}

/// A session to look at: TLS from the first octet, any certificate, nothing sent in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TlsScript {
    pub peer: Peer,
    /// The name in SNI.
    pub server_name: Name,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsReply {
    /// The address that was reached, or tried last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<TlsSession>,
    pub end: End,
}

impl TlsReply {
    /// A session that did not begin, for the reason given.
    pub fn failed(reason: Reason) -> Self {
        let end = End { stage: Stage::Connect, by: StoppedBy::Unknown(reason) };
        Self { address: None, session: None, end }
    }
}
