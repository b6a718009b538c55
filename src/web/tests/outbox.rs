//! The outbox as people see it: what was given up is found, told and sent again.

use axum::http::StatusCode;
use chrono::Utc;

use super::{HOSTILE, ask, get, incident, post, send, state};
use crate::store::{ChannelState, OutboxRow, OutboxState};
use crate::web::WebState;

/// One message in each state, and a channel that wants nothing more.
async fn with_messages() -> WebState {
    let state = state(None).await;
    let mut write = state.store.write().await.unwrap();
    write.put_incident(&incident("spf.missing")).await.unwrap();
    let (now, place) = (Utc::now(), Some(("01JDINCIDENT", 1)));
    let row = |id: &str, event: &str, state, error: Option<&str>| OutboxRow {
        id: format!("msg_{id}"),
        state,
        attempts: 3,
        last_error: error.map(str::to_owned),
        ..OutboxRow::new("ops <two>", event, place, "{\"secret\":\"in the body\"}".to_owned(), now)
    };
    let delivered = OutboxRow {
        last_status: Some(204),
        delivered_at: Some(now),
        ..row("there", "incident.opened", OutboxState::Delivered, None)
    };
    for row in [
        row("dead", "incident.opened", OutboxState::Dead, Some(HOSTILE)),
        row("waits", "monitor.blind", OutboxState::Pending, Some("HTTP 503")),
        delivered,
    ] {
        write.put_outbox(&row).await.unwrap();
    }
    let name = "gone".to_owned();
    write.put_channel(&ChannelState { name, disabled_at: Some(now), reason: None }).await.unwrap();
    write.commit().await.unwrap();
    state
}

#[tokio::test]
async fn every_message_is_told_with_what_can_be_done() {
    let state = with_messages().await;
    let (_, all) = ask(&state, get("/outbox")).await;
    for told in [
        "ops &#60;two&#62;",
        "Opened: <a href=\"/incidents/01JDINCIDENT\">",
        "has no SPF record</a>",
        "3 · due now</td>",
        "action=\"/api/v1/outbox/msg_dead/resend\"",
        "action=\"/api/v1/outbox/msg_waits/resend\"",
        "HTTP 503",
        "HTTP 204",
        "Given up <b>1</b>",
        "Waiting <b>1</b>",
        "<strong>gone</strong>",
        "<span class=\"count\">1<span class=\"vh\"> given up</span></span>",
    ] {
        assert!(all.contains(told), "{told}: {all}");
    }
    for hidden in ["msg_there/resend", "in the body", "<script>alert", "Reprendre"] {
        assert!(!all.contains(hidden), "{hidden}");
    }
    let (_, dead) = ask(&state, get("/outbox?state=dead&lang=fr")).await;
    assert!(dead.contains("Renvoyer") && dead.contains("Boîte d’envoi"), "{dead}");
    assert!(!dead.contains("msg_waits"), "it is in another state");
    let (_, elsewhere) = ask(&state, get("/incidents")).await;
    assert!(
        elsewhere.contains("<span class=\"count\">1<span"),
        "every page counts what was given up"
    );
}

#[tokio::test]
async fn what_waits_for_a_channel_that_is_off_is_not_due() {
    let state = with_messages().await;
    let mut write = state.store.write().await.unwrap();
    let off = ChannelState {
        name: "ops <two>".to_owned(),
        disabled_at: Some(Utc::now()),
        reason: Some("answered 410".to_owned()),
    };
    write.put_channel(&off).await.unwrap();
    write.commit().await.unwrap();
    let (_, page) = ask(&state, get("/outbox?lang=en")).await;
    assert!(page.contains("3 · kept while the channel is off</td>"), "{page}");
    assert!(!page.contains("due now"), "{page}");
}

#[tokio::test]
async fn a_message_is_sent_again_from_our_own_pages_alone() {
    let state = with_messages().await;
    let path = "/api/v1/outbox/msg_dead/resend";
    let from_a_page = send(&state, post(path).header("accept", "text/html"), "").await;
    assert_eq!(
        (from_a_page.status, from_a_page.header("location")),
        (StatusCode::SEE_OTHER, "/outbox?sent=msg_dead")
    );
    let from_a_script = send(&state, post(path), "").await;
    assert_eq!(from_a_script.status, StatusCode::ACCEPTED);
    let elsewhere = get(path).method("POST").header("origin", "https://evil.example");
    assert_eq!(ask(&state, elsewhere).await.0, StatusCode::FORBIDDEN);
    let unknown = post("/api/v1/outbox/msg_nobody/resend");
    assert_eq!(ask(&state, unknown).await.0, StatusCode::NOT_FOUND);
    assert_eq!(ask(&state, get(path)).await.0, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn who_sends_a_message_again_sees_what_becomes_of_it() {
    let (now, minutes) = (Utc::now(), chrono::TimeDelta::minutes);
    let row = |state, attempts, next_at| OutboxRow {
        id: "msg_sent".to_owned(),
        state,
        attempts,
        next_at,
        last_error: Some("HTTP 503".to_owned()),
        ..OutboxRow::new("ops", "test", None, "{}".to_owned(), now)
    };
    let cases = [
        ("it is on its way", row(OutboxState::Pending, 0, now), "on its way to ops", true),
        (
            "it waits for its turn",
            row(OutboxState::Pending, 0, now - minutes(5)),
            "goes after",
            false,
        ),
        (
            "it was not taken",
            row(OutboxState::Pending, 1, now + minutes(5)),
            "ops did not take the message: HTTP 503. Next attempt: ",
            false,
        ),
        ("it was taken", row(OutboxState::Delivered, 1, now), "ops took the message.", false),
        (
            "it was given up",
            row(OutboxState::Dead, 1, now),
            "did not take the message: HTTP",
            false,
        ),
    ];
    for (rule, row, words, asks_again) in cases {
        let state = state(None).await;
        let mut write = state.store.write().await.unwrap();
        write.put_outbox(&row).await.unwrap();
        write.commit().await.unwrap();
        let (_, page) = ask(&state, get("/outbox?sent=msg_sent&lang=en")).await;
        assert!(page.contains(words), "{rule}: {page}");
        assert_eq!(page.contains("http-equiv=\"refresh\""), asks_again, "{rule}");
        // What was answered before is no answer to the attempt that is still to come.
        assert_eq!(page.contains("HTTP 503"), row.attempts > 0, "{rule}");
        let (_, later) = ask(&state, get("/outbox?lang=en")).await;
        assert!(!later.contains(words) && !later.contains("http-equiv"), "{rule}");
    }
    let state = state(None).await;
    assert_eq!(ask(&state, get("/outbox?sent=msg_nobody")).await.0, StatusCode::OK);
}
