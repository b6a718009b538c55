use futures::FutureExt;

use super::{Caa, CaaFacts, Host, Issued, Relevant, catalogue, observe};
use crate::kernel::{
    Data, HttpsReply, Link, Name, Profile, Rcode, Reason, Rtype, Stream, Target, Trust, Vantage,
};
use crate::mta_sts::MtaSts;
use crate::records::caa::Caa as Record;
use crate::scripted::{Scripted, findings, holding, judge, observe_after, rcode, served, stream};

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
    Host { name: Name::new(name), relevant, certificates, linked: false }
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
    let long = format!("{:-<200}", "letsencrypt.org; a=b; ");
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
        ("nobody, by a damaged value",    vec![record("issue", "%%%%%")],      ("R1, a private one", false), excluded),
        ("without the semicolon",         vec![record("issue", "letsencrypt.org validationmethods=dns-01")], (LETS_ENCRYPT, false), excluded),
        ("a parameter without value",     vec![record("issue", "letsencrypt.org; accounturi")], (LETS_ENCRYPT, false), excluded),
        ("a semicolon too much",          vec![record("issue", "letsencrypt.org; a=b;")], (LETS_ENCRYPT, false), excluded),
        ("no parameter at all",           vec![record("issue", " LetsEncrypt.org ; ")], (LETS_ENCRYPT, false),  &[]),
        ("two parameters",                vec![record("issue", "letsencrypt.org;a=b ; c-d = e=f")], (LETS_ENCRYPT, false), &[]),
        ("a value that was cut",          vec![record("issue", &long)],        (LETS_ENCRYPT, false),      &[]),
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
fn the_set_of_a_wildcard_is_looked_for_above_the_host() {
    let issued = |wildcard| Issued { issuer: LETS_ENCRYPT.to_owned(), wildcard };
    let (host, above) = ("mx1.example.com", "example.com");
    #[rustfmt::skip]
    let cases = [
        ("nothing is shown",  vec![],                            vec![(host, vec![])]),
        ("a name",            vec![issued(false)],               vec![(host, vec![issued(false)])]),
        ("a wildcard",        vec![issued(true)],                vec![(above, vec![issued(true)])]),
        ("both",              vec![issued(false), issued(true)], vec![(host, vec![issued(false)]), (above, vec![issued(true)])]),
    ];
    for (rule, shown, expected) in cases {
        let started = observe::starts(&Name::new(host), shown.into_iter().collect());
        let expected: Vec<(Name, Vec<Issued>)> =
            expected.into_iter().map(|(at, issued)| (Name::new(at), issued)).collect();
        assert_eq!(started, expected, "{rule}");
    }
    let set = || set(&[record("issue", "digicert.com")]);
    let [named, wildcard] =
        [false, true].map(|wild| self::host(host, set(), &[(LETS_ENCRYPT, wild)]));
    assert_eq!(say(vec![named, wildcard]), ["error caa.issuer-excluded mx1.example.com"], "once");
}

#[test]
fn what_was_not_read_is_not_taken_for_nothing() {
    let caa = |hex: &str| Data::Other { rtype: Rtype::CAA, hex: hex.to_owned() };
    // Flags, length of the tag, tag, value: `0 issue ";"`.
    let nobody = || caa("000569737375653b");
    let world = |name: &str, data| Scripted::new().answer(name, Rtype::CAA, holding(name, data));
    let at = |name: &str| Name::new(name);
    let deep = "a.b.c.d.e.f.g.h.i.j.example.com";
    let unknown = |name, reason| Relevant::Unknown { at: at(name), reason };
    let found = Relevant::Set { at: at("example.com"), records: vec![record("issue", ";")] };
    #[rustfmt::skip]
    let cases = [
        ("nowhere",                   Scripted::new(),                                     "a.example.com", Relevant::Nothing),
        ("above",                     world("example.com", vec![nobody()]),                "a.example.com", found.clone()),
        ("a damaged one beside it",   world("example.com", vec![nobody(), caa("00")]),     "a.example.com", found),
        ("damaged ones alone",        world("a.example.com", vec![caa("00")]),             "a.example.com", unknown("a.example.com", Reason::Malformed)),
        ("further up than is asked",  world("example.com", vec![nobody()]),                deep,            unknown("example.com", Reason::TooLarge)),
    ];
    for (rule, world, host, expected) in cases {
        let relevant = observe::climb(&world, &at(host)).now_or_never();
        assert_eq!(relevant, Some(expected), "{rule}");
    }
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

#[test]
fn a_host_that_messages_link_to_has_an_authority_too() {
    let link = |host: &str| Link::Host(Name::new(host));
    let streams = vec![Stream {
        links: vec![link("click.example.com"), link("shrt.example.net")],
        ..stream("news", "example.com")
    }];
    let target = Target { streams, ..target() };
    let nobody = || Data::Other { rtype: Rtype::CAA, hex: "000569737375653b".to_owned() };
    let world = || {
        let shown = |host| served(host, 200, None, "", Trust::Trusted);
        Scripted::new()
            .a("click.example.com", &["192.0.2.1"])
            .a("shrt.example.net", &["192.0.2.2"])
            .page("192.0.2.1", "/", shown("click.example.com"))
            .page("192.0.2.2", "/", shown("shrt.example.net"))
            .answer("example.com", Rtype::CAA, holding("example.com", vec![nobody()]))
            .answer("example.net", Rtype::CAA, holding("example.net", vec![nobody()]))
    };
    let late = || world().page("192.0.2.1", "/", HttpsReply::failed(Reason::Timeout));
    let untrusted = served("click.example.com", 200, None, "", Trust::SelfSigned);
    let gone = || world().answer("click.example.com", Rtype::A, rcode(Rcode::NXDOMAIN));
    let receiver = Target { profile: Profile::Receiver, ..target.clone() };
    type Case<'a> = (&'a str, Scripted, &'a Target, &'a [&'a str]);
    #[rustfmt::skip]
    let cases: [Case<'_>; 5] = [
        ("one of its own",       world(),                                 &target,   &["error caa.issuer-excluded click.example.com"]),
        ("it does not answer",   late(),                                  &target,   &["indet. caa.unknown click.example.com"]),
        ("nobody trusts it",     world().page("192.0.2.1", "/", untrusted), &target, &[]),
        ("it is not there",      gone(),                                  &target,   &[]),
        ("who sends nothing",    world(),                                 &receiver, &[]),
    ];
    for (rule, world, target, expected) in cases {
        let facts = observe_after::<MtaSts, Caa>(&world, target, &Vantage::default());
        assert_eq!(judge::<Caa>(&facts, target, &Vantage::default()), expected, "{rule}");
    }
    let facts = observe_after::<MtaSts, Caa>(&world(), &target, &Vantage::default());
    let said = findings::<Caa>(&facts, &target, &Vantage::default());
    assert_eq!(said[0].params["case"], "linked");
    let facts = observe_after::<MtaSts, Caa>(&late(), &target, &Vantage::default());
    let said = findings::<Caa>(&facts, &target, &Vantage::default());
    assert_eq!(said[0].params["case"], "certificate");
}
