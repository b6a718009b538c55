use chrono::{DateTime, TimeDelta};

use super::{Bimi, BimiFacts, Fetch, Logo};
use crate::dmarc::Dmarc;
use crate::kernel::{Lookup, Name, Reason, Rtype, Target, Text, Vantage};
use crate::records::certificate;
use crate::records::dmarc::Policy;
use crate::records::mark_certificate::MarkCertificate;
use crate::scripted::{Scripted, findings, judge, observe_after};

fn target() -> Target {
    Target::new(Name::new("news.example.com"))
}

fn logo(faults: &[&str]) -> Fetch<Logo> {
    let faults = faults.iter().map(|fault| (*fault).to_owned()).collect();
    Fetch::Found(Box::new(Logo { sha256: "aa".to_owned(), faults }))
}

/// A mark certificate for the name, in date at the epoch, where tests are judged.
fn mark(name: &str) -> MarkCertificate {
    let mut params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name.push(rcgen::DnType::OrganizationName, "DigiCert, Inc.");
    let key = rcgen::KeyPair::generate().unwrap();
    let der = params.self_signed(&key).unwrap();
    let mut leaf = certificate::read(der.der()).unwrap();
    leaf.not_before = DateTime::UNIX_EPOCH - TimeDelta::days(1);
    leaf.not_after = DateTime::UNIX_EPOCH + TimeDelta::days(1);
    MarkCertificate { leaf, has_purpose: true, logo: Some("aa".to_owned()) }
}

fn found(mark: MarkCertificate) -> Option<Fetch<MarkCertificate>> {
    Some(Fetch::Found(Box::new(mark)))
}

fn facts(record: &str) -> BimiFacts {
    BimiFacts {
        records: Lookup::Found(vec![Text::new(vec![record.as_bytes().to_vec()])]),
        asked: Name::new("default._bimi.example.com"),
        logo: Some(logo(&[])),
        certificate: found(mark("example.com")),
        dmarc_told: true,
        policy: Some(Policy::Reject),
        dmarc: Some("v=DMARC1; p=reject".to_owned()),
        organization: None,
    }
}

const RECORD: &str = "v=BIMI1; l=https://a.test/l.svg; a=https://a.test/c.pem";

fn say(facts: &BimiFacts) -> Vec<String> {
    judge::<Bimi>(facts, &target(), &Vantage::default())
}

#[test]
fn a_logo_needs_a_policy_that_is_enforced() {
    let weak = &["warning bimi.dmarc-not-enforced news.example.com"][..];
    #[rustfmt::skip]
    let cases = [
        ("reject",                  "v=DMARC1; p=reject",               Some(Policy::Reject),     &[][..]),
        ("quarantine",              "v=DMARC1; p=quarantine",           Some(Policy::Quarantine), &[]),
        ("a whole sample",          "v=DMARC1; p=reject; pct=100",      Some(Policy::Reject),     &[]),
        ("none",                    "v=DMARC1; p=none",                 Some(Policy::None),       weak),
        ("a sample",                "v=DMARC1; p=reject; pct=50",       Some(Policy::Reject),     weak),
        ("none for subdomains",     "v=DMARC1; p=reject; sp=none",      Some(Policy::Reject),     weak),
        ("testing",                 "v=DMARC1; p=reject; t=y",          Some(Policy::Quarantine), weak),
        ("no record",               "",                                 None,                     weak),
    ];
    for (rule, dmarc, policy, expected) in cases {
        let facts = BimiFacts { dmarc: Some(dmarc.to_owned()), policy, ..facts(RECORD) };
        assert_eq!(say(&facts), expected, "{rule}");
    }
    let untold = BimiFacts { dmarc_told: false, dmarc: None, policy: None, ..facts(RECORD) };
    assert_eq!(say(&untold), Vec::<String>::new());
}

