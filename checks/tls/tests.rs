use chrono::{DateTime, TimeDelta, Utc};
use rcgen::{CertificateParams, KeyPair};

use super::{Chain, Hellos, Service, Tls, TlsFacts};
use crate::kernel::{
    Because, Certificate, CheckEntry, Context, Controls, Data, Mx as Record, Name, Needs, Past,
    Reason, Rtype, SmtpTranscript, Stage, Status, StoppedBy, Target, TlsSession, TlsVersion, Trust,
    Vantage,
};
use crate::mx::Mx;
use crate::records::certificate::{Key, Reading};
use crate::records::tests::certificate;
use crate::scripted::{Scripted, conversation, holding, nodata, observe_after};

mod authorities;
mod pinned;
mod services;

const START: i64 = 1_767_225_600; // 2026-01-01

/// A point of time so many days after the certificates begin.
fn day(day: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(START, 0).unwrap() + TimeDelta::days(day)
}

fn target() -> Target {
    Target::new(Name::new("example.com"))
}

fn vantage() -> Vantage {
    Vantage {
        own_networks: vec!["192.0.2.0/24".parse().unwrap(), "2001:db8::/32".parse().unwrap()],
        controls: Controls { smtp_hosts: vec![Name::new("control.test")], zones: Vec::new() },
        ..Vantage::default()
    }
}

/// A certificate for the name, so many days long.
fn leaf(name: &str, days: i64) -> Certificate {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = time::OffsetDateTime::from_unix_timestamp(START).unwrap();
    params.not_after = params.not_before + time::Duration::days(days);
    let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
    Certificate::from_der(certificate.der())
}

fn presents(leaf: Certificate, trust: Trust) -> SmtpTranscript {
    let replies = [(Stage::Greeting, 220, "mx"), (Stage::Ehlo, 250, "mx|STARTTLS")];
    let session = TlsSession {
        version: "TLSv1.3".to_owned(),
        cipher: "TLS13_AES_256_GCM_SHA384".to_owned(),
        chain: vec![leaf],
        trust,
    };
    SmtpTranscript { tls: Some(session), ..conversation(&replies, Stage::Quit, StoppedBy::Done) }
}

fn good(days: i64) -> SmtpTranscript {
    presents(leaf("mx1.example.com", days), Trust::Trusted)
}

fn stopped(replies: &[(Stage, u16, &str)], stage: Stage, by: StoppedBy) -> SmtpTranscript {
    let mut all = vec![(Stage::Greeting, 220, "mx"), (Stage::Ehlo, 250, "mx")];
    all.extend_from_slice(replies);
    conversation(&all, stage, by)
}

fn world(v4: SmtpTranscript, v6: SmtpTranscript) -> Scripted {
    let mx = Data::Mx(Record { preference: 10, exchange: Name::new("mx1.example.com") });
    Scripted::new()
        .answer("example.com", Rtype::MX, holding("example.com", vec![mx]))
        .a("mx1.example.com", &["192.0.2.1"])
        .aaaa("mx1.example.com", &["2001:db8::1"])
        .smtp("192.0.2.1", v4)
        .smtp("2001:db8::1", v6)
        .a("control.test", &["192.0.2.250"])
        .smtp("192.0.2.250", good(90))
}

fn observed(world: &Scripted) -> TlsFacts {
    observe_after::<Mx, Tls>(world, &target(), &vantage())
}

/// From where a zone that is known to be signed can be asked for.
fn vantage_with_zone() -> Vantage {
    let mut vantage = vantage();
    vantage.controls.zones = vec![Name::new("signed.test")];
    vantage
}

/// What is said at a point of time, and why the check was skipped if it was.
fn said(world: &Scripted, now: DateTime<Utc>) -> (Vec<String>, Option<Because>) {
    said_from(world, now, &vantage())
}

fn said_from(
    world: &Scripted,
    now: DateTime<Utc>,
    vantage: &Vantage,
) -> (Vec<String>, Option<Because>) {
    let facts = observe_after::<Mx, Tls>(world, &target(), vantage);
    let facts = serde_json::to_value(facts).unwrap();
    let (target, needs) = (target(), Needs::default());
    let past = Past::default();
    let context = Context { target: &target, vantage, needs: &needs, past: &past, now };
    let entry = CheckEntry::of::<Tls>();
    let (findings, because) = entry.judge(&entry.read(&facts.into()).unwrap(), &context);
    let line = |finding: &crate::kernel::Finding| match finding.status {
        Status::Indeterminate => format!("indet. {} {}", finding.id, finding.subject),
        Status::Fail => format!("{} {} {}", finding.severity, finding.id, finding.subject),
    };
    (findings.iter().map(line).collect(), because)
}

