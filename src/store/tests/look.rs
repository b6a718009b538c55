//! The statements that a look makes for all its checks together.

use super::*;
use crate::incidents::{Incident, State};

on_both!(
    the_checks_of_a_look_go_each_their_own_way,
    a_clock_that_is_set_back_moves_no_end_back,
    what_was_said_when_it_could_be_told_is_the_answer,
    each_check_gets_its_own_past_without_what_could_not_be_told,
    only_the_named_checks_can_tell_again,
    of_each_cause_the_incident_that_lasts_else_the_last_is_meant,
);

/// Names that a statement must not take apart.
fn keys() -> Vec<SpanKey> {
    let parts = [("spf", ""), ("probe", "a, b"), ("probe", "a"), ("it's", "')")];
    let key = |(check, instance): (&str, &str)| SpanKey {
        domain: example(),
        check: check.to_owned(),
        instance: instance.to_owned(),
    };
    parts.map(key).to_vec()
}

async fn look(store: &Store, keys: &[SpanKey], records: &[&str], seen_at: i64) -> Vec<Put> {
    let all: Vec<Outcome> =
        records.iter().map(|record| outcome(CheckStatus::Pass, record, vec![])).collect();
    look_of(store, keys, &all, seen_at).await
}

async fn look_of(store: &Store, keys: &[SpanKey], all: &[Outcome], seen_at: i64) -> Vec<Put> {
    let new: Vec<NewSpan<'_>> = keys
        .iter()
        .zip(all)
        .map(|(key, outcome)| NewSpan { key, outcome, seen_at: at(seen_at) })
        .collect();
    let mut write = store.write().await.unwrap();
    let put = write.put_spans(&example(), &new).await.unwrap();
    write.commit().await.unwrap();
    put
}

async fn runs(store: &Store) -> Vec<(String, i64, i64, i64)> {
    let mut runs: Vec<_> = store
        .history(&example(), 100)
        .await
        .unwrap()
        .into_iter()
        .map(|span| {
            let name = format!("{} {}", span.key.check, span.key.instance);
            (name, span.position, span.runs, (span.last_seen - at(0)).num_seconds())
        })
        .collect();
    runs.sort();
    runs
}

async fn the_checks_of_a_look_go_each_their_own_way(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    let keys = keys();
    look(&store, &keys, &["a", "a", "a", "a"], 0).await;
    let put = look(&store, &keys, &["a", "b", "a", "a"], 60).await;
    assert_eq!(put.iter().map(|put| put.began).collect::<Vec<_>>(), [false, true, false, false]);
    look(&store, &keys[..2], &["a", "b"], 120).await;
    let told = |name: &str, position, runs, until| (name.to_owned(), position, runs, until);
    let expected = [
        told("it's ')", 0, 2, 60),
        told("probe a", 0, 2, 60),
        told("probe a, b", 0, 1, 0),
        told("probe a, b", 1, 2, 120),
        told("spf ", 0, 3, 120),
    ];
    assert_eq!(runs(&store).await, expected);
}

async fn a_clock_that_is_set_back_moves_no_end_back(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    for seen_at in [60, 0] {
        look(&store, &keys()[..1], &["a"], seen_at).await;
    }
    assert_eq!(runs(&store).await, [("spf ".to_owned(), 0, 2, 60)]);
}

async fn what_was_said_when_it_could_be_told_is_the_answer(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    let keys = &keys()[..1];
    let before = async |outcome: Outcome, seen_at| {
        let put = look_of(&store, keys, &[outcome], seen_at).await;
        put.into_iter().next().unwrap().before
    };
    let pass = |record| outcome(CheckStatus::Pass, record, vec![]);
    let untold = || outcome(CheckStatus::Indeterminate, "?", vec![]);
    let told = |facts: Option<&str>, last_seen| {
        let facts = facts.map(|record| json!({ "record": record }));
        Some(Before { facts: facts.map(Into::into), facts_version: 1, last_seen: at(last_seen) })
    };
    assert_eq!(before(untold(), 0).await, None, "it never could tell");
    assert_eq!(before(pass("a"), 60).await, None, "nor could it before");
    assert_eq!(before(pass("a"), 120).await, told(None, 60), "the same");
    assert_eq!(before(pass("b"), 180).await, told(Some("a"), 120), "another");
    assert_eq!(before(untold(), 240).await, told(Some("b"), 180));
    assert_eq!(before(untold(), 300).await, told(Some("b"), 180), "past what could not be told");
    assert_eq!(before(pass("b"), 360).await, told(Some("b"), 180));
}

