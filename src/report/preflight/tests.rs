use std::collections::BTreeMap;

use chrono::{TimeDelta, Utc};
use chrono_tz::Tz;
use vigie_checks::kernel::{
    Addresses, Because, Catalogue, CheckStatus, Finding, Lang, Lookup, Name, Outcome, Profile,
    Severity, Status, Stream, Target,
};
use vigie_checks::mx::{Control, Host, MxFacts};

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
        ("blocklist.ip-listed",       "psbl/192.0.2.10",             Error,    Some(("listed-elsewhere",        Verdict::Caution))),
        ("blocklist.ip-listed",       "spamhaus-zen/192.0.2.10",     Warning,  Some(("listed-perhaps",          Verdict::Caution))),
        ("ip.ptr-missing",            "192.0.2.25",                  Error,    Some(("sending-address-refused", Verdict::NoGo))),
        ("ip.ptr-missing",            "2001:db8::25",                Critical, Some(("sending-address-refused", Verdict::NoGo))),
        ("ip.ptr-not-forward-confirmed", "192.0.2.25",               Error,    Some(("sending-address-refused", Verdict::NoGo))),
        ("ip.helo-unresolvable",      "out.example.com",             Error,    Some(("sending-address-refused", Verdict::NoGo))),
        ("ip.ptr-generic",            "192.0.2.25",                  Warning,  Some(("at-risk",                 Verdict::Caution))),
        ("probe.refused",             domain,                        Critical, Some(("test-send-failed",        Verdict::NoGo))),
        ("probe.in-spam",             domain,                        Warning,  Some(("at-risk",                 Verdict::Caution))),
        ("registration.expired",      domain,                        Error,    Some(("ends-before-the-send",    Verdict::NoGo))),
        ("registration.vendor-expiring", "esp.example",              Error,    Some(("standard-broken",         Verdict::Caution))),
        ("registration.vendor-expiring", "esp.example",              Critical, Some(("ends-before-the-send",    Verdict::NoGo))),
        ("tls.cert-expiring",         domain,                        Warning,  Some(("at-risk",                 Verdict::Caution))),
        ("tls.cert-expiring",         "mx1.example.com",             Error,    Some(("standard-broken",         Verdict::Caution))),
        ("tls.cert-expired",          "mx1.example.com",             Error,    Some(("standard-broken",         Verdict::Caution))),
        ("tls.service-certificate",   "smtps://out.example.com",     Error,    Some(("submission-broken",       Verdict::NoGo))),
        ("tls.service-certificate",   "smtp://out.example.com",      Warning,  Some(("at-risk",                 Verdict::Caution))),
        ("tls.service-unreachable",   "smtp://out.example.com",      Error,    Some(("submission-broken",       Verdict::NoGo))),
        ("tls.service-unreachable",   "imaps://imap.example.com",    Error,    Some(("standard-broken",         Verdict::Caution))),
        ("tls.service-unencrypted",   "smtps://out.example.com",     Error,    Some(("submission-broken",       Verdict::NoGo))),
        ("web.one-click-broken",      domain,                        Critical, Some(("links-broken",            Verdict::NoGo))),
        ("web.link-broken",           domain,                        Error,    Some(("links-broken",            Verdict::NoGo))),
        ("mx.return-path-unresolvable", "bounce.example.com",        Error,    Some(("no-way-back",             Verdict::NoGo))),
        ("mx.some-unreachable",       domain,                        Error,    Some(("standard-broken",         Verdict::Caution))),
        ("mx.target-not-public",      "mx1.example.com",             Error,    Some(("standard-broken",         Verdict::Caution))),
        ("mx.target-not-public",      domain,                        Critical, Some(("no-way-back",             Verdict::NoGo))),
        ("mx.target-unresolvable",    "mx1.example.com",             Error,    Some(("standard-broken",         Verdict::Caution))),
        ("mx.target-unresolvable",    domain,                        Critical, Some(("no-way-back",             Verdict::NoGo))),
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
fn an_end_counts_as_one_wherever_it_is_seen() {
    let mut expired =
        finding("tls.service-certificate", "smtps://out.example.com", Severity::Error);
    expired.params.insert("reason".to_owned(), "certificate-expired".to_owned());
    let rule = Rule::place(&expired).map(|place| RULES[place].id);
    assert_eq!(rule, Some("ends-before-the-send"));
}

#[test]
fn only_authentication_is_firm() {
    let firm: Vec<&str> =
        super::RULES.iter().filter(|rule| rule.is_firm()).map(|rule| rule.id).collect();
    assert_eq!(firm, ["authentication-fails"]);
}

/// What one check found.
fn outcome(findings: Vec<Finding>) -> Outcome {
    Outcome {
        check: findings[0].check().to_owned(),
        status: Outcome::status_of(&findings),
        because: None,
        findings,
        facts: serde_json::json!({}).into(),
        facts_version: 1,
        started_at: Utc::now(),
        duration_ms: 1,
        dns_queries: 1,
    }
}

