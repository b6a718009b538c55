use proptest::prelude::*;

use crate::records::dmarc::{DmarcRecord, Policy, with_rua};
use crate::records::dmarc_uri::{ReportUri, report_uris};

#[test]
fn a_record_begins_with_its_version_and_nothing_else() {
    #[rustfmt::skip]
    let cases = [
        ("alone",                          "v=DMARC1",              true),
        ("with a policy",                  "v=DMARC1; p=none",      true),
        ("white space around = and ;",     "v = DMARC1 ;p=none",    true),
        ("the value is case-sensitive",    "v=dmarc1; p=none",      false),
        ("another version",                "v=DMARC2; p=none",      false),
        ("a longer word",                  "v=DMARC10; p=none",     false),
        ("a comma is no separator",        "v=DMARC1, p=none",      false),
        ("v is first",                     "p=none; v=DMARC1",      false),
        ("nothing stands before it",       " v=DMARC1; p=none",     false),
        ("not even a semicolon",           ";v=DMARC1; p=none",     false),
        ("an unrelated text",              "v=spf1 -all",           false),
        ("an empty text",                  "",                      false),
    ];
    for (rule, text, expected) in cases {
        assert_eq!(DmarcRecord::parse(text).is_some(), expected, "{rule}");
    }
}

#[test]
fn the_policy_that_receivers_apply() {
    let (none, quarantine, reject) =
        (Some(Policy::None), Some(Policy::Quarantine), Some(Policy::Reject));
    let rua = "rua=mailto:a@example.com";
    #[rustfmt::skip]
    let cases = [
        ("as asked",                        "p=reject".to_owned(),                 reject,     reject),
        ("whatever the case",               "p=Quarantine".to_owned(),             quarantine, quarantine),
        ("sp speaks for names below",       "p=reject; sp=none".to_owned(),        reject,     none),
        ("the first of two counts",         "p=reject; p=none".to_owned(),         reject,     reject),
        ("testing is one level lower",      "p=reject; t=y".to_owned(),            quarantine, quarantine),
        ("testing of quarantine watches",   "p=quarantine; t=y".to_owned(),        none,       none),
        ("t=n changes nothing",             "p=reject; t=n".to_owned(),            reject,     reject),
        ("no policy, no address",           "t=n".to_owned(),                      None,       None),
        ("no policy, an address",           rua.to_owned(),                        none,       none),
        ("a wrong policy, an address",      format!("p=rejct; {rua}"),             none,       none),
        ("a wrong policy, no address",      "p=rejct".to_owned(),                  None,       None),
        ("a wrong sp spoils p",             format!("p=reject; sp=x; {rua}"),      none,       none),
        ("a wrong np spoils p",             "p=reject; np=".to_owned(),            None,       None),
        ("an address that is none",         "p=x; rua=a@example.com".to_owned(),   None,       None),
        ("what is no tag is passed over",   "p=reject; oops; np=reject".to_owned(), reject,    reject),
    ];
    for (rule, tags, own, below) in cases {
        let record = DmarcRecord::parse(&format!("v=DMARC1; {tags}")).expect("it has the version");
        assert_eq!(record.effective(false), own, "{rule}");
        assert_eq!(record.effective(true), below, "{rule}, below");
    }
}

#[test]
fn report_addresses_are_uris() {
    #[rustfmt::skip]
    let cases = [
        ("an address",                 "mailto:a@example.com",            Some("example.com")),
        ("the scheme in any case",     "MAILTO:a@Example.COM",            Some("example.com")),
        ("an obsolete size",           "mailto:a@example.com!10m",        Some("example.com")),
        ("a query is not the address", "mailto:a@example.com?subject=x",  Some("example.com")),
        ("no scheme",                  "a@example.com",                   None),
        ("an empty address",           "mailto:",                         None),
        ("no host",                    "mailto:a",                        None),
        ("no local part",              "mailto:@example.com",             None),
        ("an empty label",             "mailto:a@example..com",           None),
        ("an address literal",         "mailto:a@[192.0.2.1]",            None),
        ("a space inside",             "mailto: a@example.com",           None),
        ("an unencoded mark",          "mailto:a!b@example.com",          None),
        ("another scheme",             "https://example.com/report",      None),
    ];
    for (rule, written, host) in cases {
        let uris = report_uris(written);
        assert_eq!(uris.len(), 1, "{rule}");
        assert_eq!(uris[0].host().map(|host| host.as_str()), host, "{rule}");
    }
    assert!(report_uris("https://example.com/report")[0].is_valid());
    assert_eq!(report_uris(" mailto:a@example.com , x,, ").len(), 2);
    assert_eq!(report_uris(&"mailto:a@example.com,".repeat(500)).len(), 20);
}

#[test]
fn an_address_for_reports_takes_the_place_of_the_old_one() {
    let cases = [
        ("v=DMARC1; p=none", "v=DMARC1; p=none; rua=mailto:a@example.com"),
        (
            "v=DMARC1;p=none; rua = x ;np=none;",
            "v=DMARC1; p=none; np=none; rua=mailto:a@example.com",
        ),
    ];
    for (before, after) in cases {
        assert_eq!(with_rua(before, "mailto:a@example.com"), after);
    }
}

proptest! {
    #[test]
    fn no_record_stops_the_reader(text in "(v=DMARC1)?[; ]{0,2}(p|sp|rua|ruf|t|psd)?=?.{0,120}") {
        if let Some(record) = DmarcRecord::parse(&text) {
            for uri in record.rua.iter().chain(&record.ruf) {
                prop_assert_eq!(uri.host().is_some(), matches!(uri, ReportUri::Mailto { .. }));
            }
            let healed = with_rua(&text, "mailto:a@example.com");
            let again = DmarcRecord::parse(&healed).expect("the version stays");
            prop_assert!(again.has_report_address());
        }
    }
}
