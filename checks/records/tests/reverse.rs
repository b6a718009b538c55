use crate::records::reverse::{reverse_name, reversed};

#[test]
fn addresses_are_written_backwards() {
    let nibbles = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2";
    let cases = [
        ("192.0.2.10", "10.2.0.192", "10.2.0.192.in-addr.arpa".to_owned()),
        ("2001:db8::1", nibbles, format!("{nibbles}.ip6.arpa")),
    ];
    for (address, labels, name) in cases {
        let address = address.parse().expect("an address");
        assert_eq!(reversed(address), labels);
        assert_eq!(reverse_name(address).as_str(), name);
    }
}
