//! `vigie alerts`, as its user meets it.

mod published;

use std::path::PathBuf;
use std::process::{Command, Output};

use chrono::Utc;
use serde_json::Value;
use tempfile::TempDir;
use vigie::store::{OutboxRow, OutboxState, Store};

const CHANNELS: &str = r#"
[[channels]]
name = "good"
kind = "exec"
command = ["/bin/cat"]

[[channels]]
name = "bad"
kind = "exec"
command = ["/bin/sh", "-c", "printf 'out of \\033[31mcredit'; exit 4"]

[[channels]]
name = "chat"
kind = "slack"
url = "https://hooks.example/private-path"
lang = "fr"

[[channels]]
name = "on call"
kind = "pagerduty"
routing_key = "private0123456789abcdef012345678"

[[channels]]
name = "postmaster"
kind = "email"
submit = { url = "smtps://vigie@mail.example.net", password = "private" }
from = "vigie@example.net"
to = "postmaster@example.net"
"#;

/// A folder with a configuration that names a store in it.
struct Shelf {
    folder: TempDir,
}

impl Shelf {
    fn new() -> Self {
        let shelf = Self { folder: TempDir::new().expect("there is a temporary folder") };
        let text = format!("[store]\nurl = \"{}\"\n{CHANNELS}", shelf.url());
        std::fs::write(shelf.path("vigie.toml"), text).expect("the folder can be written");
        shelf
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn url(&self) -> String {
        format!("sqlite://{}", self.path("vigie.db").display())
    }

    async fn store(&self) -> Store {
        Store::open(&self.url()).await.expect("the folder can be written")
    }

    /// A message that waits, one that arrived and one that was given up; their ids.
    async fn filled() -> (Self, Vec<String>) {
        let shelf = Self::new();
        let store = shelf.store().await;
        let mut write = store.write().await.expect("the store can be written");
        let mut ids = Vec::new();
        for state in [OutboxState::Pending, OutboxState::Delivered, OutboxState::Dead] {
            let body = include_str!("../src/alerts/channels/tests/events/06-resolved.json");
            let now = Utc::now();
            let row = OutboxRow::new("good", "incident.resolved", None, body.to_owned(), now);
            let row = OutboxRow {
                state,
                attempts: 2,
                last_error: Some("HTTP 503: \u{1b}[31mno".to_owned()),
                delivered_at: (state == OutboxState::Delivered).then_some(now),
                ..row
            };
            write.put_outbox(&row).await.expect("it is new");
            ids.push(row.id);
        }
        write.commit().await.expect("it can be kept");
        store.close().await;
        (shelf, ids)
    }

    fn vigie(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
        command.arg("alerts").args(args).arg("--config").arg(self.path("vigie.toml"));
        command.env("LANG", "C").env_remove("LC_ALL").env_remove("VIGIE_CONFIG");
        command.output().expect("the program can be started")
    }

    /// What is printed where the exit code is this one.
    fn told(&self, args: &[&str], code: i32) -> String {
        let output = self.vigie(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {output:?}");
        let printed = String::from_utf8(output.stdout).expect("text is UTF-8");
        assert!(!printed.contains("private") && !printed.contains('\u{1b}'), "{printed}");
        printed
    }

    fn json(&self, args: &[&str], code: i32) -> Value {
        let args = [args, &["--format", "json"]].concat();
        let told: Value = serde_json::from_str(&self.told(&args, code)).expect("JSON");
        published::hold(&told);
        told
    }

    /// The one line that a wrong use is answered with.
    fn refused(&self, args: &[&str]) -> String {
        let output = self.vigie(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        let said = String::from_utf8(output.stderr).expect("text is UTF-8");
        assert_eq!(said.lines().count(), 1, "{said}");
        said
    }
}

#[tokio::test]
async fn the_outbox_is_listed_by_state() {
    let (shelf, ids) = Shelf::filled().await;
    let all = shelf.told(&["list"], 0);
    for (id, word) in ids.iter().zip(["pending", "delivered", "given up"]) {
        assert!(all.contains(id) && all.contains(word), "{all}");
    }
    assert_eq!(all.matches("HTTP 503").count(), 2, "what arrived in the end has no error: {all}");
    assert!(shelf.told(&["list", "--lang", "fr"], 0).contains("abandonnée"));
    assert!(shelf.told(&["list", "--channel", "good"], 0).contains(&ids[0]));
    assert_eq!(shelf.told(&["list", "--channel", "bad"], 0), "No alert.\n");
    let nobody = shelf.refused(&["list", "--channel", "goood"]);
    assert!(nobody.contains("there is no channel `goood`"), "{nobody}");
    let dead = shelf.json(&["list", "--state", "dead"], 0);
    assert_eq!(dead["schema"], "vigie.alerts/1");
    assert_eq!(dead["alerts"].as_array().map(Vec::len), Some(1));
    let alert = &dead["alerts"][0];
    assert_eq!((&alert["id"], &alert["state"]), (&ids[2].as_str().into(), &"dead".into()));
    assert_eq!((&alert["channel"], &alert["attempts"]), (&"good".into(), &2.into()));
    assert_eq!(
        shelf.json(&["list", "--limit", "1"], 0)["alerts"].as_array().map(Vec::len),
        Some(1)
    );
}

#[test]
fn an_outbox_that_is_not_there_is_empty_and_is_not_made() {
    let shelf = Shelf::new();
    let told = shelf.told(&["list"], 0);
    assert!(told.starts_with("No alert: there is no history yet at ") && told.contains("vigie.db"));
    assert!(shelf.told(&["list", "--lang", "fr"], 0).starts_with("Aucune alerte\u{a0}: "));
    assert!(shelf.refused(&["resend", "msg_1"]).contains("there is no alert `msg_1`"));
    assert!(!shelf.path("vigie.db").exists());
}

#[test]
fn a_test_tells_whether_it_arrived() {
    let shelf = Shelf::new();
    assert_eq!(shelf.told(&["test", "good"], 0), "good: delivered\n");
    let said = shelf.told(&["test", "bad"], 1);
    assert_eq!(said, "bad: not delivered: exit status: 4: out of \\u{1b}[31mcredit\n");
    assert_eq!(shelf.told(&["test", "good", "--lang", "fr"], 0), "good\u{a0}: message remis\n");
    let tried = shelf.json(&["test", "bad"], 1);
    assert_eq!((&tried["delivered"], &tried["status"]), (&false.into(), &4.into()));
    assert!(shelf.refused(&["test", "goood"]).contains("did you mean `good`?"));
    assert!(!shelf.path("vigie.db").exists(), "a test passes the outbox by");
}

#[tokio::test]
async fn a_preview_shows_what_each_channel_would_be_sent() {
    let (shelf, ids) = Shelf::filled().await;
    let events = [
        "incident.opened",
        "incident.updated",
        "incident.worsened",
        "incident.acknowledged",
        "incident.reopened",
        "incident.reminder",
        "incident.resolved",
        "change.detected",
        "monitor.blind",
        "config.rejected",
        "report.ready",
        "digest",
        "incident.several",
        "alert.dead",
        "test",
        &ids[1],
    ];
    for event in events {
        let mail = shelf.told(&["preview", event, "--channel", "postmaster"], 0);
        assert!(mail.contains("\nSubject: "), "{mail}");
    }
    let chat = shelf.json(&["preview", "--channel", "chat"], 0);
    assert!(chat["body"]["text"].as_str().is_some_and(|text| text.starts_with("Ouvert")), "{chat}");
    let page = shelf.json(&["preview", "incident.resolved", "--channel", "on call"], 0);
    assert_eq!(page["body"]["event_action"], "resolve");
    let many = shelf.json(&["preview", "incident.several", "--channel", "chat"], 0);
    let text = many["body"]["text"].as_str().expect("a line");
    assert!(text.contains("4 incidents") && text.contains("example.com"), "{text}");
    let digest = shelf.json(&["preview", "digest", "--channel", "good"], 0);
    assert_eq!(
        (&digest["event"], &digest["body"]["type"]),
        (&"digest".into(), &"report.ready".into())
    );
    let digest = shelf.told(&["preview", "digest", "--channel", "postmaster"], 0);
    for part in ["Digest", "Resolved", "mx1.example.com", "47"] {
        assert!(digest.contains(part), "{part} in {digest}");
    }
    let alone = shelf.refused(&["preview", "incident.several", "--channel", "good"]);
    assert!(alone.contains("a channel of kind exec gets each event by itself"), "{alone}");
    let raw = shelf.json(&["preview", &ids[0], "--channel", "good"], 0);
    assert_eq!(raw["body"]["type"], "incident.resolved");
    let slip = shelf.refused(&["preview", "incident.opend", "--channel", "chat"]);
    assert!(slip.contains("did you mean `incident.opened`?"), "{slip}");
    assert!(shelf.refused(&["preview", "--channel", "chatt"]).contains("did you mean `chat`?"));
}

#[tokio::test]
async fn of_what_waits_it_is_said_when_its_turn_comes() {
    let shelf = Shelf::new();
    let store = shelf.store().await;
    let mut write = store.write().await.expect("the store can be written");
    let now = Utc::now();
    let hours = chrono::TimeDelta::hours;
    let put = [("good", now - hours(3)), ("bad", now + hours(3)), ("chat", now), ("gone", now)];
    for (channel, next_at) in put {
        let row = OutboxRow::new(channel, "incident.resolved", None, "{}".to_owned(), now);
        write.put_outbox(&OutboxRow { next_at, ..row }).await.expect("it is new");
    }
    for sequence in [2, 1] {
        let place = Some(("01JDINCIDENT", sequence));
        let row = OutboxRow::new("good", "incident.opened", place, "{}".to_owned(), now);
        write
            .put_outbox(&OutboxRow { id: format!("msg_{sequence}"), ..row })
            .await
            .expect("it is new");
    }
    let off = vigie::store::ChannelState {
        name: "chat".to_owned(),
        disabled_at: Some(now),
        reason: Some("answered 410".to_owned()),
    };
    write.put_channel(&off).await.expect("it can be kept");
    write.commit().await.expect("it can be kept");
    store.close().await;
    for (lang, channel, turn) in [
        ("en", "good", "0 attempts, due now"),
        ("en", "bad", "0 attempts, next at "),
        ("en", "chat", "0 attempts, kept while the channel is off"),
        ("fr", "chat", "gardée tant que le canal est coupé"),
        ("en", "good", "msg_1, 0 attempts, due now"),
        ("en", "good", "msg_2, 0 attempts, after the one before it"),
        ("fr", "good", "msg_2, 0 tentative, après la précédente"),
        ("en", "gone", "0 attempts, no such channel is configured"),
    ] {
        let told = shelf.told(&["list", "--channel", channel, "--lang", lang], 0);
        let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(turn), "{channel}: {told}");
    }
}

#[tokio::test]
async fn what_was_given_up_is_sent_again() {
    let (shelf, ids) = Shelf::filled().await;
    assert!(shelf.told(&["resend", &ids[2]], 0).contains("is due again for good"));
    let waits = shelf.json(&["list", "--state", "pending"], 0);
    let waits = waits["alerts"].as_array().expect("a list").clone();
    let again = waits.iter().find(|alert| alert["id"] == ids[2].as_str()).expect("it waits");
    assert_eq!(again["attempts"], 0);
    assert!(shelf.refused(&["resend", "msg_none"]).contains("there is no alert `msg_none`"));
}
