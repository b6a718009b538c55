use std::collections::BTreeMap;

use chrono::{TimeDelta, Utc};
use chrono_tz::Tz;
use vigie_checks::kernel::{Catalogue, Finding, Lang, Name, Outcome, Severity, Status, Target};

use super::{PreflightReport, RULES, Rule, Terms, Verdict};
use crate::run::{DomainAudit, Review};

fn finding(id: &str, subject: &str, severity: Severity) -> Finding {
    Finding {
        id: id.to_owned(),
        severity,
        status: Status::Fail,
        subject: subject.to_owned(),
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
    let domain = "example.com";
    let cases = [
        ("spf.missing",               domain,                        Error,    Some(("authentication-fails",    Verdict::NoGo))),
        ("dkim.key-1024",            domain,                        Warning,  Some(("at-risk",                 Verdict::Caution))),
        ("dmarc.p-none",              domain,                        Warning,  Some(("policy-none",             Verdict::Caution))),
        ("dmarc.missing",             domain,                        Error,    Some(("authentication-fails",    Verdict::NoGo))),
        ("dmarc.rua-unauthorised",    domain,                        Error,    Some(("reports-astray",          Verdict::Caution))),
        ("dmarc.rua-invalid",         domain,                        Error,    Some(("reports-astray",          Verdict::Caution))),
        ("dmarc.rua-undeliverable",   domain,                        Error,    Some(("reports-astray",          Verdict::Caution))),
        ("dmarc.ruf-unauthorised",    domain,                        Warning,  Some(("reports-astray",          Verdict::Caution))),
        ("dmarc.rua-size-suffix",     domain,                        Info,     None),
        ("tls-rpt.invalid",           domain,                        Error,    Some(("reports-astray",          Verdict::Caution))),
        ("blocklist.ip-listed",       "spamhaus-zen/192.0.2.10",     Critical, Some(("listed",                  Verdict::NoGo))),
        ("blocklist.ip-listed",       "house/192.0.2.10",            Error,    Some(("listed",                  Verdict::NoGo))),
        ("blocklist.ip-listed",       "uceprotect-1/192.0.2.10",     Error,    Some(("listed-elsewhere",        Verdict::Caution))),
        ("blocklist.ip-listed",       "spamhaus-zen/192.0.2.10",     Warning,  Some(("at-risk",                 Verdict::Caution))),
        ("ip.ptr-missing",            "192.0.2.25",                  Error,    Some(("sending-address-refused", Verdict::NoGo))),
        ("ip.ptr-missing",            "2001:db8::25",                Critical, Some(("sending-address-refused", Verdict::NoGo))),
        ("ip.ptr-not-forward-confirmed", "192.0.2.25",               Error,    Some(("sending-address-refused", Verdict::NoGo))),
        ("ip.helo-unresolvable",      "out.example.com",             Error,    Some(("sending-address-refused", Verdict::NoGo))),
        ("ip.ptr-generic",            "192.0.2.25",                  Warning,  Some(("at-risk",                 Verdict::Caution))),
        ("probe.refused",             domain,                        Critical, Some(("test-send-failed",        Verdict::NoGo))),
        ("probe.in-spam",             domain,                        Warning,  Some(("at-risk",                 Verdict::Caution))),
        ("registration.expired",      domain,                        Error,    Some(("ends-before-the-send",    Verdict::NoGo))),
        ("tls.cert-expiring",         domain,                        Warning,  Some(("at-risk",                 Verdict::Caution))),
        ("web.one-click-broken",      domain,                        Critical, Some(("links-broken",            Verdict::NoGo))),
        ("web.link-broken",           domain,                        Error,    Some(("links-broken",            Verdict::NoGo))),
        ("mx.return-path-unresolvable", "bounce.example.com",        Error,    Some(("no-way-back",             Verdict::NoGo))),
        ("mx.some-unreachable",       domain,                        Error,    Some(("standard-broken",         Verdict::Caution))),
        ("mx.null",                   domain,                        Info,     None),
        ("dns.nxdomain",              domain,                        Critical, Some(("mail-is-lost",            Verdict::NoGo))),
        ("dns.answers-diverge",       domain,                        Error,    Some(("records-diverge",         Verdict::NoGo))),
        ("dns.lame-ns",               "ns2.example.com",             Error,    Some(("standard-broken",         Verdict::Caution))),
        ("smtp.no-starttls",          "mx1.example.com",             Error,    Some(("standard-broken",         Verdict::Caution))),
        ("mta-sts.record-invalid",    domain,                        Error,    Some(("standard-broken",         Verdict::Caution))),
        ("dnssec.unsigned",           domain,                        Info,     None),
    ];
    for (id, subject, severity, expected) in cases {
        let place = Rule::place(&finding(id, subject, severity));
        let rule = place.map(|place| (RULES[place].id, RULES[place].verdict));
        assert_eq!(rule, expected, "{id} {subject} {severity}");
        assert!(Catalogue::find(id).is_some(), "{id} is no finding");
    }
}

#[test]
fn only_authentication_is_firm() {
    let firm: Vec<&str> =
        super::RULES.iter().filter(|rule| rule.is_firm()).map(|rule| rule.id).collect();
    assert_eq!(firm, ["authentication-fails"]);
}

/// The review of a domain of which one check found this.
fn reviewed(findings: Vec<Finding>) -> PreflightReport {
    let (at, domain) = (Utc::now(), Name::new("example.com"));
    let outcome = Outcome {
        check: findings[0].check().to_owned(),
        status: Outcome::status_of(&findings),
        because: None,
        findings,
        facts: serde_json::json!({}).into(),
        facts_version: 1,
        started_at: at,
        duration_ms: 1,
        dns_queries: 1,
    };
    let audit = DomainAudit {
        target: Target::new(domain),
        past: Default::default(),
        started_at: at,
        duration_ms: 1,
        outcomes: vec![outcome],
        what_if: None,
        exchanges: 0,
        tape: Default::default(),
        plugins: BTreeMap::new(),
    };
    let review = Review {
        at,
        audits: vec![audit],
        unanswered: BTreeMap::new(),
        has_sends: true,
        lately: BTreeMap::new(),
    };
    let terms = Terms {
        valid_for: TimeDelta::hours(4),
        accepted: Vec::new(),
        lang: Lang::En,
        zone: Tz::UTC,
    };
    PreflightReport::of(&review, &terms)
}

#[test]
#[rustfmt::skip]
fn what_the_mail_rests_on_and_could_not_be_told_is_not_provable() {
    let untold = |id| Finding { status: Status::Indeterminate, ..finding(id, "example.com", Severity::Info) };
    let at_risk = |id| finding(id, "example.com", Severity::Warning);
    let cases = [
        ("a check that decides",             vec![untold("dmarc.lookup-failed")],                                    false),
        ("where reports go alone",           vec![untold("dmarc.external-auth-unknown")],                            true),
        ("both",                             vec![untold("dmarc.external-auth-unknown"), untold("dmarc.lookup-failed")], false),
        ("beside a warning of the same",     vec![at_risk("dkim.key-1024"), untold("dkim.lookup-failed")],           false),
        ("the name of a sending address",    vec![untold("ip.ptr-lookup-failed")],                                   false),
        ("one list among others",            vec![untold("blocklist.refused")],                                      true),
        ("what only takes mail in",          vec![untold("tls.revocation-unknown")],                                 true),
    ];
    for (rule, findings, provable) in cases {
        let report = reviewed(findings);
        assert_eq!((report.provable, report.verdict), (provable, Verdict::Caution), "{rule}");
        assert_eq!(report.exit_code(false), if provable { 0 } else { 3 }, "{rule}");
    }
}
