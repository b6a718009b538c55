//! The overview in memory says at any time what the database says.

use std::collections::HashMap;
use std::sync::Arc;

use vigie_checks::kernel::CheckStatus::{Fail, Indeterminate, Pass};

use super::*;

on_both!(a_glance_says_what_the_history_says, what_is_not_committed_is_not_seen);

fn key_of(domain: &str, check: &str, instance: &str) -> SpanKey {
    SpanKey { domain: Name::new(domain), check: check.to_owned(), instance: instance.to_owned() }
}

async fn put_of(store: &Store, key: &SpanKey, outcome: &Outcome, seen_at: DateTime<Utc>) {
    let mut write = store.write().await.unwrap();
    write.put_spans(&key.domain, &[NewSpan { key, outcome, seen_at }]).await.unwrap();
    write.commit().await.unwrap();
}

async fn read(store: &Store) -> HashMap<Name, DomainState> {
    let sorted = |mut state: DomainState| {
        state.checks.sort_by(|a, b| a.part.cmp(&b.part));
        (state.domain.clone(), state)
    };
    store.overview().await.unwrap().into_iter().map(sorted).collect()
}

async fn glanced(store: &Store) -> HashMap<Name, DomainState> {
    let all = store.glance().await.unwrap();
    all.into_iter().map(|(name, state)| (name, Arc::unwrap_or_clone(state))).collect()
}

async fn a_glance_says_what_the_history_says(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    let error = || vec![finding(Severity::Error)];
    let critical = || vec![finding(Severity::Critical)];
    #[rustfmt::skip]
    let steps = [
        ("a.example", "spf",       "",  outcome(Pass, "a", vec![])),
        ("a.example", "spf",       "",  outcome(Fail, "a", error())),
        ("b.example", "ticketing", "",  outcome(Pass, "a", vec![])),
        ("a.example", "spf",       "",  outcome(Fail, "b", error())),
        ("a.example", "spf",       "",  outcome(Fail, "b", critical())),
        ("a.example", "probe",     "z", outcome(Pass, "a", vec![])),
        ("a.example", "probe",     "b", outcome(Indeterminate, "a", vec![])),
        ("a.example", "dkim",      "",  outcome(Pass, "a", vec![])),
        ("a.example", "spf",       "",  outcome(Pass, "b", vec![])),
        ("b.example", "ticketing", "",  outcome(Indeterminate, "a", vec![])),
        ("a.example", "spf",       "",  outcome(Pass, "b", vec![])),
    ];
    for (step, (domain, check, instance, outcome)) in steps.iter().enumerate() {
        let time = at(i64::try_from(step).unwrap() * 60);
        put_of(&store, &key_of(domain, check, instance), outcome, time).await;
        // The first look at it comes when there is something already.
        if step > 0 {
            assert_eq!(glanced(&store).await, read(&store).await, "after step {step}");
        }
    }
    store.forget(at(100_000), &[Name::new("a.example")].into()).await.unwrap();
    let left: Vec<Name> = glanced(&store).await.into_keys().collect();
    assert_eq!(left, [Name::new("a.example")]);
}

async fn what_is_not_committed_is_not_seen(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    assert_eq!(glanced(&store).await, HashMap::new());
    let pass = outcome(Pass, "a", vec![]);
    let mut write = store.write().await.unwrap();
    let new = NewSpan { key: &key(), outcome: &pass, seen_at: at(0) };
    write.put_spans(&example(), &[new]).await.unwrap();
    drop(write);
    assert_eq!(glanced(&store).await, HashMap::new());
}
