//! TLSA: which certificates does a record allow? (RFC 6698 §2.1, 7671)

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256, Sha512};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::dnssec::{octets, to_hex};
use crate::kernel::{Data, Rtype};

/// Usage 2: a certificate of the chain is the authority.
pub const DANE_TA: u8 = 2;

/// Usage 3: the server's own certificate.
pub const DANE_EE: u8 = 3;

/// The longest data that are kept, in octets: whole certificates stay under 8 KiB.
const LONGEST: usize = 16 * 1024;

/// Digits that a sentence shows: those of the longest digest.
const SHOWN: usize = 128;

/// What a TLSA record says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tlsa {
    pub usage: u8,
    pub selector: u8,
    pub matching: u8,
    /// In hexadecimal.
    pub data: String,
}

impl Tlsa {
    /// Reads a record; nothing if it is no TLSA, too short or too long to be one.
    pub fn read(data: &Data) -> Option<Self> {
        let octets = octets(data, Rtype::TLSA)?;
        match octets.as_slice() {
            [usage, selector, matching, data @ ..] if data.len() <= LONGEST => Some(Self {
                usage: *usage,
                selector: *selector,
                matching: *matching,
                data: to_hex(data),
            }),
            _ => None,
        }
    }

    /// Whether SMTP senders can use it (RFC 7672 §3.1.3): usage 2 or 3, a selector and matching
    /// type that are known, and data of the length that they ask for.
    pub fn is_usable(&self) -> bool {
        let length = self.data.len() / 2;
        let fits = match self.matching {
            0 => length > 0,
            1 => length == 32,
            2 => length == 64,
            _ => false,
        };
        matches!(self.usage, DANE_TA | DANE_EE) && self.selector <= 1 && fits
    }

    /// As it stands in a sentence: of whole certificates and keys the beginning.
    pub fn brief(&self) -> String {
        match self.data.get(..SHOWN) {
            Some(start) if start.len() < self.data.len() => {
                format!("{} {} {} {start}…", self.usage, self.selector, self.matching)
            }
            _ => self.to_string(),
        }
    }

    /// Whether it stands for this certificate, in DER.
    pub fn stands_for(&self, der: &[u8]) -> bool {
        let selected = match self.selector {
            0 => Some(der.to_vec()),
            1 => X509Certificate::from_der(der)
                .ok()
                .map(|(_, certificate)| certificate.public_key().raw.to_vec()),
            _ => None,
        };
        selected.is_some_and(|selected| {
            let shown = match self.matching {
                0 => to_hex(&selected),
                1 => to_hex(&Sha256::digest(&selected)),
                2 => to_hex(&Sha512::digest(&selected)),
                _ => return false,
            };
            shown == self.data
        })
    }
}

impl std::fmt::Display for Tlsa {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {} {}", self.usage, self.selector, self.matching, self.data)
    }
}
