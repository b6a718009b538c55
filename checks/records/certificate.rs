//! What does a certificate say: its names, dates, issuer and key? (RFC 5280)
//!
//! Reads one certificate; chains and trust are judged by whoever holds the roots.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::time::ASN1Time;
use x509_parser::x509::{AlgorithmIdentifier, X509Name};

use crate::kernel::Name;

/// The longest certificate that is read, in octets; real ones stay under 8 KiB.
const LONGEST: usize = 64 * 1024;

/// Alternative names that are kept; a public CA issues at most a few hundred.
const MOST_NAMES: usize = 1000;

/// Characters of a subject or issuer that are kept.
const LONGEST_PARTY: usize = 100;

/// A certificate as facts hold it: by digest and dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// SHA-256 of the whole DER, in hexadecimal.
    pub sha256: String,
    /// Common name and organization, for people; never compared with a host (RFC 9525 §2).
    pub subject: String,
    pub issuer: String,
    /// Subject and issuer are the same name.
    pub self_issued: bool,
    /// The dNSName alternative names, lower-case, sorted.
    pub names: Vec<String>,
    pub not_before: DateTime<Utc>,
    /// The last moment of its validity.
    pub not_after: DateTime<Utc>,
    pub key: Key,
    /// How the issuer signed it: `RSA with SHA-1`, or the algorithm's object identifier.
    pub signature: String,
}

/// The public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// `RSA`, `EC`, `Ed25519`, or the algorithm's object identifier.
    pub kind: String,
    /// Its length; 0 where the algorithm has none.
    pub bits: usize,
}

/// Why octets are not a certificate.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CertificateError {
    #[error("certificate: {octets} octets, more than {LONGEST}")]
    TooLong { octets: usize },
    #[error("certificate: not X.509 in DER")]
    Malformed,
    #[error("certificate: a date lies outside what a calendar holds")]
    Date,
}

/// Reads a certificate in DER.
///
/// # Errors
/// The octets are too many, are no certificate, or bear an impossible date.
pub fn read(der: &[u8]) -> Result<Reading, CertificateError> {
    if der.len() > LONGEST {
        return Err(CertificateError::TooLong { octets: der.len() });
    }
    let (_, certificate) =
        X509Certificate::from_der(der).map_err(|_| CertificateError::Malformed)?;
    let validity = certificate.validity();
    Ok(Reading {
        sha256: Sha256::digest(der).iter().map(|octet| format!("{octet:02x}")).collect(),
        subject: party(certificate.subject()),
        issuer: party(certificate.issuer()),
        self_issued: certificate.subject().as_raw() == certificate.issuer().as_raw(),
        names: dns_names(&certificate),
        not_before: moment(validity.not_before)?,
        not_after: moment(validity.not_after)?,
        key: key(&certificate),
        signature: signature(&certificate),
    })
}

/// How far a certificate is from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// Its time has not come, or there is enough of it left.
    Good,
    /// Its renewal is overdue.
    Overdue,
    /// It ends very soon.
    Ending,
    Expired,
}

impl Reading {
    /// What makes its key or its signature too weak to rely on (NIST SP 800-131A, CA/B BR §6.1.5);
    /// nothing if both are strong. Nobody checks the signature of what vouches for itself.
    pub fn weakness(&self) -> Option<String> {
        let least = match self.key.kind.as_str() {
            "RSA" => 2048,
            "EC" => 256,
            _ => 0,
        };
        if self.key.bits > 0 && self.key.bits < least {
            return Some(format!("{} {}", self.key.kind, self.key.bits));
        }
        let is_old = WEAK_SIGNATURES.iter().any(|(_, name)| *name == self.signature);
        (is_old && !self.self_issued).then(|| self.signature.clone())
    }

    /// Where the certificate stands in its validity. CA/B BR SC-081v3: lifetimes shrink from 200 days
    /// to 47 and clients renew at a third, so that the bounds shrink with them.
    pub fn validity(&self, now: DateTime<Utc>) -> Validity {
        let left = self.not_after - now;
        let lifetime = self.not_after - self.not_before;
        if left < TimeDelta::zero() {
            Validity::Expired
        } else if left < TimeDelta::days(7).min(lifetime / 8) {
            Validity::Ending
        } else if left < TimeDelta::days(21).min(lifetime / 4) {
            Validity::Overdue
        } else {
            Validity::Good
        }
    }

