//! What is said of a zone and of those who serve it, from what was learned alone?

use std::net::IpAddr;

use super::super::{Canary, Differing, Doubled, Host, Lame, Server, Standing, Strays, Zone};
use super::*;
use crate::dns::{Control, Copies, Cut, Denied, Way};
use crate::kernel::{Addresses, Profile};
use crate::scripted::findings;

mod behind;

fn at(address: &str) -> IpAddr {
    address.parse().expect("tests write addresses")
}

fn absent<T>() -> Lookup<T> {
    Lookup::Absent { nxdomain: false }
}

/// A host with these addresses, of which each serves the zone.
fn host(name: &str, addresses: &[&str]) -> Host {
    let (v6, v4): (Vec<IpAddr>, Vec<IpAddr>) =
        addresses.iter().map(|address| at(address)).partition(IpAddr::is_ipv6);
    let family =
        |found: Vec<IpAddr>| if found.is_empty() { absent() } else { Lookup::Found(found) };
    let server = Server { standing: Standing::Serves, name_servers: None, withholds: false };
    Host {
        name: Name::new(name),
        alias_of: None,
        addresses: Addresses { v4: family(v4), v6: family(v6) },
        unregistered: None,
        servers: addresses.iter().map(|address| (at(address), server.clone())).collect(),
    }
}

/// The zone of the domain, served by these and by no others.
fn zone(hosts: Vec<Host>) -> Zone {
    Zone {
        origin: Name::new(DOMAIN),
        delegated: Default::default(),
        apex: hosts.iter().map(|host| host.name.clone()).collect(),
        hosts,
        alias: None,
        differing: Vec::new(),
        copies: None,
        is_uncompared: false,
        control: None,
        reached: None,
        cuts: Vec::new(),
    }
}

fn two() -> Vec<Host> {
    vec![host("ns1.example.net", &["192.0.2.1"]), host("ns2.example.net", &["192.0.2.2"])]
}

fn facts_of(zone: Option<Zone>, strays: Strays) -> DnsFacts {
    DnsFacts {
        canary: Canary::Honest,
        existence: Existence::Exists,
        name_servers: absent(),
        zone,
        gone: None,
        strays,
    }
}

fn said_of(zone: Option<Zone>, strays: Strays) -> Vec<String> {
    judge::<Dns>(&facts_of(zone, strays), &target(), &Vantage::default())
}

fn with(change: impl FnOnce(&mut Zone)) -> Option<Zone> {
    let mut zone = zone(two());
    change(&mut zone);
    Some(zone)
}

#[test]
fn a_zone_has_two_servers_at_two_places() {
    let single = &["warning dns.ns-single example.com"][..];
    let hosts = |addresses: [&[&str]; 2]| {
        let names = ["ns1.example.net", "ns2.example.net"];
        Some(zone(names.iter().zip(addresses).map(|(name, list)| host(name, list)).collect()))
    };
    let untold = || {
        let mut zone = zone(vec![host("ns1.example.net", &["192.0.2.1"]), two().remove(1)]);
        zone.hosts[1].addresses.v4 = Lookup::Unknown { reason: Reason::Timeout };
        zone.hosts[1].servers.clear();
        Some(zone)
    };
    let beside = || with(|zone| drop(zone.apex.pop()));
    #[rustfmt::skip]
    let cases = [
        ("two hosts, two addresses",       hosts([&["192.0.2.1"], &["192.0.2.2"]]),                  &[][..]),
        ("two families count as two",      hosts([&["192.0.2.1"], &["192.0.2.1", "2001:db8::1"]]),   &[]),
        ("two hosts at one address",       hosts([&["192.0.2.1"], &["192.0.2.1"]]),                  single),
        ("one host",                       Some(zone(vec![host("ns1.example.net", &["192.0.2.1", "192.0.2.2"])])), single),
        ("the other stands above alone",   beside(),                                                 single),
        ("the other could not be told",    untold(),                                                 &[]),
        ("nobody told who serves it",      with(|zone| zone.apex.clear()),                           &[]),
        ("no zone was found",              None,                                                     &[]),
    ];
    for (rule, zone, expected) in cases {
        let said = said_of(zone, Strays::default());
        let of_number: Vec<&String> = said.iter().filter(|line| line.contains("single")).collect();
        assert_eq!(of_number, expected, "{rule}: {said:?}");
    }
}