fn audit(target: Target, outcomes: Vec<Outcome>) -> DomainAudit {
    DomainAudit {
        target,
        past: Default::default(),
        started_at: Utc::now(),
        duration_ms: 1,
        outcomes,
        what_if: None,
        exchanges: 0,
        tape: Default::default(),
        plugins: BTreeMap::new(),
    }
}

fn review(audits: Vec<DomainAudit>) -> PreflightReport {
    let review = Review {
        at: Utc::now(),
        audits,
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

fn example() -> Target {
    Target::new(Name::new("example.com"))
}

/// The review of a domain of which one check found this.
fn reviewed(findings: Vec<Finding>) -> PreflightReport {
    review(vec![audit(example(), vec![outcome(findings)])])
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

#[test]
#[rustfmt::skip]
fn a_return_path_is_held_to_what_receivers_ask_of_one() {
    use Severity::{Critical, Error, Info, Warning};
    let bounces = "bounce.esp.example";
    let stream = Stream {
        name: "news".to_owned(), from: Name::new("example.com"), mail_from: Some(Name::new(bounces)),
        dkim: Some("s1".to_owned()), ips: Vec::new(), helo: None, bulk: false, links: Vec::new(), one_click: None,
    };
    let own = Target { streams: vec![stream], ..example() };
    let untold = |id| Finding { status: Status::Indeterminate, ..finding(id, bounces, Info) };
    let found = |id, severity| finding(id, bounces, severity);
    let cases = [
        ("DMARC is that of the From domain",     found("dmarc.missing", Error),             Verdict::Go),
        ("its policy too",                       found("dmarc.p-none", Warning),            Verdict::Go),
        ("a key is that of who signs",           found("dkim.none-published", Warning),     Verdict::Go),
        ("how its hosts encrypt",                found("tls.name-mismatch", Warning),       Verdict::Go),
        ("what could not be told of all that",   untold("dmarc.lookup-failed"),             Verdict::Go),
        ("SPF",                                  found("spf.missing", Error),               Verdict::NoGo),
        ("the way back",                         found("mx.none", Error),                   Verdict::NoGo),
        ("bounces are lost",                     found("mta-sts.mx-not-covered", Critical), Verdict::NoGo),
        ("its name",                             found("blocklist.domain-listed", Critical), Verdict::NoGo),
        ("SPF could not be told",                untold("spf.temperror"),               Verdict::Caution),
    ];
    for (rule, found, verdict) in cases {
        assert!(Catalogue::find(&found.id).is_some(), "{} is no finding", found.id);
        let path = audit(Target::new(Name::new(bounces)), vec![outcome(vec![found.clone()])]);
        let report = review(vec![audit(own.clone(), Vec::new()), path]);
        assert_eq!(report.verdict, verdict, "{rule}");
        let of_it = report.not_checked.iter().any(|what| what.what.contains("key") && what.what.contains(bounces));
        assert!(!of_it, "{rule}: who signs is not asked of it");
        let asked_about = review(vec![audit(Target::new(Name::new(bounces)), vec![outcome(vec![found])])]);
        assert_ne!(asked_about.verdict, Verdict::Go, "{rule}, of a domain that was asked about");
    }
}

#[test]
fn what_a_closed_port_hides_is_not_checked() {
    let shut_in = |check: &str| Outcome {
        status: CheckStatus::Skipped,
        because: Some(Because::NothingToAsk { what: "egress-blocked".to_owned() }),
        check: check.to_owned(),
        ..outcome(vec![finding("smtp.egress-blocked", "port 25", Severity::Info)])
    };
    let host = Host {
        name: Name::new("mx1.example.com"),
        preference: 10,
        alias_of: None,
        rests: None,
        addresses: Addresses {
            v4: Lookup::Found(vec!["192.0.2.25".parse().unwrap()]),
            v6: Lookup::Absent { nxdomain: false },
        },
        unregistered: None,
        meant: None,
        contacts: BTreeMap::new(),
    };
    let records = Lookup::Absent { nxdomain: false };
    let facts = |control| MxFacts {
        hosts: vec![host.clone()],
        control: Some(control),
        ..MxFacts::of(records.clone())
    };
    let mx = |control| Outcome {
        check: "mx".to_owned(),
        facts: serde_json::to_value(facts(control)).unwrap().into(),
        ..shut_in("mx")
    };
    let mx = |control| Outcome { status: CheckStatus::Pass, because: None, ..mx(control) };
    let seen = |outcomes| {
        let report = review(vec![audit(example(), outcomes)]);
        let of_it = report.not_checked.iter().filter(|what| what.why.contains("port 25"));
        (report.verdict, report.provable, of_it.map(|what| what.what.clone()).collect::<Vec<_>>())
    };
    let named =
        ["Whether its mail hosts answer · example.com", "SMTP · example.com", "TLS · example.com"];
    let blind = seen(vec![mx(Control::Failed), shut_in("smtp"), shut_in("tls")]);
    assert_eq!(blind, (Verdict::Caution, true, named.map(str::to_owned).to_vec()));
    assert_eq!(seen(vec![mx(Control::Passed)]), (Verdict::Go, true, Vec::new()));
}

#[test]
fn every_silent_list_is_named_and_those_that_decide_come_first() {
    let silent = |id: &str, title: &str| {
        let mut silent = finding("blocklist.refused", id, Severity::Info);
        silent.status = Status::Indeterminate;
        silent.params.insert("list".to_owned(), title.to_owned());
        silent
    };
    let barracuda = silent("barracuda", "Barracuda BRBL");
    let zen = silent("spamhaus-zen", "Spamhaus ZEN");
    let dbl = silent("spamhaus-dbl", "Spamhaus DBL");
    let mut all = silent("", "Barracuda BRBL, Spamhaus ZEN… (3)");
    let lists = ["Barracuda BRBL", "Spamhaus ZEN", "Spamhaus DBL"];
    all.evidence = serde_json::json!({ "lists": lists });
    let named = Target { sending_ips: vec!["192.0.2.10".parse().unwrap()], ..example() };
    let everything = "no verdict from Spamhaus DBL, Spamhaus ZEN, Barracuda BRBL";
    let cases = [
        (
            "all, one by one",
            named.clone(),
            vec![barracuda.clone(), zen, dbl.clone()],
            everything,
            false,
        ),
        ("all at once", named.clone(), vec![all.clone()], everything, false),
        (
            "one that few miss",
            named.clone(),
            vec![barracuda],
            "no verdict from Barracuda BRBL",
            true,
        ),
        ("the one on domains", named, vec![dbl], "no verdict from Spamhaus DBL", false),
        ("no address is named", example(), vec![all], everything, true),
    ];
    for (rule, target, findings, why, provable) in cases {
        let is_missed = rule != "one that few miss";
        let verdict = if is_missed { Verdict::Caution } else { Verdict::Go };
        let report = review(vec![audit(target, vec![outcome(findings)])]);
        let told = &report.not_checked[0];
        assert_eq!((told.what.as_str(), told.why.as_str()), ("Blocklists · example.com", why));
        assert_eq!((report.provable, report.verdict), (provable, verdict), "{rule}");
    }
}

#[test]
#[rustfmt::skip]
fn a_record_that_allows_nobody_says_so_where_nothing_else_is_named() {
    let named = || Target { selectors: vec!["s1".to_owned()], ..example() };
    let cases = [
        ("it allows nobody",         example(), "v=spf1 -all",                 Verdict::NoGo),
        ("in capitals",              example(), "V=SPF1  -ALL",                Verdict::NoGo),
        ("it allows somebody",       example(), "v=spf1 mx -all",              Verdict::Go),
        ("it refuses nobody",        example(), "v=spf1 ~all",                 Verdict::Go),
        ("a key is named",           named(),   "v=spf1 -all",                 Verdict::Go),
    ];
    for (rule, target, record, expected) in cases {
        let mut spf = outcome(vec![finding("spf.softfail-all", "example.com", Severity::Info)]);
        spf.facts = serde_json::json!({ "record": record }).into();
        let report = review(vec![audit(target, vec![spf])]);
        assert_eq!(report.verdict, expected, "{rule}");
    }
}

/// What is published for a domain that sends nothing tells receivers to refuse its mail.
#[test]
#[rustfmt::skip]
fn a_domain_that_was_declared_to_send_nothing_is_no_sender() {
    let stream = |from: &str| Stream {
        name: "news".to_owned(), from: Name::new(from), mail_from: None, dkim: None, ips: Vec::new(), helo: None,
        bulk: false, links: Vec::new(), one_click: None,
    };
    let of = |profile, streams| Target { profile, streams, ..example() };
    let cases = [
        ("parked",                       of(Profile::Parked, vec![]),                       Verdict::NoGo),
        ("it only takes mail",           of(Profile::Receiver, vec![]),                     Verdict::NoGo),
        ("it sends",                     of(Profile::Sender, vec![]),                       Verdict::Go),
        ("nothing was declared",         of(Profile::Both, vec![]),                         Verdict::Go),
        ("a stream says that it sends",  of(Profile::Parked, vec![stream("example.com")]),  Verdict::Go),
    ];
    for (rule, target, expected) in cases {
        let info = finding("dns.ns-single", "example.com", Severity::Info);
        let report = review(vec![audit(target, vec![outcome(vec![info])])]);
        let reasons: Vec<&str> = report.reasons.iter().map(|reason| reason.rule).collect();
        assert_eq!((report.verdict, reasons.contains(&"declared-silent")), (expected, expected == Verdict::NoGo), "{rule}");
    }
}
