//! Is somebody else told that vigie works? One GET; only 2xx is a yes.

use chrono_tz::Tz;
use reqwest::Method;
use reqwest::header::HeaderMap;
use secrecy::SecretString;

use super::http::{Door, Manners, Request};
use super::{Answer, Delivery};
use crate::alerts::{ChannelError, ChannelSettings, Network};
use crate::config::Destination;

/// The next beat is the next attempt.
const MANNERS: Manners = Manners { refuses: false, asks: |_| None };

/// The way to who watches the watcher, guarded as that of a webhook. Has no `Debug`: the address is a
/// secret.
pub struct Beat {
    door: Door,
}

impl Beat {
    /// # Errors
    /// The address is none of HTTP.
    pub fn open(
        url: &SecretString,
        allow_private: bool,
        network: &Network,
    ) -> Result<Self, ChannelError> {
        let settings = ChannelSettings {
            name: "heartbeat".to_owned(),
            destination: Destination::Webhook { url: url.clone(), secrets: Vec::new() },
            lang: Default::default(),
            zone: Tz::UTC,
            allow_private,
            proxy: None,
        };
        Ok(Self { door: Door::open(&settings, url, &[], network)? })
    }

    /// Makes one attempt; errors do not hold the address.
    pub async fn send(&self, delivery: &Delivery<'_>) -> Answer {
        let (url, headers) = (self.door.url.clone(), HeaderMap::new());
        let request = Request { method: Method::GET, url, headers, body: String::new() };
        self.door.send(request, delivery, &MANNERS).await
    }
}
