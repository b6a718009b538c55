use chrono::{DateTime, Utc};

use super::{DeadAlert, alert_dead, test};

fn now() -> DateTime<Utc> {
    "2026-11-25T12:00:00.987654Z".parse().expect("a time")
}

#[test]
fn a_test_has_no_data() {
    assert_eq!(test(now()), r#"{"type":"test","timestamp":"2026-11-25T12:00:00Z","data":{}}"#);
}

#[test]
fn the_news_of_a_dead_alert_names_what_died_and_why() {
    let dead = DeadAlert {
        id: "msg_1",
        channel: "ops",
        event: "incident.opened",
        attempts: 10,
        error: "HTTP 500: \"no\"",
        messages: 1,
    };
    let data = concat!(
        r#"{"id":"msg_1","channel":"ops","event":"incident.opened","attempts":10,"#,
        r#""error":"HTTP 500: \"no\""}"#,
    );
    let body =
        format!(r#"{{"type":"alert.dead","timestamp":"2026-11-25T12:00:00Z","data":{data}}}"#);
    assert_eq!(alert_dead(&dead, now()), body);
}