#[test]
fn the_organization_has_to_enforce_its_policy_too() {
    let weak = &["warning bimi.dmarc-not-enforced news.example.com"][..];
    let held = |record: &str| Some(Lookup::Found((Name::new("example.com"), record.to_owned())));
    let lost = Some(Lookup::Unknown { reason: Reason::Timeout });
    #[rustfmt::skip]
    let cases = [
        ("reject",               held("v=DMARC1; p=reject"),              &[][..]),
        ("quarantine",           held("v=DMARC1; p=quarantine"),          &[]),
        ("none",                 held("v=DMARC1; p=none"),                weak),
        ("none but for names below", held("v=DMARC1; p=none; sp=reject"), weak),
        ("none for names below", held("v=DMARC1; p=reject; sp=none"),     weak),
        ("testing",              held("v=DMARC1; p=reject; t=y"),         weak),
        ("a sample",             held("v=DMARC1; p=reject; pct=99"),      weak),
        ("not told",             lost,                                    &["indet. bimi.unknown news.example.com"]),
    ];
    for (rule, organization, expected) in cases {
        let facts = BimiFacts { organization, ..facts(RECORD) };
        assert_eq!(say(&facts), expected, "{rule}");
    }
}

#[test]
fn the_record_of_the_organization_is_found_above_the_own_one() {
    let own = "v=DMARC1; p=reject";
    let seen = |world: Scripted| {
        let world = world.txt("default._bimi.news.example.com", &[RECORD]);
        let world = world.txt("_dmarc.news.example.com", &[own]);
        observe_after::<Dmarc, Bimi>(&world, &target(), &Vantage::default()).organization
    };
    let (none, above) = ("v=DMARC1; p=none", "_dmarc.example.com");
    let found = Lookup::Found((Name::new("example.com"), none.to_owned()));
    assert_eq!(seen(Scripted::new().txt(above, &[none])), Some(found));
    assert_eq!(seen(Scripted::new()), None, "the domain is its own organization");
    let lost = Scripted::new().fails(above, Rtype::TXT, Reason::Timeout);
    assert_eq!(seen(lost), Some(Lookup::Unknown { reason: Reason::Timeout }));
}

#[test]
fn a_file_that_is_not_there_is_told_as_such() {
    let case = |facts: &BimiFacts| {
        let found = findings::<Bimi>(facts, &target(), &Vantage::default());
        found[0].params.get("case").cloned()
    };
    fn missing<T>() -> Option<Fetch<T>> {
        Some(Fetch::Missing { cause: "HTTP 404".to_owned() })
    }
    let certificate = |certificate| case(&BimiFacts { certificate, ..facts(RECORD) });
    let logo = |logo| case(&BimiFacts { logo, ..facts(RECORD) });
    assert_eq!(certificate(missing()).as_deref(), Some("missing"));
    assert_eq!(certificate(Some(Fetch::Unreadable)), None);
    assert_eq!(certificate(None), None, "none is named");
    assert_eq!(logo(missing()).as_deref(), Some("missing"));
    assert_eq!(logo(Some(Fetch::Unreadable)), None);
}

#[test]
fn the_certificate_vouches_for_domain_and_logo() {
    let told = &["warning bimi.certificate news.example.com"][..];
    let ours = || mark("example.com");
    let mut expired = ours();
    expired.leaf.not_after = DateTime::UNIX_EPOCH - TimeDelta::seconds(1);
    let mut unknown = ours();
    unknown.leaf.issuer = "Somebody".to_owned();
    let mut last = ours();
    last.leaf.not_after = DateTime::UNIX_EPOCH;
    let mut early = ours();
    early.leaf.not_before = DateTime::UNIX_EPOCH + TimeDelta::seconds(1);
    let mut first = ours();
    first.leaf.not_before = DateTime::UNIX_EPOCH;
    let lost = Some(Fetch::Unknown { reason: Reason::Timeout });
    let missing = Some(Fetch::Missing { cause: "HTTP 404".to_owned() });
    #[rustfmt::skip]
    let cases = [
        ("for the organization",    found(ours()),                                       &[][..]),
        ("for the domain",          found(mark("news.example.com")),                     &[]),
        ("for the record's name",   found(mark("default._bimi.example.com")),            &[]),
        ("for another",             found(mark("example.net")),                          told),
        ("expired",                 found(expired),                                      told),
        ("in its last second",      found(last),                                         &[]),
        ("not yet valid",           found(early),                                        told),
        ("in its first second",     found(first),                                        &[]),
        ("an authority of others",  found(unknown),                                      told),
        ("not for marks",           found(MarkCertificate { has_purpose: false, ..ours() }), told),
        ("another logo",            found(MarkCertificate { logo: Some("bb".to_owned()), ..ours() }), told),
        ("a logo it does not show", found(MarkCertificate { logo: None, ..ours() }),     &[]),
        ("something else",          Some(Fetch::Unreadable),                             told),
        ("not there",               missing,                                             told),
        ("not told",                lost,                                                &["indet. bimi.unknown news.example.com"]),
        ("none is named",           None,                                                &["info bimi.certificate news.example.com"]),
    ];
    for (rule, certificate, expected) in cases {
        let facts = BimiFacts { certificate, ..facts(RECORD) };
        assert_eq!(say(&facts), expected, "{rule}");
    }
}

