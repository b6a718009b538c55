use std::time::Duration;

use chrono::TimeDelta;
use sqlx::Executor;

use super::house::{House, ended, webhook};
use super::receiver::{Receiver, Reply};

#[tokio::test]
async fn a_crash_before_the_answer_was_written_down_sends_the_same_id_again() {
    let house = House::new().await;
    let receiver = Receiver::start(|_, before| match before {
        0 => Reply::Waits,
        _ => Reply::status(200),
    })
    .await;
    let channels = [webhook("ops", &receiver.url("/"))];
    house.put("ops", Some("A"), 1, "msg_1").await;
    let at_work = house.run(&channels);
    receiver.wait_for(1).await;
    at_work.crash().await;

    let _at_work = house.run(&channels);
    assert_eq!(house.delivered("msg_1").await.attempts, 1);
    let seen = receiver.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!((seen[0].id(), &seen[0].body), (seen[1].id(), &seen[1].body));
}

#[tokio::test]
async fn what_became_due_while_nobody_ran_goes_at_once() {
    let house = House::new().await;
    let receiver = Receiver::start(|_, before| Reply::status([500, 200][before])).await;
    let channels = [webhook("ops", &receiver.url("/"))];
    house.put("ops", Some("A"), 1, "msg_1").await;
    let at_work = house.run(&channels);
    house.tried("msg_1", 1).await;
    ended(at_work.stop()).await;
    house.clock.advance(TimeDelta::hours(1));

    let _at_work = house.run(&channels);
    house.delivered("msg_1").await;
}

#[tokio::test]
async fn the_end_lets_attempts_under_way_finish_and_begins_no_other() {
    let mut house = House::new().await;
    house.limits.at_once = 1;
    house.limits.grace = Duration::from_secs(20);
    let receiver = Receiver::start(|_, _| Reply::Waits).await;
    house.put("ops", Some("A"), 1, "msg_1").await;
    house.put("ops", Some("A"), 2, "msg_2").await;
    let at_work = house.run(&[webhook("ops", &receiver.url("/"))]);
    receiver.wait_for(1).await;

    let end = at_work.stop();
    receiver.release();
    ended(end).await;
    assert_eq!(house.kept("msg_1").await.state, "delivered");
    assert_eq!((house.kept("msg_2").await.attempts, receiver.seen().len()), (0, 1));
}

#[tokio::test]
async fn an_attempt_that_outlives_the_grace_is_cut_short_and_stays_pending() {
    let mut house = House::new().await;
    house.limits.grace = Duration::from_millis(50);
    let receiver = Receiver::start(|_, _| Reply::Waits).await;
    house.put("ops", Some("A"), 1, "msg_1").await;
    let at_work = house.run(&[webhook("ops", &receiver.url("/"))]);
    receiver.wait_for(1).await;

    ended(at_work.stop()).await;
    let kept = house.kept("msg_1").await;
    assert_eq!((kept.state.as_str(), kept.attempts), ("pending", 0));
}

#[tokio::test]
async fn a_locked_store_after_the_yes_makes_no_second_delivery() {
    let house = House::new().await;
    let other = house.connect().await;
    let receiver = Receiver::start(|_, _| Reply::status(200)).await;
    house.put("ops", Some("A"), 1, "msg_1").await;
    let mut lock = other.acquire().await.expect("the other connection");
    lock.execute("BEGIN IMMEDIATE").await.expect("the lock");
    let at_work = house.run(&[webhook("ops", &receiver.url("/"))]);
    receiver.wait_for(1).await;

    at_work.ring();
    assert_eq!(house.kept("msg_1").await.state, "pending");
    lock.execute("COMMIT").await.expect("the end of the lock");
    assert_eq!(house.delivered("msg_1").await.attempts, 1);
    assert_eq!(receiver.ids(), ["msg_1"]);
}
