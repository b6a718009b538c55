//! Which record counts, what travels with it, and what who sends nothing should say.

use super::*;
use crate::kernel::{Catalogue, Lang, Stream};
use crate::scripted::{probe, stream};

fn of(world: &Scripted, target: &Target) -> Vec<String> {
    judge::<Spf>(&observe::<Spf>(world, target, &Vantage::default()), target, &Vantage::default())
}

fn with_profile(profile: Profile) -> Target {
    Target { profile, ..target() }
}

/// A world where the domain takes no mail (RFC 7505).
fn null_mx(record: &str) -> Scripted {
    let null = Mx { preference: 0, exchange: Name::new(".") };
    publishing(record).answer(DOMAIN, Rtype::MX, holding(DOMAIN, vec![Data::Mx(null)]))
}

#[test]
fn one_record_is_selected_of_any_number_of_texts() {
    let with = |texts: &[&str]| said(&publishing("").txt(DOMAIN, texts));
    let good = "v=spf1 ip4:198.41.0.4 -all";
    assert_eq!(with(&[good, "v=spf1", "v=spf1 a"]), ["error spf.multiple-records example.com"]);
    let none = Scripted::new();
    assert_eq!(of(&none, &target()), ["error spf.missing example.com"]);
    // Who sends nothing is told once, by the record that says so.
    let receiver = with_profile(Profile::Receiver);
    assert_eq!(of(&none, &receiver), ["warning spf.parked-open example.com"]);
    let lookalike = Scripted::new().txt("example.com", &["v=spf1; a -all"]);
    let found = findings::<Spf>(
        &observe::<Spf>(&lookalike, &receiver, &Vantage::default()),
        &receiver,
        &Vantage::default(),
    );
    let fixes: Vec<_> = found.iter().map(|one| (one.id.as_str(), one.fix.len())).collect();
    assert_eq!(fixes, [("spf.lookalike", 0), ("spf.parked-open", 1)]);
    assert_eq!(found[1].fix[0].old.as_deref(), Some("v=spf1; a -all"));
    assert_eq!(of(&none, &with_profile(Profile::Sender)), ["error spf.missing example.com"]);
}

/// RFC 7208 §2.4: receivers look at the MAIL FROM domain.
#[test]
fn a_record_is_missed_where_mail_may_have_the_domain_as_its_return_path() {
    let by = |from: &str, mail_from: Option<&str>| Stream {
        mail_from: mail_from.map(Name::new),
        ..stream("news", from)
    };
    let with = |streams: Vec<Stream>| Target { streams, ..target() };
    let away = || by(DOMAIN, Some("bounces.example.net"));
    let sending_ips = || vec!["192.0.2.9".parse().expect("an address")];
    let (missing, information) = ("error spf.missing example.com", "info spf.missing example.com");
    #[rustfmt::skip]
    let cases = [
        ("no stream is known",          with(vec![]),                                                    missing),
        ("it says no other",            with(vec![by(DOMAIN, None)]),                                    missing),
        ("it is another's",             with(vec![away()]),                                              information),
        ("of another name alone",       with(vec![by("news.example.com", Some("bounces.example.net"))]), missing),
        ("one of two returns here",     with(vec![away(), by("news.example.com", Some(DOMAIN))]),        missing),
        ("an address of no stream",     Target { sending_ips: sending_ips(), ..with(vec![away()]) },     missing),
        ("test sends return here",      Target { probe: Some(probe()), ..with(vec![away()]) },           missing),
    ];
    for (rule, target, expected) in cases {
        let said = of(&Scripted::new(), &target);
        let of_record: Vec<_> = said.iter().filter(|one| one.contains("spf.missing")).collect();
        assert_eq!(of_record, [expected], "{rule}");
    }
}

