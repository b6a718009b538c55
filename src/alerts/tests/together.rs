//! Many messages that become one, over a channel that people read.

use chrono::TimeDelta;
use serde_json::{Value, json};
use vigie_checks::kernel::Clock;

use super::house::{House, webhook};
use super::receiver::{Receiver, Reply};
use crate::alerts::ChannelSettings;
use crate::config::Destination;
use crate::store::OutboxRow;

fn chat(name: &str, receiver: &Receiver) -> ChannelSettings {
    let destination = Destination::Slack { url: receiver.url("/").into() };
    ChannelSettings { destination, ..webhook(name, "http://127.0.0.1:1/") }
}

/// A message about an incident, as it is written for a channel, that waits half a minute for others.
fn message(house: &House, channel: &str, number: usize, kind: &str, sequence: i64) -> OutboxRow {
    let domain = format!("shop-{number:03}.example");
    let body = json!({
        "type": kind, "timestamp": "2026-11-25T12:00:00.000Z",
        "data": {
            "incident": format!("incident-{number}"), "severity": "critical", "domains": [domain],
            "title": format!("No name server of {domain} answers"),
            "changed": [{ "what": format!("NS {domain}"), "before": "ns1.old.example",
                "after": "ns1.new.example", "seen_at": "2026-11-25T11:59:00.000Z" }],
            "url": format!("https://vigie.example.net/incidents/incident-{number}"),
        },
    });
    let incident = format!("incident-{number}");
    let now = house.clock.now();
    let row = OutboxRow::new(channel, kind, Some((&incident, sequence)), body.to_string(), now);
    let id = format!("msg_{channel}_{number:03}_{sequence}");
    OutboxRow { id, ..row }.waiting(TimeDelta::seconds(30))
}

async fn opened(house: &House, channel: &str, numbers: std::ops::Range<usize>) {
    let rows = numbers.map(|number| message(house, channel, number, "incident.opened", 1));
    house.put_rows(&rows.collect::<Vec<_>>()).await;
}

fn id(channel: &str, number: usize, sequence: i64) -> String {
    format!("msg_{channel}_{number:03}_{sequence}")
}

