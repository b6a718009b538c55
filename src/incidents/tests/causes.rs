//! What explains what, and which changes may.

use serde_json::{Value, json};
use vigie_checks::kernel::Severity;

use super::super::*;
use super::watch::{self, A, B, Watch, first, second};
use super::{events, told};

#[test]
fn a_change_may_have_caused_what_it_speaks_for_alone() {
    #[rustfmt::skip]
    let cases = [
        ("its own record",                      "spf",    "TXT a.example",              "spf.missing",             true),
        ("what the graph says",                 "dns",    "NS a.example",               "spf.missing",             true),
        ("another record",                      "mx",     "MX a.example",               "spf.missing",             false),
        ("a new MX that the policy names not",  "mx",     "MX a.example",               "mta-sts.mx-not-covered",  true),
        ("a renewed certificate and its TLSA",  "tls",    "certificate of mx.a.example", "dane.mismatch",          true),
        ("the policy that a logo rests on",     "dmarc",  "TXT _dmarc.a.example",       "bimi.dmarc-insufficient", true),
        ("a policy and the mail host",          "dmarc",  "TXT _dmarc.a.example",       "dane.mismatch",           false),
        ("the certificate of another host",     "tls",    "certificate of mx.a.example", "tls.expired@mx2.a.example", false),
        ("an address of the senders",           "config", "sending IP of newsletter",   "spf.missing",             true),
        ("a record of senders and a policy",    "spf",    "TXT a.example",              "dmarc.missing",           false),
        ("a record of senders and bulk mail",   "spf",    "TXT a.example",              "dmarc.bulk-rules-unmet@news", true),
        ("an address and a mail host",          "config", "sending IP of newsletter",   "smtp.no-starttls",        false),
    ];
    for (rule, check, what, found, expected) in cases {
        assert_eq!(may_explain(check, what, &watch::finding(found, A)), expected, "{rule}");
    }
}

#[test]
fn a_host_that_does_not_encrypt_is_one_cause_with_what_dane_makes_of_it() {
    let mismatch = |what: &str, case: Option<&str>| {
        let mut found = watch::finding(what, A);
        found.params.extend(case.map(|case| ("case".to_owned(), case.to_owned())));
        found
    };
    let (host, other) = ("dane.mismatch@mx.a.example", "dane.mismatch@mx2.a.example");
    let (not_offered, broken) =
        ("smtp.no-starttls@mx.a.example", "smtp.starttls-broken@mx.a.example");
    #[rustfmt::skip]
    let cases = [
        ("no STARTTLS",                     not_offered, mismatch(host, Some("no-starttls")),  true),
        ("STARTTLS that fails",             broken,      mismatch(host, Some("no-session")),   true),
        ("at another host",                 not_offered, mismatch(other, Some("no-starttls")), false),
        ("another certificate at a second address", not_offered, mismatch(host, None),         false),
    ];
    for (rule, cause, symptom, expected) in cases {
        let cause = watch::finding(cause, A);
        assert_eq!(explains(&cause, Severity::Error, &symptom), expected, "{rule}");
    }
}

#[test]
fn what_bulk_mail_lacks_follows_from_what_is_all_of_it() {
    let bulk = |lacks: &[&str], strangers: Value| {
        let mut found = watch::finding("dmarc.bulk-rules-unmet@news", A);
        found.evidence = json!({ "lacks": lacks, "spf": strangers });
        found
    };
    let one = || json!([{ "ip": "192.0.2.9", "domain": "a.example", "result": "fail" }]);
    let void = |domain: &str| {
        json!([{ "ip": "192.0.2.9", "domain": domain, "result": "none" },
        { "ip": "192.0.2.8", "domain": "a.example", "result": "permerror" }])
    };
    let two = || {
        json!([{ "ip": "192.0.2.9", "domain": "a.example", "result": "fail" },
        { "ip": "192.0.2.8", "domain": "a.example", "result": "fail" }])
    };
    let none = || json!(null);
    #[rustfmt::skip]
    let cases = [
        ("the host is not listed",         "spf.sending-ip-not-authorised@192.0.2.9", bulk(&["SPF"], one()),         true),
        ("another host is not",            "spf.sending-ip-not-authorised@192.0.2.7", bulk(&["SPF"], one()),         false),
        ("one of two is not",              "spf.sending-ip-not-authorised@192.0.2.9", bulk(&["SPF"], two()),         false),
        ("it is not at another domain",    "spf.sending-ip-not-authorised@192.0.2.9", bulk(&["SPF"], json!([{ "ip": "192.0.2.9", "domain": "b.example", "result": "fail" }])), false),
        ("there is no record",             "spf.missing",                             bulk(&["SPF"], void("a.example")), true),
        ("it is one almost",               "spf.lookalike",                           bulk(&["SPF"], void("a.example")), true),
        ("there is none at one of two",    "spf.missing",                             bulk(&["SPF"], void("b.example")), false),
        ("there is one that says no",      "spf.missing",                             bulk(&["SPF"], one()),         false),
        ("SPF allows too much",            "spf.overly-wide",                         bulk(&["SPF"], void("a.example")), false),
        ("it is not signed either",        "spf.missing",                             bulk(&["SPF", "DKIM"], void("a.example")), false),
        ("there is no policy",             "dmarc.missing",                           bulk(&["DMARC"], none()),      true),
        ("there is almost one",            "dmarc.lookalike",                         bulk(&["DMARC"], none()),      true),
        ("a policy would not do",          "dmarc.missing",                           bulk(&["DKIM", "DMARC"], none()), false),
        ("nothing of it aligns",           "dmarc.alignment-impossible@news",         bulk(&["DKIM", "alignment"], none()), true),
        ("nothing of another stream does", "dmarc.alignment-impossible@shop",         bulk(&["DKIM", "alignment"], none()), false),
        ("nothing is said to be lacking",  "spf.missing",                             bulk(&[], none()),             false),
    ];
    for (rule, cause, symptom, expected) in cases {
        let mut cause = watch::finding(cause, A);
        cause.evidence = json!({ "domain": "a.example" });
        assert_eq!(explains(&cause, Severity::Critical, &symptom), expected, "{rule}");
    }
}