#[test]
fn a_certificate_is_near_its_end_by_its_own_lifetime() {
    let warning = &["warning tls.cert-expiring mx1.example.com"][..];
    let expired = &["warning tls.cert-expired mx1.example.com"][..];
    #[rustfmt::skip]
    let cases = [
        ("21 days left of 200",          200, day(179), &[][..]),
        ("less than 21 days",            200, day(180), warning),
        ("7 days left of 200",           200, day(193), warning),
        ("less than 7 days",             200, day(194), warning),
        ("a quarter left of 40",         40,  day(30),  &[]),
        ("less than a quarter",          40,  day(31),  warning),
        ("an eighth left of 40",         40,  day(35),  warning),
        ("less than an eighth",          40,  day(36),  warning),
        ("half of a six-day one",        6,   day(3),   &[]),
        ("its last second",              200, day(200), warning),
        ("past its end",                 200, day(200) + TimeDelta::seconds(1), expired),
    ];
    for (rule, days, now, expected) in cases {
        assert_eq!(said(&world(good(days), good(days)), now).0, expected, "{rule}");
    }
}

#[test]
fn a_certificate_names_its_host_and_leads_to_a_trusted_root() {
    let with = |name, trust| presents(leaf(name, 200), trust);
    const MISMATCH: &str = "warning tls.name-mismatch mx1.example.com";
    const UNTRUSTED: &str = "warning tls.untrusted mx1.example.com";
    let fine = || good(200);
    #[rustfmt::skip]
    let cases: Vec<(&str, SmtpTranscript, SmtpTranscript, &[&str])> = vec![
        ("all is well",                   fine(),                                          fine(), &[]),
        ("a wildcard",                    with("*.example.com", Trust::Trusted),           fine(), &[]),
        ("another name",                  with("mail.example.com", Trust::Trusted),        fine(), &[MISMATCH]),
        ("self-signed",                   with("mx1.example.com", Trust::SelfSigned),      fine(), &[UNTRUSTED]),
        ("an unknown issuer",             with("mx1.example.com", Trust::UnknownIssuer),   fine(), &[UNTRUSTED]),
        ("no roots to judge by",          with("mx1.example.com", Trust::NotJudged),       fine(), &[]),
        ("both faults on both addresses", with("a.test", Trust::SelfSigned), with("b.test", Trust::SelfSigned), &[MISMATCH, UNTRUSTED]),
    ];
    for (rule, v4, v6, expected) in cases {
        assert_eq!(said(&world(v4, v6), day(1)).0, expected, "{rule}");
    }
    let shared = leaf("mx1.example.com", 200);
    let chain_missing_at_one =
        world(presents(shared.clone(), Trust::Trusted), presents(shared, Trust::UnknownIssuer));
    assert_eq!(said(&chain_missing_at_one, day(1)).0, [UNTRUSTED]);
}

#[test]
fn the_certificate_that_ends_first_speaks_for_the_host() {
    let world = world(good(200), good(60));
    assert_eq!(said(&world, day(50)).0, ["warning tls.cert-expiring mx1.example.com"]);
    let facts = observed(&world);
    let ends: Vec<_> = facts.certificates.values().map(|leaf| leaf.not_after).collect();
    assert!(ends.contains(&day(60)) && ends.contains(&day(200)), "{ends:?}");
}

#[test]
fn without_a_session_nothing_is_known_of_the_certificate() {
    let starttls = |code, text| (Stage::Starttls, code, text);
    let untold = |reason: &str| Some(reason.to_owned());
    let damaged = || presents(Certificate("AAAA".to_owned()), Trust::UnknownIssuer);
    #[rustfmt::skip]
    let cases = [
        ("STARTTLS is not offered",   stopped(&[], Stage::Quit, StoppedBy::Done),                                           untold("not-offered")),
        ("STARTTLS is refused",       stopped(&[starttls(554, "no")], Stage::Starttls, StoppedBy::Reply),                   untold("not-offered")),
        ("STARTTLS is put off",       stopped(&[starttls(454, "later")], Stage::Starttls, StoppedBy::Reply),                untold("rate-limited")),
        ("the handshake fails",       stopped(&[starttls(220, "go")], Stage::Handshake, StoppedBy::TlsFailed("x".into())),  untold("not-offered")),
        ("the handshake takes long",  stopped(&[], Stage::Handshake, StoppedBy::Unknown(Reason::Timeout)),                  untold("timeout")),
        ("closed in the middle",      stopped(&[], Stage::Starttls, StoppedBy::Closed),                                     untold("network")),
        ("a leaf that is no X.509",   damaged(),                                                                            untold("malformed")),
        ("the other address refuses", conversation(&[], Stage::Connect, StoppedBy::ConnectionRefused),                      None),
    ];
    for (rule, transcript, reason) in cases {
        let both = world(transcript.clone(), transcript.clone());
        let facts = serde_json::to_string(&observed(&both)).unwrap();
        let expected: &[&str] =
            if reason.is_some() { &["indet. tls.not-tested mx1.example.com"] } else { &[] };
        assert_eq!(said(&both, day(1)).0, expected, "{rule}");
        if let Some(reason) = reason {
            assert!(facts.contains(&format!("\"reason\":\"{reason}\"")), "{rule}: {facts}");
        }
        let one = world(transcript, good(200));
        assert_eq!(said(&one, day(1)).0, [""; 0], "{rule}, and one address is well");
    }
}

