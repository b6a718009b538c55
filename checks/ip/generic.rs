//! Was a name made by machine from the address it belongs to? (M3AAWG Sender Best Common Practices)

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::kernel::Name;

/// Words of access lines, as whole parts of a label.
const ACCESS: [&str; 12] = [
    "dyn",
    "dynamic",
    "dynip",
    "dhcp",
    "ppp",
    "pppoe",
    "dsl",
    "adsl",
    "vdsl",
    "dialup",
    "cable",
    "broadband",
];

/// Words of pools. Under a provider's name these are its lines, under a domain's own its mail servers.
const POOL: [&str; 2] = ["pool", "pools"];

/// Whether a PTR name of an address that `domain` sends from embeds the address or tells of an access line.
/// What the registrable domain is called says nothing, save that of a provider that holds the address.
pub fn is_generic(name: &Name, address: IpAddr, domain: &Name) -> bool {
    let registrable = name.registrable();
    let Some(host) = name.as_str().strip_suffix(registrable.as_str()) else { return false };
    let is_own = registrable == domain.registrable();
    let named = if is_own { host } else { name.as_str() };
    let embeds = match address {
        IpAddr::V4(address) => embeds_v4(named, address),
        IpAddr::V6(address) => embeds_v6(named, address),
    };
    let parts = host.split(['.', '-', '_']);
    let mut words = parts.map(|part| part.trim_end_matches(|c: char| c.is_ascii_digit()));
    embeds
        || !is_own && is_of_a_provider(host, registrable.as_str(), address)
        || words.any(|word| ACCESS.contains(&word) || !is_own && POOL.contains(&word))
}

/// How providers name what they let: `vps-1a2b3c4d.vps.ovh.net`, `ns1.ip-192-0-2.eu`, `….abo.wanadoo.fr`.
fn is_of_a_provider(host: &str, registrable: &str, address: IpAddr) -> bool {
    let is_let = |label: &str| {
        let number = label.strip_prefix("vps").map(|rest| rest.strip_prefix('-').unwrap_or(rest));
        number.is_some_and(|number| {
            number.len() >= 6 && number.bytes().all(|octet| octet.is_ascii_hexdigit())
        })
    };
    let is_network = match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            registrable.starts_with(&format!("ip-{a}-{b}-{c}."))
        }
        IpAddr::V6(_) => false,
    };
    is_network || host.split('.').any(is_let) || host.ends_with(".abo.")
}

/// The four octets in either order, or the last before the others, as numbers, as twelve digits, or as eight
/// hexadecimal digits.
fn embeds_v4(host: &str, address: Ipv4Addr) -> bool {
    let octets = address.octets();
    let mut backwards = octets;
    backwards.reverse();
    let numbers: Vec<u16> = host
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect();
    let [a, b, c, d] = octets;
    [octets, backwards, [d, a, b, c]].iter().any(|octets| {
        let as_numbers = octets.map(u16::from);
        let padded: String = octets.iter().map(|octet| format!("{octet:03}")).collect();
        let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        numbers.windows(4).any(|window| window == as_numbers)
            || host.contains(&padded)
            || host
                .split(['.', '-', '_'])
                .any(|part| part.ends_with(&hex) || part.starts_with(&hex))
    })
}

/// The last four groups, as they are written or in full.
fn embeds_v6(host: &str, address: Ipv6Addr) -> bool {
    let groups = &address.segments()[4..];
    if groups.iter().filter(|group| **group != 0).count() < 2 {
        return false;
    }
    let full: String = groups.iter().map(|group| format!("{group:04x}")).collect();
    let short: Vec<String> = groups.iter().map(|group| format!("{group:x}")).collect();
    let bare: String = host.chars().filter(char::is_ascii_hexdigit).collect();
    let parts: Vec<&str> = host.split(['.', '-', '_']).collect();
    bare.contains(&full) || parts.windows(4).any(|window| window == short)
}
