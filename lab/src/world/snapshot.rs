//! One state of the world, whole and unchanging while a question is answered.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use hickory_proto::rr::{LowerName, RData, Record, RecordType};
use vigie_scenario::{Host, Resolver, SignedZone};

use crate::controls::REGISTRY_SERVERS;
use crate::dns::addresses_of;
use crate::dns::{Fault, Zone};

/// The zones, hosts, faults and manners at one moment.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    zones: HashMap<LowerName, Arc<Zone>>,
    controls: HashMap<LowerName, Arc<Zone>>,
    /// Zones that one server has in a version of its own.
    own_versions: HashMap<IpAddr, HashMap<LowerName, Arc<Zone>>>,
    /// Who answers at which simulated address.
    pub hosts: BTreeMap<IpAddr, Host>,
    /// How the resolver behaves.
    pub resolver: Resolver,
    pub(super) faults: Vec<Fault>,
    pub(super) secure: HashSet<LowerName>,
    pub(super) signed: HashMap<LowerName, SignedZone>,
    /// Every name at or above a zone's origin; worked out when first asked for.
    enclosers: OnceLock<Arc<HashSet<LowerName>>>,
    /// The zones whose NS records lead to an address; worked out when first asked for.
    served: OnceLock<Arc<Served>>,
}

type Served = HashMap<IpAddr, HashSet<LowerName>>;

impl Snapshot {
    /// The zone with exactly this origin.
    #[must_use]
    pub fn zone(&self, origin: &LowerName) -> Option<&Zone> {
        let zone = self.zones.get(origin).or_else(|| {
            let control = self.controls.get(origin)?;
            (!self.hides_control(origin)).then_some(control)
        });
        zone.map(Arc::as_ref)
    }

    /// Whether a declared zone writes the control's name itself.
    fn hides_control(&self, origin: &LowerName) -> bool {
        let mut above = origin.base_name();
        while !above.is_root() {
            if let Some(zone) = self.zones.get(&above) {
                return zone.writes(origin);
            }
            above = above.base_name();
        }
        false
    }

    /// The zone as the server at this address serves it.
    pub(crate) fn zone_at(&self, address: IpAddr, origin: &LowerName) -> Option<&Zone> {
        let own = self.own_versions.get(&address).and_then(|zones| zones.get(origin));
        match own {
            Some(zone) => Some(zone),
            None => self
                .served()
                .get(&address)
                .filter(|origins| origins.contains(origin))
                .and_then(|_| self.zone(origin)),
        }
    }

    /// Whether some zone's own server, or the registry's, is at this address.
    pub(crate) fn is_name_server(&self, address: IpAddr) -> bool {
        self.is_registry(address)
            || self.own_versions.get(&address).is_some_and(|own| !own.is_empty())
            || self.served().contains_key(&address)
    }

    /// Whether the name server at this address refuses TCP.
    pub(crate) fn refuses_tcp(&self, address: IpAddr) -> bool {
        let dns = self.hosts.get(&address).and_then(|host| host.dns.as_ref());
        dns.is_some_and(|dns| dns.refuses_tcp)
    }

    /// Whether the server of the root and the top-level domains is at this address.
    pub(crate) fn is_registry(&self, address: IpAddr) -> bool {
        REGISTRY_SERVERS.iter().any(|(_, registry)| address == IpAddr::V4(*registry))
    }

    /// Whether a zone lies at or below this name: above the zone it exists without records.
    pub(crate) fn leads_to_a_zone(&self, name: &LowerName) -> bool {
        self.enclosers().contains(name)
    }

    /// Whether the scenario calls the zone secure, however it is signed.
    pub(crate) fn is_called_secure(&self, origin: &LowerName) -> bool {
        self.secure.contains(origin)
    }

    /// How the zone with this origin is signed, if it is.
    pub(crate) fn signed(&self, origin: &LowerName) -> Option<SignedZone> {
        self.signed.get(origin).copied()
    }

    /// The first fault that this question meets.
    pub(crate) fn fault(
        &self,
        name: &LowerName,
        rtype: RecordType,
        at: Option<IpAddr>,
    ) -> Option<&Fault> {
        self.faults.iter().find(|fault| fault.hits(name, rtype, at))
    }

    pub(super) fn set_zone(&mut self, zone: Zone) {
        self.zones.insert(zone.origin().clone(), Arc::new(zone));
        self.zones_changed();
    }

    pub(super) fn remove_zone(&mut self, origin: &LowerName) {
        self.zones.remove(origin);
        self.zones_changed();
    }

    pub(super) fn set_control(&mut self, zone: Zone) {
        self.controls.insert(zone.origin().clone(), Arc::new(zone));
        self.zones_changed();
    }

    pub(super) fn set_own_versions(&mut self, address: IpAddr, zones: Vec<Zone>) {
        let versions = zones.into_iter().map(|zone| (zone.origin().clone(), Arc::new(zone)));
        self.own_versions.insert(address, versions.collect());
    }

    /// The declared zone that holds a name.
    pub(super) fn declared_zone_of(&self, name: &LowerName) -> Option<&Arc<Zone>> {
        let mut origin = name.clone();
        loop {
            if let Some(zone) = self.zones.get(&origin) {
                return Some(zone);
            }
            if origin.is_root() {
                return None;
            }
            origin = origin.base_name();
        }
    }

    fn zones_changed(&mut self) {
        self.enclosers = OnceLock::new();
        self.served = OnceLock::new();
    }

    fn all_zones(&self) -> impl Iterator<Item = &Arc<Zone>> {
        self.zones.values().chain(self.controls.values())
    }

    fn enclosers(&self) -> &HashSet<LowerName> {
        self.enclosers.get_or_init(|| {
            let mut enclosers = HashSet::new();
            for zone in self.all_zones() {
                let mut name = zone.origin().clone();
                while enclosers.insert(name.clone()) && !name.is_root() {
                    name = name.base_name();
                }
            }
            Arc::new(enclosers)
        })
    }

    fn served(&self) -> &Served {
        self.served.get_or_init(|| {
            let mut served = Served::new();
            let mut known: HashMap<LowerName, Vec<IpAddr>> = HashMap::new();
            for zone in self.all_zones() {
                for record in zone.name_servers() {
                    let RData::NS(host) = &record.data else {
                        continue;
                    };
                    let addresses = known
                        .entry(LowerName::new(&host.0))
                        .or_insert_with(|| self.addresses_of_host(record));
                    for address in addresses {
                        let origins = served.entry(*address).or_default();
                        origins.insert(zone.origin().clone());
                    }
                }
            }
            Arc::new(served)
        })
    }

    fn addresses_of_host(&self, ns: &Record) -> Vec<IpAddr> {
        addresses_of(self, std::slice::from_ref(ns))
            .iter()
            .filter_map(|record| match &record.data {
                RData::A(a) => Some(IpAddr::V4(a.0)),
                RData::AAAA(aaaa) => Some(IpAddr::V6(aaaa.0)),
                _ => None,
            })
            .collect()
    }
}