#[test]
fn what_cannot_be_asked_is_skipped_in_silence() {
    let refused = || conversation(&[], Stage::Connect, StoppedBy::ConnectionRefused);
    let silent = || conversation(&[], Stage::Connect, StoppedBy::Unknown(Reason::Timeout));
    #[rustfmt::skip]
    let cases = [
        ("no mail host",      world(good(9), good(9)).answer("example.com", Rtype::MX, nodata()),  "no-mail-host"),
        ("nobody takes mail", world(refused(), refused()),                                         "unreachable"),
        ("no way out",        world(silent(), silent()).smtp("192.0.2.250", silent()),             "egress-blocked"),
    ];
    for (rule, world, word) in cases {
        let because = Because::NothingToAsk { what: word.to_owned() };
        assert_eq!(said(&world, day(1)), (Vec::new(), Some(because)), "{rule}");
    }
}

/// What is said of one address that answered hellos like this.
fn said_of_hellos(is_encrypted: bool, hellos: Hellos) -> Vec<String> {
    let alert = StoppedBy::TlsFailed("received fatal alert: ProtocolVersion".to_owned());
    let failed = stopped(&[(Stage::Starttls, 220, "go ahead")], Stage::Handshake, alert);
    let seen = if is_encrypted { good(200) } else { failed };
    let mut facts = observed(&world(seen, good(200)));
    facts.hosts[0].hellos = [("192.0.2.1".parse().unwrap(), hellos)].into();
    let facts = serde_json::to_value(facts).unwrap();
    let (target, vantage, needs) = (target(), vantage(), Needs::default());
    let context = Context {
        target: &target,
        vantage: &vantage,
        needs: &needs,
        past: &Past::default(),
        now: day(1),
    };
    let entry = CheckEntry::of::<Tls>();
    let (findings, _) = entry.judge(&entry.read(&facts.into()).unwrap(), &context);
    findings.iter().map(|finding| format!("{} {}", finding.severity, finding.id)).collect()
}

#[test]
fn what_is_out_of_date_is_told_from_what_is_all_there_is() {
    use TlsVersion::{Ssl2, Ssl3, Tls10, Tls11, Tls12};
    const STRONG: u16 = 0xc02f;
    let took = |accepted: &[(TlsVersion, u16)], refused: &[TlsVersion]| Hellos {
        accepted: accepted.iter().copied().collect(),
        refused: refused.iter().copied().collect(),
        broken_suite: None,
    };
    let broken = |suite| Hellos { broken_suite: Some(suite), ..Hellos::default() };
    let old = [(Tls10, 0x002f), (Tls11, 0x002f)];
    #[rustfmt::skip]
    let cases: Vec<(&str, bool, Hellos, &[&str])> = vec![
        ("nothing but what is current",       true,  took(&[], &[Tls10, Tls11]),                        &[]),
        ("nobody would say",                  true,  Hellos::default(),                                 &[]),
        ("TLS 1.0 and 1.1 besides",           true,  took(&old, &[]),                                   &["info tls.old-enabled"]),
        ("SSL 3.0 besides",                   true,  took(&[(Ssl3, 5)], &[]),                           &["error tls.old-enabled"]),
        ("SSL 2.0 besides",                   true,  took(&[(Ssl2, 0)], &[]),                           &["error tls.old-enabled"]),
        ("an old suite in an old version",    true,  took(&[(Tls10, 0x000a)], &[]),                     &["info tls.old-enabled"]),
        ("nothing newer than TLS 1.1",        false, took(&old, &[Tls12]),                              &["error tls.old-only"]),
        ("SSL 3.0 and nothing newer",         false, took(&[(Ssl3, 5)], &[Tls12]),                      &["error tls.old-only", "error tls.old-enabled"]),
        ("TLS 1.2 not known to be refused",   false, took(&old, &[]),                                   &["info tls.old-enabled"]),
        ("RC4 when offered alone",            true,  broken(0x0005),                                    &["warning tls.weak-cipher"]),
        ("3DES when offered alone",           true,  broken(0x000a),                                    &["warning tls.weak-cipher"]),
        ("static RSA is all that it has",     false, took(&[(Tls12, 0x002f)], &[]),                     &["warning tls.weak-cipher"]),
        ("an anonymous suite is chosen",      false, took(&[(Tls12, 0x0034)], &[]),                     &["warning tls.weak-cipher"]),
        ("a strong one that we do not speak", false, took(&[(Tls12, STRONG)], &[]),                     &[]),
        ("TLS 1.2 once, and once refused",    false, took(&[(Tls12, STRONG)], &[Tls12]),                &[]),
    ];
    for (rule, is_encrypted, hellos, expected) in cases {
        let said = said_of_hellos(is_encrypted, hellos);
        assert_eq!(said, expected, "{rule}");
    }
}

