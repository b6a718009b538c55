//! Does the page of the channels show one of each kind, and can each be read?

use std::collections::BTreeSet;

use super::super::CHANNEL_KINDS;
use super::{Around, parse_in};

const PAGE: &str = include_str!("../../../docs/channels.md");

fn around() -> Around {
    let variables = [
        ("WEBHOOK_SECRET", "whsec_aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMg=="),
        ("SLACK_WEBHOOK", "https://hooks.slack.example/hunter2"),
        ("DISCORD_WEBHOOK", "https://discord.example/hunter2"),
        ("TEAMS_WORKFLOW", "https://teams.example/hunter2"),
        ("MATTERMOST_WEBHOOK", "https://mattermost.example/hunter2"),
        ("PAGERDUTY_KEY", "hunter2hunter2hunter2hunter20000"),
        ("NTFY_TOPIC", "hunter2"),
        ("NTFY_TOKEN", "hunter2"),
        ("GOTIFY_TOKEN", "hunter2"),
        ("TELEGRAM_TOKEN", "123:hunter2"),
        ("MATRIX_TOKEN", "hunter2"),
        ("MAIL_PASSWORD", "hunter2"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Around { variables: variables.into(), ..Around::default() }
}

#[test]
fn the_page_shows_a_working_example_of_each_kind() {
    let mut shown = BTreeSet::new();
    let mut whole = String::new();
    for example in PAGE.split("```toml\n").skip(1) {
        let text = example.split("```").next().expect("it ends");
        let settings = parse_in(&around(), text).unwrap_or_else(|errors| panic!("{text}{errors}"));
        let [channel] = settings.channels.as_slice() else { panic!("one example, one channel") };
        shown.insert(channel.destination.kind());
        whole.push_str(text);
    }
    assert_eq!(shown, BTreeSet::from(CHANNEL_KINDS));
    let settings = parse_in(&around(), &whole).unwrap_or_else(|errors| panic!("{errors}"));
    let printed = toml::to_string(&settings).expect("settings are plain tables");
    for text in [printed.clone(), format!("{settings:?}")] {
        assert!(!text.contains("hunter2") && !text.contains("whsec_"), "{text}");
    }
    for kind in CHANNEL_KINDS {
        assert!(printed.contains(&format!("kind = \"{kind}\"")), "{kind}: {printed}");
    }
}
