use super::owned;
use crate::records::tls_rpt::{addresses, is_record, resembles};

#[test]
fn a_record_is_told_by_its_version() {
    #[rustfmt::skip]
    let cases = [
        ("as it should be", "v=TLSRPTv1; rua=mailto:a@example.com", true,  false),
        ("another case",    "v=tlsrptv1; rua=mailto:a@example.com", false, true),
        ("no semicolon",    "v=TLSRPTv1 rua=mailto:a@example.com",  false, true),
        ("another record",  "v=DMARC1; p=none",                     false, false),
    ];
    for (rule, text, record, lookalike) in cases {
        assert_eq!((is_record(text), resembles(text)), (record, lookalike), "{rule}");
    }
}

#[test]
fn reports_go_to_mailto_and_https_alone() {
    #[rustfmt::skip]
    let cases: [(&str, &str, &[&str], &[&str]); 9] = [
        ("mail",               "rua=mailto:a@example.com",                     &["mailto:a@example.com"], &[]),
        ("the web",            "rua=https://example.com/r",                    &["https://example.com/r"], &[]),
        ("both",               "rua=mailto:a@example.com, https://b.example/", &["mailto:a@example.com", "https://b.example/"], &[]),
        ("capitals",           "rua=MAILTO:a@example.com",                     &["MAILTO:a@example.com"], &[]),
        ("plain HTTP",         "rua=http://example.com/r",                     &[], &["http://example.com/r"]),
        ("no scheme",          "rua=a@example.com",                            &[], &["a@example.com"]),
        ("no local part",      "rua=mailto:@example.com",                      &[], &["mailto:@example.com"]),
        ("no rua",             "ruf=mailto:a@example.com",                     &[], &[]),
        ("an empty rua",       "rua=",                                         &[], &[]),
    ];
    for (rule, fields, usable, unusable) in cases {
        let seen = addresses(&format!("v=TLSRPTv1; {fields};"));
        assert_eq!(
            (seen.usable.as_slice(), seen.unusable.as_slice()),
            (&owned(usable)[..], &owned(unusable)[..]),
            "{rule}"
        );
    }
}
