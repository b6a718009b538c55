//! Who issued a certificate, and where does the issuer publish its own certificate and its list of
//! revoked ones? (RFC 5280 §4.2.1.13, §4.2.2.1)
//!
//! Looks at one link of a chain; whether its end is trusted is for whoever holds the roots.

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension};
use x509_parser::oid_registry::OID_PKIX_ACCESS_DESCRIPTOR_CA_ISSUERS;
use x509_parser::prelude::FromDer;

use super::certificate::is_forgeable;
use crate::kernel::HttpUrl;

/// URLs of one kind that are kept; real certificates name one.
const MOST_URLS: usize = 2;

/// Where an issuer publishes what belongs to a certificate. Other ways than HTTP are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Certificates of the issuer (caIssuers).
    pub issuers: Vec<HttpUrl>,
    /// The list that would name the certificate were it revoked.
    pub lists: Vec<HttpUrl>,
}

/// What a certificate in DER says of where its issuer publishes; nothing where it cannot be read.
pub fn published(der: &[u8]) -> Published {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else {
        return Published::default();
    };
    let (mut issuers, mut lists) = (Vec::new(), Vec::new());
    for extension in certificate.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::AuthorityInfoAccess(access) => {
                let issuer = access
                    .iter()
                    .filter(|one| one.access_method == OID_PKIX_ACCESS_DESCRIPTOR_CA_ISSUERS);
                issuers.extend(issuer.filter_map(|one| url(&one.access_location)));
            }
            ParsedExtension::CRLDistributionPoints(points) => {
                // A list of some reasons, or of another issuer, would not tell all (§6.3.3).
                let whole = points.iter().filter(|point| point.reasons.is_none());
                let own = whole.filter(|point| point.crl_issuer.is_none());
                lists.extend(own.flat_map(|point| full_names(&point.distribution_point)));
            }
            _ => {}
        }
    }
    issuers.truncate(MOST_URLS);
    lists.truncate(MOST_URLS);
    Published { issuers, lists }
}

/// The URLs of a distribution point.
pub(super) fn full_names(point: &Option<DistributionPointName<'_>>) -> Vec<HttpUrl> {
    match point {
        Some(DistributionPointName::FullName(names)) => names.iter().filter_map(url).collect(),
        _ => Vec::new(),
    }
}

fn url(name: &GeneralName<'_>) -> Option<HttpUrl> {
    let GeneralName::URI(written) = name else { return None };
    HttpUrl::parse(written).ok()
}

/// Whether `issuer` signed `subject`, both in DER: the names meet, the issuer may sign certificates,
/// and its key proves the signature (RFC 5280 §6.1.3 a, §6.1.4 k and n).
pub fn is_issued_by(subject: &[u8], issuer: &[u8]) -> bool {
    let (Ok((_, subject)), Ok((_, issuer))) =
        (X509Certificate::from_der(subject), X509Certificate::from_der(issuer))
    else {
        return false;
    };
    let may_sign = |usage: &x509_parser::extensions::KeyUsage| usage.key_cert_sign();
    subject.issuer().as_raw() == issuer.subject().as_raw()
        && issuer.is_ca()
        && key_usage_allows(&issuer, may_sign)
        && !is_forgeable(&subject.signature_algorithm)
        && subject.verify_signature(Some(issuer.public_key())).is_ok()
}

/// Whether the key may be used so; a certificate without the extension allows everything
/// (RFC 5280 §6.3.3 f).
pub(super) fn key_usage_allows(
    certificate: &X509Certificate<'_>,
    allows: impl Fn(&x509_parser::extensions::KeyUsage) -> bool,
) -> bool {
    match certificate.key_usage() {
        Ok(Some(usage)) => allows(usage.value),
        Ok(None) => true,
        Err(_) => false,
    }
}

/// Whether a certificate in DER vouches for itself, so that nobody is above it.
pub fn is_self_issued(der: &[u8]) -> bool {
    let certificate = X509Certificate::from_der(der);
    certificate.is_ok_and(|(_, one)| one.subject().as_raw() == one.issuer().as_raw())
}
