//! The records of DNSSEC as the wire has them: DS, DNSKEY, RRSIG, NSEC3PARAM (RFC 4034, 5155).
//!
//! Digests are compared; whether signatures hold is told by [`signature`].

pub mod signature;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256, Sha384};

use crate::kernel::{Data, Name, Rtype};

/// RFC 4034 §2.1.1: the key signs zones.
const ZONE_KEY: u16 = 0x0100;

/// What a DS record says (RFC 4034 §5.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ds {
    pub key_tag: u16,
    pub algorithm: u8,
    pub digest_type: u8,
    /// In hexadecimal.
    pub digest: String,
}

/// What a DNSKEY record says (RFC 4034 §2.1), with the tag it goes by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dnskey {
    pub flags: u16,
    pub algorithm: u8,
    pub key_tag: u16,
    /// The whole data, in hexadecimal.
    pub data: String,
}

/// What an RRSIG record says (RFC 4034 §3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rrsig {
    pub covered: Rtype,
    pub algorithm: u8,
    pub key_tag: u16,
    pub inception: DateTime<Utc>,
    pub expiration: DateTime<Utc>,
}

/// The octets of a record that the kernel keeps as such.
pub(super) fn octets(data: &Data, wanted: Rtype) -> Option<Vec<u8>> {
    match data {
        Data::Other { rtype, hex } if *rtype == wanted => from_hex(hex),
        _ => None,
    }
}

fn from_hex(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        hex.chars().map(|digit| u8::try_from(digit.to_digit(16)?).ok()).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// Octets in lower-case hexadecimal.
pub fn to_hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

impl Ds {
    /// Reads a record; nothing if it is no DS or too short to be one.
    pub fn read(data: &Data) -> Option<Self> {
        match octets(data, Rtype::DS)?.as_slice() {
            [high, low, algorithm, digest_type, digest @ ..] if !digest.is_empty() => Some(Self {
                key_tag: u16::from_be_bytes([*high, *low]),
                algorithm: *algorithm,
                digest_type: *digest_type,
                digest: to_hex(digest),
            }),
            _ => None,
        }
    }

    /// The DS of a key by SHA-256 (RFC 4509).
    pub fn of(zone: &Name, key: &Dnskey) -> Option<Self> {
        let digest = digest(zone, key, 2)?;
        Some(Self { key_tag: key.key_tag, algorithm: key.algorithm, digest_type: 2, digest })
    }

    /// Whether it stands for the key: by tag and algorithm, and by digest where we can make it.
    pub fn stands_for(&self, zone: &Name, key: &Dnskey) -> bool {
        let digest = digest(zone, key, self.digest_type);
        self.key_tag == key.key_tag
            && self.algorithm == key.algorithm
            && digest.is_none_or(|digest| digest == self.digest)
    }
}

impl std::fmt::Display for Ds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { key_tag, algorithm, digest_type, digest } = self;
        write!(f, "{key_tag} {algorithm} {digest_type} {digest}")
    }
}

/// RFC 4034 §5.1.4: over the owner name in canonical form and the data of the key.
fn digest(zone: &Name, key: &Dnskey, digest_type: u8) -> Option<String> {
    let mut octets = wire(zone)?;
    octets.extend(from_hex(&key.data)?);
    match digest_type {
        2 => Some(to_hex(&Sha256::digest(&octets))),
        4 => Some(to_hex(&Sha384::digest(&octets))),
        _ => None,
    }
}

/// The name in canonical form (RFC 4034 §6.2), its escapes resolved (RFC 1035 §5.1).
fn wire(name: &Name) -> Option<Vec<u8>> {
    let mut wire = Vec::new();
    for label in name.labels() {
        let octets = unescaped(label)?;
        wire.push(u8::try_from(octets.len()).ok().filter(|length| *length < 64)?);
        wire.extend(octets);
    }
    wire.push(0);
    Some(wire)
}

fn unescaped(label: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    let mut rest = label.bytes();
    while let Some(octet) = rest.next() {
        let octet = match octet {
            b'\\' => match rest.next()? {
                digit if digit.is_ascii_digit() => {
                    let digits = [digit, rest.next()?, rest.next()?];
                    std::str::from_utf8(&digits).ok()?.parse().ok()?
                }
                plain => plain,
            },
            plain => plain,
        };
        octets.push(octet);
    }
    Some(octets)
}

impl Dnskey {
    /// Reads a record; nothing if it is no DNSKEY that signs zones.
    pub fn read(data: &Data) -> Option<Self> {
        let octets = octets(data, Rtype::DNSKEY)?;
        let [high, low, _, algorithm, _, ..] = octets.as_slice() else { return None };
        let flags = u16::from_be_bytes([*high, *low]);
        let key =
            Self { flags, algorithm: *algorithm, key_tag: key_tag(&octets), data: to_hex(&octets) };
        (flags & ZONE_KEY != 0).then_some(key)
    }

    /// SEP: the key that the zone above is meant to point to.
    pub fn is_entry_point(&self) -> bool {
        self.flags & 1 != 0
    }
}

/// RFC 4034 appendix B.
fn key_tag(octets: &[u8]) -> u16 {
    let sum = octets.iter().enumerate().fold(0_u32, |sum, (at, octet)| {
        let value = u32::from(*octet);
        sum.wrapping_add(if at % 2 == 0 { value << 8 } else { value })
    });
    let folded = sum.wrapping_add(sum >> 16 & 0xffff) & 0xffff;
    u16::try_from(folded).unwrap_or(u16::MAX)
}

impl Rrsig {
    /// Reads a record; nothing if it is no RRSIG or too short to be one.
    pub fn read(data: &Data) -> Option<Self> {
        let octets = octets(data, Rtype::RRSIG)?;
        let fixed: &[u8; 18] = octets.first_chunk()?;
        let short = |at: usize| u16::from_be_bytes([fixed[at], fixed[at + 1]]);
        let time = |at: usize| {
            let seconds =
                u32::from_be_bytes([fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]]);
            // Serial numbers (RFC 4034 §3.1.5); read as such until they wrap in 2106.
            DateTime::from_timestamp(i64::from(seconds), 0)
        };
        Some(Self {
            covered: Rtype(short(0)),
            algorithm: fixed[2],
            key_tag: short(16),
            inception: time(12)?,
            expiration: time(8)?,
        })
    }
}

/// The additional iterations of an NSEC3PARAM record (RFC 5155 §4.1.3).
pub fn nsec3_iterations(data: &Data) -> Option<u16> {
    match octets(data, Rtype::NSEC3PARAM)?.as_slice() {
        [_, _, high, low, ..] => Some(u16::from_be_bytes([*high, *low])),
        _ => None,
    }
}
