//! Addresses that the domain's own SPF record names one by one.

use std::net::IpAddr;

use super::{healthy, vantage};
use crate::blocklist::BlocklistCheck;
use crate::kernel::{Data, Mx, Name, Reason, Rtype, Target, Vantage};
use crate::records::reverse::reversed;
use crate::scripted::{Scripted, assert_no_loss_accuses, findings, holding, judge, observe};

fn bare() -> Target {
    Target::new(Name::new("example.com"))
}

fn everywhere() -> Vantage {
    let own = ["192.0.2.0/24", "198.51.100.0/24"].map(|net| net.parse().expect("a net"));
    Vantage { own_networks: own.to_vec(), ..vantage() }
}

fn listed(world: Scripted, address: &str, code: &str) -> Scripted {
    let address: IpAddr = address.parse().expect("an address");
    world.a(&format!("{}.ips.example.net", reversed(address)), &[code])
}

/// A mail host, a website and another host, under an SPF record.
fn hosts(record: &str) -> Scripted {
    let mx = Data::Mx(Mx { preference: 10, exchange: Name::new("mx.example.com") });
    healthy()
        .answer("example.com", Rtype::MX, holding("example.com", vec![mx]))
        .txt("example.com", &[record])
        .a("mx.example.com", &["198.51.100.1"])
        .a("example.com", &["198.51.100.3"])
        .a("out.example.com", &["198.51.100.4"])
}

fn said(world: &Scripted, target: &Target) -> Vec<String> {
    let facts = observe::<BlocklistCheck>(world, target, &everywhere());
    judge::<BlocklistCheck>(&facts, target, &everywhere())
}

#[test]
fn an_address_that_spf_names_by_itself_is_likely_to_send() {
    const MX: &str = "198.51.100.1";
    const WEB: &str = "198.51.100.3";
    const OUT: &str = "198.51.100.4";
    let infra = &["warning blocklist.infra-listed ips/198.51.100.1"][..];
    let error = &["error blocklist.ip-listed ips/198.51.100.1"][..];
    let warning = &["warning blocklist.ip-listed ips/198.51.100.4"][..];
    #[rustfmt::skip]
    let cases = [
        ("the mail host, and nobody else",  "v=spf1 mx -all",                        MX,  error),
        ("written as an address",           "v=spf1 ip4:198.51.100.1 ~all",          MX,  error),
        ("the hosts of a name",             "v=spf1 mx:%{d} -all",                   MX,  error),
        ("others may send too",             "v=spf1 mx include:esp.example -all",    MX,  error),
        ("so may a network",                "v=spf1 mx ip4:192.0.2.0/24 -all",       MX,  error),
        ("the address of the mail host",    "v=spf1 a ip4:198.51.100.1 include:esp.example ?all", MX, error),
        ("an include may send too",         "v=spf1 a:out.example.com include:esp.example -all", OUT, warning),
        ("a network may send too",          "v=spf1 a:out.example.com ip4:192.0.2.0/24 -all", OUT, warning),
        ("nobody is kept from sending",     "v=spf1 a:out.example.com ?all",         OUT, warning),
        ("a name of each message may too",  "v=spf1 a:out.example.com exists:%{i}.x.example -all", OUT, warning),
        ("what is refused sends nothing",   "v=spf1 mx -include:esp.example -all",   MX,  error),
        ("only its network is named",       "v=spf1 mx/24 -all",                     MX,  infra),
        ("it is refused",                   "v=spf1 -mx -all",                       MX,  infra),
        ("after the end",                   "v=spf1 -all mx",                        MX,  infra),
        ("no record",                       "verification=esp",                      MX,  infra),
        ("the website",                     "v=spf1 a -all",                         WEB, &["error blocklist.ip-listed ips/198.51.100.3"]),
        ("a host that is nothing else",     "v=spf1 a:out.example.com -all",         OUT, &["error blocklist.ip-listed ips/198.51.100.4"]),
        ("one that nothing leads to",       "v=spf1 mx -all",                        OUT, &[]),
        ("a private address",               "v=spf1 ip4:10.0.0.1 -all",              "10.0.0.1", &[]),
    ];
    for (rule, record, address, expected) in cases {
        assert_eq!(said(&listed(hosts(record), address, "127.0.0.2"), &bare()), expected, "{rule}");
    }
    let policy = listed(hosts("v=spf1 mx -all"), MX, "127.0.0.10");
    assert_eq!(said(&policy, &bare()), ["error blocklist.ip-policy ips/198.51.100.1"]);
}

#[test]
fn who_is_declared_as_sending_outweighs_spf() {
    let declared = |address: &str| {
        let sending_ips = vec![address.parse().expect("an address")];
        Target { sending_ips, ..bare() }
    };
    let world = listed(hosts("v=spf1 mx -all"), "198.51.100.1", "127.0.0.2");
    let of = |address| said(&world, &declared(address));
    assert_eq!(of("198.51.100.1"), ["critical blocklist.ip-listed ips/198.51.100.1"]);
    assert_eq!(of("192.0.2.10"), ["warning blocklist.ip-listed ips/198.51.100.1"]);
}

#[test]
fn what_spf_says_could_not_be_told() {
    let world = || listed(hosts("v=spf1 mx -all"), "198.51.100.1", "127.0.0.2");
    let unread = world().fails("example.com", Rtype::TXT, Reason::Timeout);
    let unknown = ["indet. blocklist.sender-unknown ips/198.51.100.1"];
    assert_eq!(said(&unread, &bare()), unknown);
    let of_another = listed(hosts("v=spf1 a:out.example.com -all"), "198.51.100.1", "127.0.0.2")
        .fails("out.example.com", Rtype::A, Reason::Servfail);
    assert_eq!(said(&of_another, &bare()), unknown, "it may be the same address");
    let nobody = hosts("v=spf1 mx -all").fails("example.com", Rtype::TXT, Reason::Timeout);
    assert_eq!(said(&nobody, &bare()), Vec::<String>::new());
    assert_no_loss_accuses::<BlocklistCheck>(
        || listed(hosts("v=spf1 mx a:out.example.com -all"), "198.51.100.1", "127.0.0.2"),
        &bare(),
        &everywhere(),
    );
}

#[test]
fn few_addresses_are_asked_for_because_spf_names_them() {
    let record: String = (1..100).map(|last| format!("ip4:192.0.2.{last} ")).collect();
    let facts = observe::<BlocklistCheck>(
        &hosts(&format!("v=spf1 {record} mx -all")),
        &bare(),
        &everywhere(),
    );
    let mail_host: IpAddr = "198.51.100.1".parse().expect("an address");
    assert_eq!(facts.named.addresses.len(), 17, "sixteen and the mail host");
    assert!(facts.named.addresses.contains_key(&mail_host));
    assert_eq!(facts.infrastructure.len(), 1, "the website");
}

#[test]
fn a_finding_says_by_what_term_the_address_is_named() {
    let world = listed(hosts("v=spf1 MX -all"), "198.51.100.1", "127.0.0.2");
    let facts = observe::<BlocklistCheck>(&world, &bare(), &everywhere());
    let found = findings::<BlocklistCheck>(&facts, &bare(), &everywhere());
    assert_eq!(found[0].evidence["named_by"], "MX");
    assert_eq!(found[0].params["case"], "named");
}
