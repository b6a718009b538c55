//! Does the list of an issuer name a certificate as revoked? (RFC 5280 §5, §6.3)
//!
//! A list is believed when the key that signed the certificate signed it, it is current, and it is the
//! one that would name the certificate. Delta lists and lists of another issuer are not.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{IssuingDistributionPoint, ParsedExtension};
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;
use x509_parser::x509::ReasonCode;

use super::certificate::is_forgeable;
use super::issuance::{full_names, is_issued_by, key_usage_allows};
use crate::kernel::{HttpUrl, Reason};

/// How far a clock may be off before a list counts as one of the future.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(10);

/// The entry of a revoked certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    pub since: DateTime<Utc>,
    /// As RFC 5280 §5.3.1 names it; `unspecified` where the list names none.
    pub cause: String,
}

/// Why a list says nothing of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    #[error("list: not a CRL in DER")]
    Malformed,
    #[error("list: not signed by the issuer of the certificate")]
    NotProven,
    #[error("list: not current")]
    Outdated,
    #[error("list: it does not cover the certificate")]
    Elsewhere,
}

impl ListError {
    /// The word of findings for it.
    pub fn reason(self) -> Reason {
        match self {
            Self::Malformed => Reason::Malformed,
            Self::NotProven => Reason::NotProven,
            Self::Outdated => Reason::Outdated,
            Self::Elsewhere => Reason::NotOffered,
        }
    }
}

/// What the list says of the certificate; all three in DER, the list fetched from `from`.
///
/// # Errors
/// The list is not to be believed, or says nothing of the certificate.
pub fn look_up(
    certificate: &[u8],
    issuer: &[u8],
    list: &[u8],
    from: &HttpUrl,
    now: DateTime<Utc>,
) -> Result<Option<Revoked>, ListError> {
    if !is_issued_by(certificate, issuer) {
        return Err(ListError::NotProven);
    }
    let (_, certificate) =
        X509Certificate::from_der(certificate).map_err(|_| ListError::Malformed)?;
    let (_, issuer) = X509Certificate::from_der(issuer).map_err(|_| ListError::Malformed)?;
    let (_, list) = CertificateRevocationList::from_der(list).map_err(|_| ListError::Malformed)?;
    prove(&list, &issuer)?;
    is_current(&list, now)?;
    covers(&list, from)?;
    let serial = certificate.raw_serial();
    let entry = list.iter_revoked_certificates().find(|entry| entry.raw_serial() == serial);
    entry
        .map(|entry| {
            let since = DateTime::from_timestamp(entry.revocation_date.timestamp(), 0);
            let cause = cause(entry.reason_code().map(|(_, code)| code)).to_owned();
            Ok(Revoked { since: since.ok_or(ListError::Malformed)?, cause })
        })
        .transpose()
}

/// RFC 5280 §6.3.3 b and f, g.
fn prove(
    list: &CertificateRevocationList<'_>,
    issuer: &X509Certificate<'_>,
) -> Result<(), ListError> {
    let is_proven = list.issuer().as_raw() == issuer.subject().as_raw()
        && key_usage_allows(issuer, |usage| usage.crl_sign())
        && !is_forgeable(&list.signature_algorithm)
        && list.verify_signature(issuer.public_key()).is_ok();
    if is_proven { Ok(()) } else { Err(ListError::NotProven) }
}

/// RFC 5280 §5.1.2.5: an issuer says when the next list comes.
fn is_current(list: &CertificateRevocationList<'_>, now: DateTime<Utc>) -> Result<(), ListError> {
    let next = list.next_update().ok_or(ListError::Outdated)?.timestamp();
    let begins = list.last_update().timestamp();
    let is_current = begins <= (now + CLOCK_SKEW).timestamp() && now.timestamp() <= next;
    if is_current { Ok(()) } else { Err(ListError::Outdated) }
}

/// Whether the list would name every revoked certificate that points to it (RFC 5280 §5.2.5, §6.3.3 b).
fn covers(list: &CertificateRevocationList<'_>, from: &HttpUrl) -> Result<(), ListError> {
    for extension in list.extensions() {
        let covers = match extension.parsed_extension() {
            ParsedExtension::IssuingDistributionPoint(point) => is_its_own(point, from),
            ParsedExtension::CRLNumber(_) | ParsedExtension::AuthorityKeyIdentifier(_) => true,
            // Also the mark of a delta list (§5.2.4).
            _ => !extension.critical,
        };
        if !covers {
            return Err(ListError::Elsewhere);
        }
    }
    Ok(())
}

/// A list of one part says which, so that none can stand in for another.
fn is_its_own(point: &IssuingDistributionPoint<'_>, from: &HttpUrl) -> bool {
    let is_named =
        point.distribution_point.is_none() || full_names(&point.distribution_point).contains(from);
    is_named
        && !point.only_contains_ca_certs
        && !point.only_contains_attribute_certs
        && !point.indirect_crl
        && point.only_some_reasons.is_none()
}

/// RFC 5280 §5.3.1.
fn cause(code: Option<ReasonCode>) -> &'static str {
    match code.unwrap_or_default() {
        ReasonCode::KeyCompromise => "keyCompromise",
        ReasonCode::CACompromise => "cACompromise",
        ReasonCode::AffiliationChanged => "affiliationChanged",
        ReasonCode::Superseded => "superseded",
        ReasonCode::CessationOfOperation => "cessationOfOperation",
        ReasonCode::CertificateHold => "certificateHold",
        ReasonCode::PrivilegeWithdrawn => "privilegeWithdrawn",
        ReasonCode::AACompromise => "aACompromise",
        _ => "unspecified",
    }
}
