use chrono::{DateTime, TimeDelta};

use super::{Dnssec, DnssecFacts, Ending, KeySet, Signing, Validation, Verdict};
use crate::kernel::{Data, Finding, Lookup, Name, Reason, Rtype, Target, Vantage};
use crate::records::dnssec::{Dnskey, Ds, to_hex};
use crate::scripted::{findings, judge};

/// RFC 4509 §2.3: the key of dskey.example.com. and its DS by SHA-256.
const KEY: &str = "AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==";
const DIGEST: &str = "d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a";

fn key() -> Dnskey {
    of_algorithm(5)
}

fn of_algorithm(algorithm: u8) -> Dnskey {
    use base64::Engine;
    let octets = base64::engine::general_purpose::STANDARD.decode(KEY).unwrap();
    let hex = to_hex(&[vec![1, 0, 3, algorithm], octets].concat());
    Dnskey::read(&Data::Other { rtype: Rtype::DNSKEY, hex }).unwrap()
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

const ZONE: &str = "dskey.example.com";

fn ds_of(key: &Dnskey) -> Ds {
    Ds::of(&Name::new(ZONE), key).unwrap()
}

fn signed_with(keys: &[Dnskey]) -> KeySet {
    let signed_by = keys.iter().map(|key| key.key_tag).collect();
    KeySet { keys: keys.to_vec(), signed_by, servers: [].into() }
}

/// A zone that is signed, and the zone above points to its key.
fn secure() -> DnssecFacts {
    let key = of_algorithm(13);
    DnssecFacts {
        zone: Some(Name::new(ZONE)),
        validation: Validation::Works,
        ds: Lookup::Found(vec![ds_of(&key)]),
        keys: [signed_with(&[key])].into(),
        is_partial: false,
        verdict: Verdict::Secure,
        ending: None,
        nsec3_iterations: None,
        signing: None,
        insecure_hosts: Vec::new(),
    }
}

/// A zone that has no keys, and no DS above.
fn unsigned() -> DnssecFacts {
    let ds = Lookup::Absent { nxdomain: false };
    DnssecFacts { ds, keys: [].into(), verdict: Verdict::Insecure, ..secure() }
}

fn say(facts: &DnssecFacts) -> Vec<String> {
    judge::<Dnssec>(facts, &Target::new(Name::new(ZONE)), &Vantage::default())
}

#[test]
fn keys_and_signatures_that_are_there_are_judged() {
    let (strong, weak) = (of_algorithm(13), key());
    let by_sha1 = |key: &Dnskey| Ds { digest_type: 1, ..ds_of(key) };
    let iterations = |most| DnssecFacts { nsec3_iterations: Some(most), ..secure() };
    let keys = |keys: &[KeySet]| DnssecFacts { keys: keys.iter().cloned().collect(), ..secure() };
    let ds = |ds: &[Ds]| DnssecFacts { ds: Lookup::Found(ds.to_vec()), ..secure() };
    let unsigning = KeySet { signed_by: [1].into(), ..signed_with(std::slice::from_ref(&strong)) };
    let ending = |hours| Ending {
        name: Name::new(ZONE),
        rtype: Rtype::MX,
        server: "192.0.2.53".parse().unwrap(),
        inception: DateTime::UNIX_EPOCH - TimeDelta::days(30),
        expiration: DateTime::UNIX_EPOCH + TimeDelta::hours(hours),
    };
    let of = |facts: DnssecFacts, keys: &[Dnskey]| DnssecFacts {
        keys: [signed_with(keys)].into(),
        ..facts
    };
    let many = &["error dnssec.nsec3-iterations dskey.example.com"][..];
    let some = &["warning dnssec.nsec3-iterations dskey.example.com"][..];
    let lost = &["critical dnssec.ds-without-dnskey dskey.example.com"][..];
    let behind = &["error dnssec.ds-without-dnskey dskey.example.com"][..];
    let old = &["warning dnssec.weak-algorithm dskey.example.com"][..];
    #[rustfmt::skip]
    let cases = [
        ("as it should be",             secure(),                                                   &[][..]),
        ("no iteration",                iterations(0),                                              &[]),
        ("one",                         iterations(1),                                              some),
        ("fifty",                       iterations(50),                                             some),
        ("fifty-one",                   iterations(51),                                             many),
        ("of a zone without keys",      DnssecFacts { nsec3_iterations: Some(51), ..unsigned() },   &["info dnssec.unsigned dskey.example.com"]),
        ("a server without keys",       keys(&[signed_with(std::slice::from_ref(&strong)), KeySet::default()]), behind),
        ("the only one that answered",  DnssecFacts { is_partial: true, ..keys(&[KeySet::default()]) }, &[]),
        ("keys that another signs",     keys(&[unsigning]),                                         lost),
        ("a DS of another key",         ds(&[Ds { key_tag: 1, ..ds_of(&strong) }]),                 lost),
        ("a DS for each of two keys",   ds(&[Ds { key_tag: 1, ..ds_of(&strong) }, ds_of(&strong)]), &[]),
        ("an old algorithm",            of(ds(&[ds_of(&weak)]), std::slice::from_ref(&weak)),       old),
        ("an old one beside a new one", of(secure(), &[strong.clone(), weak]),                      &[]),
        ("an old digest",               ds(&[by_sha1(&strong)]),                                    old),
        ("an old one beside a new one", ds(&[by_sha1(&strong), ds_of(&strong)]),                    &[]),
        ("a signature near its end",    DnssecFacts { ending: Some(ending(23)), ..secure() },       &["warning dnssec.signature-expiring dskey.example.com"]),
        ("one that is not",             DnssecFacts { ending: Some(ending(25)), ..secure() },       &[]),
        ("one that has ended",          DnssecFacts { ending: Some(ending(-1)), ..secure() },       &["warning dnssec.signature-expiring dskey.example.com"]),
    ];
    for (rule, facts, expected) in cases {
        assert_eq!(say(&facts), expected, "{rule}");
    }
}

#[test]
fn a_domain_is_not_called_bogus_where_its_ds_leads_to_no_key() {
    let key = of_algorithm(13);
    let held = signed_with(std::slice::from_ref(&key));
    let stale = KeySet { servers: ["192.0.2.2".parse().unwrap()].into(), ..KeySet::default() };
    let other = Lookup::Found(vec![Ds { key_tag: 1, ..ds_of(&key) }]);
    let of = |sets: &[KeySet]| DnssecFacts {
        keys: sets.iter().cloned().collect(),
        verdict: Verdict::Bogus { rtype: Rtype::SOA, ede: Some(9) },
        ..secure()
    };
    let bogus = &["critical dnssec.bogus dskey.example.com"][..];
    let lost = &["critical dnssec.ds-without-dnskey dskey.example.com"][..];
    let both = &[bogus[0], lost[0]];
    #[rustfmt::skip]
    let cases = [
        ("no server has a key",        of(&[KeySet::default()]),                                             lost),
        ("it is that of another key",  DnssecFacts { ds: other, ..of(std::slice::from_ref(&held)) },         lost),
        ("a server did not say",       DnssecFacts { is_partial: true, ..of(&[KeySet::default()]) },         lost),
        ("one server has it",          of(&[held.clone(), stale]),                                           both),
        ("all have it",                of(&[held]),                                                          bogus),
        ("none told its keys",         DnssecFacts { is_partial: true, ..of(&[]) },                          bogus),
    ];
    for (rule, facts, expected) in cases {
        let mut said = say(&facts);
        said.sort();
        assert_eq!(said, expected, "{rule}");
    }
    let silent = DnssecFacts { is_partial: true, ..of(&[KeySet::default()]) };
    assert_eq!(told(&silent)[0].fix, [], "the other server may have the key");
}

fn told(facts: &DnssecFacts) -> Vec<Finding> {
    findings::<Dnssec>(facts, &Target::new(Name::new(ZONE)), &Vantage::default())
}

#[test]
fn a_ds_is_deleted_only_where_it_leads_to_no_key_at_all() {
    let key = of_algorithm(13);
    let bogus = Verdict::Bogus { rtype: Rtype::SOA, ede: Some(9) };
    let lost = DnssecFacts { keys: [KeySet::default()].into(), verdict: bogus, ..secure() };
    assert_eq!(told(&lost)[0].fix[0].old, Some(ds_of(&key).to_string()));
    let vouched = DnssecFacts { verdict: Verdict::Secure, ..lost.clone() };
    assert_eq!(told(&vouched)[0].fix, [], "the resolver found the key somewhere");
    let stale = KeySet { servers: ["192.0.2.2".parse().unwrap()].into(), ..KeySet::default() };
    let one = DnssecFacts { keys: [signed_with(&[key]), stale].into(), ..lost };
    let finding = told(&one).remove(0);
    assert_eq!((finding.params["servers"].as_str(), finding.fix.len()), ("192.0.2.2", 0));
}

#[test]
fn a_ds_is_proposed_only_where_it_leads_to_signatures_that_hold() {
    let (strong, weak) = (of_algorithm(13), key());
    let of = |keys: &[Dnskey], signing| DnssecFacts {
        ds: Lookup::Absent { nxdomain: false },
        keys: [signed_with(keys)].into(),
        verdict: Verdict::Insecure,
        signing: Some(signing),
        ..secure()
    };
    let broken = Signing::Broken {
        name: Name::new(ZONE),
        rtype: Rtype::MX,
        server: "192.0.2.53".parse().unwrap(),
    };
    let new = std::slice::from_ref(&strong);
    let mut differing = of(new, Signing::Sound);
    differing.keys.insert(signed_with(&[of_algorithm(8)]));
    let mut standby = of(new, Signing::Sound);
    standby.keys = [KeySet { signed_by: Default::default(), ..signed_with(new) }].into();
    let ending = DnssecFacts {
        ending: Some(Ending {
            name: Name::new(ZONE),
            rtype: Rtype::SOA,
            inception: DateTime::UNIX_EPOCH - TimeDelta::days(30),
            // Tests are judged at the beginning of the epoch.
            expiration: DateTime::UNIX_EPOCH + TimeDelta::hours(1),
            server: "192.0.2.53".parse().unwrap(),
        }),
        ..of(new, Signing::Sound)
    };
    let ds = ds_of(&strong).to_string();
    #[rustfmt::skip]
    let cases = [
        ("they end within the hour",     ending,                                          Some("ending"), None),
        ("the key signs nowhere",        standby,                                         Some("untold"), None),
        ("they hold",                    of(new, Signing::Sound),                         None,           Some(&ds)),
        ("one does not",                 of(new, broken),                                 Some("broken"), None),
        ("it could not be told",         of(new, Signing::Untold),                        Some("untold"), None),
        ("no key signs at every server", differing,                                       Some("untold"), None),
        ("the key is an old one",        of(std::slice::from_ref(&weak), Signing::Sound), Some("weak"),   None),
        ("a new one stands beside it",   of(&[weak, strong.clone()], Signing::Sound),     None,           Some(&ds)),
    ];
    for (rule, facts, case, ds) in cases {
        let finding = told(&facts).into_iter().find(|finding| finding.id == "dnssec.island");
        let finding = finding.expect("it is an island in every case");
        let value = finding.fix.first().and_then(|change| change.value.as_ref());
        assert_eq!((finding.params.get("case").map(String::as_str), value), (case, ds), "{rule}");
    }
}

#[test]
fn signatures_that_have_ended_are_one_finding() {
    let bogus = Verdict::Bogus { rtype: Rtype::SOA, ede: Some(7) };
    let timeout = Reason::Timeout;
    let of = |hours, verdict| DnssecFacts {
        ending: Some(Ending {
            name: Name::new(ZONE),
            rtype: Rtype::MX,
            server: "192.0.2.53".parse().unwrap(),
            inception: DateTime::UNIX_EPOCH - TimeDelta::days(30),
            expiration: DateTime::UNIX_EPOCH + TimeDelta::hours(hours),
        }),
        verdict,
        ..secure()
    };
    let island = DnssecFacts {
        ds: Lookup::Absent { nxdomain: false },
        signing: Some(Signing::Untold),
        ..of(-1, Verdict::Insecure)
    };
    let ds_untold = DnssecFacts { ds: Lookup::Unknown { reason: timeout }, ..of(-1, bogus) };
    #[rustfmt::skip]
    let cases = [
        ("the resolver refuses them",     of(-1, bogus),                                 &[("dnssec.bogus", Some("expired"))][..]),
        ("for another reason",            of(1, bogus),                                  &[("dnssec.bogus", None), ("dnssec.signature-expiring", None)]),
        ("it found another server",       of(-1, Verdict::Secure),                       &[("dnssec.signature-expiring", Some("ended"))]),
        ("it did not say",                of(-1, Verdict::Unknown { reason: timeout }),  &[("dnssec.unknown", None)]),
        ("the DS could not be told",      ds_untold,                                     &[("dnssec.unknown", None)]),
        ("nobody validates without a DS", island,                                        &[("dnssec.island", Some("untold"))]),
    ];
    for (rule, facts, expected) in cases {
        let mut said: Vec<(String, Option<String>)> = told(&facts)
            .into_iter()
            .map(|finding| (finding.id.clone(), finding.params.get("case").cloned()))
            .collect();
        said.sort();
        let said: Vec<(&str, Option<&str>)> =
            said.iter().map(|(id, case)| (id.as_str(), case.as_deref())).collect();
        assert_eq!(said, expected, "{rule}");
    }
}

#[test]
fn a_ds_by_sha1_is_followed_by_one_of_the_same_key() {
    let (strong, weak) = (of_algorithm(13), key());
    let by_sha1 = |key: &Dnskey| Ds { digest_type: 1, ..ds_of(key) };
    let of = |key: &Dnskey| DnssecFacts {
        ds: Lookup::Found(vec![by_sha1(key)]),
        keys: [signed_with(std::slice::from_ref(key))].into(),
        ..secure()
    };
    let ds = ds_of(&strong).to_string();
    let silent = DnssecFacts { is_partial: true, ..of(&strong) };
    let unvouched = DnssecFacts { verdict: Verdict::Insecure, ..of(&strong) };
    let lost = DnssecFacts { keys: [].into(), is_partial: true, ..of(&strong) };
    #[rustfmt::skip]
    let cases = [
        ("the key is sound",              of(&strong),  Some("ds"), Some(&ds)),
        ("a server did not say",          silent,       Some("ds"), None),
        ("the resolver does not vouch",   unvouched,    Some("ds"), None),
        ("no server told its keys",       lost,         Some("ds"), None),
        ("the key is by SHA-1 too",       of(&weak),    None,       None),
    ];
    for (rule, facts, case, ds) in cases {
        let finding = told(&facts).remove(0);
        let value = finding.fix.first().and_then(|change| change.value.as_ref());
        assert_eq!(finding.id, "dnssec.weak-algorithm", "{rule}");
        assert_eq!((finding.params.get("case").map(String::as_str), value), (case, ds), "{rule}");
    }
}

#[test]
fn a_zone_hangs_on_to_the_one_above() {
    let absent = || Lookup::Absent { nxdomain: false };
    let lost = || Lookup::Unknown { reason: Reason::Timeout };
    let island = || DnssecFacts { ds: absent(), verdict: Verdict::Insecure, ..secure() };
    let verdict = |facts: DnssecFacts, verdict| DnssecFacts { verdict, ..facts };
    let bogus = Verdict::Bogus { rtype: Rtype::A, ede: Some(7) };
    let silent = Verdict::Unknown { reason: Reason::Timeout };
    let hosts = ["mx.example.net", "mx2.example.net", "mx.example.org"].map(Name::new).to_vec();
    let unknown = &["indet. dnssec.unknown dskey.example.com"][..];
    let resolver = &["indet. dnssec.unknown resolver"][..];
    #[rustfmt::skip]
    let cases = [
        ("no keys and no DS",           unsigned(),                                                &["info dnssec.unsigned dskey.example.com"][..]),
        ("a server did not answer",     DnssecFacts { is_partial: true, ..unsigned() },            &[]),
        ("the DS could not be told",    DnssecFacts { ds: lost(), ..unsigned() },                  unknown),
        ("nor of a signed zone",        DnssecFacts { ds: lost(), ..secure() },                    unknown),
        ("keys and no DS",              island(),                                                  &["info dnssec.island dskey.example.com"]),
        ("the resolver vouches",        verdict(unsigned(), Verdict::Secure),                      &[]),
        ("it fails for signatures",     verdict(secure(), bogus),                                  &["critical dnssec.bogus dskey.example.com"]),
        ("though there is no DS",       verdict(unsigned(), bogus),                                unknown),
        ("it fails, the DS is untold",  DnssecFacts { ds: lost(), ..verdict(secure(), bogus) },    unknown),
        ("it says nothing",             verdict(secure(), silent),                                 unknown),
        ("it does not validate",        DnssecFacts { validation: Validation::Fails, ..unsigned() }, resolver),
        ("mail hosts are not signed",   DnssecFacts { insecure_hosts: hosts, ..secure() },         &["info dnssec.mx-zone-unsigned example.net", "info dnssec.mx-zone-unsigned example.org"]),
        ("no zone",                     DnssecFacts { zone: None, ..secure() },                    &[]),
    ];
    for (rule, facts, expected) in cases {
        assert_eq!(say(&facts), expected, "{rule}");
    }
}
