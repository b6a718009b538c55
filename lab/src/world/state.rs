//! The shared world and the changes it takes while it runs.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};

use hickory_proto::rr::{LowerName, Name, RecordType};
use vigie_scenario::{Fault, Host, Resolver, Scenario, SignedZone};

use super::{Route, Snapshot, WorldError, absolute};
use crate::controls;
use crate::dns::{self, Zone, parse_records, record_type};

/// The port of name servers (RFC 1035 §4.2).
const DNS_PORT: u16 = 53;

/// A simulated world; clones are the same world.
#[derive(Debug, Clone)]
pub struct World(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    snapshot: RwLock<Arc<Snapshot>>,
    routes: RwLock<HashMap<(IpAddr, u16), Route>>,
}

impl World {
    /// A world that holds the control names alone.
    ///
    /// # Panics
    /// Never: the control zones are the lab's own.
    #[must_use]
    pub fn empty() -> Self {
        let mut snapshot = Snapshot::default();
        for (origin, text) in controls::zones() {
            let zone = absolute(&origin)
                .and_then(|origin| Zone::parse(&origin, &text, 1))
                .expect("the lab's own zones parse");
            snapshot.set_control(zone);
        }
        Self(Arc::new(Shared {
            snapshot: RwLock::new(Arc::new(snapshot)),
            routes: RwLock::default(),
        }))
    }

    /// The world of a scenario.
    ///
    /// # Errors
    /// When a zone does not parse, or a name or type in a fault is none.
    pub fn from_scenario(scenario: &Scenario) -> Result<Self, WorldError> {
        let world = Self::empty();
        for (origin, text) in &scenario.zones {
            world.publish(origin, text)?;
        }
        world.set_signed(&scenario.signed)?;
        for (address, host) in &scenario.hosts {
            world.set_host(*address, host.clone())?;
        }
        world.set_faults(&scenario.faults)?;
        world.set_resolver(&scenario.resolver)?;
        Ok(world)
    }