/// The text of a message, as Slack would show it.
fn text(body: &str) -> String {
    let body: Value = serde_json::from_str(body).expect("JSON");
    let blocks = body["blocks"].as_array().expect("blocks").iter();
    let texts = blocks.flat_map(|block| {
        let fields = block["fields"].as_array().cloned().unwrap_or_default();
        std::iter::once(block.clone()).chain(fields.into_iter().map(|text| json!({ "text": text })))
    });
    let texts = texts.filter_map(|block| Some(block["text"]["text"].as_str()?.to_owned()));
    texts.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn three_hundred_incidents_within_the_wait_are_one_message() {
    let house = House::new().await;
    let receiver = Receiver::start(|_, _| Reply::status(200)).await;
    opened(&house, "chat", 0..300).await;
    let at_work = house.run(&[chat("chat", &receiver)]);
    house.clock.advance(TimeDelta::seconds(29));
    opened(&house, "chat", 300..301).await;
    at_work.ring();
    assert_eq!(house.kept(&id("chat", 0, 1)).await.attempts, 0, "the wait is not over");

    house.clock.advance(TimeDelta::seconds(1));
    for number in 0..301 {
        house.delivered(&id("chat", number, 1)).await;
    }
    let seen = receiver.seen();
    assert_eq!(seen.len(), 1);
    let text = text(&seen[0].body);
    assert!(text.starts_with("301 incidents opened (shop-000.example and 300 more)"), "{text}");
    for part in [
        "critical  shop-007.example  No name server of shop-007.example answers",
        "  NS shop-007.example\n  - ns1.old.example\n  + ns1.new.example",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let shown = text.matches("critical  shop-").count();
    assert!(text.contains(&format!("and {} more\n```", 301 - shown)), "{shown}: {text}");
    assert!(text.contains(&format!("Left out\n{}", 301 - shown)), "{text}");
}

#[tokio::test]
async fn a_crash_sends_the_same_octets_again_and_what_came_since_by_itself() {
    let house = House::new().await;
    let receiver = Receiver::start(|_, before| match before {
        0 => Reply::Waits,
        _ => Reply::status(200),
    })
    .await;
    let channels = [chat("chat", &receiver)];
    opened(&house, "chat", 0..3).await;
    house.clock.advance(TimeDelta::seconds(30));
    let at_work = house.run(&channels);
    receiver.wait_for(1).await;
    opened(&house, "chat", 3..5).await;
    at_work.crash().await;
    house.clock.advance(TimeDelta::seconds(30));

    let _at_work = house.run(&channels);
    for number in 0..5 {
        assert_eq!(house.delivered(&id("chat", number, 1)).await.attempts, 1, "{number}");
    }
    let seen = receiver.seen();
    let bodies: Vec<&str> = seen.iter().map(|request| request.body.as_str()).collect();
    assert_eq!(bodies.len(), 3);
    assert_eq!(bodies[0], bodies.iter().skip(1).find(|body| **body == bodies[0]).copied().unwrap());
    let others = bodies.iter().find(|body| **body != bodies[0]).unwrap();
    assert!(text(others).starts_with("2 incidents opened (shop-003.example and 1 more)"));
}

#[tokio::test]
async fn that_one_is_over_waits_until_it_was_told_and_goes_with_others() {
    let house = House::new().await;
    let receiver = Receiver::start(|_, _| Reply::status(200)).await;
    opened(&house, "chat", 0..2).await;
    house.put_rows(&[message(&house, "chat", 0, "incident.resolved", 2)]).await;
    let at_work = house.run(&[chat("chat", &receiver)]);
    house.clock.advance(TimeDelta::seconds(30));
    house.delivered(&id("chat", 0, 2)).await;
    opened(&house, "chat", 2..4).await;
    house.put_rows(&[message(&house, "chat", 1, "incident.resolved", 2)]).await;
    at_work.ring();
    house.clock.advance(TimeDelta::seconds(30));
    house.delivered(&id("chat", 1, 2)).await;

    let told: Vec<String> = receiver.seen().iter().map(|request| text(&request.body)).collect();
    let first = |text: &String| text.lines().next().unwrap_or_default().to_owned();
    let told: Vec<String> = told.iter().map(first).collect();
    assert_eq!(
        told,
        [
            "2 incidents opened (shop-000.example and 1 more)",
            "Resolved: No name server of shop-000.example answers",
            "3 incidents: 2 opened, 1 resolved (shop-002.example and 1 more)",
        ]
    );
}

#[tokio::test]
async fn a_dead_channel_is_told_once_for_all_and_all_is_sent_again() {
    let house = House::new().await;
    let refusing = Receiver::start(|_, before| Reply::status([404, 200][before])).await;
    let working = Receiver::start(|_, _| Reply::status(200)).await;
    opened(&house, "chat", 0..40).await;
    house.clock.advance(TimeDelta::seconds(30));
    let at_work = house.run(&[chat("chat", &refusing), webhook("ops", &working.url("/"))]);
    let told = working.wait_for(1).await;
    for number in 0..40 {
        assert_eq!(house.kept(&id("chat", number, 1)).await.state, "dead", "{number}");
    }
    let dead: Value = serde_json::from_str(&told[0].body).expect("JSON");
    assert_eq!(dead["data"]["messages"], 40);
    let named = dead["data"]["id"].as_str().expect("it names a message");

    house.outbox().resend(named, house.clock.now()).await.expect("the store can be written");
    at_work.ring();
    for number in 0..40 {
        house.delivered(&id("chat", number, 1)).await;
    }
    let seen = refusing.seen();
    assert_eq!((seen.len(), working.seen().len()), (2, 1));
    assert_eq!(seen[0].body, seen[1].body);
}

#[tokio::test]
async fn programs_get_each_event_by_itself_whatever_became_one_before() {
    let house = House::new().await;
    let failing = Receiver::start(|_, _| Reply::status(503)).await;
    let working = Receiver::start(|_, _| Reply::status(200)).await;
    opened(&house, "chat", 0..3).await;
    house.clock.advance(TimeDelta::seconds(30));
    let at_work = house.run(&[chat("chat", &failing)]);
    for number in 0..3 {
        house.tried(&id("chat", number, 1), 1).await;
    }
    super::house::ended(at_work.stop()).await;

    // The channel is another one from now on.
    let _at_work = house.run(&[webhook("chat", &working.url("/"))]);
    house.clock.advance(TimeDelta::seconds(5));
    for number in 0..3 {
        house.delivered(&id("chat", number, 1)).await;
    }
    let mut ids: Vec<String> = working.seen().iter().map(|one| one.id().to_owned()).collect();
    ids.sort();
    assert_eq!(ids, [id("chat", 0, 1), id("chat", 1, 1), id("chat", 2, 1)]);
}