#[test]
fn an_answer_weighs_by_the_ways_that_carry_it() {
    // The record of 26 octets and further texts, until the answer has that many octets.
    let good = "v=spf1 ip4:198.41.0.4 -all";
    let octets = |texts: &[String]| {
        let shown: Vec<&str> = texts.iter().map(String::as_str).collect();
        facts(&publishing("").txt(DOMAIN, &shown)).answer_octets
    };
    let of_size = |size: usize| {
        let mut texts = vec![good.to_owned()];
        // What a further text costs beside its own octets.
        let around = octets(&[good.to_owned(), "x".to_owned()]) - octets(&texts) - 1;
        for letter in ["a", "b", "c", "d", "e", "f", "g", "h"] {
            let left = size - octets(&texts);
            if left == 0 {
                break;
            }
            let rest = left - around;
            texts.push(letter.repeat(if rest <= 255 { rest } else { 150 }));
        }
        let shown: Vec<&str> = texts.iter().map(String::as_str).collect();
        publishing("").txt(DOMAIN, &shown)
    };
    #[rustfmt::skip]
    let cases: [(usize, &[&str]); 4] = [
        (512,  &[]),
        (513,  &["info spf.response-too-large example.com"]),
        (1232, &["info spf.response-too-large example.com"]),
        (1233, &["warning spf.response-too-large example.com"]),
    ];
    for (size, expected) in cases {
        let world = of_size(size);
        assert_eq!(facts(&world).answer_octets, size);
        assert_eq!(said(&world), expected, "{size}");
    }
}

#[test]
fn who_sends_nothing_says_so() {
    let closed = "v=spf1 -all";
    let open = "v=spf1 ip4:198.41.0.4 -all";
    let parked = with_profile(Profile::Parked);
    let receiver = with_profile(Profile::Receiver);
    let sender = with_profile(Profile::Sender);
    let with_address = Target { sending_ips: vec!["198.41.0.4".parse().unwrap()], ..target() };
    let streams = |from: &str| {
        vec![Stream { ips: vec!["198.41.0.4".parse().unwrap()], ..stream("news", from) }]
    };
    let with_stream = Target { streams: streams(DOMAIN), ..target() };
    let of_another = Target { streams: streams("example.net"), ..target() };
    let mut returning = streams("example.net");
    returning[0].mail_from = Some(Name::new(DOMAIN));
    let returned = Target { streams: returning, ..target() };
    let soft = "v=spf1 ~all";
    let selector = Target { selectors: vec!["s1".to_owned()], ..target() };
    let two = || publishing("").txt(DOMAIN, &[open, closed]);
    let lost = || publishing(open).fails(DOMAIN, Rtype::TXT, Reason::Timeout);
    let said = |world: &Scripted, target: &Target| {
        of(world, target).iter().any(|line| line.contains("spf.parked-open"))
    };
    #[rustfmt::skip]
    let cases = [
        ("parked, closed",                    publishing(closed),        &parked,       false),
        ("in capitals, with blanks",          publishing("V=SPF1  -ALL"), &parked,      false),
        ("parked, open",                      publishing(open),          &parked,       true),
        ("parked, nothing",                   Scripted::new(),           &parked,       true),
        ("parked, not told",                  lost(),                    &parked,       false),
        ("parked, two records",               two(),                     &parked,       false),
        ("takes mail alone, open",            publishing(open),          &receiver,     true),
        ("takes mail alone, closed",          publishing(closed),        &receiver,     false),
        ("nothing is declared",               publishing(open),          &target(),     false),
        ("takes no mail, closes softly",      null_mx(soft),             &target(),     true),
        ("takes no mail, lists a sender",     null_mx(open),             &target(),     false),
        ("takes no mail, parked",             null_mx(open),             &parked,       true),
        ("takes no mail, closed",             null_mx(closed),           &target(),     false),
        ("takes no mail, and sends",          null_mx(soft),             &sender,       false),
        ("takes no mail, and has an address", null_mx(soft),             &with_address, false),
        ("takes no mail, and has a stream",   null_mx(soft),             &with_stream,  false),
        ("takes no mail, returns of another", null_mx(soft),             &returned,     false),
        ("takes no mail, and has a selector", null_mx(soft),             &selector,     false),
        ("the stream of another",             null_mx(soft),             &of_another,   true),
        ("takes no mail, has no record",      null_mx("").txt(DOMAIN, &["a text"]), &target(), false),
        ("sends, takes mail",                 publishing(open),          &sender,       false),
    ];
    for (rule, world, target, expected) in cases {
        assert_eq!(said(&world, target), expected, "{rule}");
    }
    let found = findings::<Spf>(&facts(&publishing(open)), &parked, &Vantage::default());
    let found = found.iter().find(|found| found.id == "spf.parked-open").expect("said above");
    assert_eq!(found.fix[0].value.as_deref(), Some(closed));
    // Its profile says that nothing is sent, and its streams that something is.
    let parked = Target { profile: Profile::Parked, ..with_stream };
    let found = findings::<Spf>(&facts(&publishing(open)), &parked, &Vantage::default());
    let found = found.iter().find(|found| found.id == "spf.parked-open").expect("it is parked");
    assert_eq!(found.fix, []);
}