    /// The world as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.0.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<T>(&self, change: impl FnOnce(&mut Snapshot) -> T) -> T {
        let mut current = self.0.snapshot.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut current))
    }

    /// Publishes a zone, in place of any with the same origin. Without an SOA of its own, its
    /// serial is one more than the last.
    ///
    /// # Errors
    /// When the origin or the text does not parse; the world is then as before.
    pub fn publish(&self, origin: &str, text: &str) -> Result<(), WorldError> {
        let origin = absolute(origin)?.to_lowercase();
        self.change(|current| {
            let last = current.declared_zone_of(&LowerName::new(&origin));
            let serial = last
                .filter(|zone| **zone.origin() == origin)
                .map_or(1, |zone| zone.serial().wrapping_add(1));
            current.set_zone(Zone::parse(&origin, text, serial)?);
            Ok(())
        })
    }

    /// Takes a zone away: its names are NXDOMAIN from now on.
    ///
    /// # Errors
    /// When the origin is no domain name.
    pub fn withdraw(&self, origin: &str) -> Result<(), WorldError> {
        let origin = LowerName::from(absolute(origin)?);
        self.change(|current| current.remove_zone(&origin));
        Ok(())
    }

    /// Replaces the RRset of a name and type with the given data, each as in a master file
    /// (`10 mx1.example.com.`; relative names are relative to the zone). None deletes it. The TTL
    /// stays that of the RRset before, if there was one.
    ///
    /// # Errors
    /// When no declared zone holds the name, or the data do not parse; the world is then as
    /// before.
    pub fn replace_rrset(
        &self,
        name: &str,
        rtype: &str,
        records: &[&str],
    ) -> Result<(), WorldError> {
        let rtype: RecordType = record_type(rtype)?;
        let written = absolute(name)?.to_lowercase();
        let owner = LowerName::from(&written);
        self.change(|current| {
            let zone = current
                .declared_zone_of(&owner)
                .ok_or_else(|| WorldError::NoZone(name.to_owned()))?;
            let before = zone.at(&owner, rtype).first();
            let ttl = before.map(|record| format!("{} ", record.ttl)).unwrap_or_default();
            let line = |data| format!("{} {ttl}{rtype} {data}\n", written.to_ascii());
            let text: String = records.iter().map(line).collect();
            let records = parse_records(&Name::from(zone.origin()), &text)?;
            let changed = zone.with_rrset(&owner, rtype, records)?;
            current.set_zone(changed);
            Ok(())
        })
    }

    /// Sets who answers at an address. Mail, mailboxes and pages are read by their servers when
    /// they start; what is said of the name server holds at once.
    ///
    /// # Errors
    /// When a zone of the host's name server does not parse.
    pub fn set_host(&self, address: IpAddr, host: Host) -> Result<(), WorldError> {
        let mut versions = Vec::new();
        for (origin, text) in host.dns.iter().flat_map(|dns| &dns.zones) {
            let origin = absolute(origin)?.to_lowercase();
            versions.push(Zone::parse(&origin, text, 1)?);
        }
        self.change(|current| {
            current.set_own_versions(address, versions);
            current.hosts.insert(address, host);
        });
        Ok(())
    }

    /// Replaces all faults.
    ///
    /// # Errors
    /// When a name or a type in them is none.
    pub fn set_faults(&self, faults: &[Fault]) -> Result<(), WorldError> {
        let faults = faults.iter().map(dns::Fault::read).collect::<Result<_, _>>()?;
        self.change(|current| current.faults = faults);
        Ok(())
    }

    /// Replaces how zones are signed, by origin; zones that are not named are not signed.
    ///
    /// # Errors
    /// When an origin is no domain name.
    pub fn set_signed(&self, signed: &BTreeMap<String, SignedZone>) -> Result<(), WorldError> {
        let signed = signed
            .iter()
            .map(|(origin, zone)| Ok((LowerName::from(absolute(origin)?), *zone)))
            .collect::<Result<_, WorldError>>()?;
        self.change(|current| current.signed = signed);
        Ok(())
    }

    /// Replaces the resolver's manners.
    ///
    /// # Errors
    /// When an origin in `secure` is no domain name.
    pub fn set_resolver(&self, resolver: &Resolver) -> Result<(), WorldError> {
        let secure = resolver
            .secure
            .iter()
            .map(|origin| absolute(origin).map(LowerName::from))
            .collect::<Result<_, _>>()?;
        self.change(|current| {
            current.secure = secure;
            current.resolver = resolver.clone();
        });
        Ok(())
    }

    /// Leads a simulated address and port to the loopback server that plays it.
    pub fn route(&self, address: IpAddr, port: u16, server: SocketAddr) {
        self.set_route(address, port, Route::To(server));
    }

    /// Sets what becomes of connections to a simulated address and port.
    pub fn set_route(&self, address: IpAddr, port: u16, route: Route) {
        let mut routes = self.0.routes.write().unwrap_or_else(PoisonError::into_inner);
        routes.insert((address, port), route);
    }

    /// What becomes of a connection to a simulated address and port: what was set; the zones'
    /// own server on port 53 of name servers; refused where somebody plays another port of the
    /// address; unreachable where nobody does.
    #[must_use]
    pub fn route_to(&self, address: IpAddr, port: u16) -> Route {
        let routes = self.0.routes.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(route) = routes.get(&(address, port)) {
            return *route;
        }
        let snapshot = self.snapshot();
        let name_server = snapshot.is_name_server(address);
        if port == DNS_PORT && name_server && !snapshot.refuses_tcp(address) {
            return Route::NameServer;
        }
        if name_server || routes.keys().any(|(host, _)| *host == address) {
            Route::Refuse
        } else {
            Route::Unreachable
        }
    }

    /// Whether a datagram to this address and port reaches a zones' own server.
    #[must_use]
    pub fn has_name_server(&self, address: IpAddr, port: u16) -> bool {
        let routes = self.0.routes.read().unwrap_or_else(PoisonError::into_inner);
        port == DNS_PORT
            && !routes.contains_key(&(address, port))
            && self.snapshot().is_name_server(address)
    }
}
