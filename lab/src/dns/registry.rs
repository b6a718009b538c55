//! What is above the declared zones? The root, every top-level domain and the reverse trees,
//! which hold nothing but the delegations of the declared zones.

use hickory_proto::rr::rdata::{NS, SOA};
use hickory_proto::rr::{LowerName, Name, RData, Record, RecordType};

use super::zone::control_name;
use crate::controls::REGISTRY_SERVERS;

/// The TTL of the registries' own records, in seconds.
const TTL: u32 = 86_400;

/// The registry zone that a name is in, when no declared zone holds it.
pub(crate) fn origin_of(name: &LowerName) -> LowerName {
    let reverse = name.trim_to(2);
    let depth = if is_reverse(&reverse) { 2 } else { 1 };
    LowerName::from(name.trim_to(depth))
}

/// Whether a registry zone has this origin: the root, a top-level domain or a reverse tree.
pub(crate) fn is_origin(name: &LowerName) -> bool {
    name.is_root() || origin_of(name) == *name
}

/// The trees of RFC 1035 §3.5 and RFC 3596 §2.5.
fn is_reverse(name: &Name) -> bool {
    let tree = |first: &'static [u8]| name.iter().eq([first, b"arpa"]);
    tree(b"in-addr") || tree(b"ip6")
}

/// The SOA of a registry zone.
pub(crate) fn soa(origin: &LowerName) -> Record {
    let soa = SOA::new(
        control_name(REGISTRY_SERVERS[0].0),
        control_name("hostmaster.vigie-lab.example"),
        1,
        1_800,
        900,
        604_800,
        300,
    );
    Record::from_rdata(Name::from(origin), TTL, RData::SOA(soa))
}

/// The NS set of a registry zone.
pub(crate) fn name_servers(origin: &LowerName) -> Vec<Record> {
    REGISTRY_SERVERS
        .iter()
        .map(|(name, _)| {
            Record::from_rdata(Name::from(origin), TTL, RData::NS(NS(control_name(name))))
        })
        .collect()
}

/// The records at a registry zone's apex.
pub(crate) fn apex(origin: &LowerName, rtype: RecordType) -> Vec<Record> {
    match rtype {
        RecordType::SOA => vec![soa(origin)],
        RecordType::NS => name_servers(origin),
        _ => Vec::new(),
    }
}
