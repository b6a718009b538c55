use crate::records::weak_key::{Weakness, is_test_key, of_rsa};

/// A product of two octet strings of little-endian numbers, enough to make test numbers.
fn power(base: u32, exponent: u32) -> Vec<u8> {
    let mut number = vec![1u8];
    for _ in 0..exponent {
        let mut carry = 0u64;
        for octet in &mut number {
            let product = u64::from(*octet) * u64::from(base) + carry;
            *octet = (product & 0xff) as u8;
            carry = product >> 8;
        }
        while carry > 0 {
            number.push((carry & 0xff) as u8);
            carry >>= 8;
        }
    }
    number.reverse();
    number
}

#[test]
fn a_key_is_broken_by_its_numbers() {
    let faulty = power(65537, 128);
    let mut other = faulty.clone();
    *other.last_mut().expect("it has octets") ^= 2;
    let common = [1, 0, 1];
    #[rustfmt::skip]
    type Octets<'a> = &'a [u8];
    let cases: [(&str, Octets<'_>, Octets<'_>, Option<Weakness>); 6] = [
        ("the form of the faulty chip", &faulty, &common, Some(Weakness::Roca)),
        ("two away from it", &other, &common, None),
        ("an exponent of 3 is odd", &other, &[3], None),
        ("an exponent of 1", &other, &[0, 1], Some(Weakness::Exponent)),
        ("an even exponent", &other, &[1, 0, 0], Some(Weakness::Exponent)),
        ("no exponent", &other, &[], Some(Weakness::Exponent)),
    ];
    for (rule, modulus, exponent, expected) in cases {
        assert_eq!(of_rsa(modulus, exponent), expected, "{rule}");
    }
    assert!(is_test_key("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo"));
    assert!(!is_test_key("FCJKPWe8AiQ7yIwBEwqcuaegtjeAu+taoxPQp0grj+U="));
}
