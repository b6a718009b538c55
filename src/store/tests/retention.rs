//! What is kept, what is forgotten, and how a store grows.

use std::collections::HashSet;

use vigie_checks::kernel::{CheckStatus, Outcome, Severity};

use super::*;
use crate::incidents::Silence;

on_both!(
    forgetting_keeps_the_last_definite_word_and_what_is_pending,
    forgetting_keeps_since_when_a_record_looks_as_it_does,
    a_domain_that_is_no_longer_watched_is_forgotten_when_its_time_is_over,
    a_silence_is_forgotten_when_it_has_long_ended,
);

async fn forgetting_keeps_the_last_definite_word_and_what_is_pending(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    put(&store, &outcome(CheckStatus::Pass, "a", vec![]), at(0)).await;
    put(&store, &outcome(CheckStatus::Pass, "b", vec![]), at(60)).await;
    put(&store, &outcome(CheckStatus::Indeterminate, "?", vec![]), at(120)).await;
    let mut write = store.write().await.unwrap();
    let pending = OutboxRow::new("ops", "test", None, "{}".to_owned(), at(0));
    let mut dead = OutboxRow::new("ops", "test", None, "{}".to_owned(), at(0));
    dead.state = OutboxState::Dead;
    write.put_outbox(&pending).await.unwrap();
    write.put_outbox(&dead).await.unwrap();
    // What has an order of its own and belongs to no incident.
    let place = Some(("01JDARKNESS", 1));
    let mut told = OutboxRow::new("ops", "monitor.blind", place, "{}".to_owned(), at(0));
    told.state = OutboxState::Delivered;
    write.put_outbox(&told).await.unwrap();
    write.commit().await.unwrap();

    store.forget(at(1000), &[example()].into()).await.unwrap();

    let kept: Vec<_> = store
        .history(&example(), 10)
        .await
        .unwrap()
        .iter()
        .map(|s| s.facts.value()["record"].clone())
        .collect();
    assert_eq!(kept, ["?", "b"]);
    assert_eq!(store.outbox(Wanted::default(), 10).await.unwrap(), [pending]);
}

async fn forgetting_keeps_since_when_a_record_looks_as_it_does(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    let change = |seconds: i64, what: &str, after: &str| Change {
        check: "spf".to_owned(),
        what: what.to_owned(),
        before: None,
        after: Some(after.to_owned()),
        seen_at: at(seconds),
    };
    let all = [change(30, "TXT a", "3"), change(20, "TXT b", "2"), change(10, "TXT a", "1")];
    let mut write = store.write().await.unwrap();
    for change in &all {
        write.put_change(&example(), change).await.unwrap();
    }
    write.commit().await.unwrap();

    store.forget(at(1000), &[example()].into()).await.unwrap();
    assert_eq!(store.changes(&example(), 10).await.unwrap(), all[..2]);
}

async fn a_domain_that_is_no_longer_watched_is_forgotten_when_its_time_is_over(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    put(&store, &outcome(CheckStatus::Pass, "a", vec![]), at(0)).await;
    let mut write = store.write().await.unwrap();
    write.put_last_runs(&["example.com/spf/"], at(0)).await.unwrap();
    write.put_last_runs(&["example.com.au/spf/"], at(0)).await.unwrap();
    write.put_blind_run(&key(), "timeout", at(0)).await.unwrap();
    write.commit().await.unwrap();

    let nobody = HashSet::new();
    store.forget(at(0), &nobody).await.unwrap();
    assert_eq!(store.domains().await.unwrap(), [example()], "its time is not over");
    store.forget(at(1), &[example()].into()).await.unwrap();
    assert_eq!(store.domains().await.unwrap(), [example()], "it is watched");
    store.forget(at(1), &nobody).await.unwrap();
    assert_eq!(store.domains().await.unwrap(), []);
    assert_eq!(store.blindness().await.unwrap(), []);
    let left = store.last_runs().await.unwrap();
    assert_eq!(left.keys().collect::<Vec<_>>(), ["example.com.au/spf/"]);
}

