//! A service that takes one HTTP request for each message.

use async_trait::async_trait;
use chrono_tz::Tz;
use reqwest::Url;
use serde_json::Value;
use vigie_checks::kernel::Lang;

use super::http::{Door, Manners, Request};
use super::{Answer, Channel, Delivery, PreviewError};
use crate::alerts::RetryAfter;
use crate::alerts::notice::{Notice, Room};

/// What one kind of service is told, and how.
pub(super) trait Service: Send + Sync {
    /// What is said of a notice, a pure function of it; without secrets.
    fn body(&self, notice: &Notice) -> Value;

    /// What it takes of long lists.
    fn room(&self) -> Room;

    /// The request with that body, and with the secrets that it needs. Where a service knows
    /// repeated messages by an id, `id` is that.
    fn request(&self, door: &Door, body: Value, notice: &Notice, id: &str) -> Request {
        let _ = (notice, id);
        Request::post(door.url.clone(), body.to_string())
    }

    /// What a reply that says no asks for in its own words.
    fn asks(&self) -> fn(&[u8]) -> Option<RetryAfter> {
        |_| None
    }
}

/// A service and the way to it.
pub(super) struct Posted<S> {
    pub service: S,
    pub door: Door,
    pub lang: Lang,
    pub zone: Tz,
}

#[async_trait]
impl<S: Service> Channel for Posted<S> {
    async fn send(&self, delivery: &Delivery<'_>) -> Answer {
        let notice = match Notice::read(delivery.body, self.lang, self.zone) {
            Ok(notice) => notice.fitted(self.service.room()),
            Err(error) => return Answer::Refused { status: None, error: error.to_string() },
        };
        let body = self.service.body(&notice);
        let request = self.service.request(&self.door, body, &notice, delivery.id);
        let manners = Manners { refuses: true, asks: self.service.asks() };
        self.door.send(request, delivery, &manners).await
    }

    fn preview(&self, delivery: &Delivery<'_>) -> Result<String, PreviewError> {
        let notice = Notice::read(delivery.body, self.lang, self.zone)?.fitted(self.service.room());
        Ok(serde_json::to_string_pretty(&self.service.body(&notice))?)
    }
}

/// A number of seconds, or of milliseconds, found in a JSON reply; whole seconds, never fewer.
pub(super) fn asked(reply: &[u8], pointer: &str, per_second: f64) -> Option<RetryAfter> {
    let reply: Value = serde_json::from_slice(reply).ok()?;
    let wait = reply.pointer(pointer)?.as_f64()? / per_second;
    // A text of digits is bounded where it is read.
    (wait.is_finite() && wait >= 0.0).then(|| RetryAfter::parse(&format!("{:.0}", wait.ceil())))?
}

/// The button of a notice, if it has a page.
pub(super) fn page(notice: &Notice) -> Option<(Url, &'static str)> {
    let url = notice.link.as_deref()?.parse().ok()?;
    let label = match notice.lang {
        Lang::En => "Open in vigie",
        Lang::Fr => "Ouvrir dans vigie",
    };
    Some((url, label))
}
