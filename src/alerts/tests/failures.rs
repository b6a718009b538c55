use std::time::Duration;

use sqlx::Row;

use super::house::{House, network, webhook};
use super::receiver::{Receiver, Reply};

#[tokio::test]
async fn everything_but_2xx_is_a_failure() {
    let mut house = House::new().await;
    house.limits.attempt = Duration::from_millis(500);
    let elsewhere = Receiver::start(|_, _| Reply::status(200)).await;
    let redirect = format!("location: {}\r\n", elsewhere.url("/"));
    let moved = |status| Reply::full(status, &redirect, "");
    let not_followed = |status| format!("HTTP {status}, a redirect, which is not followed");
    #[rustfmt::skip]
    let cases = [
        ("a redirect",             moved(302),               Some(302), not_followed(302)),
        ("a redirect that keeps",  moved(307),               Some(307), not_followed(307)),
        ("a redirect for good",    moved(308),               Some(308), not_followed(308)),
        ("wrong request",          Reply::status(400),       Some(400), "HTTP 400".to_owned()),
        ("nobody of that name",    Reply::status(404),       Some(404), "HTTP 404".to_owned()),
        ("out of order",           Reply::status(500),       Some(500), "HTTP 500".to_owned()),
        ("never an answer",        Reply::Stalls("".into()), None,      "no answer in time".to_owned()),
        ("half a status line",     Reply::Stalls("HTTP/1.1 20".into()), None, "no answer in time".to_owned()),
        ("accepts and hangs up",   Reply::HangsUp,           None,      "error sending request".to_owned()),
        ("speaks something else",  Reply::Says("220 mail.example.com ESMTP\r\n".into()), None, "error sending request".to_owned()),
    ];
    for (number, (rule, reply, status, error)) in cases.into_iter().enumerate() {
        let receiver = Receiver::start(move |_, _| reply.clone()).await;
        let (channel, id) = (format!("channel {number}"), format!("msg_{number}"));
        house.put(&channel, Some("A"), 1, &id).await;
        let _at_work = house.run(&[webhook(&channel, &receiver.url("/"))]);

        let kept = house.tried(&id, 1).await;
        assert_eq!((kept.state.as_str(), kept.due_in), ("pending", 5), "{rule}");
        assert_eq!(kept.last_status, status, "{rule}");
        let said = kept.last_error.expect("a failure is explained");
        assert!(said.starts_with(&error), "{rule}: {said}");
        assert_eq!(receiver.seen().len(), 1, "{rule}");
    }
    assert_eq!(elsewhere.seen(), [], "a redirect was followed");
}

#[tokio::test]
async fn a_channel_that_is_gone_is_disabled_and_the_others_hear_of_it() {
    let house = House::new().await;
    let gone = Receiver::start(|_, _| Reply::full(410, "", "no longer here")).await;
    let working = Receiver::start(|_, _| Reply::status(200)).await;
    let channels = [webhook("gone", &gone.url("/old")), webhook("working", &working.url("/"))];
    house.put("gone", Some("A"), 1, "msg_1").await;
    house.put("gone", Some("A"), 2, "msg_2").await;
    let at_work = house.run(&channels);

    let told = working.wait_for(1).await;
    assert!(told[0].body.contains(r#""error":"HTTP 410: no longer here""#), "{}", told[0].body);
    let kept = house.kept("msg_1").await;
    assert_eq!((kept.state.as_str(), kept.last_status), ("dead", Some(410)));

    // What comes later waits, also after a restart, until the address changes.
    at_work.crash().await;
    house.put("working", None, 0, "msg_3").await;
    let at_work = house.run(&channels);
    house.delivered("msg_3").await;
    assert_eq!((gone.ids(), house.kept("msg_2").await.attempts), (vec!["msg_1".to_owned()], 0));
    let longest = at_work.deliverer.waiting_longest().await.expect("a database");
    assert_eq!(longest, None, "a channel that wants nothing more keeps nobody waiting");

    let corrected = [webhook("gone", &working.url("/new")), channels[1].clone()];
    at_work.deliverer.set_channels(&corrected, &network()).expect("channels that can be opened");
    house.delivered("msg_2").await;
}

#[tokio::test]
async fn a_disabled_channel_can_be_enabled_by_hand() {
    let house = House::new().await;
    let receiver = Receiver::start(|_, before| Reply::status([410, 200][before])).await;
    house.put("ops", Some("A"), 1, "msg_1").await;
    house.put("ops", Some("A"), 2, "msg_2").await;
    let at_work = house.run(&[webhook("ops", &receiver.url("/secret-path"))]);

    assert_eq!(house.tried("msg_1", 1).await.state, "dead");
    let row = sqlx::query("SELECT reason FROM channels WHERE name = 'ops'");
    let reason: String = row.fetch_one(&house.pool).await.expect("a row").get("reason");
    assert!(reason.starts_with("answered 410 ") && !reason.contains("secret-path"), "{reason}");

    house.outbox().enable("ops").await.expect("an update");
    at_work.ring();
    house.delivered("msg_2").await;
}

#[tokio::test]
async fn channels_that_cannot_be_opened_leave_those_before_at_work() {
    let house = House::new().await;
    let receiver = Receiver::start(|_, _| Reply::status(200)).await;
    let good = webhook("ops", &receiver.url("/"));
    let at_work = house.run(std::slice::from_ref(&good));

    let twice = at_work.deliverer.set_channels(&[good.clone(), good], &network());
    let twice = twice.expect_err("a name stands for one channel").to_string();
    assert_eq!(twice, "channel ops: there are two of this name");

    house.put("ops", Some("A"), 1, "msg_1").await;
    at_work.ring();
    house.delivered("msg_1").await;
}