/// A record of a usual length and a finding of a usual size.
fn usual(check: usize, version: i64) -> Outcome {
    let mut outcome = outcome(
        CheckStatus::Fail,
        &format!("v=spf1 ip4:192.0.2.{version} {} -all", "include:spf.example.net ".repeat(20)),
        vec![finding(Severity::Warning)],
    );
    outcome.check = format!("check-{check}");
    outcome
}

/// Eighteen checks of one domain, each with a change a month and an outage every other: what a
/// year of them costs, and that retention holds it there.
#[tokio::test]
async fn a_domain_grows_by_its_changes_and_not_by_its_looks() {
    const CHECKS: usize = 18;
    const RETENTION: i64 = 400;
    let store = Store::open("sqlite://:memory:").await.unwrap();
    let day = |day: i64| at(day * 86_400);
    let mut grown = Vec::new();
    for today in 0..=3 * RETENTION {
        let mut write = store.write().await.unwrap();
        for check in 0..CHECKS {
            let mut outcome = usual(check, today / 30);
            if today % 60 == 59 {
                outcome.status = CheckStatus::Indeterminate;
                outcome.findings.clear();
            }
            let key = SpanKey { check: outcome.check.clone(), ..key() };
            let new = NewSpan { key: &key, outcome: &outcome, seen_at: day(today) };
            if write.put_spans(&example(), &[new]).await.unwrap()[0].began {
                let change = Change {
                    check: outcome.check.clone(),
                    what: format!("TXT {check}.example.com"),
                    before: None,
                    after: Some(outcome.facts.value()["record"].to_string()),
                    seen_at: day(today),
                };
                write.put_change(&example(), &change).await.unwrap();
            }
        }
        write.commit().await.unwrap();
        if today % 7 == 0 {
            store.forget(day(today - RETENTION), &[example()].into()).await.unwrap();
        }
        if today % RETENTION == 0 {
            grown.push(size(&store).await);
        }
    }
    let years = RETENTION as f64 / 365.25;
    let (rows, octets) = (grown[1].0 as f64 / years, grown[1].1 as f64 / years);
    println!(
        "a domain-year: {rows:.0} rows, {:.0} kB; a look that changes nothing: 0",
        octets / 1e3
    );
    assert!(rows < 700.0 && octets < 1e6, "{grown:?}");
    // A span that began before the retention and ended in it stays.
    let most = grown[1].0 + 4 * CHECKS as i64;
    assert!(grown[2].0 <= most && grown[3].0 <= most, "{grown:?}");
}

/// Rows and octets of the whole store.
async fn size(store: &Store) -> (i64, i64) {
    let number = async |query: &'static str| {
        sqlx::query_scalar::<_, i64>(query).fetch_one(store.readers()).await.unwrap()
    };
    let rows = number("SELECT (SELECT COUNT(*) FROM spans) + (SELECT COUNT(*) FROM changes)").await;
    let free = number("PRAGMA freelist_count").await;
    let pages = number("PRAGMA page_count").await - free;
    (rows, pages * number("PRAGMA page_size").await)
}

async fn a_silence_is_forgotten_when_it_has_long_ended(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    let mut write = store.write().await.unwrap();
    for until in [10, 2000] {
        let silence = Silence {
            id: until.to_string(),
            domain: Some(example()),
            finding: None,
            subject: None,
            tag: None,
            by: "ana".to_owned(),
            why: "moving \0".to_owned(),
            created_at: at(0),
            until: at(until),
        };
        write.put_silence(&silence).await.unwrap();
    }
    write.commit().await.unwrap();
    store.forget(at(1000), &HashSet::new()).await.unwrap();
    let kept = store.silences(at(0)).await.unwrap();
    assert_eq!(kept.iter().map(|silence| silence.until).collect::<Vec<_>>(), [at(2000)]);
}
