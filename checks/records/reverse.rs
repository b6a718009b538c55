//! Under which name does the DNS know an address? (RFC 1035 §3.5, 3596 §2.5, 5782 §2.1 and §2.4)

use std::net::IpAddr;

use crate::kernel::Name;

/// The octets, or nibbles, of an address from the last to the first.
pub fn reversed(address: IpAddr) -> String {
    let labels: Vec<String> = match address {
        IpAddr::V4(address) => address.octets().iter().rev().map(u8::to_string).collect(),
        IpAddr::V6(address) => address
            .octets()
            .iter()
            .rev()
            .flat_map(|octet| [octet & 15, octet >> 4])
            .map(|nibble| format!("{nibble:x}"))
            .collect(),
    };
    labels.join(".")
}

/// The name that holds the PTR records of an address.
pub fn reverse_name(address: IpAddr) -> Name {
    let zone = if address.is_ipv4() { "in-addr.arpa" } else { "ip6.arpa" };
    Name::new(zone).child(&reversed(address))
}