#[test]
fn an_address_is_kept_out_by_what_makes_the_record_a_permerror() {
    let kept_out = |result: &str, domain: &str| {
        let mut found = watch::finding("spf.sending-ip-not-authorised@192.0.2.9", A);
        found.evidence = json!({ "domain": domain, "result": result });
        found
    };
    #[rustfmt::skip]
    let cases = [
        ("an include has no record",      "spf.include-no-record@gone.example", kept_out("permerror", A),           true),
        ("a provider's is in error",      "spf.include-permerror@p.example",    kept_out("permerror", A),           true),
        ("there are several",             "spf.multiple-records",               kept_out("permerror", A),           true),
        ("a term cannot be read",         "spf.syntax",                         kept_out("permerror", A),           true),
        ("nor typed so",                  "spf.non-ascii",                      kept_out("permerror", A),           true),
        ("too much is looked up",         "spf.too-many-lookups",               kept_out("permerror", A),           true),
        ("too much in vain",              "spf.too-many-void",                  kept_out("permerror", A),           true),
        ("it is not listed",              "spf.include-no-record@gone.example", kept_out("fail", A),                false),
        ("it is at another domain",       "spf.include-no-record@gone.example", kept_out("permerror", "b.example"), false),
        ("the record allows too much",    "spf.overly-wide",                    kept_out("permerror", A),           false),
        ("an address explains no other",  "spf.sending-ip-not-authorised@192.0.2.8", kept_out("permerror", A),      false),
    ];
    for (rule, cause, symptom, expected) in cases {
        let mut cause = watch::finding(cause, A);
        cause.evidence = json!({ "domain": A });
        assert_eq!(explains(&cause, Severity::Error, &symptom), expected, "{rule}");
    }
}

/// By the name of what is to be mended, and as grave as what it brings about.
#[test]
fn a_record_in_error_is_one_incident() {
    const BROKEN: &[(&str, &str)] =
        &[("spf", "spf.syntax spf.sending-ip-not-authorised@192.0.2.9%permerror=critical")];
    const FINE: &[(&str, &str)] = &[("spf", "")];
    let runs = [
        (first(0), FINE),
        (first(60), BROKEN),
        (second(105), BROKEN),
        (first(300), FINE),
        (second(345), FINE),
    ];
    let one = "spf.syntax critical (spf.sending-ip-not-authorised)";
    assert_eq!(events(&runs), [format!("opened I1 {one}"), format!("resolved I1 {one}")]);
}

/// A provider's record that lets everybody send is one fault, whoever includes it.
#[test]
fn what_lies_in_the_record_of_a_provider_is_one_incident_of_all_domains() {
    let mut watch = Watch::new();
    let open: &[(&str, &str)] = &[("spf", "spf.plus-all@spf.hoster.example=critical")];
    let mut told_of = Vec::new();
    for (look, checks) in [(first(0), &[("spf", "")][..]), (first(60), open), (second(105), open)] {
        for domain in [A, B] {
            told_of.extend(told(&watch.run(domain, look, checks)));
        }
    }
    assert_eq!(told_of, ["opened I1 spf.plus-all critical", "joined I1 spf.plus-all critical"]);
    let incident = &watch.situation.incidents[0];
    let domains: Vec<&str> = incident.domains.iter().map(|domain| domain.as_str()).collect();
    assert_eq!(domains, [A, B]);
}
