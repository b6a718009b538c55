use proptest::prelude::*;

use crate::records::dmarc_repair::{is_lookalike, misread, repaired, unknown_tags, without_tags};

#[test]
fn what_was_meant_is_read_from_what_was_written() {
    let good = Some("v=DMARC1; p=none; rua=mailto:a@example.com");
    #[rustfmt::skip]
    let cases: [(&str, &str, bool, Option<&str>); 11] = [
        ("as it should be",         "v=DMARC1; p=none; rua=mailto:a@example.com",   false, good),
        ("a version in small type", "v=dmarc1; p=none; rua=mailto:a@example.com",   true,  good),
        ("commas for semicolons",   "v=DMARC1, p=none, rua=mailto:a@example.com",   true,  good),
        ("the version last",        "p=none; rua=mailto:a@example.com; v=DMARC1",   true,  good),
        ("a leading blank",         " v=DMARC1; p=none; rua=mailto:a@example.com",  true,  good),
        ("stored with its quotes",  "\"v=DMARC1; p=none; rua=mailto:a@example.com", true,  good),
        ("no number",               "v=DMARC; p=none; rua=mailto:a@example.com",    true,  good),
        ("no policy in it",         "v=dmarc1; rua=mailto:a@example.com",           true,  None),
        ("an address twice",        "v=DMARC1; p=none; rua=mailto:a@example.com; rua=mailto:a@example.com", false, good),
        ("two policies",            "v=DMARC1; p=none; p=reject; rua=mailto:a@example.com", false, good),
        ("something else",          "v=spf1 -all",                                  false, None),
    ];
    for (rule, text, resembles, record) in cases {
        assert_eq!(is_lookalike(text), resembles, "{rule}");
        assert_eq!(repaired(text).as_deref(), record, "{rule}");
    }
}

#[test]
fn parts_that_are_no_single_tag_are_found() {
    #[rustfmt::skip]
    type Told = &'static [(&'static str, bool)];
    let cases: [(&str, &str, Told); 8] = [
        ("nothing wrong", "v=DMARC1; p=none;", &[]),
        ("two addresses", "v=DMARC1; p=none; rua=mailto:a@b.c, mailto:d@e.f", &[]),
        ("no equals sign", "v=DMARC1; p=none; aspf", &[("aspf", false)]),
        ("none after a policy", "v=DMARC1; p", &[("p", true)]),
        ("no semicolon", "v=DMARC1; p=none adkim=r", &[("p=none adkim=r", true)]),
        ("a comma", "v=DMARC1; p=none; adkim=r, aspf=r", &[("adkim=r, aspf=r", false)]),
        ("a quote", "v=DMARC1; p=none; fo=1\"", &[("fo=1\"", false)]),
        ("twice", "v=DMARC1; p=none; p=reject", &[("p=reject", true)]),
    ];
    for (rule, record, expected) in cases {
        let found = misread(record);
        let found: Vec<(&str, bool)> =
            found.iter().map(|part| (part.text.as_str(), part.is_weighty)).collect();
        assert_eq!(found, expected, "{rule}");
    }
}

#[test]
fn a_slip_of_the_finger_is_told_from_an_unknown_tag() {
    #[rustfmt::skip]
    let cases = [
        ("two letters exchanged", "rau",    Some("rua")),
        ("one more",              "adkimm", Some("adkim")),
        ("one less",              "akim",   Some("adkim")),
        ("another one",           "aspg",   Some("aspf")),
        ("like no other",         "colour", None),
    ];
    for (rule, name, meant) in cases {
        let found = unknown_tags(&format!("v=DMARC1; p=none; {name}=x; pct=50"));
        assert_eq!(found, [(name.to_owned(), meant)], "{rule}");
    }
    assert_eq!(without_tags("v=DMARC1; p=none; pct = 50;", &["pct"]), "v=DMARC1; p=none");
}

proptest! {
    #[test]
    fn no_text_stops_the_reader(text in "\\PC{0,200}") {
        let _ = (misread(&text), unknown_tags(&text), is_lookalike(&text), repaired(&text));
    }
}
