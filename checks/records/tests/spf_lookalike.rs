use crate::records::spf_lookalike::{corrected, is_lookalike};

#[test]
fn a_record_resembles_spf_and_is_none() {
    let good = Some("v=spf1 ip4:192.0.2.1 -all");
    #[rustfmt::skip]
    let cases: [(&str, &str, bool, Option<&str>); 16] = [
        ("as it should be",          "v=spf1 ip4:192.0.2.1 -all",         false, good),
        ("the case does not matter", "V=SPF1 ip4:192.0.2.1 -all",         false, good),
        ("a leading blank",          " v=spf1 ip4:192.0.2.1 -all",        true,  good),
        ("a byte order mark",        "\u{feff}v=spf1 ip4:192.0.2.1 -all", true,  good),
        ("stored with its quotes",   "\"v=spf1 ip4:192.0.2.1 -all\"",     true,  good),
        ("semicolons",               "v=spf1; ip4:192.0.2.1; -all",       true,  good),
        ("commas",                   "v=spf1,ip4:192.0.2.1,-all",         true,  good),
        ("a blank in the version",   "v=spf 1 ip4:192.0.2.1 -all",        true,  good),
        ("a blank before the sign",  "v =spf1 ip4:192.0.2.1 -all",        true,  good),
        ("no blank after it",        "v=spf1ip4:192.0.2.1 -all",          true,  good),
        ("no v",                     "spf1 ip4:192.0.2.1 -all",           true,  good),
        ("version 2",                "v=spf2 ip4:192.0.2.1 -all",         true,  good),
        ("beyond repair",            "v=spf1; ipv4:192.0.2.1",            true,  None),
        ("version 10 is not SPF",    "v=spf10 -all",                      false, None),
        ("Sender ID is not either",  "spf2.0/pra -all",                   false, None),
        ("something else",           "spf1-verification=1",               false, None),
    ];
    for (rule, text, resembles, record) in cases {
        assert_eq!(is_lookalike(text.as_bytes()), resembles, "{rule}");
        assert_eq!(corrected(text.as_bytes()).as_deref(), record, "{rule}");
    }
}
