use chrono::{DateTime, TimeDelta, Utc};

use super::{Delivery, Fetch, MailHost, MtaSts, MtaStsFacts, PolicyText, Served};
use crate::kernel::{
    Because, Check, CheckEntry, Context, Data, Finding, HelloReply, KeptFacts, Lookup,
    Mx as Record, Name, Needs, Past, Reason, Rtype, Sighting, SmtpTranscript, Stage, StoppedBy,
    Target, Text, TlsVersion, Trust, Vantage,
};
use crate::mx::Mx;
use crate::records::mta_sts::{self, Policy};
use crate::records::tests::certificate as leaf;
use crate::records::web_certificate::WebCertificate;
use crate::scripted::{Scripted, conversation, holding, observe_after};

const POLICY: &str = "version: STSv1\nmode: enforce\nmx: mx1.example.com\nmax_age: 604800\n";

fn now() -> DateTime<Utc> {
    "2026-11-25T12:00:00Z".parse().unwrap()
}

/// A certificate of 90 days that has `left` of them.
fn certificate(name: &str, left: i64) -> WebCertificate {
    let not_after = now() + TimeDelta::days(left);
    let leaf = leaf(name, not_after - TimeDelta::days(90), not_after);
    WebCertificate { leaf, trust: Trust::Trusted }
}

fn served(status: u16, text: &str) -> Fetch {
    let policy = || PolicyText { policy: Policy::parse(text), sha256: text.to_owned() };
    Fetch::Served(Box::new(Served {
        certificate: certificate("mta-sts.example.com", 60),
        status,
        location: None,
        media_type: "text/plain".to_owned(),
        text: (status == 200).then(policy),
    }))
}

fn host(deliveries: &[(&str, Delivery)]) -> MailHost {
    let deliveries = deliveries.iter().map(|(at, seen)| (at.parse().unwrap(), seen.clone()));
    MailHost { name: Name::new("mx1.example.com"), deliveries: deliveries.collect() }
}

fn facts(records: &[&str], policy: Option<Fetch>) -> MtaStsFacts {
    let texts: Vec<Text> =
        records.iter().map(|text| Text::new(vec![text.as_bytes().to_vec()])).collect();
    let id = match records {
        [only] => mta_sts::id(only).map(str::to_owned),
        _ => None,
    };
    let encrypted = Delivery::Encrypted(Box::new(certificate("mx1.example.com", 60)));
    let hosts = vec![host(&[("192.0.2.25", encrypted)])];
    MtaStsFacts { records: Lookup::Found(texts), id, policy, hosts }
}

fn judged(facts: &MtaStsFacts, past: &Past) -> (Vec<Finding>, Option<Because>) {
    let (target, vantage) = (Target::new(Name::new("example.com")), Vantage::default());
    let (needs, now) = (Needs::default(), now());
    let context = Context { target: &target, vantage: &vantage, needs: &needs, past, now };
    let facts = serde_json::to_value(facts).unwrap();
    let entry = CheckEntry::of::<MtaSts>();
    entry.judge(&entry.read(&facts.into()).unwrap(), &context)
}

fn say(facts: &MtaStsFacts, past: &Past) -> (Vec<String>, Option<Because>) {
    let (findings, because) = judged(facts, past);
    let line = |f: &Finding| format!("{} {} {}", f.severity, f.id, f.subject);
    (findings.iter().map(line).collect(), because)
}

fn findings(facts: &MtaStsFacts) -> Vec<String> {
    say(facts, &Past::default()).0
}

#[test]
fn the_url_that_was_asked_is_named() {
    let facts = facts(&["v=STSv1; id=1"], Some(served(404, "")));
    let (target, vantage) = (Target::new(Name::new("example.com")), Vantage::default());
    let found = crate::scripted::findings::<MtaSts>(&facts, &target, &vantage);
    let found = found.iter().find(|one| one.id == "mta-sts.policy-unfetchable");
    let url = found.map(|one| one.params["url"].as_str());
    assert_eq!(url, Some("https://mta-sts.example.com/.well-known/mta-sts.txt"));
}

