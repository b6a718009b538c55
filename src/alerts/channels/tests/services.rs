//! Each service over HTTP, played by a server on loopback: yes, not now, never, and out of order.

use chrono::TimeDelta;
use serde_json::Value;
use vigie_checks::kernel::Lang;

use super::super::super::tests::receiver::{Receiver, Reply};
use super::super::Answer;
use super::golden::{EVENTS, channel};
use super::{event_sent, network};
use crate::alerts::RetryAfter;

type Header = Option<(&'static str, &'static str)>;
type Played = (&'static str, &'static str, Header, &'static str, i64);

/// The kinds, where each posts, the header that lets it, and how each says "in a while".
#[rustfmt::skip]
const SERVICES: [Played; 9] = [
    ("slack",      "/base",             None, "", 0),
    ("discord",    "/base",             None, r#"{"message":"You are being rate limited.","retry_after":0.376,"global":false}"#, 1),
    ("teams",      "/base",             None, "", 0),
    ("mattermost", "/base",             None, "", 0),
    ("pagerduty",  "/base/v2/enqueue",  None, "", 0),
    ("ntfy",       "/base",             Some(("authorization", "Bearer private-token-1234")), "", 0),
    ("gotify",     "/base/message",     Some(("x-gotify-key", "private-token-1234")), "", 0),
    ("telegram",   "/base/botprivate-token-1234/sendMessage", None, r#"{"ok":false,"error_code":429,"parameters":{"retry_after":33}}"#, 33),
    ("matrix",     "/base/_matrix/client/v3/rooms/!opaque:example.org/send/m.room.message/msg_1",
                   Some(("authorization", "Bearer private-token-1234")), r#"{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":2500}"#, 3),
];

async fn sent(kind: &str, receiver: &Receiver, event: &str) -> Answer {
    let settings = channel(kind, &receiver.url("/base"), Lang::En);
    event_sent(&settings, &network(&[]), event).await
}

#[tokio::test]
async fn each_service_is_told_where_and_as_it_wants() {
    for (kind, path, header, ..) in SERVICES {
        let receiver = Receiver::start(|_, _| Reply::full(202, "", "ok")).await;
        let answer = sent(kind, &receiver, EVENTS[0].1).await;
        assert_eq!(answer, Answer::Accepted { status: 202 }, "{kind}");
        let seen = receiver.seen();
        assert_eq!(seen[0].path, path, "{kind}");
        assert_eq!(seen[0].header("content-type"), Some("application/json"), "{kind}");
        if let Some((name, value)) = header {
            assert_eq!(seen[0].header(name), Some(value), "{kind}");
        }
        serde_json::from_str::<Value>(&seen[0].body).expect("JSON");
    }
}

#[tokio::test]
async fn a_service_may_ask_for_time() {
    for (kind, _, _, reply, seconds) in SERVICES {
        let asked = |seconds| Some(RetryAfter::Delay(TimeDelta::seconds(seconds)));
        let in_header = Receiver::start(|_, _| Reply::full(429, "retry-after: 7\r\n", "")).await;
        let answer = sent(kind, &in_header, EVENTS[0].1).await;
        assert!(
            matches!(answer, Answer::Failed { status: Some(429), retry_after, .. } if retry_after == asked(7)),
            "{kind}: {answer:?}"
        );
        if seconds > 0 {
            let in_body = Receiver::start(move |_, _| Reply::full(429, "", reply)).await;
            let answer = sent(kind, &in_body, EVENTS[0].1).await;
            assert!(
                matches!(answer, Answer::Failed { status: Some(429), retry_after, .. } if retry_after == asked(seconds)),
                "{kind}: {answer:?}"
            );
        }
    }
}

#[tokio::test]
async fn what_a_service_refuses_is_not_tried_again_and_what_breaks_is() {
    for (kind, ..) in SERVICES {
        for status in [400, 401, 403, 404] {
            let receiver =
                Receiver::start(move |r, _| Reply::full(status, "", &format!("no {}", r.path)))
                    .await;
            let answer = sent(kind, &receiver, EVENTS[0].1).await;
            let Answer::Refused { status: Some(said), error } = answer else {
                panic!("{kind} {status}: {answer:?}");
            };
            assert_eq!(said, status);
            assert!(!error.contains("private"), "{kind}: {error}");
        }
        for status in [302, 408, 425, 500, 503] {
            let receiver = Receiver::start(move |_, _| Reply::status(status)).await;
            let answer = sent(kind, &receiver, EVENTS[0].1).await;
            assert!(matches!(answer, Answer::Failed { .. }), "{kind} {status}: {answer:?}");
        }
        let gone = Receiver::start(|_, _| Reply::status(410)).await;
        let answer = sent(kind, &gone, EVENTS[0].1).await;
        assert!(matches!(answer, Answer::Gone { .. }), "{kind}: {answer:?}");
    }
}

#[tokio::test]
async fn what_is_no_event_is_sent_nowhere() {
    for (kind, ..) in SERVICES {
        let receiver = Receiver::start(|_, _| Reply::status(200)).await;
        let answer = sent(kind, &receiver, "{}").await;
        assert!(matches!(answer, Answer::Refused { status: None, .. }), "{kind}: {answer:?}");
        assert_eq!(receiver.seen(), [], "{kind}");
    }
}

#[tokio::test]
async fn pagerduty_opens_takes_on_and_closes_one_alert_and_pages_nobody_for_a_report() {
    let receiver = Receiver::start(|_, _| Reply::status(202)).await;
    let mut expected = Vec::new();
    #[rustfmt::skip]
    let cases = [
        ("01-opened",       "/base/v2/enqueue",        "trigger",     "vigie/01JDQ8Z5V7T4W3N2M1K0H9G8F7"),
        ("02-worsened",     "/base/v2/enqueue",        "trigger",     "vigie/01JDQ8Z5V7T4W3N2M1K0H9G8F7"),
        ("04-acknowledged", "/base/v2/enqueue",        "acknowledge", "vigie/01JDQ8Z5V7T4W3N2M1K0H9G8F7"),
        ("06-resolved",     "/base/v2/enqueue",        "resolve",     "vigie/01JDQ8Z5V7T4W3N2M1K0H9G8F7"),
        ("07-changed",      "/base/v2/change/enqueue", "",            ""),
        ("08-blind",        "/base/v2/enqueue",        "trigger",     "vigie/monitor.blind"),
        ("19-recovered",    "/base/v2/enqueue",        "resolve",     "vigie/monitor.blind"),
        ("11-report",       "/base/v2/change/enqueue", "",            ""),
    ];
    for (name, path, action, key) in cases {
        let event = EVENTS.iter().find(|(event, _)| *event == name).expect("an event").1;
        sent("pagerduty", &receiver, event).await;
        expected.push((path.to_owned(), action.to_owned(), key.to_owned()));
    }
    let told = receiver.seen().into_iter().map(|request| {
        let body: Value = serde_json::from_str(&request.body).expect("JSON");
        assert_eq!(body["routing_key"], "privateroutingkey123456789abcdef");
        let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        (request.path, text("event_action"), text("dedup_key"))
    });
    assert_eq!(told.collect::<Vec<_>>(), expected);
}
