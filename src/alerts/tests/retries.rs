use chrono::TimeDelta;
use serde_json::{Value, json};
use vigie_checks::kernel::Clock;

use super::house::{House, SECRET, body_of, webhook};
use super::receiver::{Receiver, Reply};
use crate::alerts::RETRIES;

#[tokio::test]
async fn every_attempt_has_the_same_id_and_octets_and_a_signature_of_its_time() {
    let house = House::new().await;
    let receiver = Receiver::start(|_, before| Reply::status([503, 200][before])).await;
    house.put("ops", Some("A"), 1, "msg_1").await;
    let started = house.clock.now().timestamp();
    let _at_work = house.run(&[webhook("ops", &receiver.url("/hook?key=1"))]);

    house.tried("msg_1", 1).await;
    house.clock.advance(TimeDelta::seconds(5));
    let kept = house.delivered("msg_1").await;

    assert_eq!((kept.attempts, kept.last_status, kept.last_error), (2, Some(200), None));
    let oracle = standardwebhooks::Webhook::new(SECRET).expect("a secret");
    for (attempt, timestamp) in receiver.seen().iter().zip([started, started + 5]) {
        assert_eq!(attempt.path, "/hook?key=1");
        assert_eq!(attempt.id(), "msg_1");
        assert_eq!(attempt.body, body_of("msg_1"));
        assert_eq!(attempt.header("content-type"), Some("application/json"));
        assert_eq!(attempt.header("webhook-timestamp"), Some(timestamp.to_string().as_str()));
        let signed = oracle.sign("msg_1", timestamp, attempt.body.as_bytes()).expect("signable");
        assert_eq!(attempt.header("webhook-signature"), Some(signed.as_str()));
    }
    assert_eq!(receiver.seen().len(), 2);
}

#[tokio::test]
async fn after_the_last_retry_the_others_hear_that_it_died() {
    let house = House::new().await;
    let failing = Receiver::start(|_, _| Reply::full(500, "", "out of order")).await;
    let working = Receiver::start(|_, _| Reply::status(200)).await;
    house.put("failing", Some("A"), 1, "msg_1").await;
    let started = house.clock.now();
    let _at_work =
        house.run(&[webhook("failing", &failing.url("/")), webhook("working", &working.url("/"))]);

    for (made, pause) in (1..).zip(RETRIES) {
        let kept = house.tried("msg_1", made).await;
        assert_eq!((kept.state.as_str(), kept.due_in), ("pending", pause.num_seconds()));
        house.clock.advance(pause);
    }
    let kept = house.tried("msg_1", 10).await;
    assert_eq!(kept.state, "dead");
    assert_eq!(kept.last_error.as_deref(), Some("HTTP 500: out of order"));

    let told = working.wait_for(1).await;
    let body: Value = serde_json::from_str(&told[0].body).expect("JSON");
    assert_eq!(
        body,
        json!({
            "type": "alert.dead",
            "timestamp": (started + RETRIES.iter().sum::<TimeDelta>())
                .to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            "data": {
                "id": "msg_1", "channel": "failing", "event": "incident.opened", "attempts": 10,
                "error": "HTTP 500: out of order",
            },
        })
    );
    assert_eq!(failing.seen().len(), 10);
}

#[tokio::test]
async fn a_clock_that_is_set_back_keeps_no_message_waiting() {
    let house = House::new().await;
    let receiver = Receiver::start(|_, before| Reply::status([500, 500, 200][before])).await;
    let channels = [webhook("ops", &receiver.url("/"))];
    house.put("ops", Some("A"), 1, "msg_1").await;
    let at_work = house.run(&channels);
    let kept = house.tried("msg_1", 1).await;
    assert_eq!(kept.due_in, 5);
    house.clock.advance(TimeDelta::hours(-3));
    at_work.ring();
    house.until("msg_1", |kept| kept.due_in == 5).await;
    house.clock.advance(TimeDelta::seconds(5));
    house.tried("msg_1", 2).await;
    // Once more, while nothing runs.
    at_work.crash().await;
    house.clock.advance(TimeDelta::days(-2));
    let _again = house.run(&channels);
    house.until("msg_1", |kept| kept.due_in == RETRIES[1].num_seconds()).await;
    house.clock.advance(RETRIES[1]);
    house.delivered("msg_1").await;
    assert_eq!(receiver.seen().len(), 3);
}

#[tokio::test]
async fn nothing_is_tried_before_it_is_due() {
    let house = House::new().await;
    let receiver = Receiver::start(|request, before| {
        Reply::status(if request.id() == "msg_1" && before == 0 { 500 } else { 200 })
    })
    .await;
    house.put("ops", Some("A"), 1, "msg_1").await;
    let at_work = house.run(&[webhook("ops", &receiver.url("/"))]);

    house.tried("msg_1", 1).await;
    house.clock.advance(TimeDelta::seconds(4));
    house.put("ops", Some("B"), 1, "msg_2").await;
    at_work.ring();
    house.delivered("msg_2").await;
    house.clock.advance(TimeDelta::seconds(1));
    house.delivered("msg_1").await;

    assert_eq!(receiver.ids(), ["msg_1", "msg_2", "msg_1"]);
}

#[tokio::test]
async fn a_message_of_a_process_that_cannot_ring_is_found() {
    let house = House::new().await;
    let receiver = Receiver::start(|_, _| Reply::status(200)).await;
    house.put("ops", Some("A"), 1, "msg_1").await;
    let _at_work = house.run(&[webhook("ops", &receiver.url("/"))]);
    house.delivered("msg_1").await;

    house.put("ops", Some("A"), 2, "msg_2").await;
    house.clock.advance(TimeDelta::seconds(60));
    house.delivered("msg_2").await;
}

#[tokio::test]
async fn too_many_requests_puts_the_next_attempt_off_as_asked() {
    let house = House::new().await;
    let receiver = Receiver::start(|_, before| match before {
        0 => Reply::full(429, "retry-after: 120\r\n", ""),
        _ => Reply::status(200),
    })
    .await;
    house.put("ops", Some("A"), 1, "msg_1").await;
    let _at_work = house.run(&[webhook("ops", &receiver.url("/"))]);

    let kept = house.tried("msg_1", 1).await;
    assert_eq!((kept.due_in, kept.last_status), (120, Some(429)));
    house.clock.advance(TimeDelta::seconds(120));
    assert_eq!(house.delivered("msg_1").await.attempts, 2);
}

#[tokio::test]
async fn news_of_a_death_that_dies_itself_is_told_to_nobody() {
    let house = House::new().await;
    let dead = Receiver::start(|_, _| Reply::status(500)).await;
    let channels = [webhook("one", &dead.url("/1")), webhook("two", &dead.url("/2"))];
    house.put_news("one", "alert.dead").await;
    let id: String =
        sqlx::query_scalar("SELECT id FROM outbox").fetch_one(&house.pool).await.expect("it");
    house.set_attempts(&id, 9).await;
    let _at_work = house.run(&channels);

    assert_eq!(house.tried(&id, 10).await.state, "dead");
    let rows: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM outbox")
        .fetch_one(&house.pool)
        .await
        .expect("a count");
    assert_eq!(rows, 1);
}
