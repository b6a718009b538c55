//! Which zone holds a record?

use vigie_checks::kernel::{Answer, Data, Name, Net, Question, Rcode, Rtype};

/// Names asked on the way up.
const LEVELS: usize = 12;

/// The zone in which a record of this type stands at the name: the closest name above it, or itself,
/// that has a SOA record. That of a DS record is the zone above (RFC 4035 §2.4). Nothing where it could
/// not be told.
pub async fn zone_of(net: &dyn Net, name: &Name, rtype: Rtype) -> Option<Name> {
    let mut at = if rtype == Rtype::DS { name.parent()? } else { name.clone() };
    for _ in 0..LEVELS {
        if has_soa(net, &at).await? {
            return Some(at);
        }
        at = at.parent()?;
    }
    None
}

/// Whether the name is the top of a zone; nothing where it could not be told.
async fn has_soa(net: &dyn Net, name: &Name) -> Option<bool> {
    let Answer::Message(message) = net.dns(Question::new(name, Rtype::SOA)).await else {
        return None;
    };
    let is_own = |data: &Data| matches!(data, Data::Soa(_));
    [Rcode::NOERROR, Rcode::NXDOMAIN]
        .contains(&message.rcode)
        .then(|| message.answers.iter().any(|record| record.name == *name && is_own(&record.data)))
}
