//! What does the lab's authority publish? The certificate between its root and some leaves, and lists
//! of revoked ones in every state that an audit must tell apart.

use super::{CaError, CertificateAuthority};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    CrlDistributionPoint, CustomExtension, DistinguishedName, DnType, IsCa, Issuer, KeyIdMethod,
    KeyPair, KeyUsagePurpose, RevocationReason, RevokedCertParams, SerialNumber,
};
use time::{Duration, OffsetDateTime};

/// Where a leaf says that its issuer's certificate is.
pub const ISSUER_URL: &str = "http://authority.example.net/issuer.crt";

/// Where a leaf says that revoked ones are listed.
pub const LIST_URL: &str = "http://authority.example.net/revoked.crl";

/// The serial number of leaves that point to a list.
const LISTED: u64 = 0x5678;

/// A file that an authority publishes (RFC 5280 §4.2.1.13, §4.2.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publication {
    /// The certificate of the issuer.
    Issuer,
    /// A list that names the leaves that point to it.
    List,
    /// A list that names none.
    EmptyList,
    /// A list whose successor is overdue.
    OldList,
    /// A list that another key signed.
    ForgedList,
}

impl CertificateAuthority {
    /// The octets of the file, in DER.
    ///
    /// # Errors
    /// The generator failed.
    pub fn publish(&self, publication: Publication) -> Result<Vec<u8>, CaError> {
        let now = OffsetDateTime::now_utc();
        let entry = RevokedCertParams {
            serial_number: SerialNumber::from(LISTED),
            revocation_time: now - Duration::days(2),
            reason_code: Some(RevocationReason::KeyCompromise),
            invalidity_date: None,
        };
        let list = |entries, until| CertificateRevocationListParams {
            this_update: now - Duration::days(5),
            next_update: until,
            crl_number: SerialNumber::from(7_u64),
            issuing_distribution_point: None,
            revoked_certs: entries,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let (next, past) = (now + Duration::days(5), now - Duration::days(1));
        let signed = match publication {
            Publication::Issuer => return Ok(self.between.der().to_vec()),
            Publication::List => list(vec![entry], next).signed_by(&self.between)?,
            Publication::EmptyList => list(Vec::new(), next).signed_by(&self.between)?,
            Publication::OldList => list(vec![entry], past).signed_by(&self.between)?,
            Publication::ForgedList => {
                let forger = Issuer::new(between_params()?, KeyPair::generate()?);
                list(vec![entry], next).signed_by(&forger)?
            }
        };
        Ok(signed.der().to_vec())
    }
}

/// An authority below the root.
pub(super) fn between(
    root: &Issuer<'_, KeyPair>,
) -> Result<CertifiedIssuer<'static, KeyPair>, CaError> {
    Ok(CertifiedIssuer::signed_by(between_params()?, KeyPair::generate()?, root)?)
}

fn between_params() -> Result<CertificateParams, CaError> {
    let now = OffsetDateTime::now_utc();
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "vigie lab issuer");
    params.not_before = now - Duration::days(365);
    params.not_after = now + Duration::days(3650);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// A leaf that says where its issuer's certificate is.
pub(super) fn name_issuer(params: &mut CertificateParams) {
    // SEQUENCE of SEQUENCE { id-ad-caIssuers, [6] URL } (RFC 5280 §4.2.2.1).
    let method = [0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x02];
    let url = tagged(0x86, ISSUER_URL.as_bytes());
    let access = tagged(0x30, &tagged(0x30, &[&method[..], &url].concat()));
    let extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], access);
    params.custom_extensions.push(extension);
}

/// A leaf that says where it would be listed.
pub(super) fn name_list(params: &mut CertificateParams) {
    params.serial_number = Some(SerialNumber::from(LISTED));
    params.crl_distribution_points = vec![CrlDistributionPoint { uris: vec![LIST_URL.to_owned()] }];
}

/// An element of DER; what is written here is short.
fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).unwrap_or(u8::MAX);
    debug_assert!(length < 0x80, "one octet of length (X.690 §8.1.3.4)");
    [&[tag, length], content].concat()
}
