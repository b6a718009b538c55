//! How a zone is signed (RFC 4035), and what is wrong with its signatures.

use serde::Deserialize;

/// A signed zone. An empty table is a zone without a fault.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "snake_case")]
pub struct SignedZone {
    /// What the zone above says of its key.
    pub ds: Ds,
    /// The state of its signatures.
    pub signatures: Signatures,
    /// The algorithm of its key.
    pub algorithm: KeyAlgorithm,
    /// Additional NSEC3 iterations (RFC 5155 §3.1.3); absent = it denies by NSEC.
    pub nsec3_iterations: Option<u16>,
}

/// The DS records in the zone above.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ds {
    /// One of the zone's key, by SHA-256.
    #[default]
    Published,
    /// None: an island of security (RFC 4033 §2).
    Missing,
    /// One of a key that the zone does not have.
    OfAnotherKey,
    /// One of the zone's key, by SHA-1.
    Sha1,
}

/// The state of a zone's signatures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signatures {
    /// In their dates, by the zone's key.
    #[default]
    Valid,
    /// They ended yesterday.
    Expired,
    /// They end in two hours.
    Ending,
    /// Octets that no key made.
    Wrong,
    /// There are neither signatures nor keys.
    Missing,
}

/// The algorithm of a zone's key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyAlgorithm {
    /// Number 15 (RFC 8080).
    #[default]
    Ed25519,
    /// Number 5 (RFC 3110): validators may treat the zone as unsigned (RFC 9905 §2).
    RsaSha1,
}
