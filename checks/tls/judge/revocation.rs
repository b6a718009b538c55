//! Has the issuer of a leaf revoked it?

use chrono::{DateTime, Utc};

use crate::kernel::Raised;
use crate::records::certificate::Reading;
use crate::tls::{Revocation, TlsCode, TlsFacts};

/// What is said of one leaf, on what shows it. Lists forget what has expired (RFC 5280 §3.3).
pub fn of_leaf(
    facts: &TlsFacts,
    leaf: &Reading,
    now: DateTime<Utc>,
    on: impl Fn(TlsCode) -> Raised,
) -> Option<Raised> {
    if now > leaf.not_after {
        return None;
    }
    match facts.authorities.get(&leaf.sha256)?.revocation.as_ref()? {
        Revocation::NotListed => None,
        Revocation::Revoked(revoked) => Some(
            on(TlsCode::Revoked)
                .with("since", revoked.since.format("%Y-%m-%d"))
                .with("cause", &revoked.cause)
                .evidence("revoked", revoked),
        ),
        Revocation::Unknown { reason } => {
            let raised = on(TlsCode::RevocationUnknown).with("reason", reason);
            Some(raised.evidence("reason", reason))
        }
    }
}

/// Of what is said of several leaves, what is known before what is not.
pub fn worst(said: Vec<Raised>) -> Option<Raised> {
    said.into_iter().min_by_key(|raised| raised.is_of(TlsCode::RevocationUnknown))
}
