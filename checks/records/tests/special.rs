use std::net::IpAddr;

use ipnet::IpNet;

use crate::records::special::is_public;

#[test]
fn an_address_is_public_unless_a_registry_says_otherwise() {
    #[rustfmt::skip]
    let cases = [
        ("an ordinary address",        "8.8.8.8",                  true),
        ("this network",               "0.0.0.0",                  false),
        ("private, 10/8",              "10.1.2.3",                 false),
        ("private, 172.16/12",         "172.31.255.255",           false),
        ("just past 172.16/12",        "172.32.0.0",               true),
        ("private, 192.168/16",        "192.168.0.1",              false),
        ("shared by carriers",         "100.64.0.1",               false),
        ("just past 100.64/10",        "100.128.0.0",              true),
        ("loopback",                   "127.0.0.53",               false),
        ("link-local",                 "169.254.169.254",          false),
        ("IETF protocols",             "192.0.0.1",                false),
        ("an anycast service",         "192.0.0.9",                true),
        ("documentation",              "203.0.113.7",              false),
        ("benchmarking",               "198.19.0.1",               false),
        ("multicast",                  "224.0.0.1",                false),
        ("broadcast",                  "255.255.255.255",          false),
        ("an ordinary IPv6 address",   "2606:4700::1111",          true),
        ("IPv6 loopback",              "::1",                      false),
        ("IPv6 unspecified",           "::",                       false),
        ("unique local",               "fd00::1",                  false),
        ("IPv6 link-local",            "fe80::1",                  false),
        ("IPv6 multicast",             "ff02::1",                  false),
        ("IPv6 documentation",         "2001:db8::1",              false),
        ("newer documentation",        "3fff::1",                  false),
        ("IPv6 benchmarking",          "2001:2::1",                false),
        ("mapped private",             "::ffff:10.0.0.1",          false),
        ("mapped public",              "::ffff:8.8.8.8",           true),
        ("compatible loopback",        "::127.0.0.1",              false),
        ("6to4 of a private address",  "2002:a00:1::1",            false),
        ("6to4 of a public address",   "2002:808:808::1",          true),
        ("Teredo of a private client", "2001:0:808:808:0:0:f5ff:fffe", false),
        ("NAT64 of loopback",          "64:ff9b::7f00:1",          false),
        ("NAT64 of a public address",  "64:ff9b::808:808",         true),
    ];
    for (rule, address, expected) in cases {
        let address: IpAddr = address.parse().unwrap();
        assert_eq!(is_public(address, &[]), expected, "{rule}");
    }
}

#[test]
fn own_networks_count_as_public_in_every_guise() {
    let own: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
    #[rustfmt::skip]
    let cases = [
        ("inside",        "10.1.2.3",        true),
        ("mapped inside", "::ffff:10.1.2.3", true),
        ("outside",       "192.168.0.1",     false),
    ];
    for (rule, address, expected) in cases {
        assert_eq!(is_public(address.parse().unwrap(), &own), expected, "{rule}");
    }
}
