//! Slack: an incoming webhook that takes blocks.
//!
//! Text from the world stands in `plain_text` or behind escapes, so `<!channel>` calls nobody.

use serde_json::{Value, json};

use super::service::{Service, page};
use crate::alerts::notice::text::{Measure, cut, escaped, fenced_html, html};
use crate::alerts::notice::{Notice, Part, Room};

// docs.slack.dev, "Block Kit": characters of each, counted as JavaScript does to be safe.
const HEADER: usize = 150;
const SECTION: usize = 3000;
const FIELD: usize = 2000;
/// Fields of one section.
const FIELDS: usize = 10;
/// What is shown where blocks are not.
const FALLBACK: usize = 3000;

pub(super) struct Slack;

impl Service for Slack {
    fn room(&self) -> Room {
        Room { all: 12_000, each: SECTION - 400, line: 1, measure: Measure::Units }
    }

    fn body(&self, notice: &Notice) -> Value {
        let mut blocks = vec![json!({ "type": "header", "text": plain(&notice.headline, HEADER) })];
        let fields: Vec<Value> = notice
            .facts
            .iter()
            .take(FIELDS)
            .map(|fact| plain(&format!("{}\n{}", fact.label, fact.value), FIELD))
            .collect();
        if !fields.is_empty() {
            blocks.push(json!({ "type": "section", "fields": fields }));
        }
        blocks.extend(notice.parts.iter().map(section));
        if let Some((url, label)) = page(notice) {
            blocks.push(json!({ "type": "actions", "elements": [
                { "type": "button", "text": plain(label, 75), "url": url.as_str() }
            ] }));
        }
        json!({
            "text": escaped(&notice.headline, FALLBACK, Measure::Units, html),
            "blocks": blocks,
            "unfurl_links": false,
            "unfurl_media": false,
        })
    }
}

fn section(part: &Part) -> Value {
    let text = match part {
        Part::Said(text) => plain(text, SECTION),
        Part::Titled { label, text } => plain(&format!("{label}\n{text}"), SECTION),
        Part::Listed { label, lines } => {
            let room = SECTION - label.len() - 16;
            let lines = escaped(&lines.join("\n"), room, Measure::Units, fenced_html);
            let text = format!("*{label}*\n```\n{lines}\n```");
            json!({ "type": "mrkdwn", "text": text, "verbatim": true })
        }
    };
    json!({ "type": "section", "text": text })
}

fn plain(text: &str, most: usize) -> Value {
    json!({ "type": "plain_text", "text": cut(text, most, Measure::Units), "emoji": false })
}
