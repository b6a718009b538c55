//! Telegram: a message of a bot. The token is part of the address, so no error tells the address.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::http::{Door, Request};
use super::service::{Service, asked, page};
use crate::alerts::RetryAfter;
use crate::alerts::notice::text::{Measure, cut, html};
use crate::alerts::notice::{Notice, Part, Room, colon};

/// core.telegram.org, "sendMessage": 4096 UTF-16 units after the entities were read.
const TEXT: usize = 4000;
const HEADLINE: usize = 500;

pub(super) struct Telegram {
    pub token: SecretString,
    pub chat: String,
    pub thread: Option<u32>,
}

impl Service for Telegram {
    fn room(&self) -> Room {
        Room::of(TEXT - 1200, Measure::Units)
    }

    fn body(&self, notice: &Notice) -> Value {
        let mut body = json!({
            "chat_id": self.chat,
            "text": text(notice),
            "parse_mode": "HTML",
            "link_preview_options": { "is_disabled": true },
        });
        if let Some(thread) = self.thread {
            body["message_thread_id"] = thread.into();
        }
        if let Some((url, label)) = page(notice) {
            let button = json!({ "text": label, "url": url.as_str() });
            body["reply_markup"] = json!({ "inline_keyboard": [[button]] });
        }
        body
    }

    fn request(&self, door: &Door, body: Value, _: &Notice, _: &str) -> Request {
        let bot = format!("bot{}", self.token.expose_secret().trim());
        Request::post(door.below(&[&bot, "sendMessage"]), body.to_string())
    }

    fn asks(&self) -> fn(&[u8]) -> Option<RetryAfter> {
        |reply| asked(reply, "/parameters/retry_after", 1.0)
    }
}

/// Each piece is cut before it is marked up, so that the whole stays inside the limit and no tag is
/// left open.
fn text(notice: &Notice) -> String {
    let colon = colon(notice.lang);
    let headline = cut(&notice.headline, HEADLINE, Measure::Units);
    let mut room = TEXT.saturating_sub(Measure::Units.length(&headline));
    let mut take = |text: &str| {
        let piece = cut(text, room, Measure::Units);
        // The label, the colon and the line ends.
        room = room.saturating_sub(Measure::Units.length(&piece) + 40);
        shown(&piece)
    };
    let mut lines = vec![format!("<b>{}</b>", shown(&headline))];
    if !notice.facts.is_empty() {
        lines.push(String::new());
    }
    for fact in &notice.facts {
        lines.push(format!("<b>{}</b>{colon}{}", fact.label, take(&fact.value)));
    }
    for part in &notice.parts {
        lines.push(String::new());
        match part {
            Part::Said(text) => lines.push(take(text)),
            Part::Titled { label, text } => {
                lines.push(format!("<b>{label}</b>{colon}{}", take(text)));
            }
            Part::Listed { label, lines: listed } => {
                lines.push(format!("<b>{label}</b>"));
                lines.push(format!("<pre>{}</pre>", take(&listed.join("\n"))));
            }
        }
    }
    lines.join("\n")
}

/// Neither markup nor a mention.
fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // A word joiner: it looks the same and names nobody.
            '@' => out.push_str("@\u{2060}"),
            _ => html(c, &mut out),
        }
    }
    out
}
