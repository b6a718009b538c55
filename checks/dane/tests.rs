use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta};
use rcgen::{CertificateParams, KeyPair, PublicKeyData};
use sha2::{Digest, Sha256, Sha512};

use super::{Dane, DaneFacts, Host, Presented, TopOfChain};
use crate::kernel::{
    Answer, CASE, Context, Data, Lookup, Name, Needs, Past, Rcode, Reason, Rtype, Target, Vantage,
};
use crate::mx::Mx;
use crate::records::dnssec::to_hex;
use crate::records::tlsa::Tlsa;
use crate::scripted::{Scripted, findings, holding, judge, nodata, observe_after, rcode, vouched};

mod rollover;
mod seen;

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
        names_leaf: false,
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
        base: None,
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
    let own_authority = || match with(|length, _, _, _| *length = 2) {
        Presented::Chain { leaf, length, matches_leaf, authority, validity_days, .. } => {
            let names_leaf = true;
            Presented::Chain { leaf, length, matches_leaf, names_leaf, authority, validity_days }
        }
        other => other,
    };
    let leads = |top| with(|length, _, authority, _| (*length, *authority) = (2, top));
    let mismatch = &["critical dane.mismatch mx1.example.com"][..];
    let broken = &["critical dane.ta-chain mx1.example.com"][..];
    #[rustfmt::skip]
    let cases = [
        ("a record of the leaf",              facts(ee(), with(|_, leaf, _, _| *leaf = true)),       &[][..]),
        ("none of it",                        facts(ee(), chain()),                                  mismatch),
        ("no TLS at all",                     facts(ee(), Presented::NoStarttls),                    mismatch),
        ("STARTTLS that is refused",          facts(ee(), Presented::StarttlsRefused),               mismatch),
        ("no handshake",                      facts(ee(), Presented::HandshakeFails),                mismatch),
        ("nobody there",                      facts(ee(), Presented::Unreachable),                   &[]),
        ("not to be told",                    facts(ee(), Presented::Untold { reason: Reason::Timeout }), &["indet. dane.unknown mx1.example.com"]),
        ("an authority that vouches",         facts(ta(), leads(top(true, true, 1))),                &[]),
        ("one that is not above the leaf",    facts(ta(), leads(top(false, true, 1))),               broken),
        ("a leaf of another name",            facts(ta(), leads(top(true, false, 1))),               broken),
        ("one that has ended",                facts(ta(), leads(top(true, true, 0))),                broken),
        ("one that is not sent",              facts(ta(), chain()),                                  broken),
        ("another one is sent",               facts(ta(), with(|length, _, _, _| *length = 2)),      mismatch),
        ("the leaf as its own authority",     facts(ta(), own_authority()),                          broken),
        ("a leaf outweighs an authority",     facts(vec![key_of(2), key_of(3)], with(|_, leaf, authority, _| (*leaf, *authority) = (true, top(false, false, 0)))), &[]),
        ("a single record",                   facts(vec![key_of(3)], with(|_, leaf, _, _| *leaf = true)), &["info dane.no-rollover mx1.example.com"]),
        ("certificates a machine renews",     facts(pinned(), with(|_, leaf, _, days| (*leaf, *days) = (true, 90))), &["warning dane.no-rollover mx1.example.com"]),
        ("keys beside a machine",             facts(ee(), with(|_, leaf, _, days| (*leaf, *days) = (true, 90))), &[]),
        ("authorities beside a machine",      facts(vec![record(2, 0, 1, &[1; 32]), record(2, 0, 1, &[2; 32])], with(|_, _, top_of, days| (*top_of, *days) = (top(true, true, 1), 90))), &[]),
        ("certificates renewed by hand",      facts(pinned(), with(|_, leaf, _, _| *leaf = true)),   &[]),
    ];
    for (rule, facts, expected) in cases {
        assert_eq!(said(&facts), expected, "{rule}");
    }
}

#[test]
fn a_host_weighs_by_all_its_addresses() {
    let agrees = || with(|_, leaf, _, _| *leaf = true);
    let untold = |reason| Presented::Untold { reason };
    let at = |presented: Vec<Presented>| {
        let mut facts = facts(vec![key_of(3), record(3, 1, 1, &[9; 32])], agrees());
        let addresses = (1..).map(|number| std::net::Ipv4Addr::new(192, 0, 2, number).into());
        facts.hosts[0].presented = addresses.zip(presented).collect();
        facts
    };
    let unknown = &["indet. dane.unknown mx1.example.com"][..];
    #[rustfmt::skip]
    let cases = [
        ("one that we have no way to",       at(vec![agrees(), untold(Reason::Network)]),                  &[][..]),
        ("one that keeps us waiting",        at(vec![agrees(), untold(Reason::Timeout)]),                  unknown),
        ("we have no way to any",            at(vec![untold(Reason::Network)]),                            unknown),
        ("nobody there, no way to the other", at(vec![Presented::Unreachable, untold(Reason::Network)]),   unknown),
        ("one that does not fit",            at(vec![agrees(), untold(Reason::Network), chain()]),         &["critical dane.mismatch mx1.example.com"]),
        ("the first that does not fit, two of them", at(vec![chain(), agrees(), chain()]),                 &["critical dane.mismatch mx1.example.com"]),
        ("none was asked",                   at(vec![]),                                                   unknown),
    ];
    for (rule, facts, expected) in cases {
        assert_eq!(said(&facts), expected, "{rule}");
    }
    let some = at(vec![chain(), agrees(), chain()]);
    let target = Target::new(Name::new("example.com"));
    let told = &findings::<Dane>(&some, &target, &Vantage::default())[0];
    assert_eq!(told.params["addresses"], "192.0.2.1, 192.0.2.3", "those that do not fit");
}

