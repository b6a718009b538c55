//! Every kind of channel, over every type of event, as it is sent: one file for a kind and language.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use vigie_checks::kernel::Lang;

use super::super::{Delivery, open};
use super::network;
use crate::alerts::ChannelSettings;
use crate::alerts::notice::text::Measure;
use crate::config::{CHANNEL_KINDS, Destination, MailAccount};

macro_rules! events {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("events/", $name, ".json")))),*]
    };
}

/// An event of each type.
pub const EVENTS: &[(&str, &str)] = events![
    "01-opened",
    "02-worsened",
    "03-updated",
    "04-acknowledged",
    "05-reopened",
    "06-resolved",
    "07-changed",
    "08-blind",
    "09-config",
    "10-dead",
    "11-report",
    "12-test",
    "13-of-another-version",
    "14-reminder",
    "15-several",
    "16-digest",
    "17-digest-all-well",
    "18-dark",
    "19-recovered",
];

/// An incident whose every text was written by somebody who wishes us ill.
pub fn hostile() -> String {
    let nasty = concat!(
        "@everyone <!channel> @channel @here @room <@U1> </b><script>alert(1)</script> ",
        "[x](https://evil.example) **b** `c` ```\n\r\n\u{0}\u{1b}[31m\u{202e}gnp.exe\u{2066} ",
        "& \"q\" |x| #h ~s~ \u{200b}",
    );
    let change = json!({ "what": nasty.repeat(9), "before": nasty.repeat(90), "after": "\u{202e}".repeat(5000) });
    let fix = json!({ "action": "add", "name": nasty, "type": nasty, "value": "`".repeat(9000) });
    let data = json!({
        "incident": "a\r\nBcc: x@evil.example", "severity": "error", "title": nasty, "since": nasty,
        "domains": vec![nasty; 30], "symptoms": vec![nasty; 40], "changed": vec![change; 9],
        "remedy": "😀".repeat(9000), "fix": vec![fix; 9], "url": "javascript:alert(1)",
        "cause": { "check": nasty, "detail": nasty.repeat(90) },
    });
    let time = "2026-11-25T12:00:00Z";
    json!({ "type": "incident.worsened", "timestamp": time, "data": data }).to_string()
}

/// A channel of a kind, at this address.
pub fn channel(kind: &str, address: &str, lang: Lang) -> ChannelSettings {
    let url = || address.into();
    let token = || "private-token-1234".into();
    let destination = match kind {
        "webhook" => Destination::Webhook { url: url(), secrets: Vec::new() },
        "slack" => Destination::Slack { url: url() },
        "discord" => Destination::Discord { url: url() },
        "teams" => Destination::Teams { url: url() },
        "mattermost" => Destination::Mattermost { url: url() },
        "pagerduty" => Destination::PagerDuty {
            url: url(),
            routing_key: "privateroutingkey123456789abcdef".into(),
        },
        "ntfy" => {
            Destination::Ntfy { url: url(), topic: "private-topic".into(), token: Some(token()) }
        }
        "gotify" => Destination::Gotify { url: url(), token: token() },
        "telegram" => Destination::Telegram {
            url: url(),
            token: token(),
            chat: "-1001234567890".to_owned(),
            thread: Some(7),
        },
        "matrix" => Destination::Matrix {
            url: url(),
            token: token(),
            room: "!opaque:example.org".to_owned(),
        },
        "email" => Destination::Email {
            submit: MailAccount {
                url: "smtps://vigie@mail.example.org".parse().expect("a submission"),
                password: Some("private-password".into()),
            },
            from: "vigie@alerts.example.net".to_owned(),
            to: "postmaster@example.net".to_owned(),
        },
        "exec" => Destination::Exec {
            command: vec!["/bin/true".to_owned()],
            timeout: Duration::from_secs(10),
        },
        other => panic!("{other} is no kind"),
    };
    let (name, zone) = (kind.to_owned(), chrono_tz::Tz::UTC);
    ChannelSettings { name, destination, lang, zone, allow_private: true, proxy: None }
}

/// Many of them that became one message.
fn hostile_many() -> String {
    let many = vec![hostile(); 40].join(",");
    format!(
        r#"{{"type":"incident.several","timestamp":"2026-11-25T12:00:00Z","data":{{"events":[{many}]}}}}"#
    )
}

fn shown(kind: &str, lang: Lang, event: &str) -> String {
    let settings = channel(kind, "https://hooks.example/private-path", lang);
    let delivery = Delivery {
        id: "msg_01JDQ900000000000000000000",
        body: event,
        at: "2026-11-25T12:00:00Z".parse().expect("a time"),
        deadline: Instant::now(),
    };
    let channel = open(&settings, &network(&[])).expect("a channel that can be opened");
    channel.preview(&delivery).expect("an event")
}