#[test]
fn what_the_policy_url_gives_is_definite_or_not() {
    let unfetchable = &["error mta-sts.policy-unfetchable example.com"][..];
    let unknown = &["info mta-sts.unknown example.com"][..];
    let lost = Fetch::Unknown { reason: Reason::Timeout };
    let no_address = Fetch::NoAddress { nxdomain: true, alias_of: None };
    let cut_alias = Fetch::NoAddress { nxdomain: false, alias_of: Some(Name::new("www.example")) };
    let alias = |to: &str| Fetch::NoAddress { nxdomain: true, alias_of: Some(Name::new(to)) };
    let mut endless = served(200, POLICY);
    let mut ending = served(200, POLICY);
    if let (Fetch::Served(endless), Fetch::Served(ending)) = (&mut endless, &mut ending) {
        endless.text = None;
        ending.certificate = certificate("mta-sts.example.com", 5);
    }
    #[rustfmt::skip]
    let cases = [
        ("200",                          served(200, POLICY), &[][..]),
        ("more than may be read",        endless,             &["error mta-sts.policy-invalid example.com"]),
        ("by a certificate at its end",  ending,              &["error mta-sts.certificate-expiring mta-sts.example.com"]),
        ("another success",              served(204, ""),     unfetchable),
        ("a redirect",                   served(302, ""),     unfetchable),
        ("not there",                    served(404, ""),     unfetchable),
        ("gone",                         served(410, ""),     unfetchable),
        ("refused to us",                served(403, ""),     unknown),
        ("too often",                    served(429, ""),     unknown),
        ("a server that fails",          served(503, ""),     unknown),
        ("no answer",                    lost,                unknown),
        ("nobody listens",               Fetch::Refused,      unfetchable),
        ("no address",                   no_address,          unfetchable),
        ("an alias without an address",  cut_alias,           unfetchable),
        ("an alias that others may get", alias("a.host.example"), &["critical mta-sts.host-takeover mta-sts.example.com"]),
        ("an alias without final dot",   alias("a.host.example.example.com"), unfetchable),
    ];
    for (rule, policy, expected) in cases {
        let seen = findings(&facts(&["v=STSv1; id=1"], Some(policy)));
        assert_eq!(seen, expected, "{rule}");
    }
}

#[test]
fn why_the_policy_is_not_known_is_told() {
    let cases = [(403, "not-offered"), (429, "rate-limited")];
    for (status, reason) in cases {
        let facts = facts(&["v=STSv1; id=1"], Some(served(status, "")));
        let (found, _) = judged(&facts, &Past::default());
        let reasons: Vec<_> = found.iter().map(|one| &one.evidence["reason"]).collect();
        assert!(reasons.iter().any(|told| **told == reason), "{status}: {reasons:?}");
    }
}

#[test]
fn records_that_senders_pass_over_are_told_from_none() {
    let invalid = &["error mta-sts.record-invalid example.com"][..];
    let missing = &["info mta-sts.missing example.com"][..];
    #[rustfmt::skip]
    let cases: [(&str, &[&str], &[&str]); 4] = [
        ("none",                        &[],                                    missing),
        ("one that only resembles",     &["v=STSv1 id=1"],                      invalid),
        ("two",                         &["v=STSv1; id=1", "v=STSv1; id=2"],    invalid),
        ("no id",                       &["v=STSv1;"],                          invalid),
    ];
    for (rule, records, expected) in cases {
        assert_eq!(findings(&facts(records, None)), expected, "{rule}");
    }
}

#[test]
fn records_that_could_not_be_told_are_not_missing() {
    let mut facts = facts(&[], None);
    facts.records = Lookup::Unknown { reason: Reason::Timeout };
    assert_eq!(findings(&facts), ["info mta-sts.unknown example.com"]);
}

#[test]
fn each_address_of_a_host_has_to_meet_the_policy() {
    let shows = |name, left| Delivery::Encrypted(Box::new(certificate(name, left)));
    let good = || shows("mx1.example.com", 60);
    let fails = &["critical mta-sts.mx-tls-fails mx1.example.com"][..];
    let mut untrusted = certificate("mx1.example.com", 60);
    untrusted.trust = Trust::UnknownIssuer;
    let mut unjudged = certificate("mx1.example.com", 60);
    unjudged.trust = Trust::NotJudged;
    let boxed = |one| Delivery::Encrypted(Box::new(one));
    #[rustfmt::skip]
    let cases = [
        ("good at both",             good(), good(),                          &[][..]),
        ("plain at one",             good(), Delivery::NoStarttls,            fails),
        ("expired at one",           good(), shows("mx1.example.com", -1),    fails),
        ("another name at one",      good(), shows("mx2.example.com", 60),    fails),
        ("untrusted at one",         good(), boxed(untrusted),                fails),
        ("no roots to hold it to",   good(), boxed(unjudged),                 &[]),
        ("STARTTLS refused at one",  good(), Delivery::StarttlsRefused,       fails),
        ("no handshake at one",      good(), Delivery::HandshakeFails,        fails),
        ("one could not be told",    good(), Delivery::Untold,                &[]),
    ];
    for (rule, first, second, expected) in cases {
        let mut facts = facts(&["v=STSv1; id=1"], Some(served(200, POLICY)));
        facts.hosts = vec![host(&[("192.0.2.25", first), ("192.0.2.26", second)])];
        assert_eq!(findings(&facts), expected, "{rule}");
    }
}

