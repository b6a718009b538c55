//! Can verifiers use the key in a DKIM key record? (RFC 6376 §3.6.1, 8301, 8463)

use std::collections::BTreeSet;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ring::signature::{
    ED25519, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::{PublicKey, RSAPublicKey};
use x509_parser::x509::SubjectPublicKeyInfo;

use super::tag_list::{BLANK, TagList};
use super::weak_key::{Weakness, is_test_key, of_rsa};

/// Octets of a raw Ed25519 public key (RFC 8463 §4).
const ED25519_LENGTH: usize = 32;

/// With this every RSA key begins in DER; one that was cut is none of another type.
const SEQUENCE: u8 = 0x30;

/// Characters in a row that are a key rather than some other token.
const LONG_DATA: usize = 100;

/// As verifiers read it: what they forgive is no fault.
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
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
    /// `t=s`: the signing identity is of exactly the domain.
    #[serde(default)]
    pub strict: bool,
    /// The first part of the record that is no tag, comes twice, or holds stray quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub misread: Option<String>,
    /// `h` is there and does not list sha256.
    #[serde(default)]
    pub refuses_sha256: bool,
    /// `s`, where it names neither e-mail nor everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_service: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weakness: Option<Weakness>,
    /// SHA-256 of the key itself, whichever wrapping it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
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
    /// The private key stands there.
    PrivateKey,
    /// `v` is not `DKIM1`, or not the first tag: verifiers pass the record over.
    Version,
    /// There is no `p`.
    NoKey,
    NotBase64,
    /// Neither a SubjectPublicKeyInfo of RSA nor an RSAPublicKey, whole.
    NotRsa,
    /// An Ed25519 key, which `k` does not say (RFC 8463 §4).
    NotSaidEd25519,
    /// Not 32 octets.
    NotEd25519,
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
        let read = match value("p") {
            _ if holds_private_key(text) => Material::unreadable(KeyFault::PrivateKey),
            _ if has_bad_version => Material::unreadable(KeyFault::Version),
            None => Material::unreadable(KeyFault::NoKey),
            Some(data) => material(&key_type, &data.replace(BLANK, "")),
        };
        let words = |name| list(value(name));
        let services = words("s");
        let names_mail = services.iter().any(|service| service == "*" || service == "email");
        Self {
            key_type: shortened(&key_type),
            bits: read.bits,
            state: read.state,
            testing: words("t").iter().any(|flag| flag == "y"),
            strict: words("t").iter().any(|flag| flag == "s"),
            // A part of a private key would be kept by it.
            misread: misread(&tags)
                .filter(|_| read.state != KeyState::Unreadable(KeyFault::PrivateKey)),
            // RFC 6376 §6.1.2, step 6; sha256 is all that is signed with (RFC 8301 §3.1).
            refuses_sha256: value("h").is_some() && !words("h").iter().any(|hash| hash == "sha256"),
            other_service: value("s").filter(|_| !names_mail).map(shortened),
            weakness: read.weakness,
            digest: read.digest,
        }
    }

    /// Whether no verifier could take the text for a key, nor anybody have meant one: it came by a wildcard, or
    /// stands at the host that an alias leads to.
    pub fn is_other(text: &str) -> bool {
        let blob = |octet: u8| octet.is_ascii_alphanumeric() || b"+/=".contains(&octet);
        let has_key =
            text.as_bytes().split(|octet| !blob(*octet)).any(|run| run.len() >= LONG_DATA);
        let names_dkim = text.to_ascii_lowercase().contains("dkim");
        let has_type = TagList::parse(text).tag("k").is_some();
        !(Self::is_meant(text) || has_type || names_dkim || has_key || holds_private_key(text))
    }

    /// Whether the text has a tag that only key records have a use for.
    pub fn is_meant(text: &str) -> bool {
        let tags = TagList::parse(text);
        tags.tag("p").is_some() || tags.tag("v").is_some_and(|tag| tag.value.starts_with("DKIM"))
    }
}

/// What the data of `p` come to.
struct Material {
    state: KeyState,
    bits: Option<usize>,
    weakness: Option<Weakness>,
    digest: Option<String>,
}

impl Material {
    fn in_state(state: KeyState) -> Self {
        Self { state, bits: None, weakness: None, digest: None }
    }

    fn unreadable(fault: KeyFault) -> Self {
        Self::in_state(KeyState::Unreadable(fault))
    }
}

fn material(key_type: &str, data: &str) -> Material {
    if data.is_empty() {
        return Material::in_state(KeyState::Revoked);
    }
    let Ok(octets) = BASE64.decode(data) else { return Material::unreadable(KeyFault::NotBase64) };
    let known = is_test_key(data).then_some(Weakness::PublicTestKey);
    match VerifyingKey::read(key_type, &octets) {
        Some(VerifyingKey::Rsa { modulus, exponent }) => Material {
            state: KeyState::Usable,
            bits: Some(bits(&modulus)),
            weakness: known.or_else(|| of_rsa(&modulus, &exponent)),
            digest: Some(digest(&[modulus, exponent].concat())),
        },
        Some(VerifyingKey::Ed25519(octets)) => Material {
            weakness: known,
            digest: Some(digest(&octets)),
            ..Material::in_state(KeyState::Usable)
        },
        None => match key_type {
            "rsa" if octets.len() == ED25519_LENGTH && octets[0] != SEQUENCE => {
                Material::unreadable(KeyFault::NotSaidEd25519)
            }
            "rsa" => Material::unreadable(KeyFault::NotRsa),
            "ed25519" => Material::unreadable(KeyFault::NotEd25519),
            _ => Material {
                digest: Some(digest(&octets)),
                ..Material::in_state(KeyState::OtherType)
            },
        },
    }
}