#[test]
fn the_logo_is_there_and_fine() {
    let wrong = &["warning bimi.logo-invalid news.example.com"][..];
    let lost = Fetch::Unknown { reason: Reason::Timeout };
    #[rustfmt::skip]
    let cases = [
        ("fine",        logo(&[]),                                              &[][..]),
        ("a script",    logo(&["<script>"]),                                    wrong),
        ("not there",   Fetch::Missing { cause: "HTTP 404".to_owned() },        wrong),
        ("not told",    lost,                                                   &["indet. bimi.unknown news.example.com"]),
    ];
    for (rule, logo, expected) in cases {
        let facts = BimiFacts { logo: Some(logo), ..facts(RECORD) };
        assert_eq!(say(&facts), expected, "{rule}");
    }
}

#[test]
fn what_is_not_there_is_not_judged_and_what_is_not_told_is_said_once() {
    let lost = || Fetch::Unknown { reason: Reason::Timeout };
    let certificate = Some(Fetch::Unknown { reason: Reason::Timeout });
    let records = |records| BimiFacts { records, ..facts(RECORD) };
    let texts = |texts: &[&str]| {
        let text = |text: &&str| Text::new(vec![text.as_bytes().to_vec()]);
        records(Lookup::Found(texts.iter().map(text).collect()))
    };
    let unknown = &["indet. bimi.unknown news.example.com"][..];
    #[rustfmt::skip]
    let cases = [
        ("no record among the texts", texts(&[]),                                           &[][..]),
        ("no text",                   records(Lookup::Absent { nxdomain: true }),           &[]),
        ("not told",                  records(Lookup::Unknown { reason: Reason::Timeout }), unknown),
        ("two",                       texts(&[RECORD, RECORD]),                             &["warning bimi.invalid news.example.com"]),
        ("declined",                  texts(&["v=BIMI1; l=; a="]),                          &[]),
        ("neither file is told",      BimiFacts { logo: Some(lost()), certificate, ..facts(RECORD) }, unknown),
    ];
    for (rule, facts, expected) in cases {
        assert_eq!(say(&facts), expected, "{rule}");
    }
}

#[test]
fn the_record_of_the_organization_stands_in() {
    let own = "v=BIMI1; l=; a=";
    let dmarc = "v=DMARC1; p=reject";
    let observed = |world: Scripted| {
        let world = world.txt("_dmarc.example.com", &[dmarc]);
        observe_after::<Dmarc, Bimi>(&world, &target(), &Vantage::default())
    };
    let name = "default._bimi.news.example.com";
    let above = "default._bimi.example.com";
    let at = |world| observed(world).asked.to_string();
    assert_eq!(at(Scripted::new().txt(name, &[own]).txt(above, &[own])), name);
    assert_eq!(at(Scripted::new().txt(above, &[own])), above);
    assert_eq!(at(Scripted::new().txt(name, &["v=spf1 -all"]).txt(above, &[own])), above);
    let lost = Scripted::new().fails(name, Rtype::TXT, Reason::Timeout).txt(above, &[own]);
    assert_eq!(at(lost), name, "one that is not told may be there");
    assert_eq!(observed(Scripted::new().txt(above, &[own])).policy, Some(Policy::Reject));
}
