//! What is to be said of those who serve the zone.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::super::{Cut, DnsCode, Host, Lame, Server, Standing, Way, Zone};
use super::copies;
use crate::kernel::{CASE, Code, Lookup, Name, Raised, Reason};

/// What a finding about our own way to name servers is about.
const PORT: &str = "port 53";

pub fn judge(zone: &Zone) -> Vec<Raised> {
    let mut raised = named(zone);
    raised.extend(dead(zone));
    if zone.is_out_of_reach() {
        raised.push(DnsCode::DirectBlocked.on(PORT).evidence("control", zone.control));
    }
    raised.extend(lame(zone));
    raised.extend(silent(zone));
    raised.extend(all_silent(zone));
    raised.extend(copies::judge(zone));
    raised.extend(withholding(zone));
    raised.extend(zone.alias.iter().map(|target| {
        DnsCode::CnameAtApex.on(&zone.origin).with("target", target).evidence("target", target)
    }));
    raised
}

/// Nobody serves the zone any more, and the resolver has nothing of it either.
pub fn dead(zone: &Zone) -> Option<Raised> {
    // Without IPv6 of our own, nothing is known of servers there; those on IPv4 speak for the zone.
    let is_dead = |at: IpAddr, standing| match standing {
        Standing::Silent | Standing::Lame(_) => true,
        Standing::Untold(Reason::Network) => at.is_ipv6(),
        Standing::Untold(_) | Standing::Serves => false,
    };
    let all_dead = zone.servers().all(|(_, at, server)| is_dead(at, server.standing));
    let all_known =
        zone.hosts.iter().all(|host| !host.servers.is_empty() || host.addresses.is_absent());
    let is_asked =
        zone.servers().any(|(_, _, server)| !matches!(server.standing, Standing::Untold(_)));
    let is_lost = matches!(
        zone.reached,
        Some(Lookup::Unknown { reason: Reason::Servfail | Reason::Bogus | Reason::Timeout })
    );
    (is_asked && all_dead && all_known && is_lost && !zone.is_out_of_reach()).then(|| {
        DnsCode::NoWorkingNs
            .on(&zone.origin)
            .with("servers", every_server(zone))
            .evidence("hosts", &zone.hosts)
    })
}

/// What the names of the servers say without asking any.
fn named(zone: &Zone) -> Vec<Raised> {
    let mut raised = Vec::new();
    for host in &zone.hosts {
        if host.addresses.is_absent() {
            raised.push(
                on(DnsCode::NsUnresolvable, zone, &host.name)
                    .evidence("addresses", &host.addresses),
            );
        }
        if let Some(domain) = &host.unregistered {
            let takeover = on(DnsCode::NsTakeover, zone, domain).with("host", &host.name);
            raised.push(takeover.evidence("host", &host.name));
        }
        if let Some(target) = &host.alias_of {
            let alias = on(DnsCode::NsIsCname, zone, &host.name);
            raised.push(alias.with("target", target).evidence("target", target));
        }
    }
    raised.extend(cuts(zone));
    raised.extend(single(zone));
    raised
}

/// What is delegated to servers that anybody can have, once for each domain that they lie under.
fn cuts(zone: &Zone) -> Vec<Raised> {
    let mut lost: BTreeMap<&Name, Vec<&Cut>> = BTreeMap::new();
    for cut in &zone.cuts {
        lost.entry(&cut.unregistered).or_default().push(cut);
    }
    // Told of the zone itself, it says no more of a part.
    lost.retain(|domain, _| zone.hosts.iter().all(|h| h.unregistered.as_ref() != Some(*domain)));
    let raise = |(domain, cuts): (&Name, Vec<&Cut>)| {
        let origins: BTreeSet<&str> =
            cuts.iter().flat_map(|cut| &cut.origins).map(Name::as_str).collect();
        let origins: Vec<&str> = origins.into_iter().collect();
        let hosts: Vec<&str> = cuts.iter().map(|cut| cut.host.as_str()).collect();
        let raised = DnsCode::NsTakeover.on(domain).with(CASE, "cut");
        let raised = raised.with("zone", origins.join(", ")).with("host", hosts.join(", "));
        raised.evidence("cuts", &cuts)
    };
    lost.into_iter().map(raise).collect()
}

fn on(code: DnsCode, zone: &Zone, host: &Name) -> Raised {
    code.on(host).with("zone", &zone.origin)
}

/// RFC 2182 §5: at least two servers, at different places.
fn single(zone: &Zone) -> Option<Raised> {
    let hosts: Vec<&Host> =
        zone.hosts.iter().filter(|host| zone.apex.contains(&host.name)).collect();
    let addresses: BTreeSet<IpAddr> =
        hosts.iter().flat_map(|host| host.addresses.found()).collect();
    // A host that could not be looked up may have any address.
    let all_known = hosts.iter().all(|host| host.addresses.unknown().is_none());
    let is_single = zone.apex.len() == 1 || (all_known && addresses.len() == 1);
    // `ns-unresolvable` says of a host without addresses that the zone has a server less than it seems.
    let is_said = zone.apex.len() > 1 && hosts.iter().any(|host| host.addresses.is_absent());
    if zone.apex.is_empty() || !is_single || is_said {
        return None;
    }
    let shown: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let names: Vec<&str> = zone.apex.iter().map(Name::as_str).collect();
    let single = DnsCode::NsSingle.on(&zone.origin).with("servers", names.join(", "));
    Some(single.with("addresses", shown.join(", ")).evidence("hosts", &names))
}