#[test]
fn each_fault_of_a_zone_is_said_by_itself() {
    let held = || Differing {
        name: Name::new(DOMAIN),
        rtype: Rtype::MX,
        held: [(at("192.0.2.1"), vec!["10 a".to_owned()]), (at("192.0.2.2"), Vec::new())].into(),
    };
    let cut_to = |label: &str| Cut {
        origins: [Name::new("_domainkey.example.com")].into(),
        host: Name::new("example.org").child(label),
        unregistered: Name::new("example.org"),
    };
    let stand = |standing| {
        move |zone: &mut Zone| {
            for host in &mut zone.hosts {
                host.servers.values_mut().for_each(|server| server.standing = standing);
            }
            zone.reached = Some(Lookup::Unknown { reason: Reason::Servfail });
        }
    };
    let says = |names: &[&str]| names.iter().map(|name| Name::new(name)).collect::<Vec<_>>();
    let asked_above = |above: &[&str]| {
        with(|zone| {
            zone.delegated = [says(above)].into();
            let own = says(&["ns1.example.net", "ns2.example.net"]);
            zone.hosts[0].servers.values_mut().for_each(|at| at.name_servers = Some(own.clone()));
        })
    };
    let cut = |tcp| {
        with(|zone| {
            zone.hosts[0].servers.values_mut().for_each(|server| server.withholds = true);
            zone.control = Some(Control { udp: Way::Open, tcp });
        })
    };
    let dead = &["critical dns.no-working-ns example.com"][..];
    #[rustfmt::skip]
    let cases = [
        ("all is well",            with(|_| {}),                                                        &[][..]),
        ("an alias at the apex",   with(|zone| zone.alias = Some(Name::new("example.net"))),            &["error dns.cname-at-apex example.com"]),
        ("records that differ",    with(|zone| zone.differing = vec![held()]),                          &["error dns.answers-diverge example.com"]),
        ("a name for a server",    with(|zone| zone.hosts[1].alias_of = Some(Name::new("b.example"))),  &["error dns.ns-is-cname ns2.example.net"]),
        ("a server without any",   with(|zone| zone.hosts[1].addresses = Addresses { v4: absent(), v6: absent() }), &["error dns.ns-unresolvable ns2.example.net"]),
        ("one that can be bought", with(|zone| zone.hosts[1].unregistered = Some(Name::new("example.net"))), &["critical dns.ns-takeover example.net"]),
        ("keys that can be bought", with(|zone| zone.cuts = vec![cut_to("ns1"), cut_to("ns2")]), &["critical dns.ns-takeover example.org"]),
        ("above they say the same", asked_above(&["ns1.example.net", "ns2.example.net"]), &[]),
        ("above they say another", asked_above(&["ns1.example.net"]), &["warning dns.ns-parent-child-mismatch example.com"]),
        ("no answer over TCP", cut(Way::Open), &["error dns.tcp-refused ns1.example.net"]),
        ("we have no TCP", cut(Way::Closed), &[]),
        ("silent everywhere",      with(stand(Standing::Silent)),                                       dead),
        ("lame everywhere",        with(stand(Standing::Lame(Lame::Refused))),                          dead),
        ("we cannot ask",          with(stand(Standing::Untold(Reason::Network))),                      &[]),
        ("silent, yet reached",    with(|zone| { stand(Standing::Silent)(zone); zone.reached = Some(Lookup::Found(())) }), &[]),
        ("we are shut in",         with(|zone| { stand(Standing::Silent)(zone); zone.control = Some(Control { udp: Way::Closed, tcp: Way::Closed }) }), &["info dns.direct-blocked port 53"]),
    ];
    for (rule, zone, expected) in cases {
        assert_eq!(said_of(zone, Strays::default()), expected, "{rule}");
    }
}

