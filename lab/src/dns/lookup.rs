//! Where does the answer to one name lie, seen by the resolver or by one zone's own server?

use std::borrow::Cow;
use std::net::IpAddr;

use hickory_proto::rr::{LowerName, RData, Record, RecordType};

use super::authority::Authority;
use super::registry;
use super::zone::{Held, Zone};
use crate::world::Snapshot;

/// Who is asked, over which state of the world.
#[derive(Clone, Copy)]
pub(crate) enum View<'w> {
    Resolver(&'w Snapshot),
    Server(&'w Snapshot, IpAddr),
}

/// What was found, and in which zone.
pub(crate) struct Located<'w> {
    pub found: Found<'w>,
    /// The zone that answers or refers; `None` where no zone does.
    pub authority: Option<Authority<'w>>,
}

pub(crate) enum Found<'w> {
    Records(Cow<'w, [Record]>),
    Alias(&'w Record),
    NoData,
    NxDomain,
    /// The zone is delegated to servers that nobody plays, or an own server knows only who to
    /// ask; with the NS set.
    Delegation(Cow<'w, [Record]>),
    /// The server does not serve the name.
    NotServed,
}

impl<'w> View<'w> {
    pub(crate) fn snapshot(self) -> &'w Snapshot {
        match self {
            Self::Resolver(snapshot) | Self::Server(snapshot, _) => snapshot,
        }
    }

    /// The zone's own server that is asked; `None` is the resolver.
    pub(crate) fn server(self) -> Option<IpAddr> {
        match self {
            Self::Resolver(_) => None,
            Self::Server(_, address) => Some(address),
        }
    }

    pub(crate) fn lookup(self, name: &LowerName, rtype: RecordType) -> Located<'w> {
        match self {
            Self::Resolver(snapshot) => resolver(snapshot, name, rtype),
            Self::Server(snapshot, address) => server(snapshot, address, name, rtype),
        }
    }
}

fn resolver<'w>(snapshot: &'w Snapshot, name: &LowerName, rtype: RecordType) -> Located<'w> {
    match closest(name, rtype, |origin| snapshot.zone(origin)) {
        Some(zone) => in_zone(snapshot, zone, name, rtype),
        None => in_registry(snapshot, name, rtype),
    }
}

fn server<'w>(
    snapshot: &'w Snapshot,
    address: IpAddr,
    name: &LowerName,
    rtype: RecordType,
) -> Located<'w> {
    let declared = closest(name, rtype, |origin| snapshot.zone(origin));
    match closest(name, rtype, |origin| snapshot.zone_at(address, origin)) {
        Some(zone) => match declared {
            Some(child)
                if child.origin() != zone.origin() && zone.origin().zone_of(child.origin()) =>
            {
                referral(snapshot, Authority::Zone(zone), name)
            }
            _ => in_zone(snapshot, zone, name, rtype),
        },
        None if snapshot.is_registry(address) => match declared {
            Some(_) => referral(snapshot, Authority::Registry(registry::origin_of(name)), name),
            None => in_registry(snapshot, name, rtype),
        },
        None => Located { found: Found::NotServed, authority: None },
    }
}

/// The deepest zone that `held` knows at or above the name.
fn closest<'w>(
    name: &LowerName,
    rtype: RecordType,
    held: impl Fn(&LowerName) -> Option<&'w Zone>,
) -> Option<&'w Zone> {
    // RFC 4035 §3.1.4.1: DS is asked of the parent.
    let mut origin = match rtype {
        RecordType::DS if !name.is_root() => name.base_name(),
        _ => name.clone(),
    };
    loop {
        if let Some(zone) = held(&origin) {
            return Some(zone);
        }
        if origin.is_root() {
            return None;
        }
        origin = origin.base_name();
    }
}

fn in_zone<'w>(
    snapshot: &'w Snapshot,
    zone: &'w Zone,
    name: &LowerName,
    rtype: RecordType,
) -> Located<'w> {
    let authority = Authority::Zone(zone);
    let found = match authority.signing_records(snapshot, name, rtype) {
        Some(record) => Found::Records(Cow::Owned(vec![record])),
        None => match zone.lookup(name, rtype) {
            Held::Records(records) => Found::Records(Cow::Borrowed(records)),
            Held::Alias(record) => Found::Alias(record),
            Held::NxDomain if snapshot.leads_to_a_zone(name) => Found::NoData,
            Held::NxDomain => Found::NxDomain,
            Held::NoData => Found::NoData,
            Held::Delegation(ns) => Found::Delegation(Cow::Borrowed(ns)),
        },
    };
    Located { found, authority: Some(authority) }
}

fn in_registry<'w>(snapshot: &Snapshot, name: &LowerName, rtype: RecordType) -> Located<'w> {
    let origin = match rtype {
        RecordType::DS if !name.is_root() => registry::origin_of(&name.base_name()),
        _ => registry::origin_of(name),
    };
    let authority = Authority::Registry(origin.clone());
    let apex = registry::apex(&origin, rtype);
    let found = if let Some(record) = authority.signing_records(snapshot, name, rtype) {
        Found::Records(Cow::Owned(vec![record]))
    } else if *name == origin && !apex.is_empty() {
        Found::Records(Cow::Owned(apex))
    } else if *name == origin || name.iter().count() == 1 || snapshot.leads_to_a_zone(name) {
        Found::NoData
    } else {
        Found::NxDomain
    };
    Located { found, authority: Some(authority) }
}

/// Where a parent sends those who ask for a name in a child: the NS set that the parent holds,
/// else the child's own.
fn referral<'w>(snapshot: &'w Snapshot, parent: Authority<'w>, name: &LowerName) -> Located<'w> {
    let parent_origin = parent.origin();
    let mut child = None;
    let mut origin = name.clone();
    while origin != parent_origin && !origin.is_root() {
        child = snapshot.zone(&origin).or(child);
        origin = origin.base_name();
    }
    let held = match (&parent, child) {
        (Authority::Zone(parent), Some(child)) => {
            Some(parent.at(child.origin(), RecordType::NS)).filter(|ns| !ns.is_empty())
        }
        _ => None,
    };
    let ns = held.or(child.map(Zone::name_servers)).unwrap_or_default();
    Located { found: Found::Delegation(Cow::Borrowed(ns)), authority: Some(parent) }
}

/// The addresses of the servers in an NS set, as the world has them.
pub(crate) fn addresses_of(snapshot: &Snapshot, ns: &[Record]) -> Vec<Record> {
    let mut addresses = Vec::new();
    for record in ns {
        let RData::NS(host) = &record.data else {
            continue;
        };
        let host = LowerName::new(&host.0);
        for rtype in [RecordType::A, RecordType::AAAA] {
            if let Found::Records(records) = resolver(snapshot, &host, rtype).found {
                addresses.extend(records.iter().cloned());
            }
        }
    }
    addresses
}
