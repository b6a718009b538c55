//! Which names exist in every world, so that the product's controls pass there?
//!
//! A zone that a scenario declares hides the control names that it writes itself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The simulated addresses of the SMTP host that always greets.
pub const PORT_25_HOSTS: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, 250)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x250)),
];

/// The lab's own port-25 control.
pub const PORT_25_NAME: &str = "control-mx.vigie-lab.example";

/// Host names that the product opens port 25 of by default, and the lab's own.
pub const MAIL_HOSTS: [&str; 4] = [
    PORT_25_NAME,
    "gmail-smtp-in.l.google.com",
    "mx-eu.mail.am0.yahoodns.net",
    "outlook-com.olc.protection.outlook.com",
];

/// The simulated address of the registries' data service.
pub const RDAP_HOST: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 251));

/// The names under which registries answer for `.com`, `.net` and `.org` (RFC 9224).
pub const RDAP_NAMES: [&str; 2] = ["rdap.verisign.com", "rdap.publicinterestregistry.org"];

/// The zone of the lab's own infrastructure.
pub const ZONE: &str = "vigie-lab.example";

/// The name servers of a zone that names none, with their addresses.
pub const NAME_SERVERS: [(&str, Ipv4Addr); 2] = [
    ("ns1.vigie-lab.example", Ipv4Addr::new(192, 0, 2, 53)),
    ("ns2.vigie-lab.example", Ipv4Addr::new(198, 51, 100, 53)),
];

/// The name servers of the root and the top-level domains.
pub const REGISTRY_SERVERS: [(&str, Ipv4Addr); 2] = [
    ("a.registry.vigie-lab.example", Ipv4Addr::new(192, 0, 2, 54)),
    ("b.registry.vigie-lab.example", Ipv4Addr::new(198, 51, 100, 54)),
];

/// The control zones: origin and master-file text.
pub(crate) fn zones() -> Vec<(String, String)> {
    let own = NAME_SERVERS
        .iter()
        .chain(&REGISTRY_SERVERS)
        .map(|(name, address)| format!("{name}. A {address}\n"))
        .chain([port_25(&format!("{PORT_25_NAME}."))])
        .collect();
    let mut zones = vec![(ZONE.to_owned(), own)];
    for host in MAIL_HOSTS.iter().filter(|host| **host != PORT_25_NAME) {
        zones.push(((*host).to_owned(), port_25("@")));
    }
    for name in RDAP_NAMES {
        zones.push((name.to_owned(), format!("@ A {RDAP_HOST}\n")));
    }
    zones
}

fn port_25(owner: &str) -> String {
    let line = |address: &IpAddr| match address {
        IpAddr::V4(address) => format!("{owner} A {address}\n"),
        IpAddr::V6(address) => format!("{owner} AAAA {address}\n"),
    };
    PORT_25_HOSTS.iter().map(line).collect()
}