#[test]
fn records_are_heeded_where_all_is_signed_and_missed_where_it_could_be() {
    let of = |mx_secure, address_secure, tlsa: Lookup<Vec<Tlsa>>| {
        let mut facts = facts(Vec::new(), with(|_, leaf, _, _| *leaf = true));
        (facts.mx_secure, facts.hosts[0].address_secure) = (mx_secure, address_secure);
        facts.hosts[0].tlsa = tlsa;
        facts
    };
    let (yes, no) = (Some(true), Some(false));
    let absent = || Lookup::Absent { nxdomain: true };
    let held = || Lookup::Found(vec![key_of(3), record(3, 1, 1, &[9; 32])]);
    let beside = |tlsa, secure| {
        let mut facts = of(yes, yes, held());
        let other =
            Host { name: Name::new("mx2.example.com"), ..of(yes, secure, tlsa).hosts[0].clone() };
        facts.hosts.push(other);
        facts
    };
    let twice = |tlsa: Lookup<Vec<Tlsa>>| {
        let mut facts = of(yes, yes, absent());
        let other = Host { name: Name::new("mx2.example.com"), tlsa, ..facts.hosts[0].clone() };
        facts.hosts.push(other);
        facts
    };
    let lost = || Lookup::Unknown { reason: Reason::Timeout };
    let no_use = {
        let mut facts = beside(absent(), no);
        facts.mx_secure = None;
        facts
    };
    let unsigned_beside = {
        let mut facts = beside(absent(), yes);
        facts.mx_secure = no;
        facts
    };
    let unproven = {
        let mut facts = of(yes, yes, absent());
        facts.hosts[0].tlsa_secure = false;
        facts
    };
    let unknown = &["indet. dane.unknown mx1.example.com"][..];
    let insecure = &["warning dane.insecure mx1.example.com"][..];
    let by_some = &["info dane.insecure mx1.example.com"][..];
    let partial = &["warning dane.partial example.com"][..];
    let missing = &["info dane.missing mx1.example.com"][..];
    let both = &["info dane.missing mx1.example.com", "info dane.missing mx2.example.com"][..];
    #[rustfmt::skip]
    let cases = [
        ("all is signed",                    of(yes, yes, held()),           &[][..]),
        ("the MX set is not",                of(no, yes, held()),            by_some),
        ("nor the addresses",                of(no, no, held()),             insecure),
        ("the addresses are not",            of(yes, no, held()),            insecure),
        ("the MX set could not be told",     of(None, yes, held()),          unknown),
        ("nor could the addresses",          of(yes, None, held()),          unknown),
        ("signed and without records",       of(yes, yes, absent()),         missing),
        ("an absence that is not proven",    unproven,                       &[]),
        ("nothing is signed",                of(no, no, absent()),           &[]),
        ("no use for records",               of(no, None, absent()),         &[]),
        ("they may be missing",              of(None, yes, absent()),        unknown),
        ("they may be missing here",         of(yes, None, absent()),        unknown),
        ("another host has none",            beside(absent(), yes),          partial),
        ("nor is that one signed",           beside(absent(), no),           partial),
        ("another host is not told",         beside(lost(), yes),            &["indet. dane.unknown mx2.example.com"]),
        ("it has no use for any",            no_use,                         &["indet. dane.unknown mx1.example.com", "warning dane.partial example.com"]),
        ("a part, and an unsigned MX set",   unsigned_beside,                by_some),
        ("no host has any",                  twice(absent()),                both),
        ("one has none, one is not told",    twice(lost()),                  &["indet. dane.unknown mx2.example.com"]),
    ];
    for (rule, facts, expected) in cases {
        assert_eq!(said(&facts), expected, "{rule}");
    }
    for (facts, expected) in
        [(of(no, yes, absent()), Some("not-secure")), (of(yes, yes, absent()), None)]
    {
        assert_eq!(skipped(&facts), expected);
    }
    assert_eq!(skipped(&DaneFacts::default()), Some("no-mail-host"));
}

/// Why there is nothing to ask.
fn skipped(facts: &DaneFacts) -> Option<&'static str> {
    let (vantage, needs, past) = (Vantage::default(), Needs::default(), Past::default());
    let target = Target::new(Name::new("example.com"));
    let now = DateTime::UNIX_EPOCH;
    let context = Context { target: &target, vantage: &vantage, needs: &needs, past: &past, now };
    super::judge::judge(facts, &context).nothing_to_ask
}

