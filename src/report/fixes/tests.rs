use vigie_checks::kernel::{Lang, Name, Rtype, Severity};

use super::bind::strings;
use super::{FindingName, FixReport, LeftReport, SetReport};

fn finding(id: &str) -> FindingName {
    FindingName {
        id: id.to_owned(),
        subject: "example.com".to_owned(),
        severity: Severity::Error,
        title: "A title\nin two lines".to_owned(),
    }
}

fn set(name: &str, rtype: Rtype, values: &[&str]) -> SetReport {
    SetReport {
        name: Name::new(name),
        rtype,
        ttl: 300,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        was: Vec::new(),
        heals: vec![finding("spf.missing")],
    }
}

fn report() -> FixReport {
    let because = "why".to_owned();
    FixReport {
        schema: "vigie.fix/1",
        version: "0.1.0",
        domain: Name::new("example.com"),
        records: vec![
            set("example.com", Rtype::TXT, &["v=spf1 -all", "say \"hi\"; a\\\\b \\007 ${x}"]),
            set("example.com", Rtype::MX, &["10 mx1.example.com."]),
            set("_dmarc.example.com", Rtype::TXT, &[]),
            set("mx1.example.com", Rtype::A, &["192.0.2.1"]),
            set("other.example", Rtype::TXT, &["v=DMARC1"]),
        ],
        left: vec![LeftReport { finding: finding("dmarc.missing"), because }],
        elsewhere: Vec::new(),
    }
}

#[test]
fn the_zone_fragment() {
    insta::assert_snapshot!(report().bind(Lang::En));
}

#[test]
fn the_zone_of_octodns() {
    insta::assert_snapshot!(report().octodns(Lang::En));
}

#[test]
fn the_resources_of_terraform() {
    insta::assert_snapshot!(report().terraform(Lang::Fr));
}

#[test]
fn a_long_text_is_cut_between_octets() {
    let long = format!("{}\\007{}", "x".repeat(254), "y".repeat(10));
    assert_eq!(strings(&long), [format!("{}\\007", "x".repeat(254)), "y".repeat(10)]);
    assert_eq!(strings(""), [""]);
    assert_eq!(strings("a\"b\\\\"), ["a\\\"b\\\\"]);
}