/// A key that signatures are verified with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifyingKey {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    Ed25519(Vec<u8>),
}

impl VerifyingKey {
    /// The key in the octets of `p`; nothing where they are none of that type.
    fn read(key_type: &str, octets: &[u8]) -> Option<Self> {
        match key_type {
            "rsa" => rsa(octets).map(|(modulus, exponent)| Self::Rsa { modulus, exponent }),
            "ed25519" => (octets.len() == ED25519_LENGTH).then(|| Self::Ed25519(octets.to_owned())),
            _ => None,
        }
    }

    /// The key in a record, where it can be read.
    pub fn of_record(text: &str) -> Option<Self> {
        let tags = TagList::parse(text);
        let octets = BASE64.decode(tags.tag("p")?.value.replace(BLANK, "")).ok()?;
        let key_type = tags.tag("k").map_or("rsa", |tag| tag.value).to_ascii_lowercase();
        Self::read(&key_type, &octets)
    }

    /// Whether this is the key's signature of a text. RSA of less than 1,024 bits verifies nothing
    /// (RFC 8301 §3.2); Ed25519 signs the SHA-256 of the text (RFC 8463 §3).
    pub fn verifies(&self, text: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa { modulus, exponent } => RsaPublicKeyComponents { n: modulus, e: exponent }
                .verify(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, text, signature)
                .is_ok(),
            Self::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key)
                .verify(&Sha256::digest(text), signature)
                .is_ok(),
        }
    }
}

/// Wherever it stands, and whatever else is wrong with the record.
fn holds_private_key(text: &str) -> bool {
    let values = text.split(';').map(|part| part.split_once('=').map_or(part, |(_, value)| value));
    let mut data = text.split(';').chain(values).map(|data| data.replace(BLANK, ""));
    text.contains("PRIVATE KEY")
        || data.any(|data| BASE64.decode(data).is_ok_and(|octets| is_private(&octets)))
}

/// PKCS#1 and PKCS#8 private keys begin with a version, 0 or 1, where public ones have a long number or
/// another sequence (RFC 8017 §A.1.2, RFC 5958 §2).
fn is_private(der: &[u8]) -> bool {
    let content = match der {
        [0x30, length, rest @ ..] if *length < 0x80 => rest,
        [0x30, 0x81, _, rest @ ..] | [0x30, 0x82, _, _, rest @ ..] => rest,
        _ => return false,
    };
    matches!(content, [0x02, 0x01, 0x00 | 0x01, ..])
}

/// Modulus and exponent without leading zeros. RFC 6376 §3.6.1 asks for an RSAPublicKey; everybody
/// publishes a SubjectPublicKeyInfo, and verifiers take both.
fn rsa(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let significant =
        |number: &[u8]| number.iter().copied().skip_while(|octet| *octet == 0).collect::<Vec<u8>>();
    let wrapped = SubjectPublicKeyInfo::from_der(der).ok().map(|(_, info)| info);
    let (modulus, exponent) = match &wrapped {
        Some(info) => match info.parsed().ok()? {
            PublicKey::RSA(key) => (significant(key.modulus), significant(key.exponent)),
            _ => return None,
        },
        None => {
            let key = RSAPublicKey::from_der(der).ok()?.1;
            (significant(key.modulus), significant(key.exponent))
        }
    };
    (!modulus.is_empty()).then_some((modulus, exponent))
}

/// Bits of a number without leading zero octets.
fn bits(number: &[u8]) -> usize {
    let leading = number.first().map_or(0, |octet| octet.leading_zeros());
    number.len() * 8 - usize::try_from(leading).unwrap_or(0)
}

fn digest(octets: &[u8]) -> String {
    Sha256::digest(octets).iter().map(|octet| format!("{octet:02x}")).collect()
}

/// A part that is no tag, a name that comes twice, or quotes and backslashes that were stored.
fn misread(tags: &TagList<'_>) -> Option<String> {
    if let Some(part) = tags.malformed.first() {
        return Some(shortened(part.text));
    }
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let wrong = tags.tags.iter().find(|tag| {
        let is_twice = !names.insert(tag.name);
        is_twice || tag.name != "n" && tag.value.contains(['"', '\\'])
    });
    wrong.map(|tag| shortened(&format!("{}={}", tag.name, tag.value)))
}

/// RFC 6376 §3.6.1: words parted by colons.
fn list(value: Option<&str>) -> Vec<String> {
    let word = |word: &str| word.trim_matches(BLANK).to_ascii_lowercase();
    value.map(|value| value.split(':').map(word).collect()).unwrap_or_default()
}

/// At most 20 printable characters.
fn shortened(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).take(20).collect()
}

/// The record without the flag `y`.
pub fn without_testing(record: &str) -> String {
    let parts = record.split(';').map(|part| part.trim_matches(BLANK));
    let kept = parts.filter(|part| !part.is_empty()).filter_map(|part| {
        let Some((name, flags)) = part.split_once('=') else { return Some(part.to_owned()) };
        if name.trim_end_matches(BLANK) != "t" {
            return Some(part.to_owned());
        }
        let left: Vec<&str> = flags
            .split(':')
            .map(|flag| flag.trim_matches(BLANK))
            .filter(|flag| !flag.eq_ignore_ascii_case("y"))
            .collect();
        (!left.is_empty()).then(|| format!("t={}", left.join(":")))
    });
    kept.collect::<Vec<String>>().join("; ")
}
