use vigie_checks::kernel::{Lang, Name, Rtype, Severity};

use super::bind::strings;
use super::{FindingName, FixReport, LeftReport, SetReport};

fn finding(id: &str) -> FindingName {
    FindingName {
        id: id.to_owned(),
        subject: "example.com".to_owned(),
        severity: Severity::Error,
        title: "A title\nin two lines".to_owned(),
        remedy: "Once that is seen to,\nmend it.".to_owned(),
    }
}

fn set(name: &str, rtype: Rtype, values: &[&str]) -> SetReport {
    SetReport {
        name: Name::new(name),
        rtype,
        zone: Name::new(if name.ends_with("example.com") { "example.com" } else { "example" }),
        ttl: 300,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        was: Vec::new(),
        heals: vec![finding("spf.missing")],
    }
}

fn report() -> FixReport {
    let because = "why".to_owned();
    let was = |values: &[&str], set: SetReport| {
        let was = values.iter().map(|value| (*value).to_owned()).collect();
        SetReport { was, ..set }
    };
    let parent = |set: SetReport| SetReport { zone: Name::new("com"), ..set };
    let told = "say \"hi\"; a\\\\b \\007 ${x}";
    FixReport {
        schema: "vigie.fix/1",
        version: "0.1.0",
        domain: Name::new("example.com"),
        zone: Name::new("example.com"),
        records: vec![
            parent(set("example.com", Rtype::DS, &["1 13 2 aa"])),
            was(&["v=spf1 +all", told], set("example.com", Rtype::TXT, &["v=spf1 -all", told])),
            was(
                &["10 mx1.example.com.", "20 mx.gone.example."],
                set("example.com", Rtype::MX, &["10 mx1.example.com."]),
            ),
            was(&["v=DMARC1; p=nine"], set("_dmarc.example.com", Rtype::TXT, &[])),
            set("mx10.example.com", Rtype::A, &["192.0.2.10"]),
            set("mx2.example.com", Rtype::A, &["192.0.2.2"]),
            set("mx2.example.com", Rtype::TLSA, &["3 1 1 aa"]),
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
