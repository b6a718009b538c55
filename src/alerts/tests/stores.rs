//! The outbox, held to both kinds of stores.

use chrono::{DateTime, TimeDelta, Utc};

use crate::alerts::outbox::{Outbox, Verdict};
use crate::store::tests::{Stores, on_both};
use crate::store::{OutboxRow, OutboxState, Store};

on_both!(
    only_the_first_of_an_incident_is_offered,
    a_channel_that_is_gone_is_left_alone,
    what_was_given_up_or_delivered_can_be_sent_again,
    what_waits_becomes_one_message_that_moves_at_once,
    a_reminder_that_dies_is_news_only_where_the_last_message_arrived,
    what_waits_is_due_sooner_by_what_the_clock_was_set_back,
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
    let heads = outbox.heads(channel, true, 10).await.expect("the store can be read");
    let mut ids: Vec<String> = heads.into_iter().map(|message| message.id).collect();
    ids.sort();
    ids
}

async fn settle(outbox: &Outbox, channel: &str, verdict: &Verdict) {
    let message = outbox.heads(channel, true, 1).await.expect("the store can be read").remove(0);
    let others = ["team".to_owned()];
    outbox.settle(channel, &message, verdict, &others, now()).await.expect("it can be kept");
}

async fn what_waits_is_due_sooner_by_what_the_clock_was_set_back(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    let outbox = Outbox::new(store.clone());
    let at = |hours| now() + TimeDelta::hours(hours);
    let due = async |channel: &str, row: OutboxRow, clock: DateTime<Utc>| {
        let mut write = store.write().await.expect("the store can be written");
        write
            .put_outbox(&OutboxRow { channel: channel.to_owned(), ..row })
            .await
            .expect("it is new");
        write.commit().await.expect("it can be kept");
        let heeded = outbox.heed_set_back(channel, clock).await.expect("it can be kept");
        let heads = outbox.heads(channel, true, 1).await.expect("the store can be read");
        (heeded, heads[0].next_at)
    };
    let new = || OutboxRow::new("", "test", None, "{}".to_owned(), now());
    let waiting = || new().waiting(TimeDelta::hours(2));
    assert_eq!(due("a", waiting(), at(1)).await, (false, at(2)), "time went on");
    assert_eq!(due("b", waiting(), at(-5)).await, (true, at(-3)), "still two hours from now");
    assert_eq!(due("c", new(), at(-5)).await, (true, at(-5)), "due is due");
    assert_eq!(outbox.heed_set_back("b", at(-5)).await.ok(), Some(false), "once");
    let others = outbox.heads("a", true, 1).await.expect("the store can be read");
    assert_eq!(others[0].next_at, at(2), "another's messages are left alone");
    let named = |is_named| Verdict::Retry {
        at: at(4),
        is_named,
        status: Some(429),
        error: "429".to_owned(),
    };
    for (channel, is_named, next_at) in [("d", false, at(-2)), ("e", true, at(4))] {
        put(&store, &[(channel, None)]).await;
        settle(&outbox, channel, &named(is_named)).await;
        outbox.heed_set_back(channel, at(-6)).await.expect("it can be kept");
        let heads = outbox.heads(channel, true, 1).await.expect("the store can be read");
        assert_eq!(heads[0].next_at, next_at, "{channel}: a named moment stays");
    }
}

async fn only_the_first_of_an_incident_is_offered(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    let outbox = Outbox::new(store.clone());
    let ids = put(&store, &[("ops", Some(("i", 1))), ("ops", Some(("i", 2)))]).await;
    assert_eq!(heads(&outbox, "ops").await, ids[..1]);

    let error = "500".to_owned();
    settle(
        &outbox,
        "ops",
        &Verdict::Retry { at: now(), is_named: false, status: Some(500), error },
    )
    .await;
    assert_eq!(heads(&outbox, "ops").await, ids[..1]);
    settle(&outbox, "ops", &Verdict::Delivered { status: 204 }).await;
    assert_eq!(heads(&outbox, "ops").await, ids[1..]);
    let kept = store.outbox_row(&ids[0]).await.expect("the store can be read").expect("it is kept");
    assert_eq!((kept.state, kept.attempts), (OutboxState::Delivered, 2));
    assert_eq!((kept.last_status, kept.delivered_at), (Some(204), Some(now())));
}

