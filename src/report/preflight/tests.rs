use vigie_checks::kernel::{Finding, Severity, Status};

use super::{Rule, Verdict};

fn finding(id: &str, severity: Severity) -> Finding {
    Finding {
        id: id.to_owned(),
        severity,
        status: Status::Fail,
        subject: "example.com".to_owned(),
        params: Default::default(),
        evidence: serde_json::json!({}),
        fix: Vec::new(),
        withheld: None,
    }
}

#[test]
#[rustfmt::skip]
fn each_finding_falls_under_one_rule() {
    use Severity::{Critical, Error, Info, Warning};
    let cases = [
        ("spf.missing",               Error,    Some(("authentication-fails", Verdict::NoGo))),
        ("dkim.key-weak",             Warning,  Some(("at-risk",              Verdict::Caution))),
        ("dmarc.p-none",              Warning,  Some(("policy-none",          Verdict::Caution))),
        ("blocklist.ip-listed",       Critical, Some(("listed",               Verdict::NoGo))),
        ("blocklist.ip-listed",       Warning,  Some(("at-risk",              Verdict::Caution))),
        ("probe.refused",             Critical, Some(("test-send-failed",     Verdict::NoGo))),
        ("probe.in-spam",             Warning,  Some(("at-risk",              Verdict::Caution))),
        ("registration.expired",      Error,    Some(("ends-before-the-send", Verdict::NoGo))),
        ("tls.expiring",              Warning,  Some(("at-risk",              Verdict::Caution))),
        ("dns.nxdomain",              Critical, Some(("mail-is-lost",         Verdict::NoGo))),
        ("smtp.no-starttls",          Error,    Some(("standard-broken",      Verdict::Caution))),
        ("dnssec.unsigned",           Info,     None),
    ];
    for (id, severity, expected) in cases {
        let rule = Rule::of(&finding(id, severity)).map(|rule| (rule.id, rule.verdict));
        assert_eq!(rule, expected, "{id} {severity}");
    }
}

#[test]
fn only_authentication_is_firm() {
    let firm: Vec<&str> =
        super::RULES.iter().filter(|rule| rule.is_firm()).map(|rule| rule.id).collect();
    assert_eq!(firm, ["authentication-fails"]);
}
