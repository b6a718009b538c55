//! Which reports are read, and which are refused.

use super::*;
use crate::store::{Report, Tally};

fn report(xml: &str) -> Report {
    match found(xml.as_bytes()).remove(0).1 {
        Found::Report(report) => *report,
        other => panic!("{other:?}: {xml}"),
    }
}

#[test]
fn a_report_is_read_with_its_counts() {
    let read = report(&xml("1"));
    let expected = Report {
        domain: vigie_checks::kernel::Name::new("example.com"),
        reporter: "receiver.example".to_owned(),
        report_id: "1".to_owned(),
        begins_at: now() - TimeDelta::hours(30),
        ends_at: now() - TimeDelta::hours(6),
        tally: Tally {
            messages: 10,
            aligned: 7,
            by_dkim: 7,
            by_spf: 0,
            quarantined: 2,
            rejected: 1,
        },
    };
    assert_eq!(read, expected);
}

#[test]
fn every_way_in_which_reports_are_written_is_read() {
    let plain = xml("1");
    let declared = plain.split_once("?>").unwrap().1;
    let both = plain.replacen(
        "<dkim>pass</dkim>\n    <spf>fail</spf>",
        "<dkim>pass</dkim><spf>pass</spf>",
        1,
    );
    let utf16: Vec<u8> =
        "\u{feff}".encode_utf16().chain(plain.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    #[rustfmt::skip]
    let cases: Vec<(&str, Vec<u8>, Tally)> = vec![
        ("in the namespace of RFC 9990", plain.replace("<feedback>", "<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">").into(), report(&plain).tally),
        ("with a prefix",           plain.replace("<feedback>", "<d:feedback xmlns:d=\"http://dmarc.org/dmarc-xml/0.1\">").replace("</feedback>", "</d:feedback>").into(), report(&plain).tally),
        ("without a declaration",   declared.into(),                                   report(&plain).tally),
        ("after empty lines",       format!("\u{feff}\r\n\r\n{plain}").into(),           report(&plain).tally),
        ("in UTF-16",               utf16,                                             report(&plain).tally),
        ("in Latin 1",              plain.replace("<email>", "<email>\u{1}").into_bytes().into_iter().map(|o| if o == 1 { 0xe9 } else { o }).collect(), report(&plain).tally),
        ("in capitals",             plain.replace(">pass<", ">Pass<").into(),            report(&plain).tally),
        ("a domain in capitals",    plain.replace("<domain>example.com", "<domain> Example.COM.").into(), report(&plain).tally),
        ("with a disposition of RFC 9990", plain.replace(">none<", ">pass<").into(),     report(&plain).tally),
        ("a pass both ways counts once", both.into(),    Tally { by_spf: 7, ..report(&plain).tally }),
        ("nothing happened",        plain[..plain.find(" <record>").unwrap()].to_owned().into_bytes().into_iter().chain(*b"</feedback>").collect(), Tally::default()),
    ];
    for (rule, content, tally) in cases {
        match &found(&content)[..] {
            [(_, Found::Report(report))] => {
                assert_eq!(report.tally, tally, "{rule}");
                assert_eq!(report.domain.as_str(), "example.com", "{rule}");
            }
            other => panic!("{rule}: {other:?}"),
        }
    }
}

#[test]
fn what_cannot_be_counted_is_refused() {
    let edit = |from: &str, to: &str| {
        let plain = xml("1");
        assert!(plain.contains(from), "{from}");
        said(plain.replacen(from, to, 1).as_bytes())
    };
    let tomorrow = (now() + TimeDelta::hours(25)).timestamp().to_string();
    let end = (now() - TimeDelta::hours(6)).timestamp().to_string();
    #[rustfmt::skip]
    let cases = [
        ("no reporter",           edit("<org_name>receiver.example</org_name>\n  <email>reports@receiver.example</email>", ""), "lacks"),
        ("no id",                 edit("<report_id>1<", "<report_id> <"),            "lacks"),
        ("no time",               edit("date_range>", "dates>").into_iter().take(1).collect(), "not-xml"),
        ("no end",                edit(&format!("<end>{end}</end>"), ""),            "lacks"),
        ("a wrong end",           edit(&format!("<end>{end}<"), "<end>now<"),        "wrong"),
        ("an end without end",    edit(&format!("<end>{end}<"), "<end>99999999999999999<"), "wrong"),
        ("before its beginning",  edit(&format!("<end>{end}<"), "<end>1000000000<"), "wrong"),
        ("from tomorrow",         edit(&format!("<end>{end}<"), &format!("<end>{tomorrow}<")), "in-future"),
        ("of years",              edit("<begin>1", "<begin>"),                       "wrong"),
        ("no domain",             edit("<domain>example.com</domain>", ""),          "lacks"),
        ("an address",            edit("<domain>example.com<", "<domain>192.0.2.1<"), "wrong"),
        ("no count",              edit("<count>7</count>", ""),                      "lacks"),
        ("less than nothing",     edit("<count>7<", "<count>-7<"),                   "wrong"),
        ("more than there is",    edit("<count>7<", "<count>1000000000001<"),        "wrong"),
        ("together more",         edit("<count>7<", "<count>999999999999<"),         "wrong"),
        ("no row",                edit("<row>", "<line>"),                           "not-xml"),
        ("cut off",               said(&xml("1").as_bytes()[..500]),                 "not-xml"),
        ("another document",      said(b"<html><body>hello</body></html>"),          "other-xml"),
        ("a definition of entities", said(b"<!DOCTYPE f [<!ENTITY a \"b\">]><feedback>&a;</feedback>"), "other-xml"),
    ];
    for (rule, told, expected) in cases {
        assert_eq!(told, [expected], "{rule}");
    }
}

#[test]
fn what_a_reporter_is_called_is_kept_short_and_visible() {
    let long = format!("\u{202e}evil{}", "x".repeat(500));
    let read = report(&xml("1").replace("receiver.example</org", &format!("{long}</org")));
    assert_eq!(read.reporter.chars().count(), 100);
    assert!(read.reporter.starts_with("\u{fffd}evil"), "{}", read.reporter);
}

#[test]
fn a_report_nested_without_end_or_without_number_is_refused() {
    let deep = format!("<feedback>{}", "<a>".repeat(2_000_000));
    assert_eq!(said(deep.as_bytes()), ["not-xml"]);
    let closed =
        format!("<feedback>{}{}</feedback>", "<a>".repeat(200_000), "</a>".repeat(200_000));
    assert_eq!(said(closed.as_bytes()), ["lacks"]);
    let many = format!("<feedback>{}</feedback>", "<a/>".repeat(4_100_000));
    assert_eq!(said(many.as_bytes()), ["too-many-records"]);
}
