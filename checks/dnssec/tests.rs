use chrono::{DateTime, TimeDelta};

use super::Ending;
use crate::kernel::{Data, Name, Rtype};
use crate::records::dnssec::{Dnskey, Ds};

/// RFC 4509 §2.3: the key of dskey.example.com. and its DS by SHA-256.
const KEY: &str = "AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==";
const DIGEST: &str = "d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a";

fn key() -> Dnskey {
    use base64::Engine;
    let octets = base64::engine::general_purpose::STANDARD.decode(KEY).unwrap();
    let whole: String =
        [vec![1, 0, 3, 5], octets].concat().iter().map(|octet| format!("{octet:02x}")).collect();
    Dnskey::read(&Data::Other { rtype: Rtype::DNSKEY, hex: whole }).unwrap()
}

#[test]
fn a_ds_stands_for_its_key_and_no_other() {
    let zone = Name::new("dskey.example.com");
    assert_eq!(key().key_tag, 60485);
    let ds = Ds::of(&zone, &key()).unwrap();
    assert_eq!(ds.to_string(), format!("60485 5 2 {DIGEST}"));
    #[rustfmt::skip]
    let cases = [
        ("its own",               ds.clone(),                                     true),
        ("by SHA-1, not made",    Ds { digest_type: 1, ..ds.clone() },            true),
        ("of another tag",        Ds { key_tag: 1, ..ds.clone() },                false),
        ("of another algorithm",  Ds { algorithm: 8, ..ds.clone() },              false),
        ("of another digest",     Ds { digest: "00".repeat(32), ..ds.clone() },   false),
    ];
    for (rule, ds, expected) in cases {
        assert_eq!(ds.stands_for(&zone, &key()), expected, "{rule}");
    }
    assert!(!ds.stands_for(&Name::new("example.com"), &key()), "of another zone");
}

#[test]
fn damaged_records_are_none() {
    for hex in ["", "0", "0100", "zz", "01000305"] {
        let key = Data::Other { rtype: Rtype::DNSKEY, hex: hex.to_owned() };
        assert_eq!(Dnskey::read(&key), None, "{hex}");
        let ds = Data::Other { rtype: Rtype::DS, hex: hex.to_owned() };
        assert_eq!(Ds::read(&ds), None, "{hex}");
    }
}

#[test]
fn a_signature_is_near_its_end_by_the_day_or_by_its_twentieth() {
    let now = DateTime::UNIX_EPOCH + TimeDelta::days(1000);
    let ending = |validity, left| Ending {
        name: Name::new("example.com"),
        rtype: Rtype::SOA,
        server: "192.0.2.53".parse().unwrap(),
        inception: now + left - validity,
        expiration: now + left,
    };
    let (days, hours) = (TimeDelta::days, TimeDelta::hours);
    #[rustfmt::skip]
    let cases = [
        ("a month, ends in a day",           ending(days(30), days(1)),     false),
        ("a month, ends in 23 hours",        ending(days(30), hours(23)),   true),
        ("two days, ends in three hours",    ending(days(2), hours(3)),     false),
        ("two days, ends in two hours",      ending(days(2), hours(2)),     true),
        ("it has ended",                     ending(days(14), hours(-1)),   true),
    ];
    for (rule, ending, expected) in cases {
        assert_eq!(ending.is_near(now), expected, "{rule}");
    }
}
