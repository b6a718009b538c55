//! Gotify: a message of an application. The token goes into a header: in the address it would stand
//! in the logs of every proxy.

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use vigie_checks::kernel::Severity;

use super::http::{Door, Request};
use super::ntfy::header;
use super::service::{Service, page};
use crate::alerts::ChannelError;
use crate::alerts::notice::text::{Measure, cut};
use crate::alerts::notice::{Kind, Notice, Room};

const TITLE: usize = 250;
/// Gotify names no limit; a telephone shows no more.
const MESSAGE: usize = 8000;

pub(super) struct Gotify {
    token: HeaderValue,
}

impl Gotify {
    pub(super) fn open(channel: &str, token: &SecretString) -> Result<Self, ChannelError> {
        Ok(Self { token: header(channel, token.expose_secret().trim())? })
    }
}

impl Service for Gotify {
    fn room(&self) -> Room {
        Room::of(MESSAGE - 1000, Measure::Characters)
    }

    fn body(&self, notice: &Notice) -> Value {
        let mut extras = json!({ "client::display": { "contentType": "text/plain" } });
        if let Some((url, _)) = page(notice) {
            extras["client::notification"] = json!({ "click": { "url": url.as_str() } });
        }
        json!({
            "title": cut(&notice.headline, TITLE, Measure::Characters),
            "message": cut(&notice.plain(), MESSAGE, Measure::Characters),
            "priority": priority(notice),
            "extras": extras,
        })
    }

    fn request(&self, door: &Door, body: Value, _: &Notice, _: &str) -> Request {
        let mut request = Request::post(door.below(&["message"]), body.to_string());
        request.headers.insert("x-gotify-key", self.token.clone());
        request
    }
}

/// From 0 to 10; from 8 on a telephone rings.
fn priority(notice: &Notice) -> u8 {
    match (notice.kind, notice.severity) {
        (Kind::Resolved | Kind::Acknowledged, _) => 4,
        (_, Some(Severity::Critical)) => 9,
        (_, Some(Severity::Error)) => 8,
        _ => 5,
    }
}
