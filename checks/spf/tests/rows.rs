//! Row by row: what is said of a record, and of what is nearly the same.

use super::*;

fn rows(cases: &[(&str, &str, &[&str])]) {
    for (rule, record, expected) in cases {
        let expected: Vec<String> = expected.iter().map(|row| format!("{row} {DOMAIN}")).collect();
        assert_eq!(said(&publishing(record)), expected, "{rule}: {record}");
    }
}

#[test]
fn one_record_is_selected() {
    let with = |texts: &[&str]| said(&publishing("").txt(DOMAIN, texts));
    let good = "v=spf1 ip4:198.41.0.4 -all";
    assert_eq!(with(&[good]), [""; 0]);
    assert_eq!(with(&[good, "another text"]), [""; 0]);
    assert_eq!(with(&["another text"]), ["error spf.missing example.com"]);
    assert_eq!(with(&[good, "v=spf1 -all"]), ["error spf.multiple-records example.com"]);
    assert_eq!(with(&["v=spf10 -all"]), ["error spf.missing example.com"]);
    assert_eq!(with(&["v=spf1; -all"]), ["error spf.lookalike example.com"]);
}

#[test]
fn whom_the_record_lets_send() {
    #[rustfmt::skip]
    rows(&[
        ("one address",                "v=spf1 ip4:198.41.0.4 -all",                       &[]),
        ("as wide as is usual",        "v=spf1 ip4:198.41.0.0/16 -all",                    &[]),
        ("wider",                      "v=spf1 ip4:198.40.0.0/15 -all",                    &["error spf.overly-wide"]),
        ("everything",                 "v=spf1 ip4:0.0.0.0/0 -all",                        &["critical spf.overly-wide"]),
        ("as wide as is usual on v6",  "v=spf1 ip6:2606:4700::/32 -all",                   &[]),
        ("wider on v6",                "v=spf1 ip6:2606:4700::/31 -all",                   &["error spf.overly-wide"]),
        ("everything on v6",           "v=spf1 ip6:::/0 -all",                             &["critical spf.overly-wide"]),
        ("around a host",              "v=spf1 a:mail.example.com/15 -all",                &["error spf.overly-wide"]),
        ("around a host on v6",        "v=spf1 a:mail.example.com//31 -all",               &["error spf.overly-wide"]),
        ("everything around a host",   "v=spf1 a:mail.example.com/0 -all",                 &["critical spf.overly-wide"]),
        ("everything, to be refused",  "v=spf1 -ip4:0.0.0.0/0 ip4:198.41.0.4 -all",        &[]),
        ("a private network",          "v=spf1 ip4:10.0.0.0/8 ip4:198.41.0.4 -all",        &["error spf.overly-wide", "warning spf.private-ip"]),
        ("a part of it",               "v=spf1 ip4:192.168.1.0/24 ip4:198.41.0.4 -all",    &["warning spf.private-ip"]),
        ("one on v6",                  "v=spf1 ip6:fd00::/48 ip4:198.41.0.4 -all",         &["warning spf.private-ip"]),
        ("a wide slip is a width",     "v=spf1 ip4:10.0.0.0/7 ip4:198.41.0.4 -all",        &["error spf.overly-wide"]),
        ("a wide slip on v6 too",      "v=spf1 ip6:fc00::/7 ip4:198.41.0.4 -all",          &["error spf.overly-wide"]),
        ("by reverse names",           "v=spf1 ptr -all",                                  &["warning spf.ptr-mechanism"]),
        ("by a name of the message",   "v=spf1 exists:%{i}.example.net -all",              &["info spf.macro-dynamic"]),
        ("by a name that stays",       "v=spf1 exists:mail.example.com -all",              &[]),
        ("words for who is refused",   "v=spf1 ip4:198.41.0.4 exp=%{i}.example.net -all",  &[]),
    ]);
}

#[test]
fn how_the_record_ends() {
    #[rustfmt::skip]
    rows(&[
        ("refused",                 "v=spf1 ip4:198.41.0.4 -all",                            &[]),
        ("marked",                  "v=spf1 ip4:198.41.0.4 ~all",                            &["info spf.softfail-all"]),
        ("left open",               "v=spf1 ip4:198.41.0.4 ?all",                            &["warning spf.neutral-all"]),
        ("not said",                "v=spf1 ip4:198.41.0.4",                                 &["warning spf.neutral-all"]),
        ("taken",                   "v=spf1 ip4:198.41.0.4 +all",                            &["critical spf.plus-all"]),
        ("said elsewhere",          "v=spf1 ip4:198.41.0.4 redirect=_spf.example.net",       &[]),
        ("said twice",              "v=spf1 -all redirect=_spf.example.net",                 &["warning spf.redirect-ignored"]),
        ("and something after it",  "v=spf1 -all ip4:198.41.0.4",                            &["warning spf.terms-after-all"]),
    ]);
}

#[test]
fn a_record_that_was_cut_has_a_full_last_string_and_no_end() {
    // One string of 255 octets: an unknown modifier fills it, which receivers pass over.
    let full = |end: &str| format!("v=spf1 x={} {end}", "a".repeat(255 - 10 - end.len()));
    let cut = |record: &str| {
        assert_eq!(record.len(), 255);
        said(&publishing(record)).iter().any(|line| line.contains("spf.string-too-long"))
    };
    #[rustfmt::skip]
    let cases = [
        ("it ends",                   "ip4:198.41.0.4 -all",                        false),
        ("it goes on elsewhere",      "ip4:198.41.0.4 redirect=_spf.example.net",   false),
        ("nothing ends it",           "ip4:198.41.0.4 ip4:198.41.0.5",              true),
        ("its last term is none",     "ip4:198.41.0.4 -all ip4:198.4",              true),
    ];
    for (rule, end, expected) in cases {
        assert_eq!(cut(&full(end)), expected, "{rule}");
    }
}

#[test]
fn what_is_almost_a_record_is_shown_in_forty_characters() {
    let shown = |text: &str| {
        let world = publishing("").txt(DOMAIN, &[text]);
        finding(&world, "spf.lookalike").expect("it is almost one").params["text"].clone()
    };
    let forty = format!("v=spf1;{}", "x".repeat(33));
    assert_eq!(shown(&forty), forty);
    assert_eq!(shown(&format!("{forty}x")), format!("{forty}…"));
}