#[test]
fn a_forwarding_provider_may_be_listed_by_who_only_receives() {
    let receiver = with_profile(Profile::Receiver);
    let parked = with_profile(Profile::Parked);
    let mx = |host: &str, record: &str| {
        let host = Mx { preference: 10, exchange: Name::new(host) };
        publishing(record).answer(DOMAIN, Rtype::MX, holding(DOMAIN, vec![Data::Mx(host)]))
    };
    let theirs = "v=spf1 include:_spf.mx.cloudflare.net ~all";
    let beside = "v=spf1 include:_spf.mx.cloudflare.net ip4:198.41.0.4 ~all";
    let host = "route1.mx.cloudflare.net";
    let lost = || publishing(theirs).fails(DOMAIN, Rtype::MX, Reason::Timeout);
    #[rustfmt::skip]
    let cases = [
        ("its mail host's",           mx(host, theirs),                         &receiver, false),
        ("and an address",            mx(host, beside),                         &receiver, true),
        ("another provider's",        mx("mail.example.net", theirs),           &receiver, true),
        ("of no mail host",           publishing(theirs),                       &receiver, true),
        ("the hosts are not told",    lost(),                                   &receiver, false),
        ("no provider's",             mx(host, "v=spf1 include:_spf.example.net ~all"), &receiver, true),
        ("nothing but the end",       mx(host, "v=spf1 ~all"),                  &receiver, true),
        ("nothing",                   mx(host, "").txt(DOMAIN, &["a text"]),    &receiver, true),
        ("a parked domain",           mx(host, theirs),                         &parked,   true),
    ];
    for (rule, world, target, expected) in cases {
        let said = of(&world, target).iter().any(|line| line.contains("spf.parked-open"));
        assert_eq!(said, expected, "{rule}");
    }
    let found = findings::<Spf>(&facts(&mx(host, beside)), &receiver, &Vantage::default());
    let found = found.iter().find(|found| found.id == "spf.parked-open").expect("said above");
    let words = Catalogue::words(found, Lang::En);
    assert!(words.message.contains("only receives"), "{words:?}");
}

#[test]
fn a_domain_that_no_stream_returns_to_needs_no_record() {
    let sending = |mail_from: Option<&str>, sending_ips: &[&str]| {
        let ips = vec!["198.41.0.4".parse().unwrap()];
        let mail_from = mail_from.map(Name::new);
        let stream = Stream { ips, mail_from, ..stream("news", DOMAIN) };
        let sending_ips = sending_ips.iter().map(|ip| ip.parse().unwrap()).collect();
        Target { streams: vec![stream], sending_ips, ..target() }
    };
    let mut two = sending(Some("em1.example.com"), &[]);
    two.streams.push(stream("orders", DOMAIN));
    let mut of_another = sending(Some("em1.example.com"), &[]);
    of_another.streams[0].from = Name::new("example.net");
    #[rustfmt::skip]
    let cases = [
        ("nothing is declared",             target(),                                           "error"),
        ("the stream returns to it",        sending(None, &[]),                                 "error"),
        ("so it says",                      sending(Some(DOMAIN), &[]),                         "error"),
        ("it returns elsewhere",            sending(Some("em1.example.com"), &[]),              "info"),
        ("so does its address",             sending(Some("em1.example.com"), &["198.41.0.4"]),  "info"),
        ("another address sends",           sending(Some("em1.example.com"), &["198.41.0.9"]),  "error"),
        ("another stream returns to it",    two,                                                "error"),
        ("the streams of another",          of_another,                                         "error"),
    ];
    for (rule, target, severity) in cases {
        let said = of(&Scripted::new(), &target);
        assert!(said.contains(&format!("{severity} spf.missing example.com")), "{rule}: {said:?}");
    }
    // The record lists what returns here, not what returns elsewhere.
    let target = sending(Some("em1.example.com"), &["198.41.0.4", "198.41.0.9"]);
    let facts = observe::<Spf>(&Scripted::new(), &target, &Vantage::default());
    let found = findings::<Spf>(&facts, &target, &Vantage::default());
    let found = found.iter().find(|found| found.id == "spf.missing").expect("there is none");
    assert_eq!(found.fix[0].value.as_deref(), Some("v=spf1 ip4:198.41.0.9 ~all"));
}