#[test]
fn a_host_that_an_unsigned_mx_set_names_is_held_to_its_records_by_some() {
    let unsigned = |records, presented| {
        let mut facts = facts(records, presented);
        facts.mx_secure = Some(false);
        facts
    };
    let (ee, ta) = (|| vec![key_of(3)], || vec![key_of(2)]);
    let insecure = "info dane.insecure mx1.example.com";
    let untold = Presented::Untold { reason: Reason::Timeout };
    #[rustfmt::skip]
    let cases = [
        ("it keeps them",           unsigned(ee(), with(|_, leaf, _, _| *leaf = true)), &[insecure][..]),
        ("it does not",             unsigned(ee(), chain()),                  &["error dane.mismatch mx1.example.com", insecure]),
        ("it does not encrypt",     unsigned(ee(), Presented::NoStarttls),    &["error dane.mismatch mx1.example.com", insecure]),
        ("its authority is not sent", unsigned(ta(), chain()),                &["error dane.ta-chain mx1.example.com", insecure]),
        ("it could not be told",    unsigned(ee(), untold),                   &["indet. dane.unknown mx1.example.com", insecure]),
    ];
    for (rule, facts, expected) in cases {
        assert_eq!(said(&facts), expected, "{rule}");
    }
}

#[test]
fn a_finding_names_the_place_of_the_records_and_what_failed() {
    let at = |base: Option<&str>, records, presented| {
        let mut facts = facts(records, presented);
        facts.hosts[0].base = base.map(Name::new);
        let target = Target::new(Name::new("example.com"));
        let told = &findings::<Dane>(&facts, &target, &Vantage::default())[0];
        (told.params["at"].clone(), told.params.get(CASE).cloned().unwrap_or_default())
    };
    let (host, end) = ("_25._tcp.mx1.example.com", "_25._tcp.in.example.net");
    #[rustfmt::skip]
    let cases = [
        ("at the host",              at(None, vec![key_of(3)], chain()),                                host, ""),
        ("at the end of an alias",   at(Some("in.example.net"), vec![key_of(3)], chain()),              end,  ""),
        ("a single record there",    at(Some("in.example.net"), vec![key_of(3)], with(|_, leaf, _, _| *leaf = true)), end, "key"),
        ("no STARTTLS",              at(None, vec![key_of(3)], Presented::NoStarttls),                  host, "no-starttls"),
        ("STARTTLS refused",         at(None, vec![key_of(3)], Presented::StarttlsRefused),             host, "no-session"),
        ("a handshake refused",      at(None, vec![key_of(3)], Presented::HandshakeFails),              host, "no-session"),
    ];
    for (rule, (at, case), expected_at, expected_case) in cases {
        assert_eq!((at.as_str(), case.as_str()), (expected_at, expected_case), "{rule}");
    }
}

#[test]
fn a_domain_without_mx_is_signed_as_its_negative_is() {
    let (domain, tlsa) = ("example.com", "_25._tcp.example.com");
    let address = || vouched(holding(domain, vec![Data::A([192, 0, 2, 25].into())]));
    let world = |mx: Answer, v4: Answer| {
        Scripted::new()
            .answer(domain, Rtype::MX, mx)
            .answer(domain, Rtype::A, v4)
            .answer(domain, Rtype::AAAA, vouched(nodata()))
            .answer(tlsa, Rtype::TLSA, vouched(rcode(Rcode::NXDOMAIN)))
    };
    let target = Target::new(Name::new(domain));
    let seen = |world: &Scripted| observe_after::<Mx, Dane>(world, &target, &Vantage::default());
    let silent = || Answer::failed(Reason::Timeout);
    let (missing, unknown) = ("info dane.missing example.com", "indet. dane.unknown example.com");
    #[rustfmt::skip]
    let cases = [
        ("signed",             world(vouched(nodata()), address()), Some(true),  &[missing][..]),
        ("unsigned",           world(nodata(), address()),          Some(false), &[]),
        ("no address told",    world(vouched(nodata()), silent()),  Some(true),  &[unknown]),
        ("mx says it did not", world(silent(), address()),          None,        &[]),
    ];
    for (rule, world, secure, expected) in cases {
        let facts = seen(&world);
        assert_eq!(
            (facts.mx_secure, said(&facts)),
            (secure, expected.iter().map(ToString::to_string).collect()),
            "{rule}"
        );
    }
}

#[test]
fn whole_certificates_are_not_written_into_sentences() {
    let whole = facts(vec![record(3, 0, 0, &[0xab; 5000])], with(|_, leaf, _, _| *leaf = true));
    let target = Target::new(Name::new("example.com"));
    let told = &findings::<Dane>(&whole, &target, &Vantage::default())[0];
    assert_eq!(told.params["records"], format!("3 0 0 {}…", "ab".repeat(64)));
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
