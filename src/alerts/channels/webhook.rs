//! Does the receiver have it? One signed POST (Standard Webhooks 1.0); only 2xx is a yes.
//! Redirects are not followed, and the body of a yes is not read.

use async_trait::async_trait;
use reqwest::header::{HeaderValue, InvalidHeaderValue};
use secrecy::SecretString;

use super::http::{Door, Manners, Request};
use super::{Answer, Channel, Delivery, PreviewError};
use crate::alerts::{ChannelError, ChannelSettings, Network, SigningSecret, signatures};

/// A receiver may be repaired: every failure is tried again.
const MANNERS: Manners = Manners { refuses: false, asks: |_| None };

/// A webhook. Has no `Debug`: the address is a secret.
pub(super) struct Webhook {
    door: Door,
    secrets: Vec<SigningSecret>,
}

impl Webhook {
    pub(super) fn open(
        settings: &ChannelSettings,
        url: &SecretString,
        secrets: &[SecretString],
        network: &Network,
    ) -> Result<Self, ChannelError> {
        let door = Door::open(settings, url, secrets, network)?;
        let secrets =
            secrets.iter().map(SigningSecret::parse).collect::<Result<_, _>>().map_err(
                |source| ChannelError::Secret { channel: settings.name.clone(), source },
            )?;
        Ok(Self { door, secrets })
    }

    fn request(&self, delivery: &Delivery<'_>) -> Result<Request, InvalidHeaderValue> {
        let timestamp = delivery.at.timestamp();
        let mut request = Request::post(self.door.url.clone(), delivery.body.to_owned());
        request.headers.insert("webhook-id", HeaderValue::from_str(delivery.id)?);
        request.headers.insert("webhook-timestamp", HeaderValue::from(timestamp));
        if !self.secrets.is_empty() {
            let signed =
                signatures(&self.secrets, delivery.id, timestamp, delivery.body.as_bytes());
            request.headers.insert("webhook-signature", HeaderValue::from_str(&signed)?);
        }
        Ok(request)
    }
}

#[async_trait]
impl Channel for Webhook {
    async fn send(&self, delivery: &Delivery<'_>) -> Answer {
        match self.request(delivery) {
            Ok(request) => self.door.send(request, delivery, &MANNERS).await,
            Err(error) => Answer::Refused { status: None, error: error.to_string() },
        }
    }

    fn preview(&self, delivery: &Delivery<'_>) -> Result<String, PreviewError> {
        Ok(delivery.body.to_owned())
    }
}