#[test]
fn a_server_that_is_silent_is_told_where_others_are_heard() {
    let quiet = |address: &'static str, control: Option<Control>| {
        with(move |zone| {
            let server = zone.hosts[1].servers.entry(at(address)).or_insert(Server {
                standing: Standing::Silent,
                name_servers: None,
                withholds: false,
            });
            server.standing = Standing::Silent;
            zone.control = control;
        })
    };
    let closed = Control { udp: Way::Closed, tcp: Way::Closed };
    let open = Control { udp: Way::Open, tcp: Way::Open };
    let off = Control { udp: Way::Off, tcp: Way::Off };
    let silent = &["info dns.ns-silent ns2.example.net"][..];
    #[rustfmt::skip]
    let cases = [
        ("it does not answer",            quiet("192.0.2.2", Some(open)),    silent),
        ("there is no control",           quiet("192.0.2.2", Some(off)),     silent),
        ("we are shut in",                quiet("192.0.2.2", Some(closed)),  &[]),
        ("it answers at another address", quiet("192.0.2.9", Some(open)),    &[]),
        ("IPv6 may not be ours",          with(|zone| {
            zone.hosts[1] = host("ns2.example.net", &["2001:db8::2"]);
            zone.hosts[1].servers.values_mut().for_each(|server| server.standing = Standing::Silent);
        }), &[]),
    ];
    for (rule, zone, expected) in cases {
        assert_eq!(said_of(zone, Strays::default()), expected, "{rule}");
    }
}

#[test]
fn silence_of_every_server_is_told_once_where_the_resolver_is_answered() {
    let open = Some(Control { udp: Way::Open, tcp: Way::Open });
    let untold = Some(Control { udp: Way::Untold, tcp: Way::Open });
    let quiet = |change: fn(&mut Zone), control, reached| {
        with(|zone| {
            for host in &mut zone.hosts {
                let servers = host.servers.values_mut();
                servers.for_each(|server| server.standing = Standing::Silent);
            }
            zone.delegated = [zone.apex.clone()].into();
            (zone.control, zone.reached) = (control, Some(reached));
            change(zone);
        })
    };
    let lame = |zone: &mut Zone| {
        let servers = zone.hosts[1].servers.values_mut();
        servers.for_each(|server| server.standing = Standing::Lame(Lame::Refused));
    };
    let unknown = |zone: &mut Zone| {
        zone.hosts[1].addresses.v6 = Lookup::Unknown { reason: Reason::Timeout };
    };
    let over_ipv6 = |zone: &mut Zone| {
        for (host, name) in zone.hosts.iter_mut().zip(["2001:db8::1", "2001:db8::2"]) {
            *host = self::host(host.name.as_str(), &[name]);
            host.servers.values_mut().for_each(|server| server.standing = Standing::Silent);
        }
    };
    let refused = Lookup::Unknown { reason: Reason::Refused };
    let silent = &["info dns.ns-silent example.com"][..];
    #[rustfmt::skip]
    let cases = [
        ("a new name is denied",          quiet(|_| {}, open, absent()),                               silent),
        ("there is no control",           quiet(|_| {}, None, absent()),                               silent),
        ("the way here is not told",      quiet(|_| {}, untold, absent()),                             &[]),
        ("the resolver does not say",     quiet(|_| {}, open, refused),                                &[]),
        ("one of them speaks",            quiet(lame, open, absent()),                                 &[]),
        ("one may have other addresses",  quiet(unknown, open, absent()),                              &[]),
        ("above nobody told whom",        quiet(|zone| zone.delegated.clear(), open, absent()),        &[]),
        ("IPv6 may not be ours",          quiet(over_ipv6, open, absent()),                            &[]),
    ];
    for (rule, zone, expected) in cases {
        assert_eq!(said_of(zone, Strays::default()), expected, "{rule}");
    }
}

