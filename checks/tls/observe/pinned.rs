//! Which leaves do senders take as they are, because DANE names them?

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::session;
use crate::dane::{self, published};
use crate::dnssec::{self, Validation};
use crate::kernel::{Certificate, Lookup, Reason, View};
use crate::mx::{self, Heard};
use crate::records::certificate;
use crate::records::tlsa::{DANE_EE, Tlsa};

/// The digests of the leaves of a host for which a TLSA record of usage 3 stands; nothing where there is
/// none that senders heed. Whether the MX set is signed does not matter: who then passes over DANE
/// verifies no certificate either.
pub async fn observe(
    view: &View<'_>,
    host: &mx::Host,
    heard: &BTreeMap<IpAddr, Heard>,
) -> Option<Lookup<BTreeSet<String>>> {
    heard.values().find_map(session)?;
    let published = published::of_host(view, host).await;
    match &published.tlsa {
        Lookup::Found(_) => {
            let records: Vec<&Tlsa> = published.usable().collect();
            let leaves = Some(pinned(&records, heard)).filter(|leaves| !leaves.is_empty())?;
            match is_heeded(view, &published).await {
                Ok(is_heeded) => is_heeded.then_some(Lookup::Found(leaves)),
                Err(reason) => Some(Lookup::Unknown { reason }),
            }
        }
        // RFC 7672 §2.1.1: where the addresses are not signed, nobody asks for records.
        Lookup::Unknown { reason } if published.address_secure != Some(false) => {
            Some(Lookup::Unknown { reason: *reason })
        }
        Lookup::Unknown { .. } | Lookup::Absent { .. } => None,
    }
}

/// A resolver that vouches for no zone at all says nothing of this one.
async fn is_heeded(view: &View<'_>, published: &dane::Host) -> Result<bool, Reason> {
    if published.is_secure() {
        return Ok(true);
    }
    if published.address_secure.is_none() {
        return Err(Reason::Servfail);
    }
    match dnssec::validation(view).await {
        Validation::Works | Validation::Off => Ok(false),
        Validation::Fails | Validation::Untold => Err(Reason::NotOffered),
    }
}

fn pinned(records: &[&Tlsa], heard: &BTreeMap<IpAddr, Heard>) -> BTreeSet<String> {
    let stands = |der: &[u8]| records.iter().any(|one| one.usage == DANE_EE && one.stands_for(der));
    let leaves = heard.values().filter_map(session);
    let leaves = leaves.filter_map(|session| session.chain.first().and_then(Certificate::der));
    let named = leaves.filter(|der| stands(der));
    named.filter_map(|der| Some(certificate::read(&der).ok()?.sha256)).collect()
}
