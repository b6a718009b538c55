//! Who wrote this webhook? Signatures of Standard Webhooks 1.0, with shared secrets (`v1`).
//! Key pairs (`v1a`) are not offered.

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine, alphabet, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::Sha256;
use vigie_checks::kernel::Bilingual;

/// Standard Webhooks 1.0, "Signature scheme": a secret has 24 to 64 bytes.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Secrets are copied by hand, often without their last `=`.
const PADDING_OPTIONAL: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a text is no signing secret; never says what the text was.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{}", self.words().en)]
pub enum SecretError {
    Prefix,
    Base64,
    Length { bytes: usize },
}

impl SecretError {
    /// What people are told.
    pub fn words(&self) -> Bilingual {
        match self {
            Self::Prefix => Bilingual::new(
                "secret does not start with whsec_",
                "secret ne commence pas par whsec_",
            ),
            Self::Base64 => Bilingual::new(
                "secret is not base64 after whsec_",
                "secret n’est pas du base64 après whsec_",
            ),
            Self::Length { bytes } => Bilingual::new(
                format!("secret has {bytes} bytes; 24 to 64 are needed"),
                format!("secret a {bytes} octets ; il en faut de 24 à 64"),
            ),
        }
    }
}

/// The key of one receiver, as `whsec_` and base64 are read.
#[derive(Debug)]
pub struct SigningSecret(SecretSlice<u8>);

impl SigningSecret {
    /// Reads `whsec_` followed by the base64 of 24 to 64 bytes.
    pub fn parse(text: &SecretString) -> Result<Self, SecretError> {
        let encoded =
            text.expose_secret().trim().strip_prefix("whsec_").ok_or(SecretError::Prefix)?;
        let key = PADDING_OPTIONAL.decode(encoded).map_err(|_| SecretError::Base64)?;
        if !SECRET_BYTES.contains(&key.len()) {
            return Err(SecretError::Length { bytes: key.len() });
        }
        Ok(Self(key.into()))
    }

    fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret())
            .expect("HMAC takes keys of any length");
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// The value of `webhook-signature`: one signature per secret, so that a receiver may change its
/// secret while both are valid. `timestamp` is the attempt's, in Unix seconds.
pub fn signatures(secrets: &[SigningSecret], id: &str, timestamp: i64, body: &[u8]) -> String {
    let each: Vec<_> = secrets.iter().map(|secret| secret.sign(id, timestamp, body)).collect();
    each.join(" ")
}

#[cfg(test)]
mod tests;