#[test]
fn spf_of_every_name_may_be_on_purpose() {
    let parked = Target { profile: Profile::Parked, ..target() };
    let found = |texts: &[&str], mail: Option<Lookup<()>>| DnsFacts {
        canary: Canary::Honest,
        existence: Existence::Exists,
        name_servers: absent(),
        zone: None,
        gone: None,
        strays: Strays {
            wildcard: texts.iter().map(|text| (*text).to_owned()).collect(),
            wildcard_mail: mail,
            ..Strays::default()
        },
    };
    let unknown = || Some(Lookup::Unknown { reason: Reason::Timeout });
    let stray = &["warning dns.wildcard-txt example.com"][..];
    let (spf, proof) = (&["v=spf1 -all"][..], &["v=spf1 -all", "ms=1"][..]);
    #[rustfmt::skip]
    let cases = [
        ("a domain without mail",       found(spf, None),                     &parked,   &[][..]),
        ("something else beside it",    found(proof, None),                   &parked,   stray),
        ("another version is none",     found(&["v=spf10 -all"], None),       &parked,   stray),
        ("names that take mail",        found(spf, Some(Lookup::Found(()))),  &target(), &[]),
        ("names that take none",        found(spf, Some(absent())),           &target(), stray),
        ("whether they do is not told", found(spf, unknown()),                &target(), &[]),
    ];
    for (rule, facts, target, expected) in cases {
        assert_eq!(judge::<Dns>(&facts, target, &Vantage::default()), expected, "{rule}");
    }
    let mut alias = found(&["ms=1"], None);
    alias.strays.wildcard_alias = Some(Name::new("shop.example.net"));
    let said = findings::<Dns>(&alias, &target(), &Vantage::default()).remove(0);
    assert_eq!((said.params["target"].as_str(), said.fix.len()), ("shop.example.net", 0));
}

#[test]
fn what_stands_beside_its_place_is_said_each_by_itself() {
    let doubled = || Doubled {
        expected: Name::new("_dmarc.example.com"),
        found: Name::new("_dmarc.example.com.example.com"),
        texts: vec!["v=DMARC1; p=none".to_owned()],
        alias: Lookup::Absent { nxdomain: false },
    };
    let denied = || Denied {
        name: Name::new("_domainkey.example.com"),
        below: Name::new("s1._domainkey.example.com"),
    };
    #[rustfmt::skip]
    let cases = [
        ("nothing",          Strays::default(),                                                               &[][..]),
        ("a wildcard",       Strays { wildcard: vec!["v=spf1 -all".to_owned()], ..Strays::default() },        &["warning dns.wildcard-txt example.com"]),
        ("no final dot",     Strays { doubled: vec![doubled()], ..Strays::default() },                        &["error dns.doubled-origin _dmarc.example.com"]),
        ("a denied parent",  Strays { denied: vec![denied()], ..Strays::default() },                          &["warning dns.ent-nxdomain _domainkey.example.com"]),
    ];
    for (rule, strays, expected) in cases {
        assert_eq!(said_of(None, strays), expected, "{rule}");
    }
}

#[test]
fn an_alias_with_the_domain_twice_moves_itself() {
    let of = |label: &str, alias: Lookup<Name>| Doubled {
        expected: Name::new(&format!("{label}.example.com")),
        found: Name::new(&format!("{label}.example.com.example.com")),
        texts: vec!["v=DKIM1; p=AAAA".to_owned()],
        alias,
    };
    let leads = || Lookup::Found(Name::new("s1.example.net"));
    let absent = Lookup::Absent { nxdomain: false };
    let untold = Lookup::Unknown { reason: Reason::Timeout };
    let key = "s1._domainkey";
    #[rustfmt::skip]
    let cases = [
        ("a record",         of(key, absent),        None,          &["Add TXT v=DKIM1; p=AAAA", "Delete TXT v=DKIM1; p=AAAA"][..]),
        ("an alias",         of(key, leads()),       Some("alias"), &["Add CNAME s1.example.net.", "Delete CNAME s1.example.net."]),
        ("no key's alias",   of("_dmarc", leads()),  Some("alias"), &[]),
        ("it is not told",   of(key, untold),        None,          &[]),
    ];
    for (rule, doubled, case, expected) in cases {
        let strays = Strays { doubled: vec![doubled], ..Strays::default() };
        let facts = facts_of(None, strays);
        let found = findings::<Dns>(&facts, &target(), &Vantage::default()).remove(0);
        assert_eq!(found.params.get("case").map(String::as_str), case, "{rule}");
        let changes = found.fix.iter().map(|change| {
            let value = change.value.as_deref().or(change.old.as_deref()).unwrap_or_default();
            format!("{:?} {} {value}", change.action, change.rtype)
        });
        assert_eq!(changes.collect::<Vec<_>>(), expected, "{rule}");
    }
}