async fn each_check_gets_its_own_past_without_what_could_not_be_told(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    let key = |check: &str, instance: &str| SpanKey {
        domain: example(),
        check: check.to_owned(),
        instance: instance.to_owned(),
    };
    let keys = [key("spf", ""), key("dmarc", ""), key("dmarc", "news")];
    for (record, seen_at) in [("a", 0), ("b", 60), ("c", 120)] {
        look(&store, &keys, &[record; 3], seen_at).await;
    }
    let untold = outcome(CheckStatus::Indeterminate, "?", vec![]);
    look_of(&store, &keys[..1], std::slice::from_ref(&untold), 180).await;
    let past = async |checks: &[&str], limit| -> Vec<String> {
        let spans = store.definite_of(&example(), checks, limit).await.unwrap();
        let told = |span: Span| {
            format!("{} {}", span.key.check, span.facts.value()["record"]).replace('"', "")
        };
        spans.into_iter().map(told).collect()
    };
    assert_eq!(
        past(&["spf", "mx", "dmarc"], 50).await,
        ["dmarc c", "dmarc b", "dmarc a", "spf c", "spf b", "spf a"]
    );
    assert_eq!(past(&["dmarc", "spf"], 1).await, ["dmarc c", "spf c"], "the newest of each");
    assert_eq!(past(&[], 50).await, Vec::<String>::new());
    let other = store.definite_of(&Name::new("other.example"), &["spf"], 50).await.unwrap();
    assert_eq!(other, []);
}

async fn only_the_named_checks_can_tell_again(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    let keys = keys();
    let mut write = store.write().await.unwrap();
    for key in &keys {
        write.put_blind_run(key, "timeout", at(0)).await.unwrap();
    }
    write.end_blindness(&Name::new("example.org"), &keys.iter().collect::<Vec<_>>()).await.unwrap();
    write.end_blindness(&example(), &[&keys[1], &keys[3]]).await.unwrap();
    write.end_blindness(&example(), &[]).await.unwrap();
    write.put_last_runs(&["one", "two"], at(0)).await.unwrap();
    write.put_last_runs(&["two", "three"], at(60)).await.unwrap();
    write.put_last_runs(&[""; 0], at(120)).await.unwrap();
    write.commit().await.unwrap();
    let blind: Vec<SpanKey> =
        store.blindness().await.unwrap().into_iter().map(|blind| blind.key).collect();
    assert_eq!(blind, [keys[2].clone(), keys[0].clone()]);
    let ran = store.last_runs().await.unwrap();
    assert_eq!((ran["one"], ran["two"], ran["three"]), (at(0), at(60), at(60)));
}

async fn of_each_cause_the_incident_that_lasts_else_the_last_is_meant(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    let mut write = store.write().await.unwrap();
    let incidents = [
        ("1", "example.com", at(0), Some(at(10))),
        ("2", "example.com", at(20), Some(at(30))),
        ("3", "example.net", at(0), None),
        ("4", "example.net", at(-20), Some(at(-10))),
    ];
    for (id, subject, opened_at, resolved_at) in incidents {
        let incident = incident(id, subject, opened_at, resolved_at);
        write.put_incident(&incident).await.unwrap();
    }
    let causes = [
        ("spf.missing", "example.org"),
        ("spf.missing", "example.net"),
        ("spf.missing", "example.com"),
        ("dkim.missing", "example.com"),
    ];
    let mut found = write.incidents_of(causes.into_iter()).await.unwrap();
    found.sort();
    assert_eq!(found, ["2", "3"]);
    // More causes than one statement has parameters for.
    let many: Vec<String> = (0..40_000).map(|number| format!("h{number}.example.com")).collect();
    let many = many.iter().map(|subject| ("spf.missing", subject.as_str()));
    assert_eq!(write.incidents_of(many).await.unwrap(), Vec::<String>::new());
}

fn incident(
    id: &str,
    subject: &str,
    opened_at: DateTime<Utc>,
    resolved_at: Option<DateTime<Utc>>,
) -> Incident {
    Incident {
        id: id.to_owned(),
        state: if resolved_at.is_some() { State::Resolved } else { State::Open },
        severity: Severity::Error,
        baseline: false,
        domain: example(),
        domains: vec![example()],
        symptoms: Vec::new(),
        cause: Finding { subject: subject.to_owned(), ..finding(Severity::Error) },
        unwatched: false,
        merged_into: None,
        since: opened_at,
        opened_at,
        acknowledged: None,
        resolved_at,
        reopenings: 0,
        held: false,
        sequence: 1,
    }
}
