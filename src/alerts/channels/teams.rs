//! Teams: a workflow ("when a webhook request is received") that posts an adaptive card.
//!
//! Text from the world stands in text runs, which are no Markdown. Office connectors are not offered:
//! Microsoft retired them.

use serde_json::{Value, json};

use super::service::{Service, page};
use crate::alerts::notice::text::{Measure, cut};
use crate::alerts::notice::{Fact, Notice, Part, Room, Tone};

/// learn.microsoft.com: a card has at most about 28 KB; what stands around the text is JSON too.
const OCTETS: usize = 18_000;
const HEADLINE: usize = 600;
const FACT: usize = 600;
/// Octets of JSON around a line of a list.
const LINE: usize = 110;

pub(super) struct Teams;

impl Service for Teams {
    fn room(&self) -> Room {
        Room { all: 9000, each: 6000, line: LINE, measure: Measure::Octets }
    }

    fn body(&self, notice: &Notice) -> Value {
        let headline = cut(&notice.headline, HEADLINE, Measure::Octets);
        let mut body = vec![json!({
            "type": "RichTextBlock",
            "inlines": [{
                "type": "TextRun", "text": headline, "size": "Large", "weight": "Bolder",
                "color": colour(notice.tone()),
            }],
        })];
        body.extend(notice.facts.iter().map(fact));
        let share = (OCTETS / notice.parts.len().max(1)).min(6000);
        body.extend(notice.parts.iter().flat_map(|part| blocks(part, share)));
        let mut card = json!({
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "msteams": { "width": "Full" },
            "fallbackText": headline,
            "body": body,
        });
        if let Some((url, label)) = page(notice) {
            card["actions"] =
                json!([{ "type": "Action.OpenUrl", "title": label, "url": url.as_str() }]);
        }
        json!({
            "type": "message",
            "attachments": [{
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": null,
                "content": card,
            }],
        })
    }
}

fn fact(fact: &Fact) -> Value {
    json!({
        "type": "RichTextBlock",
        "spacing": "Small",
        "inlines": [
            { "type": "TextRun", "text": format!("{}  ", fact.label), "weight": "Bolder" },
            { "type": "TextRun", "text": cut(&fact.value, FACT, Measure::Octets) },
        ],
    })
}

fn blocks(part: &Part, most: usize) -> Vec<Value> {
    let title = |label: &str| {
        json!({
            "type": "RichTextBlock",
            "inlines": [{ "type": "TextRun", "text": label, "weight": "Bolder" }],
        })
    };
    let text = |text: &str| {
        let run = json!({ "type": "TextRun", "text": cut(text, most, Measure::Octets) });
        json!({ "type": "RichTextBlock", "inlines": [run] })
    };
    match part {
        Part::Said(said) => vec![text(said)],
        Part::Titled { label, text: said } => vec![title(label), text(said)],
        Part::Listed { label, lines } => {
            let mut blocks = vec![title(label)];
            // Only what is too long in all is cut, each line to its share.
            let fits = lines.iter().map(String::len).sum::<usize>() <= most;
            let each = if fits { most } else { most / lines.len().max(1) };
            blocks.extend(lines.iter().map(|line| {
                let line = cut(line, each, Measure::Octets);
                let run = json!({ "type": "TextRun", "text": line, "fontType": "Monospace" });
                json!({ "type": "RichTextBlock", "spacing": "None", "inlines": [run] })
            }));
            blocks
        }
    }
}

fn colour(tone: Tone) -> &'static str {
    match tone {
        Tone::Alarm => "Attention",
        Tone::Caution => "Warning",
        Tone::Good => "Good",
        Tone::Plain => "Default",
    }
}
