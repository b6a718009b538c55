//! Why is the domain not in DNS?

use crate::dns::Gone;
use crate::kernel::{Lookup, Name, Net, Rtype, ask};
use crate::rdap::{self, Said};

/// Nothing where it could not be told. `registration` is not asked of a domain that does not exist, though that is
/// when its state matters most: a hold takes a domain out of the zone (RFC 5731 §2.3).
pub async fn observe(net: &dyn Net, domain: &Name) -> Option<Gone> {
    let registrable = domain.registrable_by_anybody()?;
    if registrable != *domain {
        match ask(net, &registrable, Rtype::NS).await {
            Lookup::Absent { nxdomain: true } => {}
            Lookup::Unknown { .. } => return None,
            Lookup::Found(_) | Lookup::Absent { nxdomain: false } => {
                return Some(Gone::Below { domain: registrable });
            }
        }
    }
    let found = match rdap::look_up(net, &registrable).await {
        Said::Found(found) => found,
        Said::NotFound => return Some(Gone::Unregistered),
        Said::NoService | Said::Unknown { .. } => return None,
    };
    match (found.over(), found.hold()) {
        (Some(status), _) => Some(Gone::Over { status: status.to_owned() }),
        (None, Some(status)) => Some(Gone::Held { status: status.to_owned() }),
        (None, None) => found.name_servers.is_empty().then_some(Gone::Undelegated),
    }
}
