//! How does the lab sign mail? DKIM with one fixed RSA key (RFC 6376).
//! The key is published with the program: it proves nothing, and is there so that a scenario can
//! write its public half into a zone.

use mail_auth::common::crypto::{RsaKey, Sha256};
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::{DkimSigner, Done};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;

const KEY: &str = include_str!("dkim-lab-key.pem");

/// The header fields that are signed where present (RFC 6376 §5.4.1).
const HEADERS: [&str; 12] = [
    "From",
    "Reply-To",
    "Subject",
    "Date",
    "To",
    "Cc",
    "Message-ID",
    "In-Reply-To",
    "MIME-Version",
    "Content-Type",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];

/// Why a message could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The signer refused the key or the message.
    #[error("DKIM signature: {0}")]
    Signer(mail_auth::Error),
}

/// The identity that a service signs with.
pub struct DkimSigning {
    signer: DkimSigner<RsaKey<Sha256>, Done>,
}

impl DkimSigning {
    /// Signs as `d=domain`, `s=selector`.
    pub fn new(domain: &str, selector: &str) -> Result<Self, SigningError> {
        let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes())
            .expect("the key is part of the program and a test reads it");
        let key = RsaKey::<Sha256>::from_key_der(key).map_err(SigningError::Signer)?;
        let signer = DkimSigner::from_key(key).domain(domain).selector(selector).headers(HEADERS);
        Ok(Self { signer })
    }

    /// The record to publish at `selector._domainkey.domain`, as a master file has it.
    pub fn record() -> &'static str {
        include_str!("dkim-lab-record.txt").trim_ascii_end()
    }

    /// The `DKIM-Signature` field for a message, with its CRLF.
    pub(super) fn sign(&self, message: &[u8]) -> Result<String, SigningError> {
        let signature = self.signer.sign(message).map_err(SigningError::Signer)?;
        Ok(signature.to_header())
    }
}
