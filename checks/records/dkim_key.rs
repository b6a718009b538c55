//! Can verifiers use the key in a DKIM key record? (RFC 6376 §3.6.1, 8301, 8463)

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::{PublicKey, RSAPublicKey};
use x509_parser::x509::SubjectPublicKeyInfo;

use super::tag_list::{BLANK, TagList};

/// Octets of a raw Ed25519 public key (RFC 8463 §4).
const ED25519_LENGTH: usize = 32;

/// As verifiers read it: what they forgive is no fault.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// What a key record holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DkimKey {
    /// `k`, in lower case; `rsa` where it is not written.
    pub key_type: String,
    /// Bits of an RSA modulus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits: Option<usize>,
    pub state: KeyState,
    /// `t=y`: verifiers take failures for unsigned mail.
    pub testing: bool,
}

/// Whether a key can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyState {
    Usable,
    /// `p` is empty.
    Revoked,
    /// Of a type that is not known here, so not looked into.
    OtherType,
    Unreadable(KeyFault),
}

/// Why a key cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyFault {
    /// `v` is not `DKIM1`, or not the first tag: verifiers pass the record over.
    Version,
    /// There is no `p`.
    NoKey,
    NotBase64,
    /// Neither a SubjectPublicKeyInfo of RSA nor an RSAPublicKey, whole.
    NotRsa,
    /// Not 32 octets.
    NotEd25519,
}

impl KeyFault {
    /// The tag where verifiers stop.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Version => "v",
            _ => "p",
        }
    }
}

impl DkimKey {
    /// Reads any TXT record as a key record.
    pub fn parse(text: &str) -> Self {
        let tags = TagList::parse(text);
        let value = |name| tags.tag(name).map(|tag| tag.value);
        let key_type = value("k").unwrap_or("rsa").to_ascii_lowercase();
        let version_at = tags.tags.iter().position(|tag| tag.name == "v");
        let has_bad_version =
            version_at.is_some_and(|at| at > 0) || value("v").is_some_and(|v| v != "DKIM1");
        let (state, bits) = match value("p") {
            _ if has_bad_version => (KeyState::Unreadable(KeyFault::Version), None),
            None => (KeyState::Unreadable(KeyFault::NoKey), None),
            Some(data) => key(&key_type, &data.replace(BLANK, "")),
        };
        Self { key_type: shortened(&key_type), bits, state, testing: is_testing(value("t")) }
    }

    /// Whether the text has a tag that only key records have a use for.
    pub fn is_meant(text: &str) -> bool {
        let tags = TagList::parse(text);
        tags.tag("p").is_some() || tags.tag("v").is_some_and(|tag| tag.value.starts_with("DKIM"))
    }
}

fn key(key_type: &str, data: &str) -> (KeyState, Option<usize>) {
    if data.is_empty() {
        return (KeyState::Revoked, None);
    }
    let unreadable = |fault| (KeyState::Unreadable(fault), None);
    let Ok(octets) = BASE64.decode(data) else { return unreadable(KeyFault::NotBase64) };
    match key_type {
        "rsa" => match rsa_bits(&octets) {
            Some(bits) => (KeyState::Usable, Some(bits)),
            None => unreadable(KeyFault::NotRsa),
        },
        "ed25519" if octets.len() == ED25519_LENGTH => (KeyState::Usable, None),
        "ed25519" => unreadable(KeyFault::NotEd25519),
        _ => (KeyState::OtherType, None),
    }
}

/// RFC 6376 §3.6.1 asks for an RSAPublicKey; everybody publishes a SubjectPublicKeyInfo, and
/// verifiers take both.
fn rsa_bits(der: &[u8]) -> Option<usize> {
    let wrapped = SubjectPublicKeyInfo::from_der(der).ok().map(|(_, info)| info);
    let modulus = match &wrapped {
        Some(info) => match info.parsed().ok()? {
            PublicKey::RSA(key) => key.modulus,
            _ => return None,
        },
        None => RSAPublicKey::from_der(der).ok()?.1.modulus,
    };
    let significant = modulus.iter().position(|octet| *octet != 0)?;
    let leading = usize::try_from(modulus[significant].leading_zeros()).ok()?;
    Some((modulus.len() - significant) * 8 - leading)
}

/// RFC 6376 §3.6.1: `t` is a list of flags parted by colons.
fn is_testing(flags: Option<&str>) -> bool {
    flags.is_some_and(|flags| flags.split(':').any(|flag| flag.trim_matches(BLANK) == "y"))
}

fn shortened(key_type: &str) -> String {
    key_type.chars().filter(char::is_ascii_graphic).take(20).collect()
}

/// The record without the flag `y`.
pub fn without_testing(record: &str) -> String {
    let parts = record.split(';').map(|part| part.trim_matches(BLANK));
    let kept = parts.filter(|part| !part.is_empty()).filter_map(|part| {
        let Some((name, flags)) = part.split_once('=') else { return Some(part.to_owned()) };
        if name.trim_end_matches(BLANK) != "t" {
            return Some(part.to_owned());
        }
        let left: Vec<&str> =
            flags.split(':').map(|flag| flag.trim_matches(BLANK)).filter(|f| *f != "y").collect();
        (!left.is_empty()).then(|| format!("t={}", left.join(":")))
    });
    kept.collect::<Vec<String>>().join("; ")
}