#[test]
fn what_a_host_says_to_starttls_is_definite_or_not() {
    let said = |replies: &[(Stage, u16, &str)], by| {
        let all = [&[(Stage::Greeting, 220, "mx")], replies].concat();
        conversation(&all, replies.last().unwrap().0, by)
    };
    let refuses = |code, words| {
        let replies = [(Stage::Ehlo, 250, "mx|STARTTLS"), (Stage::Starttls, code, words)];
        said(&replies, StoppedBy::Reply)
    };
    let stopped = |ehlo: &str, by| said(&[(Stage::Ehlo, 250, ehlo)], by);
    let fails = |hello| {
        let by = StoppedBy::TlsFailed("received fatal alert: HandshakeFailure".to_owned());
        SmtpTranscript { hello, ..stopped("mx|STARTTLS", by) }
    };
    let alert = |description| Some(HelloReply::Alert { description });
    let goes_on = Some(HelloReply::Accepted { version: TlsVersion::Tls12, suite: 0x002f });
    #[rustfmt::skip]
    let cases = [
        ("not offered",               stopped("mx|SIZE", StoppedBy::Done),                            Delivery::NoStarttls),
        ("refused for good",          refuses(502, "not implemented"),                                Delivery::StarttlsRefused),
        ("refused for the moment",    refuses(454, "not now"),                                        Delivery::Untold),
        ("refused for who we are",    refuses(554, "5.7.1 not for you"),                              Delivery::Untold),
        ("silence after the command", stopped("mx|STARTTLS", StoppedBy::Unknown(Reason::Timeout)),    Delivery::Untold),
        ("no handshake at all",       fails(alert(40)),                                               Delivery::HandshakeFails),
        ("one with other ciphers",    fails(goes_on),                                                 Delivery::Untold),
        ("one in other versions",     fails(alert(70)),                                               Delivery::Untold),
        ("the line is closed at one", fails(Some(HelloReply::Closed)),                                Delivery::Untold),
        ("no second one came about",  fails(None),                                                    Delivery::Untold),
        ("EHLO put off",              said(&[(Stage::Ehlo, 451, "later")], StoppedBy::Reply),         Delivery::Untold),
    ];
    for (rule, said, expected) in cases {
        let mx = Data::Mx(Record { preference: 10, exchange: Name::new("mx1.example.com") });
        let world = Scripted::new()
            .answer("example.com", Rtype::MX, holding("example.com", vec![mx]))
            .a("mx1.example.com", &["192.0.2.25"])
            .smtp("192.0.2.25", said);
        let target = Target::new(Name::new("example.com"));
        let vantage =
            Vantage { own_networks: vec!["192.0.2.0/24".parse().unwrap()], ..Vantage::default() };
        let facts = observe_after::<Mx, MtaSts>(&world, &target, &vantage);
        let seen: Vec<&Delivery> = facts.hosts[0].deliveries.values().collect();
        assert_eq!(seen, [&expected], "{rule}");
    }
}

#[test]
fn a_domain_without_mail_hosts_is_not_judged() {
    let mut facts = facts(&[], None);
    facts.hosts.clear();
    let what = "no-mail-host".to_owned();
    let nothing = (Vec::new(), Some(Because::NothingToAsk { what }));
    assert_eq!(say(&facts, &Past::default()), nothing);
}

/// Sightings of these facts, newest first, by the days ago that each began and ended.
fn past(seen: &[(MtaStsFacts, i64, i64)]) -> Past {
    let sightings = seen.iter().map(|(facts, first, last)| Sighting {
        facts: KeptFacts::of(&facts),
        facts_version: MtaSts::FACTS,
        first_seen: now() - TimeDelta::days(*first),
        last_seen: now() - TimeDelta::days(*last),
    });
    Past { sightings: sightings.collect() }
}

fn with(id: &str, text: &str) -> MtaStsFacts {
    facts(&[format!("v=STSv1; id={id}").as_str()], Some(served(200, text)))
}

