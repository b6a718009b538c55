use chrono::TimeDelta;

use super::house::{House, webhook};
use super::receiver::{Receiver, Reply};

#[tokio::test]
async fn a_later_event_of_an_incident_waits_for_the_earlier_one() {
    let house = House::new().await;
    let receiver = Receiver::start(|_, before| Reply::status([500, 200, 200][before])).await;
    house.put("ops", Some("A"), 1, "msg_first").await;
    house.put("ops", Some("A"), 2, "msg_second").await;
    let _at_work = house.run(&[webhook("ops", &receiver.url("/"))]);

    house.tried("msg_first", 1).await;
    house.clock.advance(TimeDelta::seconds(5));
    house.delivered("msg_second").await;

    assert_eq!(receiver.ids(), ["msg_first", "msg_first", "msg_second"]);
}

#[tokio::test]
async fn another_incident_and_events_of_none_do_not_wait() {
    let house = House::new().await;
    let receiver = Receiver::start(|request, _| {
        Reply::status(if request.id() == "msg_failing" { 500 } else { 200 })
    })
    .await;
    house.put("ops", Some("A"), 1, "msg_failing").await;
    house.put("ops", Some("B"), 2, "msg_other").await;
    house.put("ops", None, 0, "msg_of_none").await;
    house.put("ops", None, 0, "msg_of_none_too").await;
    let _at_work = house.run(&[webhook("ops", &receiver.url("/"))]);

    for id in ["msg_other", "msg_of_none", "msg_of_none_too"] {
        house.delivered(id).await;
    }
    assert_eq!(house.tried("msg_failing", 1).await.state, "pending");
}

#[tokio::test]
async fn the_same_incident_on_another_channel_does_not_wait() {
    let house = House::new().await;
    let failing = Receiver::start(|_, _| Reply::status(500)).await;
    let working = Receiver::start(|_, _| Reply::status(204)).await;
    house.put("failing", Some("A"), 1, "msg_1").await;
    house.put("working", Some("A"), 2, "msg_2").await;
    let _at_work =
        house.run(&[webhook("failing", &failing.url("/")), webhook("working", &working.url("/"))]);

    house.tried("msg_1", 1).await;
    assert_eq!(house.delivered("msg_2").await.last_status, Some(204));
}

#[tokio::test]
async fn an_event_that_died_holds_nothing_back() {
    let house = House::new().await;
    let receiver = Receiver::start(|request, _| {
        Reply::status(if request.id() == "msg_first" { 500 } else { 200 })
    })
    .await;
    house.put("ops", Some("A"), 1, "msg_first").await;
    house.set_attempts("msg_first", 9).await;
    house.put("ops", Some("A"), 2, "msg_second").await;
    let _at_work = house.run(&[webhook("ops", &receiver.url("/"))]);

    house.delivered("msg_second").await;
    assert_eq!(house.kept("msg_first").await.state, "dead");
}

#[tokio::test]
async fn a_slow_channel_delays_no_other_and_gets_few_at_once() {
    let house = House::new().await;
    let slow = Receiver::start(|_, _| Reply::Waits).await;
    let fast = Receiver::start(|_, _| Reply::status(200)).await;
    for number in 0..10 {
        let incident = format!("incident {number}");
        house.put("slow", Some(&incident), 1, &format!("msg_slow_{number}")).await;
        house.put("fast", Some(&incident), 2, &format!("msg_fast_{number}")).await;
    }
    let _at_work = house.run(&[webhook("slow", &slow.url("/")), webhook("fast", &fast.url("/"))]);

    slow.wait_for(house.limits.at_once).await;
    for number in 0..10 {
        house.delivered(&format!("msg_fast_{number}")).await;
    }
    assert_eq!(slow.seen().len(), house.limits.at_once);

    slow.release();
    for number in 0..10 {
        house.delivered(&format!("msg_slow_{number}")).await;
    }
    assert_eq!(slow.seen().len(), 10, "each once");
}

#[tokio::test]
async fn one_channel_of_ten_that_hangs_delays_no_other() {
    let house = House::new().await;
    let hanging = Receiver::start(|_, _| Reply::Stalls(String::new())).await;
    let working = Receiver::start(|_, _| Reply::status(200)).await;
    let mut channels = vec![webhook("hanging", &hanging.url("/"))];
    channels.extend(
        (1..10).map(|number| {
            webhook(&format!("channel {number}"), &working.url(&format!("/{number}")))
        }),
    );
    for channel in &channels {
        for number in 0..20 {
            let id = format!("{} {number}", channel.name);
            house.put(&channel.name, Some(&format!("incident {number}")), 1, &id).await;
        }
    }
    let _at_work = house.run(&channels);

    working.wait_for(9 * 20).await;
    for number in 0..20 {
        let kept = house.kept(&format!("hanging {number}")).await;
        assert_eq!((kept.state.as_str(), kept.attempts), ("pending", 0), "not one has failed yet");
    }
    assert!(hanging.seen().len() <= house.limits.at_once);
}
