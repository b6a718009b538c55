//! Matrix: a message in a room. Its transaction id is the id of the alert, so a server that has it
//! takes it for the same message. `m.mentions` is empty: `@room` in a text calls nobody.

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::http::{Door, Request};
use super::ntfy::bearer;
use super::service::{Service, asked, page};
use crate::alerts::notice::text::{Measure, cut, escaped, html};
use crate::alerts::notice::{Fact, Notice, Part, Room, colon};
use crate::alerts::{ChannelError, RetryAfter};

/// spec.matrix.org, "Size limits": an event has at most 65536 octets, and it holds the text twice.
const TEXT: usize = 16_000;
const PIECE: usize = 2500;

pub(super) struct Matrix {
    room: String,
    authorization: HeaderValue,
}

impl Matrix {
    pub(super) fn open(
        channel: &str,
        token: &SecretString,
        room: &str,
    ) -> Result<Self, ChannelError> {
        Ok(Self { room: room.to_owned(), authorization: bearer(channel, token)? })
    }
}

impl Service for Matrix {
    fn room(&self) -> Room {
        Room { all: 10_000, each: PIECE - 100, line: 1, measure: Measure::Octets }
    }

    fn body(&self, notice: &Notice) -> Value {
        let mut plain = format!("{}\n\n{}", notice.headline, notice.plain());
        if let Some((url, _)) = page(notice) {
            plain = format!("{}\n\n{url}", cut(&plain, TEXT, Measure::Octets));
        }
        json!({
            "msgtype": "m.text",
            "body": cut(&plain, TEXT + 1200, Measure::Octets),
            "format": "org.matrix.custom.html",
            "formatted_body": formatted(notice),
            "m.mentions": {},
        })
    }

    fn request(&self, door: &Door, body: Value, _: &Notice, id: &str) -> Request {
        let path = ["_matrix", "client", "v3", "rooms", &self.room, "send", "m.room.message", id];
        let mut request = Request::post(door.below(&path), body.to_string());
        request.method = Method::PUT;
        request.headers.insert(AUTHORIZATION, self.authorization.clone());
        request
    }

    fn asks(&self) -> fn(&[u8]) -> Option<RetryAfter> {
        |reply| asked(reply, "/retry_after_ms", 1000.0)
    }
}

fn formatted(notice: &Notice) -> String {
    let shown = |text: &str| escaped(text, PIECE, Measure::Octets, html);
    let mut out = format!("<p><strong>{}</strong></p>", shown(&notice.headline));
    if !notice.facts.is_empty() {
        let colon = colon(notice.lang);
        let fact = |fact: &Fact| format!("<li>{}{colon}{}</li>", fact.label, shown(&fact.value));
        let facts = notice.facts.iter().map(fact);
        out.push_str(&format!("<ul>{}</ul>", facts.collect::<String>()));
    }
    for part in &notice.parts {
        out.push_str(&match part {
            Part::Said(text) => format!("<p>{}</p>", shown(text)),
            Part::Titled { label, text } => {
                format!("<p><strong>{label}</strong><br>{}</p>", shown(text))
            }
            Part::Listed { label, lines } => {
                let lines = shown(&lines.join("\n"));
                format!("<p><strong>{label}</strong></p><pre><code>{lines}</code></pre>")
            }
        });
    }
    if let Some((url, label)) = page(notice) {
        out.push_str(&format!("<p><a href=\"{}\">{label}</a></p>", shown(url.as_str())));
    }
    out
}
