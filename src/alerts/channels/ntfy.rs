//! ntfy: a message on a topic, published as JSON at the root of the server (docs.ntfy.sh).
//! Its text is plain: no Markdown is asked for.

use reqwest::header::{AUTHORIZATION, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use vigie_checks::kernel::Severity;

use super::http::{Door, Request};
use super::service::{Service, page};
use crate::alerts::ChannelError;
use crate::alerts::notice::text::{Measure, cut};
use crate::alerts::notice::{Kind, Notice, Room, Tone};

const TITLE: usize = 250;
/// Octets; a longer message becomes an attachment.
const MESSAGE: usize = 4000;

pub(super) struct Ntfy {
    topic: SecretString,
    authorization: Option<HeaderValue>,
}

impl Ntfy {
    pub(super) fn open(
        channel: &str,
        topic: &SecretString,
        token: Option<&SecretString>,
    ) -> Result<Self, ChannelError> {
        let authorization = token.map(|token| bearer(channel, token)).transpose()?;
        Ok(Self { topic: topic.clone(), authorization })
    }
}

impl Service for Ntfy {
    fn room(&self) -> Room {
        Room::of(MESSAGE - 800, Measure::Octets)
    }

    fn body(&self, notice: &Notice) -> Value {
        let mut body = json!({
            "title": cut(&notice.headline, TITLE, Measure::Octets),
            "message": cut(&notice.plain(), MESSAGE, Measure::Octets),
            "priority": priority(notice),
            "tags": [tag(notice.tone())],
        });
        if let Some((url, label)) = page(notice) {
            body["click"] = url.as_str().into();
            body["actions"] = json!([{ "action": "view", "label": label, "url": url.as_str() }]);
        }
        body
    }

    fn request(&self, door: &Door, mut body: Value, _: &Notice, _: &str) -> Request {
        body["topic"] = self.topic.expose_secret().trim().into();
        let mut request = Request::post(door.url.clone(), body.to_string());
        request.headers.extend(self.authorization.clone().map(|value| (AUTHORIZATION, value)));
        request
    }
}

/// `Authorization: Bearer`, marked as not to be shown.
pub(super) fn bearer(channel: &str, token: &SecretString) -> Result<HeaderValue, ChannelError> {
    header(channel, &format!("Bearer {}", token.expose_secret().trim()))
}

/// A header that is not to be shown.
pub(super) fn header(channel: &str, value: &str) -> Result<HeaderValue, ChannelError> {
    let refused = |_| ChannelError::Header { channel: channel.to_owned(), key: "token" };
    let mut value = HeaderValue::from_str(value).map_err(refused)?;
    value.set_sensitive(true);
    Ok(value)
}

/// From 1, no sound, to 5, long bursts.
fn priority(notice: &Notice) -> u8 {
    match (notice.kind, notice.severity) {
        (Kind::Resolved | Kind::Acknowledged, _) => 3,
        (_, Some(Severity::Critical)) => 5,
        (_, Some(Severity::Error)) => 4,
        _ => 3,
    }
}

fn tag(tone: Tone) -> &'static str {
    match tone {
        Tone::Alarm => "rotating_light",
        Tone::Caution => "warning",
        Tone::Good => "white_check_mark",
        Tone::Plain => "information_source",
    }
}
