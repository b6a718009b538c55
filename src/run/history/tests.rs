use serde_json::{Value, json};
use vigie_checks::kernel::{ALL_PARTS, Outcome, Severity};

use super::*;
use crate::store::NewSpan;

fn at(day: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + day * 86_400, 0).unwrap()
}

fn example() -> Name {
    Name::new("example.com")
}

fn finding(id: &str, status: Status, subject: &str) -> Finding {
    Finding {
        id: id.to_owned(),
        severity: Severity::Error,
        status,
        subject: subject.to_owned(),
        params: Default::default(),
        evidence: json!({"reason": "timeout"}),
        fix: Vec::new(),
        withheld: None,
    }
}

fn spf(record: &str) -> Value {
    json!({"tree": {"domain": "example.com", "records": {"found": [record]}}})
}

/// Puts what a check saw on a day into history.
async fn look(store: &Store, day: i64, check: &str, facts: Value, findings: Vec<Finding>) {
    let mut outcome = Outcome {
        check: check.to_owned(),
        status: Outcome::status_of(&findings),
        because: None,
        findings,
        facts: facts.into(),
        facts_version: 1,
        started_at: at(day),
        duration_ms: 1,
        dns_queries: 1,
    };
    if outcome.facts.is_none() {
        outcome.status = CheckStatus::Skipped;
        outcome.because = Some(Because::NeedUnknown { need: "dns".to_owned() });
    }
    let key = SpanKey { domain: example(), check: check.to_owned(), instance: String::new() };
    let mut write = store.write().await.unwrap();
    let new = NewSpan { key: &key, outcome: &outcome, seen_at: at(day) };
    write.put_spans(&example(), &[new]).await.unwrap();
    write.commit().await.unwrap();
}

fn failing() -> Vec<Finding> {
    vec![finding("spf.missing", Status::Fail, "example.com")]
}

fn blind(subject: &str) -> Vec<Finding> {
    vec![finding("spf.temperror", Status::Indeterminate, subject)]
}

/// Value, from day to day, and whether it stands.
fn periods(history: &DomainHistory, what: &str) -> Vec<(Option<String>, i64, i64, bool)> {
    let thing = history.things.iter().find(|thing| thing.what == what).unwrap();
    let day = |at: DateTime<Utc>| (at.timestamp() - 1_800_000_000) / 86_400;
    let told = |p: &Period| (p.value.clone(), day(p.first_seen), day(p.last_seen), p.stands);
    thing.periods.iter().map(told).collect()
}

fn spells(history: &DomainHistory) -> Vec<(DateTime<Utc>, DateTime<Utc>, bool)> {
    history.findings.iter().map(|s| (s.first_seen, s.last_seen, s.stands)).collect()
}

async fn memory() -> Store {
    Store::open("sqlite://:memory:").await.unwrap()
}

#[tokio::test]
async fn a_record_is_told_from_change_to_change() {
    let store = memory().await;
    look(&store, 0, "spf", spf("a"), vec![]).await;
    look(&store, 1, "spf", spf("a"), failing()).await;
    look(&store, 2, "spf", json!({}), blind(ALL_PARTS)).await;
    look(&store, 3, "spf", spf("a"), vec![]).await;
    look(&store, 4, "spf", spf("b"), vec![]).await;

    let history = DomainHistory::of(&store, &example(), Asked::default()).await.unwrap();
    let told = periods(&history, "TXT example.com");
    assert_eq!(told, [(Some("b".into()), 4, 4, true), (Some("a".into()), 0, 3, false)]);
    assert_eq!(history.seen, Some((at(0), at(4))));
    let untold: Vec<_> = history.untold.iter().map(|u| (u.first_seen, u.reason.as_str())).collect();
    assert_eq!(untold, [(at(2), "timeout")]);
}

#[tokio::test]
async fn the_addresses_of_a_host_are_told_and_are_no_change() {
    let mx = |address: &str| {
        json!({"records": {"found": [{"preference": 10, "exchange": "mx.example.com"}]},
               "hosts": [{"name": "mx.example.com", "addresses":
                 {"v4": {"found": [address]}, "v6": {"absent": {"nxdomain": false}}}}]})
    };
    let (before, after) = (mx("192.0.2.1"), mx("192.0.2.2"));
    assert_eq!(
        super::super::changes::differences(
            &example(),
            "mx",
            "",
            &before.clone().into(),
            &after.clone().into()
        ),
        []
    );
    let store = memory().await;
    look(&store, 0, "mx", before, vec![]).await;
    look(&store, 1, "mx", after, vec![]).await;

    let history = DomainHistory::of(&store, &example(), Asked::default()).await.unwrap();
    let told = periods(&history, "addresses of mx.example.com");
    let expected =
        [(Some("192.0.2.2".into()), 1, 1, true), (Some("192.0.2.1".into()), 0, 0, false)];
    assert_eq!(told, expected);
    assert_eq!(periods(&history, "MX example.com")[0].1, 0);
}