#[test]
fn a_change_is_held_against_what_senders_may_still_keep() {
    let other = || with("1", &POLICY.replace("mx1", "mx2"));
    let none = || with("2", &POLICY.replace("enforce", "none"));
    let testing = || with("1", &POLICY.replace("enforce", "testing"));
    let untold = || facts(&["v=STSv1; id=1"], Some(Fetch::Unknown { reason: Reason::Timeout }));
    let same_id = &["warning mta-sts.id-not-changed example.com"][..];
    let missing = &["info mta-sts.missing example.com"][..];
    let unstaged =
        &["info mta-sts.missing example.com", "warning mta-sts.unstaged-removal example.com"][..];
    let trial = &["info mta-sts.testing-or-none example.com"][..];
    let long_trial = &["warning mta-sts.testing-or-none example.com"][..];
    let gone = || facts(&[], None);
    #[rustfmt::skip]
    let cases = [
        ("as ever",                             with("1", POLICY), past(&[(with("1", POLICY), 90, 0)]),                       &[][..]),
        ("another policy, the same id",         with("1", POLICY), past(&[(other(), 90, 1)]),                                 same_id),
        ("still so at the next look",           with("1", POLICY), past(&[(with("1", POLICY), 1, 0), (other(), 90, 1)]),      same_id),
        ("between them one that is not told",   with("1", POLICY), past(&[(untold(), 1, 1), (other(), 90, 1)]),               same_id),
        ("a new id",                            with("2", POLICY), past(&[(other(), 90, 1)]),                                 &[]),
        ("a new id in between",                 with("1", POLICY), past(&[(with("3", POLICY), 2, 1), (other(), 90, 2)]),      &[]),
        ("forgotten by all",                    with("1", POLICY), past(&[(other(), 90, 8)]),                                 &[]),
        ("never there",                         gone(),            past(&[(gone(), 90, 0)]),                                  missing),
        ("gone while enforced",                 gone(),            past(&[(with("1", POLICY), 90, 1)]),                       unstaged),
        ("gone some looks ago",                 gone(),            past(&[(gone(), 2, 0), (with("1", POLICY), 90, 2)]),       unstaged),
        ("gone, and forgotten by all",          gone(),            past(&[(gone(), 8, 0), (with("1", POLICY), 90, 8)]),       missing),
        ("gone after mode none",                gone(),            past(&[(none(), 2, 1), (with("1", POLICY), 90, 2)]),       missing),
        ("on trial for 60 days",                testing(),         past(&[(testing(), 60, 0)]),                               trial),
        ("on trial for longer",                 testing(),         past(&[(untold(), 1, 1), (testing(), 61, 1)]),             long_trial),
    ];
    for (rule, facts, past, expected) in cases {
        assert_eq!(say(&facts, &past).0, expected, "{rule}");
    }
}

#[test]
fn the_past_ends_at_facts_of_another_form() {
    let mut past = past(&[(with("1", &POLICY.replace("mx1", "mx2")), 90, 1)]);
    past.sightings[0].facts_version = 0;
    assert_eq!(say(&with("1", POLICY), &past).0, Vec::<String>::new());
    assert!(past.of::<MtaSts>().is_empty());
}

#[test]
fn a_policy_that_no_record_announces_is_not_in_force() {
    let plain = || host(&[("192.0.2.25", Delivery::NoStarttls)]);
    let seen = |record: &str, text: &str| {
        let mut facts = facts(&[record], Some(served(200, text)));
        facts.hosts = vec![plain()];
        facts
    };
    let (void, valid) = ("v=STSv1; id=2026-01-01", "v=STSv1; id=1");
    let invalid = "error mta-sts.record-invalid example.com";
    let kept = || past(&[(with("1", POLICY), 90, 1)]);
    let other = || past(&[(with("1", &POLICY.replace("mx1", "mx2")), 90, 1)]);
    let weighs = |weight: &str| format!("{weight} mta-sts.mx-tls-fails mx1.example.com");
    #[rustfmt::skip]
    let cases = [
        ("announced",                     seen(valid, POLICY), Past::default(), vec![weighs("critical")]),
        ("by a void record",              seen(void, POLICY),  Past::default(), vec![invalid.to_owned(), weighs("warning")]),
        ("lately announced",              seen(void, POLICY),  kept(),          vec![invalid.to_owned(), weighs("critical")]),
        ("another was announced",         seen(void, POLICY),  other(),         vec![invalid.to_owned(), weighs("warning")]),
    ];
    for (rule, facts, past, expected) in cases {
        let (found, _) = judged(&facts, &past);
        let said: Vec<String> =
            found.iter().map(|f| format!("{} {} {}", f.severity, f.id, f.subject)).collect();
        assert_eq!(said, expected, "{rule}");
        assert!(found.iter().all(|one| one.fix.is_empty()), "{rule}: it would lose mail");
    }
    let testing = POLICY.replace("enforce", "testing");
    let (found, _) = judged(&seen(void, &testing), &Past::default());
    assert_eq!(found[0].fix.len(), 1, "nobody loses mail by a policy that is tried out");
}
