use super::{Caa, CaaFacts, Host, Issued, Relevant, catalogue};
use crate::kernel::{Name, Reason, Target, Vantage};
use crate::records::caa::Caa as Record;
use crate::scripted::{findings, judge};

const LETS_ENCRYPT: &str = "R11, Let's Encrypt";

fn target() -> Target {
    Target::new(Name::new("example.com"))
}

fn record(tag: &str, value: &str) -> Record {
    Record { critical: false, tag: tag.to_owned(), value: value.to_owned() }
}

fn host(name: &str, relevant: Relevant, certificates: &[(&str, bool)]) -> Host {
    let issued = |(issuer, wildcard): &(&str, bool)| Issued {
        issuer: (*issuer).to_owned(),
        wildcard: *wildcard,
    };
    let certificates = certificates.iter().map(issued).collect();
    Host { name: Name::new(name), relevant, certificates }
}

fn set(records: &[Record]) -> Relevant {
    Relevant::Set { at: Name::new("example.com"), records: records.to_vec() }
}

fn say(hosts: Vec<Host>) -> Vec<String> {
    judge::<Caa>(&CaaFacts { hosts }, &target(), &Vantage::default())
}

#[test]
fn the_issuer_of_what_is_shown_has_to_be_allowed() {
    let excluded = &["error caa.issuer-excluded mx1.example.com"][..];
    let own = record("issue", "letsencrypt.org; validationmethods=dns-01");
    let other = record("issue", "digicert.com");
    let wild = record("issuewild", "digicert.com");
    type Case = (&'static str, Vec<Record>, (&'static str, bool), &'static [&'static str]);
    #[rustfmt::skip]
    let cases: Vec<Case> = vec![
        ("allowed",                       vec![own.clone()],                   (LETS_ENCRYPT, false),      &[]),
        ("allowed beside another",        vec![other.clone(), own.clone()],    (LETS_ENCRYPT, false),      &[]),
        ("another alone",                 vec![other.clone()],                 (LETS_ENCRYPT, false),      excluded),
        ("one of several names",          vec![record("issue", "comodoca.com")], ("Sectigo Limited", false), &[]),
        ("a wildcard by issue",           vec![own.clone()],                   (LETS_ENCRYPT, true),       &[]),
        ("a wildcard under issuewild",    vec![own.clone(), wild.clone()],     (LETS_ENCRYPT, true),       excluded),
        ("a name beside issuewild",       vec![own, wild],                     (LETS_ENCRYPT, false),      &[]),
        ("an authority we do not know",   vec![other],                         ("R1, a private one", false), &[]),
        ("nobody is allowed",             vec![record("issue", ";")],          ("R1, a private one", false), excluded),
        ("nobody is restricted",          vec![record("iodef", "x")],          (LETS_ENCRYPT, false),      &[]),
    ];
    for (rule, records, shown, expected) in cases {
        assert_eq!(say(vec![host("mx1.example.com", set(&records), &[shown])]), expected, "{rule}");
    }
}

#[test]
fn what_is_wrong_with_a_shared_set_is_said_once() {
    let at = || Name::new("example.com");
    let critical = Record { critical: true, ..record("tbs", "x") };
    let unknown = || Relevant::Unknown { at: at(), reason: Reason::Timeout };
    let broken = |signed| move || Relevant::Broken { at: at(), signed };
    let both = |relevant: &dyn Fn() -> Relevant| {
        let shown = [(LETS_ENCRYPT, false)];
        say(vec![
            host("mx1.example.com", relevant(), &shown),
            host("mx2.example.com", relevant(), &shown),
        ])
    };
    assert_eq!(
        both(&|| set(std::slice::from_ref(&critical))),
        ["error caa.unknown-critical example.com"]
    );
    assert_eq!(both(&unknown), ["indet. caa.unknown example.com"]);
    assert_eq!(both(&broken(false)), ["warning caa.lookup-broken example.com"]);
    assert_eq!(both(&broken(true)), ["error caa.lookup-broken example.com"]);
}

#[test]
fn the_names_that_would_allow_the_issuer_are_told() {
    let relevant = set(&[record("issue", "digicert.com")]);
    let facts =
        CaaFacts { hosts: vec![host("mx1.example.com", relevant, &[(LETS_ENCRYPT, false)])] };
    let said = findings::<Caa>(&facts, &target(), &Vantage::default());
    assert_eq!(said[0].evidence["names"], serde_json::json!(["letsencrypt.org"]));
}

#[test]
fn the_catalogue_is_read() {
    assert_eq!(catalogue::names_of(LETS_ENCRYPT), ["letsencrypt.org"]);
    assert!(catalogue::names_of("R1, a private one").is_empty());
}
