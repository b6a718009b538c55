//! The outbox, held to both kinds of stores.

use chrono::{DateTime, Utc};

use crate::alerts::outbox::{Outbox, Verdict};
use crate::store::tests::{Stores, on_both};
use crate::store::{OutboxRow, OutboxState, Store};

on_both!(
    only_the_first_of_an_incident_is_offered,
    a_channel_that_is_gone_is_left_alone,
    what_was_given_up_or_delivered_can_be_sent_again,
    a_reminder_that_dies_is_news_only_where_the_last_message_arrived,
);

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).expect("a time")
}

/// Puts messages into the outbox, due now; their ids.
async fn put(store: &Store, messages: &[(&str, Option<(&str, i64)>)]) -> Vec<String> {
    let mut write = store.write().await.expect("the store can be written");
    let mut ids = Vec::new();
    for (channel, incident) in messages {
        let row = OutboxRow::new(channel, "incident.opened", *incident, "{}".to_owned(), now());
        write.put_outbox(&row).await.expect("it is new");
        ids.push(row.id);
    }
    write.commit().await.expect("it can be kept");
    ids
}

async fn heads(outbox: &Outbox, channel: &str) -> Vec<String> {
    let heads = outbox.heads(channel, 10).await.expect("the store can be read");
    let mut ids: Vec<String> = heads.into_iter().map(|message| message.id).collect();
    ids.sort();
    ids
}

async fn settle(outbox: &Outbox, channel: &str, verdict: &Verdict) {
    let message = outbox.heads(channel, 1).await.expect("the store can be read").remove(0);
    let others = ["team".to_owned()];
    outbox.settle(channel, &message, verdict, &others, now()).await.expect("it can be kept");
}

async fn only_the_first_of_an_incident_is_offered(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    let outbox = Outbox::new(store.clone());
    let ids = put(&store, &[("ops", Some(("i", 1))), ("ops", Some(("i", 2)))]).await;
    assert_eq!(heads(&outbox, "ops").await, ids[..1]);

    let error = "500".to_owned();
    settle(&outbox, "ops", &Verdict::Retry { at: now(), status: Some(500), error }).await;
    assert_eq!(heads(&outbox, "ops").await, ids[..1]);
    settle(&outbox, "ops", &Verdict::Delivered { status: 204 }).await;
    assert_eq!(heads(&outbox, "ops").await, ids[1..]);
    let kept = store.outbox_row(&ids[0]).await.expect("the store can be read").expect("it is kept");
    assert_eq!((kept.state, kept.attempts), (OutboxState::Delivered, 2));
    assert_eq!((kept.last_status, kept.delivered_at), (Some(204), Some(now())));
}

async fn a_channel_that_is_gone_is_left_alone(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    let outbox = Outbox::new(store.clone());
    put(&store, &[("ops", None)]).await;
    let gone = Verdict::Dead {
        status: Some(410),
        error: "gone".to_owned(),
        disable: Some("address".to_owned()),
    };
    settle(&outbox, "ops", &gone).await;
    let disabled = async |address| outbox.is_disabled("ops", address).await.expect("it is known");
    assert!(disabled("address").await && !disabled("another").await);
    assert_eq!(heads(&outbox, "team").await.len(), 1, "the others are told");
    outbox.enable("ops").await.expect("it can be kept");
    assert!(!disabled("address").await);
}

async fn what_was_given_up_or_delivered_can_be_sent_again(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    let outbox = Outbox::new(store.clone());
    let ids = put(&store, &[("ops", None)]).await;
    let gone = Verdict::Dead {
        status: Some(410),
        error: "gone".to_owned(),
        disable: Some("address".to_owned()),
    };
    for verdict in [gone, Verdict::Delivered { status: 204 }] {
        settle(&outbox, "ops", &verdict).await;
        assert_eq!(heads(&outbox, "ops").await, Vec::<String>::new());
        assert!(outbox.resend(&ids[0], now()).await.expect("it can be kept"));
        assert_eq!(heads(&outbox, "ops").await, ids);
        let row = store.outbox_row(&ids[0]).await.expect("it can be read").expect("it is kept");
        assert_eq!((row.attempts, row.next_at, row.delivered_at), (0, now(), None));
        assert!(!outbox.is_disabled("ops", "address").await.expect("it is known"));
    }
    assert!(!outbox.resend("msg_none", now()).await.expect("nothing to keep"));
}

async fn a_reminder_that_dies_is_news_only_where_the_last_message_arrived(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    let outbox = Outbox::new(store.clone());
    let arrived = Verdict::Delivered { status: 204 };
    let dead = Verdict::Dead { status: Some(404), error: "no".to_owned(), disable: None };
    for (incident, first, news) in [("i", arrived, 1), ("j", dead.clone(), 1)] {
        put(&store, &[("ops", Some((incident, 1)))]).await;
        settle(&outbox, "ops", &first).await;
        for sequence in [2, 3] {
            let row = OutboxRow::new(
                "ops",
                "incident.reminder",
                Some((incident, sequence)),
                "{}".to_owned(),
                now(),
            );
            let mut write = store.write().await.expect("the store can be written");
            write.put_outbox(&row).await.expect("it is new");
            write.commit().await.expect("it can be kept");
            settle(&outbox, "ops", &dead).await;
        }
        assert_eq!(heads(&outbox, "team").await.len(), news, "{incident}");
        while !heads(&outbox, "team").await.is_empty() {
            settle(&outbox, "team", &Verdict::Delivered { status: 204 }).await;
        }
    }
}
