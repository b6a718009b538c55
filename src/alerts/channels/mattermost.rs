//! Mattermost: an incoming webhook that takes an attachment. `@channel` in it calls nobody.

use serde_json::{Value, json};

use super::discord::flowing;
use super::service::{Service, page};
use crate::alerts::notice::text::{Measure, cut, escaped, markdown};
use crate::alerts::notice::{Fact, Notice, Room, Tone};

/// docs.mattermost.com: a post has at most 16383 characters.
const TEXT: usize = 12_000;
const HEADLINE: usize = 1000;
const FIELD: usize = 300;

pub(super) struct Mattermost;

impl Service for Mattermost {
    fn room(&self) -> Room {
        Room::of(TEXT - 2000, Measure::Units)
    }

    fn body(&self, notice: &Notice) -> Value {
        let headline = escaped(&notice.headline, HEADLINE, Measure::Units, markdown);
        let mut attachment = json!({
            "fallback": headline,
            "title": headline,
            "color": colour(notice.tone()),
            "text": flowing(&notice.parts, TEXT),
            "fields": notice.facts.iter().map(field).collect::<Vec<_>>(),
        });
        if let Some((url, _)) = page(notice) {
            attachment["title_link"] = url.as_str().into();
        }
        json!({ "username": "vigie", "attachments": [attachment] })
    }
}

fn field(fact: &Fact) -> Value {
    json!({
        "title": cut(fact.label, FIELD, Measure::Units),
        "value": escaped(&fact.value, FIELD, Measure::Units, markdown),
        "short": fact.value.len() < 40,
    })
}

fn colour(tone: Tone) -> &'static str {
    match tone {
        Tone::Alarm => "#b3261e",
        Tone::Caution => "#b26a00",
        Tone::Good => "#116329",
        Tone::Plain => "#545f6b",
    }
}
