//! Does the chain of trust from the root to a zone hold? (RFC 4035 §4.3)
//!
//! Told from what the scenario says of each zone's signing; no signature is verified.

use hickory_proto::rr::LowerName;
use vigie_scenario::{Ds, KeyAlgorithm, Signatures, SignedZone};

use crate::world::Snapshot;

/// RFC 8914 §4.7, §4.8, §4.10.
const EDE_BOGUS: u16 = 6;
const EDE_SIGNATURE_EXPIRED: u16 = 7;
const EDE_DNSKEY_MISSING: u16 = 9;

/// What a validating resolver makes of a zone; the worst comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trust {
    Secure,
    Insecure,
    /// With the info code of the Extended DNS Error.
    Bogus(u16),
}

/// Follows the chain from the root to the zone with this origin.
pub(crate) fn trust(snapshot: &Snapshot, origin: &LowerName) -> Trust {
    if snapshot.is_called_secure(origin) {
        return Trust::Secure;
    }
    let mut above = vec![origin.clone()];
    while let Some(last) = above.last().filter(|last| !last.is_root()) {
        above.push(last.base_name());
    }
    let zones = above.iter().rev().filter(|name| snapshot.zone(name).is_some());
    let links = zones.map(|zone| snapshot.signed(zone).map_or(Trust::Insecure, link));
    // What is below an insecure zone is insecure, however it is signed.
    links.into_iter().find(|link| *link != Trust::Secure).unwrap_or(Trust::Secure)
}

fn link(zone: SignedZone) -> Trust {
    match zone {
        SignedZone { ds: Ds::Missing, .. } => Trust::Insecure,
        SignedZone { ds: Ds::OfAnotherKey, .. }
        | SignedZone { signatures: Signatures::Missing, .. } => Trust::Bogus(EDE_DNSKEY_MISSING),
        SignedZone { algorithm: KeyAlgorithm::RsaSha1, .. } => Trust::Insecure,
        SignedZone { signatures: Signatures::Expired, .. } => Trust::Bogus(EDE_SIGNATURE_EXPIRED),
        SignedZone { signatures: Signatures::Wrong, .. } => Trust::Bogus(EDE_BOGUS),
        SignedZone { signatures: Signatures::Valid | Signatures::Ending, .. } => Trust::Secure,
    }
}
