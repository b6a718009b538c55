//! Discord: a webhook of a channel that takes an embed. Nobody is mentioned, whatever is written.

use serde_json::{Value, json};

use super::service::{Service, asked, page};
use crate::alerts::RetryAfter;
use crate::alerts::notice::text::{Measure, cut, escaped, fenced, markdown};
use crate::alerts::notice::{Fact, Notice, Part, Room, Tone};

// docs.discord.com, "Embed Limits", in characters; an embed has at most 6000 in all.
const TITLE: usize = 256;
const DESCRIPTION: usize = 3400;
const FIELD_NAME: usize = 256;
/// 10 of these, the title and the description stay under 6000.
const FIELD_VALUE: usize = 200;
const FIELDS: usize = 10;

pub(super) struct Discord;

impl Service for Discord {
    fn room(&self) -> Room {
        Room::of(DESCRIPTION - 600, Measure::Units)
    }

    fn body(&self, notice: &Notice) -> Value {
        let mut embed = json!({
            "title": escaped(&notice.headline, TITLE, Measure::Units, markdown),
            "description": flowing(&notice.parts, DESCRIPTION),
            "color": colour(notice.tone()),
            "timestamp": notice.at.to_rfc3339(),
            "fields": notice.facts.iter().take(FIELDS).map(field).collect::<Vec<_>>(),
        });
        if let Some((url, _)) = page(notice) {
            embed["url"] = url.as_str().into();
        }
        json!({
            "username": "vigie",
            "embeds": [embed],
            "allowed_mentions": { "parse": [] },
        })
    }

    fn asks(&self) -> fn(&[u8]) -> Option<RetryAfter> {
        |reply| asked(reply, "/retry_after", 1.0)
    }
}

fn field(fact: &Fact) -> Value {
    json!({
        "name": cut(fact.label, FIELD_NAME, Measure::Units),
        "value": escaped(&fact.value, FIELD_VALUE, Measure::Units, markdown),
        "inline": fact.value.len() < 40,
    })
}

/// Whole parts while they fit; a fence that is cut would swallow the rest.
pub(super) fn flowing(parts: &[Part], most: usize) -> String {
    let mut text = String::new();
    for part in parts {
        let room = most.saturating_sub(Measure::Units.length(&text) + 64);
        if room < 64 {
            break;
        }
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(&marked(part, room));
    }
    text
}

/// A part in the Markdown of chats, its text at most so long.
fn marked(part: &Part, most: usize) -> String {
    match part {
        Part::Said(text) => escaped(text, most, Measure::Units, markdown),
        Part::Titled { label, text } => {
            format!("**{label}**\n{}", escaped(text, most, Measure::Units, markdown))
        }
        Part::Listed { label, lines } => {
            let lines = escaped(&lines.join("\n"), most, Measure::Units, fenced);
            format!("**{label}**\n```\n{lines}\n```")
        }
    }
}

fn colour(tone: Tone) -> u32 {
    match tone {
        Tone::Alarm => 0x00b3_261e,
        Tone::Caution => 0x00b2_6a00,
        Tone::Good => 0x0011_6329,
        Tone::Plain => 0x0054_5f6b,
    }
}
