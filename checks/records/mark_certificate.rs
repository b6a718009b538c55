//! What does a mark certificate vouch for: which domains, which logo? (RFC 3709, VMC requirements)

use base64::Engine;
use flate2::read::GzDecoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::Read;
use x509_parser::certificate::X509Certificate;
use x509_parser::pem::Pem;
use x509_parser::prelude::FromDer;

use super::certificate::{self, Reading};
use super::svg;

/// id-kp-BrandIndicatorforMessageIdentification, the purpose of mark certificates.
const PURPOSE: &str = "1.3.6.1.5.5.7.3.31";

/// id-pe-logotype (RFC 3709 §4.1).
const LOGOTYPE: &str = "1.3.6.1.5.5.7.1.12";

/// How the extension embeds a logo: compressed, in base64.
const EMBEDDED: &[u8] = b"data:image/svg+xml;base64,";

/// A leaf with what makes it a mark certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkCertificate {
    pub leaf: Reading,
    /// It is made for BIMI.
    pub has_purpose: bool,
    /// SHA-256 of the logo that it holds, unpacked; nothing if none could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
}

impl MarkCertificate {
    /// The first certificate of a PEM file; nothing if there is none.
    pub fn read(pem: &[u8]) -> Option<Self> {
        let first = Pem::iter_from_buffer(pem).next()?.ok()?;
        let leaf = certificate::read(&first.contents).ok()?;
        let (_, parsed) = X509Certificate::from_der(&first.contents).ok()?;
        let usage = parsed.extended_key_usage().ok().flatten();
        let has_purpose = usage
            .is_some_and(|usage| usage.value.other.iter().any(|oid| oid.to_id_string() == PURPOSE));
        let logotype = parsed.extensions().iter().find(|one| one.oid.to_id_string() == LOGOTYPE);
        let logo = logotype.and_then(|logotype| embedded(logotype.value));
        Some(Self { leaf, has_purpose, logo: logo.map(|octets| digest(&octets)) })
    }
}

/// SHA-256 in hexadecimal.
pub fn digest(octets: &[u8]) -> String {
    Sha256::digest(octets).iter().map(|octet| format!("{octet:02x}")).collect()
}

/// The logo in the extension, unpacked as far as a logo may be long.
fn embedded(extension: &[u8]) -> Option<Vec<u8>> {
    let at = extension.windows(EMBEDDED.len()).position(|window| window == EMBEDDED)?;
    let rest = &extension[at + EMBEDDED.len()..];
    let is_base64 = |octet: &u8| octet.is_ascii_alphanumeric() || b"+/=".contains(octet);
    let end = rest.iter().position(|octet| !is_base64(octet)).unwrap_or(rest.len());
    // The octets after the URI may look like base64: a whole number of groups ends it.
    let packed = base64::engine::general_purpose::STANDARD.decode(&rest[..end - end % 4]).ok()?;
    let mut logo = Vec::new();
    let most = u64::try_from(svg::LARGEST).ok()? + 1;
    GzDecoder::new(packed.as_slice()).take(most).read_to_end(&mut logo).ok()?;
    Some(logo)
}
