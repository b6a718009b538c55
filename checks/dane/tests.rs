use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta};
use rcgen::{CertificateParams, KeyPair, PublicKeyData};
use sha2::{Digest, Sha256, Sha512};

use super::{Dane, DaneFacts, Host, Presented, TopOfChain};
use crate::kernel::{Data, Lookup, Name, Reason, Rtype, Target, Vantage};
use crate::records::dnssec::to_hex;
use crate::records::tlsa::Tlsa;
use crate::scripted::judge;

const HOST: &str = "mx1.example.com";

fn record(usage: u8, selector: u8, matching: u8, data: &[u8]) -> Tlsa {
    let hex = to_hex(&[&[usage, selector, matching], data].concat());
    Tlsa::read(&Data::Other { rtype: Rtype::TLSA, hex }).unwrap()
}

fn key_of(usage: u8) -> Tlsa {
    record(usage, 1, 1, &[usage; 32])
}

fn chain() -> Presented {
    Presented::Chain {
        leaf: "00".repeat(32),
        length: 1,
        matches_leaf: false,
        authority: None,
        validity_days: 365,
    }
}

fn with(
    change: impl FnOnce(&mut usize, &mut bool, &mut Option<TopOfChain>, &mut i64),
) -> Presented {
    let mut presented = chain();
    if let Presented::Chain { length, matches_leaf, authority, validity_days, .. } = &mut presented
    {
        change(length, matches_leaf, authority, validity_days);
    }
    presented
}

fn top(is_linked: bool, names_host: bool, days: i64) -> Option<TopOfChain> {
    // Tests are judged at the beginning of the epoch.
    let not_after = DateTime::UNIX_EPOCH + TimeDelta::days(days);
    Some(TopOfChain { is_linked, names_host, not_after })
}

fn facts(records: Vec<Tlsa>, presented: Presented) -> DaneFacts {
    let host = Host {
        name: Name::new(HOST),
        address_secure: Some(true),
        tlsa: Lookup::Found(records),
        tlsa_secure: true,
        fails_elsewhere: false,
        presented: BTreeMap::from([("192.0.2.25".parse().unwrap(), presented)]),
    };
    DaneFacts { mx_secure: Some(true), hosts: vec![host] }
}

fn said(facts: &DaneFacts) -> Vec<String> {
    judge::<Dane>(facts, &Target::new(Name::new("example.com")), &Vantage::default())
}

#[test]
fn what_is_presented_is_held_against_the_records() {
    let ee = || vec![key_of(3), record(3, 1, 1, &[9; 32])];
    let ta = || vec![key_of(2), record(2, 1, 1, &[9; 32])];
    let pinned = || vec![record(3, 0, 1, &[1; 32]), record(3, 0, 1, &[2; 32])];
    let leads = |top| with(|length, _, authority, _| (*length, *authority) = (2, top));
    let mismatch = &["critical dane.mismatch mx1.example.com"][..];
    let broken = &["critical dane.ta-chain mx1.example.com"][..];
    #[rustfmt::skip]
    let cases = [
        ("a record of the leaf",              facts(ee(), with(|_, leaf, _, _| *leaf = true)),       &[][..]),
        ("none of it",                        facts(ee(), chain()),                                  mismatch),
        ("no TLS at all",                     facts(ee(), Presented::NoStarttls),                    mismatch),
        ("nobody there",                      facts(ee(), Presented::Unreachable),                   &[]),
        ("not to be told",                    facts(ee(), Presented::Untold { reason: Reason::Timeout }), &["indet. dane.unknown mx1.example.com"]),
        ("an authority that vouches",         facts(ta(), leads(top(true, true, 1))),                &[]),
        ("one that is not above the leaf",    facts(ta(), leads(top(false, true, 1))),               broken),
        ("a leaf of another name",            facts(ta(), leads(top(true, false, 1))),               broken),
        ("one that has ended",                facts(ta(), leads(top(true, true, 0))),                broken),
        ("one that is not sent",              facts(ta(), chain()),                                  broken),
        ("another one is sent",               facts(ta(), with(|length, _, _, _| *length = 2)),      mismatch),
        ("a leaf outweighs an authority",     facts(vec![key_of(2), key_of(3)], with(|_, leaf, authority, _| (*leaf, *authority) = (true, top(false, false, 0)))), &[]),
        ("a single record",                   facts(vec![key_of(3)], with(|_, leaf, _, _| *leaf = true)), &["info dane.no-rollover mx1.example.com"]),
        ("certificates a machine renews",     facts(pinned(), with(|_, leaf, _, days| (*leaf, *days) = (true, 90))), &["warning dane.no-rollover mx1.example.com"]),
        ("certificates renewed by hand",      facts(pinned(), with(|_, leaf, _, _| *leaf = true)),   &[]),
    ];
    for (rule, facts, expected) in cases {
        assert_eq!(said(&facts), expected, "{rule}");
    }
}