#[test]
fn every_kind_says_every_event_in_both_languages() {
    for kind in CHANNEL_KINDS {
        for lang in [Lang::En, Lang::Fr] {
            let all = EVENTS
                .iter()
                .map(|(name, event)| format!("# {name}\n{}\n", shown(kind, lang, event)));
            let all: String = all.collect();
            assert!(!all.contains("private"), "{kind} tells a secret");
            // What leaves as it came is one file: the events.
            if !matches!(kind, "webhook" | "exec") {
                insta::assert_snapshot!(format!("{kind}.{lang}"), all);
            }
        }
    }
}

/// Every text of a body that may be read as markup: Slack's `plain_text` is none.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(values) if values.get("type") == Some(&json!("plain_text")) => Vec::new(),
        Value::String(text) => vec![text],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(values) => values.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn hostile_text_is_neither_obeyed_nor_hidden_in_any_kind() {
    #[rustfmt::skip]
    let cases = [
        // kind, octets at most, and what must not stand in any text
        ("slack",      60_000, &["<!channel>", "<@U1>", "<script>"][..]),
        ("discord",    20_000, &["@everyone", "](https", "**b**"][..]),
        ("teams",      28_000, &[][..]),
        ("mattermost", 40_000, &["@channel", "@here", "](https"][..]),
        ("pagerduty", 512_000, &[][..]),
        ("ntfy",        6_000, &[][..]),
        ("gotify",     40_000, &[][..]),
        ("telegram",   40_000, &["@everyone", "<script>", "</b><"][..]),
        ("matrix",     65_000, &[][..]),
    ];
    for (kind, most, refused) in cases {
        let one: Value = serde_json::from_str(&shown(kind, Lang::En, &hostile())).expect("JSON");
        let many: Value =
            serde_json::from_str(&shown(kind, Lang::En, &hostile_many())).expect("JSON");
        for value in [&one, &many] {
            assert!(value.to_string().len() <= most, "{kind}: {} octets", value.to_string().len());
        }
        for text in [&one, &many].into_iter().flat_map(texts) {
            // Inside a fence nobody is called and nothing is marked up.
            let read: String = text.split("```").step_by(2).collect();
            for word in refused {
                assert!(!read.contains(word), "{kind}: {word} in {read}");
            }
            let obeyed = |c: char| {
                c != '\n' && (c.is_control() || matches!(c, '\u{202e}' | '\u{2066}' | '\u{200b}'))
            };
            assert!(!text.contains(obeyed), "{kind}: {text:?}");
            assert!(!text.starts_with("javascript:"), "{kind}");
        }
    }
}

#[test]
fn what_a_service_limits_is_inside_its_limits() {
    for event in [hostile(), hostile_many()] {
        is_inside_the_limits(&event);
    }
}

fn is_inside_the_limits(event: &str) {
    let body =
        |kind| -> Value { serde_json::from_str(&shown(kind, Lang::Fr, event)).expect("JSON") };
    let units = |value: &Value| Measure::Units.length(value.as_str().unwrap_or_default());
    let slack = body("slack");
    let blocks = slack["blocks"].as_array().expect("blocks");
    assert!(blocks.len() <= 50 && units(&blocks[0]["text"]["text"]) <= 150);
    assert!(blocks.iter().all(|block| units(&block["text"]["text"]) <= 3000));
    let marked = blocks.iter().filter(|block| block["text"]["type"] == "mrkdwn");
    let fences = marked.filter_map(|block| block["text"]["text"].as_str());
    assert!(fences.map(|text| text.matches("```").count()).all(|fences| fences == 2));

    let embed = &body("discord")["embeds"][0];
    let fields = embed["fields"].as_array().expect("fields").iter();
    let fields: usize = fields.map(|field| units(&field["name"]) + units(&field["value"])).sum();
    let (title, description) = (units(&embed["title"]), units(&embed["description"]));
    assert!(title <= 256 && description <= 4096 && title + description + fields <= 6000);
    assert_eq!(embed["description"].as_str().map(|text| text.matches("```").count() % 2), Some(0));

    let ntfy = body("ntfy");
    assert!(ntfy["message"].as_str().is_some_and(|text| text.len() <= 4096));
    let telegram = body("telegram");
    let text = telegram["text"].as_str().expect("a text");
    for tag in ["b", "pre"] {
        let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
        assert_eq!(text.matches(&open).count(), text.matches(&close).count(), "{text}");
    }
    let read = ["<b>", "</b>", "<pre>", "</pre>"]
        .iter()
        .fold(text.to_owned(), |text, tag| text.replace(tag, ""));
    let read = read
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
        .replace("&quot;", "\"");
    assert!(Measure::Units.length(&read) <= 4096, "{}", Measure::Units.length(&read));
    assert!(
        body("pagerduty")["payload"]["summary"].as_str().is_some_and(|s| s.chars().count() <= 1024)
    );
}
