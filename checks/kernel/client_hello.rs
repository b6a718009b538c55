//! What a host is asked about versions and ciphers that we do not speak, and what it said.

use serde::{Deserialize, Serialize};

/// A version of SSL or TLS that a handshake can begin with.
#[derive(
    Clone,
    Copy,
    Debug,
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
pub enum TlsVersion {
    /// Forbidden since 2011 (RFC 6176).
    #[serde(rename = "SSLv2")]
    #[strum(serialize = "SSLv2")]
    Ssl2,
    /// Forbidden since 2015 (RFC 7568).
    #[serde(rename = "SSLv3")]
    #[strum(serialize = "SSLv3")]
    Ssl3,
    /// Deprecated since 2021 (RFC 8996).
    #[serde(rename = "TLSv1.0")]
    #[strum(serialize = "TLSv1.0")]
    Tls10,
    /// Deprecated since 2021 (RFC 8996).
    #[serde(rename = "TLSv1.1")]
    #[strum(serialize = "TLSv1.1")]
    Tls11,
    #[serde(rename = "TLSv1.2")]
    #[strum(serialize = "TLSv1.2")]
    Tls12,
}

/// The cipher suites that are offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Suites {
    /// All that a client of the version may offer, the strong ones first.
    All,
    /// Only those that RFC 9325 §4.1 forbids and that keep no secret from a patient listener.
    Broken,
}

/// A handshake that is begun and not carried through: the answer is read, then the line is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ClientHello {
    pub version: TlsVersion,
    pub suites: Suites,
}

/// The answer to a ClientHello.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HelloReply {
    /// A ServerHello: the host would go on with this version and cipher suite.
    Accepted { version: TlsVersion, suite: u16 },
    /// A fatal alert (RFC 5246 §7.2), by its number.
    Alert { description: u8 },
    /// The host closed the line.
    Closed,
    /// What came is neither.
    Malformed,
}