    /// Whether a dNSName of the certificate matches the host (RFC 9525 §6.3): labels without
    /// regard to case, `*` for exactly one whole label on the left.
    pub fn names_host(&self, host: &Name) -> bool {
        self.names.iter().any(|presented| match presented.strip_prefix("*.") {
            Some(below) => host.parent().is_some_and(|parent| parent.as_str() == below),
            None => presented == host.as_str(),
        })
    }
}

fn moment(time: ASN1Time) -> Result<DateTime<Utc>, CertificateError> {
    DateTime::from_timestamp(time.timestamp(), 0).ok_or(CertificateError::Date)
}

fn dns_names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let presented = extension.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) if is_host_pattern(name) => {
            Some(Name::new(name).as_str().to_owned())
        }
        _ => None,
    });
    presented.take(MOST_NAMES).collect::<BTreeSet<_>>().into_iter().collect()
}

fn is_host_pattern(name: &str) -> bool {
    let allowed = |octet: u8| octet.is_ascii_alphanumeric() || b"-_.*".contains(&octet);
    !name.is_empty() && name.len() <= 254 && name.bytes().all(allowed)
}

/// Common name and organization of a party, printable and short.
fn party(name: &X509Name<'_>) -> String {
    let common = name.iter_common_name().next();
    let organization = name.iter_organization().next();
    let parts: Vec<&str> = [common, organization]
        .into_iter()
        .flatten()
        .filter_map(|part| part.as_str().ok())
        .collect();
    let whole = if parts.is_empty() { name.to_string() } else { parts.join(", ") };
    // Letters of any script, never controls or marks that change the direction of a line.
    let shown = |c: &char| c.is_alphanumeric() || c.is_ascii_graphic() || *c == ' ' || *c == '’';
    whole.chars().filter(shown).take(LONGEST_PARTY).collect()
}

/// Signatures over digests that can be forged (RFC 9155, RFC 6151).
const WEAK_SIGNATURES: [(&str, &str); 5] = [
    ("1.2.840.113549.1.1.2", "RSA with MD2"),
    ("1.2.840.113549.1.1.4", "RSA with MD5"),
    ("1.2.840.113549.1.1.5", "RSA with SHA-1"),
    ("1.2.840.10045.4.1", "ECDSA with SHA-1"),
    ("1.2.840.10040.4.3", "DSA with SHA-1"),
];

/// Whether signatures of this kind can be forged, so that they prove nothing.
pub(super) fn is_forgeable(algorithm: &AlgorithmIdentifier<'_>) -> bool {
    let algorithm = algorithm.algorithm.to_id_string();
    WEAK_SIGNATURES.iter().any(|(weak, _)| *weak == algorithm)
}

fn signature(certificate: &X509Certificate<'_>) -> String {
    let algorithm = certificate.signature_algorithm.algorithm.to_id_string();
    match WEAK_SIGNATURES.iter().find(|(known, _)| *known == algorithm) {
        Some((_, name)) => (*name).to_owned(),
        None => algorithm.chars().take(LONGEST_PARTY).collect(),
    }
}

fn key(certificate: &X509Certificate<'_>) -> Key {
    const ED25519: &str = "1.3.101.112"; // RFC 8410 §3
    let info = certificate.public_key();
    let algorithm = info.algorithm.algorithm.to_id_string();
    match info.parsed() {
        Ok(PublicKey::RSA(key)) => Key { kind: "RSA".to_owned(), bits: key.key_size() },
        Ok(PublicKey::EC(point)) => Key { kind: "EC".to_owned(), bits: point.key_size() },
        _ if algorithm == ED25519 => Key { kind: "Ed25519".to_owned(), bits: 256 },
        _ => Key { kind: algorithm.chars().take(LONGEST_PARTY).collect(), bits: 0 },
    }
}
