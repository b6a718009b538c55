use super::owned;
use crate::kernel::Name;
use crate::records::mta_sts::{Mode, Policy, id, is_record, resembles};

#[test]
fn a_record_is_told_by_its_first_eight_octets() {
    #[rustfmt::skip]
    let cases = [
        ("as it should be",     "v=STSv1; id=1",    true,  false),
        ("without a blank",     "v=STSv1;id=1",     true,  false),
        ("no semicolon",        "v=STSv1",          false, true),
        ("blank before it",     "v=STSv1 ; id=1",   false, true),
        ("another case",        "v=stsv1; id=1",    false, true),
        ("a leading blank",     " v=STSv1; id=1",   false, true),
        ("stored with quotes",  "\"v=STSv1; id=1",  false, true),
        ("another record",      "v=spf1 -all",      false, false),
        ("nothing",             "",                 false, false),
    ];
    for (rule, text, record, lookalike) in cases {
        assert_eq!((is_record(text), resembles(text)), (record, lookalike), "{rule}");
    }
}

#[test]
fn an_id_is_up_to_32_letters_and_digits() {
    let long = format!("v=STSv1; id={}", "a".repeat(33));
    #[rustfmt::skip]
    let cases = [
        ("as it should be",         "v=STSv1; id=20260101T000000;", Some("20260101T000000")),
        ("after an extension",      "v=STSv1; x=y; id=1",           Some("1")),
        ("the first counts",        "v=STSv1; id=1; id=2",          Some("1")),
        ("a dash",                  "v=STSv1; id=2026-01-01",       None),
        ("empty",                   "v=STSv1; id=",                 None),
        ("missing",                 "v=STSv1;",                     None),
        ("names are case-sensitive", "v=STSv1; ID=1",               None),
        ("33 characters",           &long,                          None),
    ];
    for (rule, text, expected) in cases {
        assert_eq!(id(text), expected, "{rule}");
    }
}

#[test]
fn a_policy_is_read_as_senders_read_it() {
    let good =
        "version: STSv1\nmode: enforce\nmx: mx1.example.com\nmx: *.example.net\nmax_age: 604800\n";
    let long = good.replace("604800", "31557601");
    let longest = good.replace("604800", "31557600");
    #[rustfmt::skip]
    let cases: Vec<(&str, String, Option<Mode>, &[&str])> = vec![
        ("as it should be",        good.to_owned(),                                             Some(Mode::Enforce), &[]),
        ("lines of CRLF",          good.replace('\n', "\r\n"),                                  Some(Mode::Enforce), &[]),
        ("no last line end",       good.trim_end().to_owned(),                                  Some(Mode::Enforce), &[]),
        ("no blank after colon",   good.replace(": ", ":"),                                     Some(Mode::Enforce), &[]),
        ("unknown keys",           format!("{good}sts: x\n"),                                   Some(Mode::Enforce), &[]),
        ("the first mode counts",  format!("{good}mode: none\n"),                               Some(Mode::Enforce), &[]),
        ("none needs no mx",       "version: STSv1\nmode: none\nmax_age: 0\n".to_owned(),       Some(Mode::None),    &[]),
        ("a year is the most",     longest,                                                     Some(Mode::Enforce), &[]),
        ("more than a year",       long,                                                        None, &["max_age"]),
        ("an age in words",        good.replace("604800", "1w"),                                None, &["max_age"]),
        ("a negative age",         good.replace("604800", "-1"),                                None, &["max_age"]),
        ("another version",        good.replace("STSv1", "STSv2"),                              None, &["version"]),
        ("a mode nobody knows",    good.replace("enforce", "Enforce"),                          None, &["mode"]),
        ("no mx",                  "version: STSv1\nmode: testing\nmax_age: 1\n".to_owned(),    None, &["mx"]),
        ("a bare star",            good.replace("*.example.net", "*"),                          None, &["mx: *"]),
        ("two stars",              good.replace("*.example.net", "*.*.net"),                    None, &["mx: *.*.net"]),
        ("a leading dot",          good.replace("*.example.net", ".example.net"),               None, &["mx: .example.net"]),
        ("a page of HTML",         "<!doctype html>\n<html>".to_owned(),                        None, &["version", "mode", "max_age"]),
        ("nothing",                String::new(),                                               None, &["version", "mode", "max_age"]),
    ];
    for (rule, text, applied, faults) in cases {
        let policy = Policy::parse(&text);
        let parts: Vec<String> = policy.faults.iter().map(|fault| fault.part()).collect();
        assert_eq!((policy.applied(), parts.as_slice()), (applied, &owned(faults)[..]), "{rule}");
    }
}

#[test]
fn a_star_stands_for_exactly_one_label() {
    let policy = Policy::parse("mx: MX1.Example.com.\nmx: *.example.net\n");
    #[rustfmt::skip]
    let cases = [
        ("named",             "mx1.example.com",  true),
        ("not named",         "mx2.example.com",  false),
        ("below the star",    "a.example.net",    true),
        ("two below",         "b.a.example.net",  false),
        ("the name itself",   "example.net",      false),
        ("a name like it",    "a.nexample.net",   false),
    ];
    for (rule, host, expected) in cases {
        assert_eq!(policy.covers(&Name::new(host)), expected, "{rule}");
    }
}
