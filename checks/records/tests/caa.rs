use super::owned;
use crate::records::caa::{Caa, allowed};

fn record(tag: &str, value: &str) -> Caa {
    Caa { critical: false, tag: tag.to_owned(), value: value.to_owned() }
}

#[test]
fn a_record_is_flags_tag_and_value() {
    let hex = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
    let issue = record("issue", "letsencrypt.org");
    let critical = Caa { critical: true, ..record("tbs", "x") };
    #[rustfmt::skip]
    let cases: [(&str, &[u8], Option<Caa>); 8] = [
        ("as it should be",      b"\x00\x05issueletsencrypt.org",  Some(issue.clone())),
        ("tags have no case",    b"\x00\x05IsSuEletsencrypt.org",  Some(issue)),
        ("the critical flag",    b"\x80\x03tbsx",                  Some(critical)),
        ("other flags",          b"\x01\x03tbsx",                  Some(record("tbs", "x"))),
        ("no value",             b"\x00\x05issue",                 Some(record("issue", ""))),
        ("a tag cut short",      b"\x00\x09issue",                 None),
        ("no tag",               b"\x00\x00x",                     None),
        ("nothing",              b"",                              None),
    ];
    for (rule, octets, expected) in cases {
        assert_eq!(Caa::read(&hex(octets)), expected, "{rule}");
    }
    assert_eq!(Caa::read("0"), None);
    assert_eq!(Caa::read("zz"), None);
}

#[test]
fn a_set_allows_those_it_names_or_everybody() {
    let issue = |value: &str| record("issue", value);
    let wild = |value: &str| record("issuewild", value);
    let nobody: Option<&'static [&'static str]> = Some(&[]);
    type Allowed = Option<&'static [&'static str]>;
    #[rustfmt::skip]
    let cases: Vec<(&str, Vec<Caa>, Allowed, Allowed)> = vec![
        ("no record",                vec![],                                     None, None),
        ("only an address",          vec![record("iodef", "mailto:a@b.test")],   None, None),
        ("one",                      vec![issue("a.test")],                      Some(&["a.test"]), Some(&["a.test"])),
        ("two",                      vec![issue("a.test"), issue("b.test")],     Some(&["a.test", "b.test"]), Some(&["a.test", "b.test"])),
        ("with parameters",          vec![issue(" A.test ; account=1")],         Some(&["a.test"]), Some(&["a.test"])),
        ("nobody",                   vec![issue(";")],                           nobody, nobody),
        ("nobody, and one",          vec![issue(";"), issue("a.test")],          Some(&["a.test"]), Some(&["a.test"])),
        ("another for wildcards",    vec![issue("a.test"), wild("b.test")],      Some(&["a.test"]), Some(&["b.test"])),
        ("no wildcards",             vec![issue("a.test"), wild(";")],           Some(&["a.test"]), nobody),
        ("wildcards alone",          vec![wild("b.test")],                       None, Some(&["b.test"])),
    ];
    for (rule, set, name, wildcard) in cases {
        let expected = |names: Option<&[&str]>| names.map(owned);
        assert_eq!(allowed(&set, false), expected(name), "{rule}");
        assert_eq!(allowed(&set, true), expected(wildcard), "{rule}, wildcard");
    }
}

#[test]
fn only_a_critical_tag_that_nobody_knows_stops_everybody() {
    let critical = |tag: &str| Caa { critical: true, ..record(tag, "x") }.is_unknown_critical();
    for tag in ["issue", "issuewild", "iodef", "issuemail", "issuevmc", "contactemail"] {
        assert!(!critical(tag), "{tag}");
    }
    assert!(critical("tbs"));
    assert!(!record("tbs", "x").is_unknown_critical());
}