/// Some servers of the zone do not serve it, while others do.
fn lame(zone: &Zone) -> Vec<Raised> {
    if zone.serving().is_empty() {
        return Vec::new();
    }
    let lame_of = |host: &Host| -> Vec<(IpAddr, Lame)> {
        let servers = host.servers.iter();
        servers
            .filter_map(|(address, server)| match server.standing {
                Standing::Lame(lame) => Some((*address, lame)),
                _ => None,
            })
            .collect()
    };
    let raise = |host: &Host| {
        let lame = lame_of(host);
        let (_, how) = *lame.first()?;
        let shown: Vec<String> = lame.iter().map(|(address, _)| address.to_string()).collect();
        let raised = on(DnsCode::LameNs, zone, &host.name).with("addresses", shown.join(", "));
        Some(raised.with("how", how).evidence("servers", &host.servers))
    };
    zone.hosts.iter().filter_map(raise).collect()
}

/// Some servers of the zone do not answer us, while others do. Of silence at IPv6 alone nothing is said unless IPv6
/// brings answers from another.
fn silent(zone: &Zone) -> Vec<Raised> {
    let serving = zone.serving();
    let is_closed = zone.control.is_some_and(|control| control.udp == Way::Closed);
    if serving.is_empty() || is_closed {
        return Vec::new();
    }
    let has_way = |at: &IpAddr| serving.iter().any(|other| other.is_ipv6() == at.is_ipv6());
    let raise = |host: &Host| {
        let is_silent = |server: &Server| server.standing == Standing::Silent;
        let answers =
            |server: &Server| !matches!(server.standing, Standing::Silent | Standing::Untold(_));
        let silent = host.servers.iter().filter(|(at, server)| is_silent(server) && has_way(at));
        let shown: Vec<String> = silent.map(|(address, _)| address.to_string()).collect();
        let is_heard = shown.is_empty() || host.servers.values().any(answers);
        let raised = on(DnsCode::NsSilent, zone, &host.name).with("addresses", shown.join(", "));
        (!is_heard).then(|| raised.evidence("servers", &host.servers))
    };
    zone.hosts.iter().filter_map(raise).collect()
}

/// `ns1.example.net (192.0.2.1), ns2.example.net (192.0.2.2)`.
fn every_server(zone: &Zone) -> String {
    let shown = zone.servers().map(|(host, at, _)| format!("{} ({at})", host.name));
    shown.collect::<Vec<_>>().join(", ")
}

/// None of the zone's servers answers us, while others do and the resolver gets answers of the zone: what was not
/// looked at is told. Both sides of the cut must have named the servers, and every address be known, for one that
/// is not known may answer.
fn all_silent(zone: &Zone) -> Option<Raised> {
    let is_silent = |at: IpAddr, standing| match standing {
        Standing::Silent => true,
        Standing::Untold(Reason::Network) => at.is_ipv6(),
        Standing::Untold(_) | Standing::Lame(_) | Standing::Serves => false,
    };
    let has_way = zone.control.is_none_or(|control| matches!(control.udp, Way::Open | Way::Off));
    let is_reached = matches!(zone.reached, Some(Lookup::Found(()) | Lookup::Absent { .. }));
    let are_named = !zone.delegated.is_empty() && !zone.apex.is_empty();
    let all_known = zone.hosts.iter().all(|host| host.addresses.unknown().is_none());
    let all_silent = zone.servers().all(|(_, at, server)| is_silent(at, server.standing));
    let is_sure = has_way && is_reached && are_named && all_known && all_silent;
    // Of silence at IPv6 alone nothing is said: that may be ours.
    (is_sure && zone.servers().any(|(_, at, _)| at.is_ipv4())).then(|| {
        let raised = DnsCode::NsSilent.on(&zone.origin).with(CASE, "all");
        raised.with("servers", every_server(zone)).evidence("hosts", &zone.hosts)
    })
}

/// RFC 7766 §5: what is cut over UDP must come over TCP.
fn withholding(zone: &Zone) -> Vec<Raised> {
    let is_closed = zone.control.is_some_and(|control| control.tcp == Way::Closed);
    if is_closed {
        return Vec::new();
    }
    let raise = |host: &Host| {
        let withholds = host.servers.iter().filter(|(_, server)| server.withholds);
        let shown: Vec<String> = withholds.map(|(address, _)| address.to_string()).collect();
        let raised = on(DnsCode::TcpRefused, zone, &host.name).with("addresses", shown.join(", "));
        (!shown.is_empty()).then(|| raised.evidence("control", zone.control))
    };
    zone.hosts.iter().filter_map(raise).collect()
}
