//! Which record counts, what travels with it, and what who sends nothing should say.

use super::*;
use crate::kernel::Stream;
use crate::scripted::stream;

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
        ("takes no mail, open",               null_mx(open),             &target(),     true),
        ("takes no mail, closed",             null_mx(closed),           &target(),     false),
        ("takes no mail, and sends",          null_mx(open),             &sender,       false),
        ("takes no mail, and has an address", null_mx(open),             &with_address, false),
        ("takes no mail, and has a stream",   null_mx(open),             &with_stream,  false),
        ("the stream of another",             null_mx(open),             &of_another,   true),
        ("takes no mail, has no record",      null_mx("").txt(DOMAIN, &["a text"]), &target(), false),
        ("sends, takes mail",                 publishing(open),          &sender,       false),
    ];
    for (rule, world, target, expected) in cases {
        assert_eq!(said(&world, target), expected, "{rule}");
    }
    let found = findings::<Spf>(&facts(&publishing(open)), &parked, &Vantage::default());
    let found = found.iter().find(|found| found.id == "spf.parked-open").expect("said above");
    assert_eq!(found.fix[0].value.as_deref(), Some(closed));
}