/// First and last seen, and whether it still stands.
type Stood = (i64, i64, bool);

#[tokio::test]
async fn when_a_finding_ends_and_begins_again() {
    let skipped = || Value::Null;
    type Look = (Value, Vec<Finding>);
    let cases: [(&str, Vec<Look>, &[Stood]); 6] = [
        ("it stands", vec![(spf("a"), failing()), (spf("b"), failing())], &[(0, 1, true)]),
        ("it is healed", vec![(spf("a"), failing()), (spf("b"), vec![])], &[(0, 0, false)]),
        (
            "it comes back",
            vec![(spf("a"), failing()), (spf("b"), vec![]), (spf("a"), failing())],
            &[(2, 2, true), (0, 0, false)],
        ),
        (
            "what could not be told ends nothing",
            vec![(spf("a"), failing()), (json!({}), blind(ALL_PARTS)), (spf("a"), failing())],
            &[(0, 2, true)],
        ),
        (
            "a part that could not be told ends nothing",
            vec![(spf("a"), failing()), (spf("a"), blind("one part"))],
            &[(0, 0, true)],
        ),
        (
            "nor does a need that could not be told",
            vec![(spf("a"), failing()), (skipped(), vec![])],
            &[(0, 0, true)],
        ),
    ];
    for (rule, looks, expected) in cases {
        let store = memory().await;
        for ((facts, findings), day) in looks.into_iter().zip(0..) {
            look(&store, day, "spf", facts, findings).await;
        }
        let history = DomainHistory::of(&store, &example(), Asked::default()).await.unwrap();
        let expected: Vec<_> =
            expected.iter().map(|(first, last, stands)| (at(*first), at(*last), *stands)).collect();
        assert_eq!(spells(&history), expected, "{rule}");
    }
}

#[tokio::test]
async fn what_ended_before_is_left_out_and_what_stands_keeps_its_beginning() {
    let store = memory().await;
    look(&store, 0, "spf", spf("a"), failing()).await;
    look(&store, 1, "spf", spf("b"), vec![]).await;
    look(&store, 9, "spf", spf("b"), vec![]).await;
    look(&store, 9, "mx", json!({}), vec![]).await;

    let asked = Asked { check: Some("spf"), since: Some(at(5)) };
    let history = DomainHistory::of(&store, &example(), asked).await.unwrap();
    assert_eq!(periods(&history, "TXT example.com"), [(Some("b".into()), 1, 9, true)]);
    assert_eq!(history.findings, []);
    look(&store, 10, "spf", spf("b"), failing()).await;
    let asked = Asked { check: Some("spf"), since: Some(at(20)) };
    let history = DomainHistory::of(&store, &example(), asked).await.unwrap();
    assert_eq!(periods(&history, "TXT example.com"), [(Some("b".into()), 1, 10, true)]);
    assert_eq!(spells(&history), [(at(10), at(10), true)], "it stands, whenever it was looked at");
    let other = Asked { check: Some("dmarc"), since: None };
    assert_eq!(DomainHistory::of(&store, &example(), other).await.unwrap().things, []);
}

#[tokio::test]
async fn the_last_change_of_a_record_tells_since_when_it_stands() {
    let store = memory().await;
    look(&store, 500, "spf", spf("b"), vec![]).await;
    let change = Change {
        check: "spf".to_owned(),
        what: "TXT example.com".to_owned(),
        before: Some("a".to_owned()),
        after: Some("b".to_owned()),
        seen_at: at(3),
    };
    // Of another check, by the same name.
    let namesake = Change { check: "config".to_owned(), seen_at: at(5), ..change.clone() };
    let mut write = store.write().await.unwrap();
    write.put_change(&example(), &namesake).await.unwrap();
    write.put_change(&example(), &change).await.unwrap();
    write.commit().await.unwrap();

    let asked = Asked { check: None, since: Some(at(400)) };
    let history = DomainHistory::of(&store, &example(), asked).await.unwrap();
    assert_eq!(periods(&history, "TXT example.com"), [(Some("b".into()), 3, 500, true)]);
    assert_eq!(history.changes, []);
}
