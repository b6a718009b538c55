use serde_json::{Value, json};
use vigie_checks::kernel::Name;

use super::differences;

fn spf(record: Value, include: &str) -> Value {
    let below = json!({"domain": "spf.esp.example", "records": {"found": [include]}});
    let terms = json!([{"term": "include:spf.esp.example", "seen": {"record": below}},
                       {"term": "-all", "seen": "no-lookup"}]);
    json!({"record": "ignored", "tree": {"domain": "example.com", "records": record, "terms": terms}})
}

fn tls(digest: &str) -> Value {
    let reading = json!({"sha256": digest, "issuer": "CN=R1", "not_after": "2027-01-01T00:00:00Z"});
    let session = json!({"encrypted": {"version": "TLSv1.3", "certificate": digest}});
    json!({"egress_blocked": false,
           "hosts": [{"name": "mx.example.com", "addresses": {"192.0.2.1": session}}],
           "certificates": {digest: reading}})
}

fn found(text: &str) -> Value {
    json!({"found": [text]})
}

fn mx(hosts: &[(u16, &str)]) -> Value {
    let all =
        hosts.iter().map(|(preference, host)| json!({"preference": preference, "exchange": host}));
    json!({"records": {"found": all.collect::<Vec<_>>()}, "hosts": []})
}

fn dkim(key: Value) -> Value {
    json!({"selectors": [{"selector": "s1", "name": "s1._domainkey.example.com", "key": key}]})
}

fn dmarc(records: Value) -> Value {
    json!({"record": null, "walk": [{"domain": "example.com", "records": records}]})
}

fn mta_sts(id: &str, mx: &str) -> Value {
    let record = format!("v=STSv1; id={id}");
    let text = json!({"mode": "enforce", "max_age": 1, "mx": [mx], "sha256": "aa"});
    json!({"records": {"found": [[record]]}, "policy": {"served": {"status": 200, "text": text}}})
}

#[test]
#[rustfmt::skip]
fn what_is_a_change() {
    let absent = || json!({"absent": {"nxdomain": false}});
    let unknown = || json!({"unknown": {"reason": "timeout"}});
    let record = |record: &str| json!({"found": {"record": record, "bits": 2048}});
    let text = |text: &str| json!({"found": [[text]]});
    let probe = |ips: &[&str]| json!({"sending_ips": ips});
    type Expected = Option<(&'static str, Option<&'static str>, Option<&'static str>)>;
    let cases: [(&str, &str, Value, Value, Expected); 18] = [
        ("the record",              "spf",   spf(found("a"), "x"),    spf(found("b"), "x"),       Some(("TXT example.com", Some("a"), Some("b")))),
        ("the record is gone",      "spf",   spf(found("a"), "x"),    spf(absent(), "x"),         Some(("TXT example.com", Some("a"), None))),
        ("a record that is unknown","spf",   spf(found("a"), "x"),    spf(unknown(), "x"),        None),
        ("an include",              "spf",   spf(found("a"), "x"),    spf(found("a"), "y"),       Some(("TXT spf.esp.example", Some("x"), Some("y")))),
        ("nothing",                 "spf",   spf(found("a"), "x"),    spf(found("a"), "x"),       None),
        ("a key",                   "dkim",  dkim(record("k1")),      dkim(record("k2")),         Some(("TXT s1._domainkey.example.com", Some("k1"), Some("k2")))),
        ("a key that is gone",      "dkim",  dkim(record("k1")),      dkim(absent()),             Some(("TXT s1._domainkey.example.com", Some("k1"), None))),
        ("a policy",                "dmarc", dmarc(text("p=reject")), dmarc(text("p=none")),      Some(("TXT _dmarc.example.com", Some("p=reject"), Some("p=none")))),
        ("no DMARC among the TXT",  "dmarc", dmarc(text("p=reject")), dmarc(json!({"found": []})), Some(("TXT _dmarc.example.com", Some("p=reject"), None))),
        ("the order of hosts",      "mx",    mx(&[(10, "a"), (5, "b")]), mx(&[(5, "b"), (10, "a")]), None),
        ("a host",                  "mx",    mx(&[(10, "a")]),        mx(&[(10, "b")]),           Some(("MX example.com", Some("10 a"), Some("10 b")))),
        ("a certificate",           "tls",   tls("aa"),               tls("bb"),
            Some(("certificate of mx.example.com", Some("SHA-256 aa, CN=R1, 2027-01-01T00:00:00Z"), Some("SHA-256 bb, CN=R1, 2027-01-01T00:00:00Z")))),
        ("an id of MTA-STS",        "mta-sts", mta_sts("1", "mx1"),   mta_sts("2", "mx1"),        Some(("TXT _mta-sts.example.com", Some("v=STSv1; id=1"), Some("v=STSv1; id=2")))),
        ("a policy of MTA-STS",     "mta-sts", mta_sts("1", "mx1"),   mta_sts("1", "mx2"),        Some(("MTA-STS policy of example.com", Some("mode: enforce\nmax_age: 1\nmx: mx1"), Some("mode: enforce\nmax_age: 1\nmx: mx2")))),
        ("a TLS-RPT record",        "tls-rpt", json!({"records": text("a")}), json!({"records": absent()}), Some(("TXT _smtp._tls.example.com", Some("a"), None))),
        ("a sending address",       "probe", probe(&["192.0.2.1"]),   probe(&["192.0.2.2"]),      Some(("sending IP of news", Some("192.0.2.1"), Some("192.0.2.2")))),
        ("no sending address seen", "probe", probe(&["192.0.2.1"]),   probe(&[]),                 None),
        ("facts of another form",   "spf",   json!({"v": 0}),         spf(found("a"), "x"),       None),
    ];
    for (rule, check, before, after, expected) in cases {
        let instance = if check == "probe" { "news" } else { "" };
        let found = differences(&Name::new("example.com"), check, instance, &before.into(), &after.into());
        let found: Vec<_> = found
            .iter()
            .map(|d| (d.what.as_str(), d.before.as_deref(), d.after.as_deref()))
            .collect();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{rule}");
    }
}

/// The form that the checks themselves write is the one that is read here.
#[test]
fn the_facts_of_the_checks_are_read() {
    use vigie_checks::kernel::{Lookup, Mx};
    let facts = |host: &str| {
        let mx = Mx { preference: 10, exchange: Name::new(host) };
        let facts = vigie_checks::mx::MxFacts::of(Lookup::Found(vec![mx]));
        serde_json::to_value(facts).unwrap()
    };
    let found =
        differences(&Name::new("example.com"), "mx", "", &facts("a").into(), &facts("b").into());
    assert_eq!(found.len(), 1);
}
