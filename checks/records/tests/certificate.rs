use chrono::{TimeZone, Utc};
use proptest::prelude::*;
use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};

use crate::kernel::Name;
use crate::records::certificate::{CertificateError, Reading, read};

fn self_signed(names: &[&str], organization: &str) -> Vec<u8> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, "mx.example.com");
    params.distinguished_name.push(DnType::OrganizationName, organization);
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2026, 4, 1);
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
}

fn reading(names: &[&str]) -> Reading {
    read(&self_signed(names, "Example")).unwrap()
}

#[test]
fn a_certificate_is_read_into_names_dates_parties_and_key() {
    let read = reading(&["b.example.com", "A.example.com", "192.0.2.1"]);
    assert_eq!(read.names, ["a.example.com", "b.example.com"]);
    assert_eq!(read.not_before, Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap());
    assert_eq!(read.not_after, Utc.with_ymd_and_hms(2026, 4, 1, 0, 0, 0).unwrap());
    assert_eq!((read.subject.as_str(), read.self_issued), ("mx.example.com, Example", true));
    assert_eq!((read.key.kind.as_str(), read.key.bits), ("EC", 256));
    assert_eq!(read.sha256.len(), 64);
}

#[test]
fn a_host_is_named_by_alternative_names_alone() {
    #[rustfmt::skip]
    let cases = [
        ("the name itself",                &["mx1.example.com"][..], "mx1.example.com",   true),
        ("without regard to case",         &["MX1.Example.COM"],     "mx1.example.com",   true),
        ("one of several",                 &["a.test", "b.test"],    "b.test",            true),
        ("another name",                   &["mx2.example.com"],     "mx1.example.com",   false),
        ("a wildcard is one label",        &["*.example.com"],       "mx1.example.com",   true),
        ("a wildcard is not two labels",   &["*.example.com"],       "a.b.example.com",   false),
        ("a wildcard is not its parent",   &["*.example.com"],       "example.com",       false),
        ("no part of a label",             &["mx*.example.com"],     "mx1.example.com",   false),
        ("the common name does not count", &["other.test"],          "mx.example.com",    false),
        ("a final dot is no difference",   &["mx1.example.com"],     "mx1.example.com.",  true),
    ];
    for (rule, names, host, expected) in cases {
        assert_eq!(reading(names).names_host(&Name::new(host)), expected, "{rule}");
    }
}

#[test]
fn what_a_party_is_called_obeys_no_terminal_and_is_short() {
    let read = read(&self_signed(&["a.test"], &format!("\u{1b}[31m\u{202e}{}", "x".repeat(500))));
    let subject = read.unwrap().subject;
    assert!(subject.starts_with("mx.example.com, [31mxxx"), "{subject}");
    assert_eq!(subject.chars().count(), 100);
}

#[test]
fn octets_that_are_no_certificate_are_refused() {
    let der = self_signed(&["a.test"], "Example");
    assert_eq!(read(&[]), Err(CertificateError::Malformed));
    assert_eq!(read(&der[..der.len() / 2]), Err(CertificateError::Malformed));
    assert_eq!(read(&vec![0x30; 70_000]), Err(CertificateError::TooLong { octets: 70_000 }));
}

proptest! {
    #[test]
    fn no_octets_make_the_reader_panic(octets in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = read(&octets);
    }

    #[test]
    fn no_damage_makes_the_reader_panic(at in 0usize..400, octet in any::<u8>()) {
        let mut der = self_signed(&["a.test"], "Example");
        let at = at % der.len();
        der[at] = octet;
        let _ = read(&der);
    }
}