/// A new message of `ops`, and what became of it.
async fn settle_gone(store: &Store, outbox: &Outbox, verdict: &Verdict) {
    put(store, &[("ops", None)]).await;
    settle(outbox, "ops", verdict).await;
}

async fn a_channel_that_is_gone_is_left_alone(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    let outbox = Outbox::new(store.clone());
    let gone = Verdict::Dead {
        status: Some(410),
        error: "gone".to_owned(),
        disable: Some("address".to_owned()),
    };
    settle_gone(&store, &outbox, &gone).await;
    let disabled = async |address| outbox.is_disabled("ops", address).await.expect("it is known");
    assert!(disabled("address").await && !disabled("another").await);
    assert_eq!(heads(&outbox, "team").await.len(), 1, "the others are told");
    let told = async || store.disabled().await.expect("it can be read").len();
    outbox.enable_at("ops", "address").await.expect("it can be kept");
    assert_eq!((disabled("address").await, told().await), (true, 1), "it is where it was");
    outbox.enable_at("ops", "another").await.expect("it can be kept");
    assert_eq!((disabled("address").await, told().await), (false, 0), "it was corrected");
    settle_gone(&store, &outbox, &gone).await;
    assert!(disabled("address").await);
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

async fn what_waits_becomes_one_message_that_moves_at_once(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    let outbox = Outbox::new(store.clone());
    let wait = TimeDelta::seconds(30);
    let mut ids = Vec::new();
    let mut write = store.write().await.expect("the store can be written");
    for (channel, incident, sequence, seconds) in
        [("ops", "i", 1, 0), ("ops", "j", 1, 20), ("ops", "j", 2, 21), ("team", "i", 1, 0)]
    {
        let at = now() + TimeDelta::seconds(seconds);
        let place = Some((incident, sequence));
        let body = format!(r#"{{"type":"incident.opened","n":{}}}"#, ids.len());
        let row = OutboxRow::new(channel, "incident.opened", place, body, at).waiting(wait);
        write.put_outbox(&row).await.expect("it is new");
        ids.push(row.id);
    }
    let alone = OutboxRow::new("ops", "incident.opened", Some(("k", 1)), "{}".to_owned(), now());
    write.put_outbox(&alone).await.expect("it is new");
    write.commit().await.expect("it can be kept");

    let join = async |at| outbox.join("ops", at).await.expect("it can be kept");
    assert!(!join(now() + TimeDelta::seconds(29)).await, "the wait is not over");
    assert!(join(now() + wait).await && !join(now() + wait).await);
    let mut expected = vec![ids[0].clone(), alone.id];
    expected.sort();
    assert_eq!(heads(&outbox, "ops").await, expected, "the first goes for the second");
    let octets = outbox.carried(&ids[0]).await.expect("the store can be read").expect("octets");
    let events = r#"[{"type":"incident.opened","n":0},{"type":"incident.opened","n":1}]"#;
    assert!(octets.ends_with(&format!(r#""data":{{"events":{events}}}}}"#)), "{octets}");

    let all = outbox.heads("ops", true, 9).await.expect("the store can be read");
    let carrier = all.into_iter().find(|message| message.id == ids[0]).expect("it is offered");
    let verdict = Verdict::Delivered { status: 200 };
    outbox.settle("ops", &carrier, &verdict, &[], now()).await.expect("it can be kept");
    let row = async |id: &str| store.outbox_row(id).await.expect("it can be read").expect("a row");
    let mut states = Vec::new();
    for id in &ids {
        states.push(row(id).await.state);
    }
    use OutboxState::{Delivered, Pending};
    assert_eq!(states, [Delivered, Delivered, Pending, Pending], "no more and no less moves");
    assert!(join(now() + TimeDelta::seconds(51)).await, "the next of the incident may go");
    assert!(outbox.resend(&ids[1], now()).await.expect("it can be kept"));
    assert_eq!((row(&ids[0]).await.state, row(&ids[1]).await.state), (Pending, Pending));
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