#[test]
fn weak_keys_and_signatures_are_named() {
    let reading = |kind: &str, bits, signature: &str, self_issued| Reading {
        self_issued,
        key: Key { kind: kind.to_owned(), bits },
        signature: signature.to_owned(),
        ..certificate("mx1.example.com", day(0), day(90))
    };
    const SHA256: &str = "1.2.840.113549.1.1.11";
    #[rustfmt::skip]
    let cases = [
        ("RSA of 2048 bits",          reading("RSA", 2048, SHA256, false),           None),
        ("RSA of 2047 bits",          reading("RSA", 2047, SHA256, false),           Some("RSA 2047")),
        ("P-256",                     reading("EC", 256, SHA256, false),             None),
        ("P-224",                     reading("EC", 224, SHA256, false),             Some("EC 224")),
        ("Ed25519",                   reading("Ed25519", 256, "1.3.101.112", false), None),
        ("a key without a length",    reading("1.2.3", 0, SHA256, false),            None),
        ("SHA-1",                     reading("RSA", 2048, "RSA with SHA-1", false), Some("RSA with SHA-1")),
        ("SHA-1 of a root by itself", reading("RSA", 2048, "RSA with SHA-1", true),  None),
    ];
    for (rule, reading, expected) in cases {
        assert_eq!(reading.weakness().as_deref(), expected, "{rule}");
    }
    let mut facts = observed(&world(good(90), good(90)));
    for leaf in facts.certificates.values_mut() {
        leaf.key = Key { kind: "RSA".to_owned(), bits: 1024 };
    }
    let judged = super::judge::judge(&facts, day(1)).raised;
    assert!(judged.iter().any(|raised| raised.is_of(super::TlsCode::WeakKey)), "{judged:?}");
}

#[test]
fn a_service_is_judged_as_peoples_programs_judge_it() {
    let url = "imaps://imap.example.com";
    let sound = || certificate("imap.example.com", day(0), day(90));
    let say = |leaf: Reading, trust, now| {
        let chain = Chain { certificate: leaf.sha256.clone(), above: Vec::new(), trust };
        let shown = Service::Shown { host: Name::new("imap.example.com"), chain };
        let facts = TlsFacts {
            services: [(url.to_owned(), shown)].into(),
            certificates: [(leaf.sha256.clone(), leaf)].into(),
            ..TlsFacts::default()
        };
        let facts = serde_json::to_value(facts).unwrap();
        let (target, vantage, needs) = (target(), vantage(), Needs::default());
        let past = &Past::default();
        let context = Context { target: &target, vantage: &vantage, needs: &needs, past, now };
        let entry = CheckEntry::of::<Tls>();
        let (findings, _) = entry.judge(&entry.read(&facts.into()).unwrap(), &context);
        let word = |finding: &crate::kernel::Finding| {
            format!("{} {}", finding.severity, finding.params["reason"])
        };
        findings.iter().map(word).collect::<Vec<_>>()
    };
    let other = certificate("mail.example.com", day(0), day(90));
    #[rustfmt::skip]
    let cases = [
        ("sound",                 sound(), Trust::Trusted,       day(10),  None),
        ("no roots to judge by",  sound(), Trust::NotJudged,     day(10),  None),
        ("overdue",               sound(), Trust::Trusted,       day(80),  Some("warning certificate-ending")),
        ("expired",               sound(), Trust::Trusted,       day(91),  Some("error certificate-expired")),
        ("not valid yet",         sound(), Trust::Trusted,       day(-1),  Some("error certificate-not-yet-valid")),
        ("for another name",      other,   Trust::Trusted,       day(10),  Some("error certificate-name-mismatch")),
        ("of an unknown issuer",  sound(), Trust::UnknownIssuer, day(10),  Some("error certificate-untrusted")),
    ];
    for (rule, leaf, trust, now, expected) in cases {
        assert_eq!(say(leaf, trust, now), Vec::from_iter(expected), "{rule}");
    }
}
