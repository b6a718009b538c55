use super::owned;
use crate::records::bimi::{Assertion, is_record};

#[test]
fn a_record_is_told_by_its_version() {
    #[rustfmt::skip]
    let cases = [
        ("as it should be",  "v=BIMI1; l=https://a.test/l.svg", true),
        ("the version alone", "v=BIMI1",                        true),
        ("in small letters", "v=bimi1; l=",                     true),
        ("with blanks",      "v = BIMI1 ; l=",                  true),
        ("another version",  "v=BIMI2; l=",                     false),
        ("another record",   "v=spf1 -all",                     false),
    ];
    for (rule, text, expected) in cases {
        assert_eq!(is_record(text), expected, "{rule}");
    }
}

#[test]
fn a_record_asks_declines_or_is_wrong() {
    let asked = |logo: bool, certificate: bool| Assertion::Asked {
        logo: logo.then(|| "https://a.test/l.svg".to_owned().try_into().unwrap()),
        certificate: certificate.then(|| "https://a.test/c.pem".to_owned().try_into().unwrap()),
    };
    let wrong = |parts: &[&str]| Assertion::Invalid(owned(parts));
    #[rustfmt::skip]
    let cases = [
        ("a logo",                  "v=BIMI1; l=https://a.test/l.svg",                           asked(true, false)),
        ("an empty certificate",    "v=BIMI1; l=https://a.test/l.svg; a=;",                      asked(true, false)),
        ("both",                    "v=BIMI1; l=https://a.test/l.svg; a=https://a.test/c.pem",   asked(true, true)),
        ("only a certificate",      "v=BIMI1; l=; a=https://a.test/c.pem",                       asked(false, true)),
        ("a preference",            "v=BIMI1; l=https://a.test/l.svg; avp=brand",                asked(true, false)),
        ("declined",                "v=BIMI1; l=; a=;",                                          Assertion::Declined),
        ("declined by l alone",     "v=BIMI1; l=",                                               Assertion::Declined),
        ("no l",                    "v=BIMI1",                                                   wrong(&["l"])),
        ("plain HTTP",              "v=BIMI1; l=http://a.test/l.svg",                            wrong(&["l=http://a.test/l.svg"])),
        ("a certificate by HTTP",   "v=BIMI1; l=; a=http://a.test/c.pem",                        wrong(&["a=http://a.test/c.pem"])),
        ("a preference nobody knows", "v=BIMI1; l=https://a.test/l.svg; avp=loud",               wrong(&["avp=loud"])),
        ("a version in small letters", "v=bimi1; l=https://a.test/l.svg",                        wrong(&["v=bimi1"])),
        ("declined in small letters", "v=bimi1; l=; a=",                                         wrong(&["v=bimi1"])),
        ("no tag",                  "v=BIMI1; https://a.test/l.svg",                             wrong(&["https://a.test/l.svg", "l"])),
    ];
    for (rule, record, expected) in cases {
        assert_eq!(Assertion::parse(record), expected, "{rule}");
    }
}
