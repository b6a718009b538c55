use chrono::DateTime;
use serde_json::json;
use vigie_checks::kernel::{
    Action, CheckStatus, Lang, Name, Profile, RecordChange, Rtype, Severity, Status,
};

use super::{html, json, junit, markdown, sarif};
use crate::report::facts::Facts;
use crate::report::{AuditReport, CheckReport, DomainReport, FindingReport, Grade, State};

/// What a hostile record might hold.
const HOSTILE: &str =
    "</pre><script>alert(1)</script> ]]> `x` @here | \u{202e}evil\u{1b}[31m & \"q\"";

fn finding(check: &str, severity: Severity, status: Status) -> FindingReport {
    FindingReport {
        id: format!("{check}.syntax"),
        check: check.to_owned(),
        severity,
        status,
        subject: "example.com".to_owned(),
        title: format!("A record says {HOSTILE}"),
        detail: "Receivers cannot read it.".to_owned(),
        why: "It counts as none.".to_owned(),
        remedy: "Write it anew.".to_owned(),
        references: vec!["RFC 7208 §4.6".to_owned()],
        evidence: json!({ "record": HOSTILE }),
        fix: vec![RecordChange {
            action: Action::Replace,
            name: Name::new("example.com"),
            rtype: Rtype::TXT,
            old: None,
            value: Some("v=spf1 -all".to_owned()),
        }],
        fingerprint: "f1".to_owned(),
    }
}

fn check(name: &str, state: State, because: Option<&str>) -> CheckReport {
    CheckReport {
        name: name.to_owned(),
        status: CheckStatus::Pass,
        because: because.map(str::to_owned),
        duration_ms: 1500,
        dns_queries: 3,
        seen_at: None,
        state,
    }
}

fn report() -> AuditReport {
    let domain = DomainReport {
        domain: "example.com".to_owned(),
        profile: Profile::Both,
        grade: Grade::D,
        only_chosen: false,
        checks: vec![
            check("spf", State::Error, None),
            check("dkim", State::Skipped, Some("no selector is known")),
            check("mx", State::Unknown, None),
            check("dmarc", State::Warning, None),
            check("dns", State::Ok, None),
        ],
        findings: vec![
            finding("spf", Severity::Error, Status::Fail),
            finding("dmarc", Severity::Warning, Status::Fail),
            finding("mx", Severity::Info, Status::Indeterminate),
        ],
        facts: Facts::from_iter([("spf".to_owned(), json!({ "record": HOSTILE }))]),
        what_if: None,
        exchanges: 12,
        duration_ms: 1500,
        started_at: DateTime::UNIX_EPOCH,
        blind: false,
    };
    AuditReport::of(DateTime::UNIX_EPOCH, 1500, vec![domain])
}

#[test]
fn a_page_holds_no_script_and_loads_nothing() {
    let page = html::render(&report(), Lang::Fr).unwrap();
    assert!(!page.contains("<script"), "no element of it is a script");
    assert!(!page.contains(['\u{202e}', '\u{1b}']), "what hides or turns text is shown");
    for loads in ["src=", "@import", "url(", "<link", "http-equiv=\"refresh\""] {
        assert!(!page.contains(loads), "{loads}");
    }
    assert!(page.contains("default-src 'none'") && page.contains("<html lang=\"fr\">"));
    assert!(page.contains("example.com. 3600 IN TXT &#34;v=spf1 -all&#34;"), "{page}");
}

#[test]
fn json_written_domain_by_domain_is_that_of_the_whole() {
    let domain = report().domains.remove(0);
    for count in 0..3 {
        let whole = AuditReport::of(DateTime::UNIX_EPOCH, 1500, vec![domain.clone(); count]);
        let texts = vec![json::element(&domain).unwrap(); count];
        let frame = AuditReport::<()>::around(DateTime::UNIX_EPOCH, 1500, vec![], whole.summary);
        let mut written = Vec::new();
        json::write(&frame, texts.into_iter().map(Ok), &mut written).unwrap();
        let written = String::from_utf8(written).unwrap();
        assert_eq!(written, serde_json::to_string_pretty(&whole).unwrap() + "\n");
    }
}

#[test]
fn markdown_says_what_the_network_said_without_obeying_it() {
    let text = markdown::render(&report(), Lang::En);
    assert!(text.starts_with("# example.com: grade D\n"));
    assert!(text.contains("| DKIM | – SKIPPED | no selector is known |"));
    assert!(text.contains("```dns\nexample.com. 3600 IN TXT \"v=spf1 -all\"\n```"), "{text}");
    assert!(
        text.contains("\\@here \\| \\\\u\\{202e\\}evil") || text.contains("\\@here \\|"),
        "{text}"
    );
    for raw in ["<script>", " @here", "\u{202e}", "\u{1b}", "]]>"] {
        assert!(!text.contains(raw), "{raw:?} in {text}");
    }
}

#[test]
fn junit_fails_what_reaches_the_threshold_and_skips_what_could_not_be_told() {
    let xml = junit::render(&report(), Some(Severity::Error), Lang::En);
    assert!(xml.contains("tests=\"5\" failures=\"1\" errors=\"0\" skipped=\"2\""), "{xml}");
    assert!(xml.contains("<failure type=\"spf.syntax\""));
    assert!(!xml.contains("<failure type=\"dmarc.syntax\""), "a warning is below the threshold");
    assert!(xml.contains("<skipped message=\"could not tell\"/>"));
    assert!(xml.contains("<testcase classname=\"example.com\" name=\"dns\" time=\"1.500\"/>"));
    assert!(!xml.contains(['\u{202e}', '\u{1b}']) && !xml.contains("<script"));
    let strict = junit::render(&report(), Some(Severity::Warning), Lang::En);
    assert!(strict.contains("failures=\"2\""), "{strict}");
    let never = junit::render(&report(), None, Lang::En);
    assert!(never.contains("failures=\"0\""), "{never}");
    let french = junit::render(&report(), None, Lang::Fr);
    assert!(french.contains("<skipped message=\"impossible de conclure\"/>"), "{french}");
}

#[test]
fn sarif_has_a_rule_per_id_and_a_result_per_finding() {
    let log = sarif::render(&report());
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 3);
    let told: Vec<(&str, &str, &str)> = run["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| {
            let rule = result["ruleIndex"].as_u64().unwrap() as usize;
            assert_eq!(rules[rule]["id"], result["ruleId"]);
            let text = |key: &str| result[key].as_str().unwrap();
            (text("ruleId"), text("kind"), text("level"))
        })
        .collect();
    let expected = [
        ("spf.syntax", "fail", "error"),
        ("dmarc.syntax", "fail", "warning"),
        ("mx.syntax", "open", "none"),
    ];
    assert_eq!(told, expected);
}
