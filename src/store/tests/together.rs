//! Many at once: nobody is told that the database is locked, and nothing is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

on_both!(one_writes_and_fifty_read, two_write_in_turn, what_the_world_said_is_kept);

async fn one_writes_and_fifty_read(stores: Stores) {
    const LOOKS: i64 = 100;
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    put(&store, &outcome(CheckStatus::Pass, "0", vec![]), at(0)).await;
    let done = Arc::new(AtomicBool::new(false));
    let mut readers = Vec::new();
    for number in 0..50 {
        // Half of them are programs of their own, such as `vigie history`.
        let reader = match number % 2 {
            0 => store.clone(),
            _ => Store::open_to_read(shelf.url()).await.unwrap().unwrap(),
        };
        let done = Arc::clone(&done);
        readers.push(tokio::spawn(async move {
            let mut seen = 0;
            while !done.load(Ordering::Relaxed) {
                let newest = reader.history(&example(), 1).await.unwrap().remove(0);
                assert!(newest.position >= seen, "what was committed stays");
                seen = newest.position;
                reader.overview().await.unwrap();
            }
        }));
    }
    for look in 1..=LOOKS {
        put(&store, &outcome(CheckStatus::Pass, &look.to_string(), vec![]), at(look)).await;
    }
    done.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.await.unwrap();
    }
    let kept = store.history(&example(), 1000).await.unwrap();
    assert_eq!(kept[0].position, LOOKS);
}

/// Each reads what it compares with inside its transaction.
async fn two_write_in_turn(stores: Stores) {
    const LOOKS: i64 = 40;
    let shelf = stores.shelf().await;
    let mut writers = Vec::new();
    for _ in 0..2 {
        let store = shelf.open().await;
        writers.push(tokio::spawn(async move {
            for look in 0..LOOKS {
                let record = (look / 2).to_string();
                put(&store, &outcome(CheckStatus::Pass, &record, vec![]), at(look)).await;
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let kept = shelf.open().await.history(&example(), 1000).await.unwrap();
    assert_eq!(kept.iter().map(|span| span.runs).sum::<i64>(), 2 * LOOKS);
}

/// What a hostile zone may publish: octets that are no text elsewhere, and more of them than a key
/// has room for.
async fn what_the_world_said_is_kept(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    let hostile = format!("v=spf1 \0 \u{202e} {}", "é".repeat(5000));
    let mut failing = finding(Severity::Error);
    failing.subject = hostile.clone();
    put(&store, &outcome(CheckStatus::Fail, &hostile, vec![failing.clone()]), at(0)).await;
    let mut other = failing.clone();
    other.subject.push('!');
    let case = |finding: &Finding| CaseRow {
        key: key(),
        finding: finding.clone(),
        severity: Severity::Error,
        phase: "standing".to_owned(),
        phase_since: None,
        shifting_to: None,
        baseline: false,
        reported_at: None,
        incident: None,
        retired: false,
        beside: Vec::new(),
        first_seen: at(0),
        last_seen: at(0),
    };
    let change = Change {
        check: "spf".to_owned(),
        what: "TXT \0".to_owned(),
        before: Some(hostile.clone()),
        after: None,
        seen_at: at(0),
    };
    let mut write = store.write().await.unwrap();
    write.put_change(&example(), &change).await.unwrap();
    write.put_case(&case(&failing)).await.unwrap();
    write.put_case(&case(&other)).await.unwrap();
    write.put_blind_run(&key(), "\0", at(0)).await.unwrap();
    write.commit().await.unwrap();

    assert_eq!(store.latest(&example()).await.unwrap()[0].facts.value()["record"], hostile);
    let subjects: Vec<_> = store.cases(&example()).await.unwrap();
    let mut subjects: Vec<_> = subjects.into_iter().map(|case| case.finding.subject).collect();
    subjects.sort_by_key(String::len);
    assert_eq!(subjects, [hostile.clone(), other.subject]);
    let kept = store.changes(&example(), 10).await.unwrap();
    assert_eq!(kept[0].what, "TXT \u{2400}");
    let mut write = store.write().await.unwrap();
    write.delete_case(&case(&failing)).await.unwrap();
    write.commit().await.unwrap();
    assert_eq!(store.cases(&example()).await.unwrap().len(), 1);
}
