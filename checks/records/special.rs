//! Can the whole internet reach an address? (RFC 6890 and the IANA special-purpose registries)
//!
//! Pure: says nothing of whether anybody answers there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Ranges that are not globally reachable, from the IANA IPv4 Special-Purpose Address Registry;
/// multicast (RFC 5771) and reserved space (RFC 1112 §4) too.
const SPECIAL_V4: &[([u8; 4], u8)] = &[
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// Inside 192.0.0.0/24, yet anycast services that are globally reachable (RFC 7723, RFC 8155).
const GLOBAL_V4: [Ipv4Addr; 2] = [Ipv4Addr::new(192, 0, 0, 9), Ipv4Addr::new(192, 0, 0, 10)];

/// Only 2000::/3 is given out (RFC 4291 §2.4); inside it these are not globally reachable.
const SPECIAL_V6: &[([u16; 3], u8)] = &[
    ([0x2001, 0x0002, 0], 48), // benchmarking, RFC 5180
    ([0x2001, 0x0010, 0], 28), // ORCHID, RFC 4843
    ([0x2001, 0x0db8, 0], 32), // documentation, RFC 3849
    ([0x3fff, 0, 0], 20),      // documentation, RFC 9637
];

/// Whether the address is globally reachable, or lies in a range that counts as such here. IPv4
/// inside IPv6 (mapped, compatible, 6to4, Teredo, NAT64) is judged as that IPv4.
pub fn is_public(address: IpAddr, own_networks: &[IpNet]) -> bool {
    if own_networks.iter().any(|network| network.contains(&address)) {
        return true;
    }
    match address {
        IpAddr::V4(address) => is_global_v4(address),
        IpAddr::V6(address) => match embedded_v4(address) {
            Some(inside) => is_public(IpAddr::V4(inside), own_networks),
            None => is_global_v6(address),
        },
    }
}

/// Whether the address is one of those that examples are written with (RFC 5737, RFC 3849, RFC 9637).
pub fn is_documentation(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_documentation(),
        IpAddr::V6(address) => {
            matches!(address.segments(), [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..])
        }
    }
}

fn is_global_v4(address: Ipv4Addr) -> bool {
    let is_in = |(base, length): &([u8; 4], u8)| {
        Ipv4Net::new_assert(Ipv4Addr::from(*base), *length).contains(&address)
    };
    GLOBAL_V4.contains(&address) || !SPECIAL_V4.iter().any(is_in)
}

fn is_global_v6(address: Ipv6Addr) -> bool {
    let is_in = |([a, b, c], length): &([u16; 3], u8)| {
        Ipv6Net::new_assert(Ipv6Addr::new(*a, *b, *c, 0, 0, 0, 0, 0), *length).contains(&address)
    };
    address.segments()[0] & 0xe000 == 0x2000 && !SPECIAL_V6.iter().any(is_in)
}

/// The IPv4 address that an IPv6 address carries, if it does.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = address.segments();
    let join = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match segments {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        // Mapped and compatible, RFC 4291 §2.5.5; ::ffff:0:a.b.c.d, RFC 2765 §2.1.
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => {
            Some(join(high, low))
        }
        [0x2002, high, low, ..] => Some(join(high, low)), // 6to4, RFC 3056 §2
        // Teredo, RFC 4380 §4: the client's address is stored inverted.
        [0x2001, 0, _, _, _, _, high, low] => Some(join(!high, !low)),
        // NAT64, RFC 6052 §2.1 and RFC 8215.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x64, 0xff9b, 1, .., high, low] => {
            Some(join(high, low))
        }
        _ => None,
    }
}
