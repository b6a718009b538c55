//! What a scrape asks the store for.

use super::*;

on_both!(
    the_standing_of_a_check_is_its_last_word_and_its_last_definite_look,
    what_waits_and_what_was_given_up_is_counted_by_channel,
    every_write_is_counted,
);

async fn the_standing_of_a_check_is_its_last_word_and_its_last_definite_look(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    put(&store, &outcome(CheckStatus::Fail, "a", vec![finding(Severity::Error)]), at(0)).await;
    put(&store, &outcome(CheckStatus::Indeterminate, "?", vec![]), at(60)).await;
    let mut all = Vec::new();
    store.each_standing(["spf", "tls"], |standing| all.push(standing)).await.unwrap();
    let expected = Standing {
        key: key(),
        status: CheckStatus::Indeterminate,
        worst: None,
        definite_at: Some(at(0)),
        facts: json!({ "record": "a" }).into(),
    };
    assert_eq!(all, [expected]);
    let mut facts = Vec::new();
    store.each_standing(["dns", "tls"], |standing| facts.push(standing.facts)).await.unwrap();
    assert_eq!(facts, [vigie_checks::kernel::KeptFacts::none()], "nobody asked for the facts");
}

async fn what_waits_and_what_was_given_up_is_counted_by_channel(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    let mut write = store.write().await.unwrap();
    let states = [
        (OutboxState::Pending, 5),
        (OutboxState::Pending, 3),
        (OutboxState::Dead, 9),
        (OutboxState::Delivered, 1),
    ];
    for (state, seconds) in states {
        let row = OutboxRow::new("ops", "test", None, "{}".to_owned(), at(seconds));
        write.put_outbox(&OutboxRow { state, ..row }).await.unwrap();
    }
    write.put_blind_run(&key(), "timeout", at(0)).await.unwrap();
    write.commit().await.unwrap();
    let queued = |state, messages, seconds| Queued {
        channel: "ops".to_owned(),
        state,
        messages,
        oldest: at(seconds),
    };
    let expected = [queued(OutboxState::Dead, 1, 9), queued(OutboxState::Pending, 2, 3)];
    assert_eq!(store.queued().await.unwrap(), expected);
    assert_eq!(store.blind_counts().await.unwrap(), [("spf".to_owned(), 1)]);
    assert_eq!(store.unresolved_counts().await.unwrap(), []);
}

async fn every_write_is_counted(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    put(&store, &outcome(CheckStatus::Pass, "a", vec![]), at(0)).await;
    let counted = store.figures().writes.buckets().last();
    assert_eq!(counted, Some((None, 1)));
    assert_eq!(store.figures().failures.value(), 0);
    assert!(store.size().await.unwrap() > 4096);
}