#[test]
fn a_failing_question_is_the_servers_fault_only_where_the_rest_is_secure() {
    let failing = |elsewhere, address_secure| {
        let mut facts = facts(Vec::new(), chain());
        facts.hosts[0].tlsa = Lookup::Unknown { reason: Reason::Servfail };
        facts.hosts[0].fails_elsewhere = elsewhere;
        facts.hosts[0].address_secure = address_secure;
        facts
    };
    let unknown = &["indet. dane.unknown mx1.example.com"][..];
    #[rustfmt::skip]
    let cases = [
        ("at both resolvers",        failing(true, Some(true)),   &["error dane.tlsa-lookup-broken mx1.example.com"][..]),
        ("at one of them",           failing(false, Some(true)),  unknown),
        ("in an unsigned zone",      failing(true, Some(false)),  unknown),
        ("with all the rest",        failing(true, None),         unknown),
    ];
    for (rule, facts, expected) in cases {
        assert_eq!(said(&facts), expected, "{rule}");
    }
}

#[test]
fn a_record_is_usable_by_its_fields_and_its_length() {
    #[rustfmt::skip]
    let cases = [
        ("3 1 1",                        record(3, 1, 1, &[0; 32]),  true),
        ("2 0 2",                        record(2, 0, 2, &[0; 64]),  true),
        ("a whole certificate",          record(3, 0, 0, &[0; 500]), true),
        ("usage 1",                      record(1, 1, 1, &[0; 32]),  false),
        ("an unknown usage",             record(4, 1, 1, &[0; 32]),  false),
        ("an unknown selector",          record(3, 2, 1, &[0; 32]),  false),
        ("an unknown matching type",     record(3, 1, 3, &[0; 32]),  false),
        ("a digest too short",           record(3, 1, 1, &[0; 31]),  false),
        ("a digest of the other length", record(3, 1, 2, &[0; 32]),  false),
        ("no data",                      record(3, 1, 0, &[]),       false),
    ];
    for (rule, record, expected) in cases {
        assert_eq!(record.is_usable(), expected, "{rule}");
    }
}

#[test]
fn a_record_stands_for_a_certificate_or_its_key() {
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec![HOST.to_owned()]).unwrap().self_signed(&key).unwrap();
    let (der, info) = (certificate.der().to_vec(), key.subject_public_key_info());
    #[rustfmt::skip]
    let cases = [
        ("the certificate itself", record(3, 0, 0, &der),                   true),
        ("its SHA-256",            record(3, 0, 1, &Sha256::digest(&der)),  true),
        ("its key",                record(3, 1, 0, &info),                  true),
        ("the key's SHA-256",      record(3, 1, 1, &Sha256::digest(&info)), true),
        ("the key's SHA-512",      record(3, 1, 2, &Sha512::digest(&info)), true),
        ("one for the other",      record(3, 1, 1, &Sha256::digest(&der)),  false),
    ];
    for (rule, record, expected) in cases {
        assert_eq!(record.stands_for(&der), expected, "{rule}");
    }
    assert!(!record(3, 1, 1, &Sha256::digest(&info)).stands_for(b"no certificate"));
}
