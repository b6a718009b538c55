use serde_json::{Value, json};
use vigie_checks::kernel::{Catalogue, Lang, Severity, Status};

use super::super::*;
use super::target;

fn sight(printed: &str) -> Sight {
    Sight {
        end: End::Exited { code: 0 },
        printed: Some(printed.to_owned()),
        complaint: String::new(),
        duration_ms: 0,
    }
}

fn said(answer: &Value) -> Said {
    judge("queue", &sight(&answer.to_string()), &target())
}

/// Why an answer counts for nothing.
fn refused(answer: &Value) -> String {
    let said = said(answer);
    let [finding] = &said.findings[..] else { panic!("{said:?}") };
    assert_eq!(finding.id, "queue.could-not-tell");
    assert_eq!(finding.evidence["reason"], "unreadable-output");
    finding.evidence["detail"].as_str().unwrap().to_owned()
}

#[test]
fn findings_bring_their_words() {
    let answer = json!({
        "findings": [{
            "id": "queue.stuck", "severity": "error", "subject": "relay.example.com",
            "title": { "en": "It is stuck", "fr": "Elle est bloquée" },
            "detail": "Nothing left", "remedy": "Push it", "references": ["RFC 5321 §4.5.4"],
            "evidence": { "waiting": 7 }, "check": "queue", "fingerprint": "made up",
            "fix": [{ "action": "delete", "name": "x.example.com", "type": "TXT", "old": "y" }],
        }],
        "facts": { "relay": "up" },
    });
    let said = said(&answer);
    assert_eq!(said.facts, json!({ "relay": "up" }));
    let [finding] = &said.findings[..] else { panic!("{said:?}") };
    assert_eq!((finding.severity, finding.status), (Severity::Error, Status::Fail));
    assert_eq!(finding.subject, "relay.example.com");
    assert_eq!(finding.evidence, json!({ "waiting": 7 }));
    assert_eq!(finding.fix.len(), 1);
    let words = Catalogue::words(finding, Lang::Fr);
    assert_eq!(words.title, "Elle est bloquée");
    assert_eq!((words.message.as_str(), words.fix.as_str()), ("Nothing left", "Push it"));
    assert_eq!(words.references, ["RFC 5321 §4.5.4"]);
}

#[test]
fn little_is_needed_and_no_finding_is_fine() {
    let said_of_one = said(&json!([{ "id": "queue.stuck", "title": "Stuck" }]));
    let [finding] = &said_of_one.findings[..] else { panic!("{said_of_one:?}") };
    assert_eq!((finding.severity, finding.status), (Severity::Warning, Status::Fail));
    assert_eq!(finding.subject, "example.com");
    for answer in [json!([]), json!({ "findings": [] })] {
        assert_eq!(said(&answer).findings, []);
    }
}

#[test]
fn what_could_not_be_told_weighs_nothing_and_has_a_reason() {
    let one = json!({
        "id": "queue.no-access", "title": "No access", "status": "indeterminate",
        "severity": "critical",
    });
    let said = said(&json!([one]));
    assert_eq!(said.findings[0].severity, Severity::Info);
    assert_eq!(said.findings[0].evidence["reason"], "says-unknown");
}

#[test]
fn what_is_not_its_own_is_refused() {
    let one = |id: &str, status: &str| json!({ "id": id, "title": "T", "status": status });
    let cases = [
        (json!([one("spf.no-record", "fail")]), "the id `spf.no-record` is not `queue.`"),
        (json!([one("queue", "fail")]), "the id `queue` is not `queue.`"),
        (json!([one("queue.", "fail")]), "the id `queue.` is not `queue.`"),
        (json!([one("queue.Not_Kebab", "fail")]), "the id `queue.Not_Kebab` is not `queue.`"),
        (json!([one("queue.could-not-tell", "fail")]), "is both a fault and one"),
        (json!([one("queue.x", "fail"), one("queue.x", "indeterminate")]), "is both a fault"),
        (json!([{ "id": "queue.x", "title": "  " }]), "the title of `queue.x` is empty"),
        (json!([{ "id": "queue.x" }]), "finding 1 (`queue.x`): missing field `title`"),
        (
            json!([one("queue.y", "fail"), { "id": "queue.x", "title": "T", "severity": "fatal" }]),
            "finding 2 (`queue.x`), `severity`: unknown variant `fatal`",
        ),
        (json!([{ "title": "T" }]), "finding 1: missing field `id`"),
        (json!([{ "id": 5, "title": "T" }]), "finding 1, `id`: invalid type: integer `5`"),
        (
            json!([{ "id": "queue.x", "title": "T", "references": "RFC 5321" }]),
            "finding 1 (`queue.x`), `references`: invalid type",
        ),
        (json!([{ "id": "queue.x", "title": "T" }, "queue.y"]), "finding 2: invalid type"),
        (json!({ "findings": [], "facts": [] }), "`facts` is no object"),
        (json!({ "finding": [] }), "neither a list of findings nor an object with `findings`"),
        (json!(vec![one("queue.x", "fail"); 101]), "101 findings"),
    ];
    for (answer, expected) in cases {
        let told = refused(&answer);
        assert!(told.contains(expected), "{answer}: {told}");
    }
}

#[test]
fn the_same_of_the_same_subject_is_said_once() {
    let one = |subject: &str| json!({ "id": "queue.x", "title": "T", "subject": subject });
    let said = said(&json!([one("a"), one("b"), one("a")]));
    let subjects: Vec<&str> = said.findings.iter().map(|one| one.subject.as_str()).collect();
    assert_eq!(subjects, ["a", "b"]);
}

#[test]
fn sentences_are_bounded_and_stay_on_a_line() {
    let long = "é".repeat(5000);
    let answer = json!([{
        "id": "queue.x", "title": format!("a\u{1b}[2J\nb{long}"), "subject": long, "detail": long,
    }]);
    let said = said(&answer);
    let words = Catalogue::words(&said.findings[0], Lang::En);
    assert!(words.title.starts_with("a [2J b") && words.title.chars().count() == 201);
    assert!(words.message.chars().count() == 2001);
    assert!(said.findings[0].subject.chars().count() == 254);
}

#[test]
fn a_warning_is_told_by_its_first_line_without_measurements() {
    let mut seen = sight("WARNING - 60 wait | waiting=60\nmore\n");
    seen.end = End::Exited { code: 1 };
    let said = judge("queue", &seen, &target());
    let words = Catalogue::words(&said.findings[0], Lang::Fr);
    assert_eq!(words.title, "queue avertit : WARNING - 60 wait");
    assert_eq!(said.findings[0].evidence["output"], "WARNING - 60 wait | waiting=60\nmore");
}

#[test]
fn deep_nesting_is_no_answer() {
    let deep = format!("{{\"findings\": {}", "[".repeat(30_000));
    let said = judge("queue", &sight(&deep), &target());
    assert_eq!(said.findings[0].id, "queue.could-not-tell");
}
