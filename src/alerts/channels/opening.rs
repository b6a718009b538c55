//! From the settings of a channel to the channel.

use std::sync::Arc;

use secrecy::SecretString;

use super::http::Door;
use super::service::{Posted, Service};
use super::{
    Channel, discord, email, exec, gotify, matrix, mattermost, ntfy, pagerduty, slack, teams,
    telegram, webhook,
};
use crate::alerts::{ChannelError, ChannelSettings, Network};
use crate::config::Destination;

/// Opens a channel of any kind; nothing is sent.
///
/// # Errors
/// Its address, or a secret, cannot be used.
pub fn open(
    settings: &ChannelSettings,
    network: &Network,
) -> Result<Arc<dyn Channel>, ChannelError> {
    let no_secret: &[SecretString] = &[];
    let opening = Opening { settings, network };
    match &settings.destination {
        Destination::Webhook { url, secrets } => {
            Ok(Arc::new(webhook::Webhook::open(settings, url, secrets, network)?))
        }
        Destination::Slack { url } => opening.posted(slack::Slack, url, no_secret),
        Destination::Discord { url } => opening.posted(discord::Discord, url, no_secret),
        Destination::Teams { url } => opening.posted(teams::Teams, url, no_secret),
        Destination::Mattermost { url } => opening.posted(mattermost::Mattermost, url, no_secret),
        Destination::PagerDuty { url, routing_key } => {
            let service = pagerduty::PagerDuty { routing_key: routing_key.clone() };
            opening.posted(service, url, std::slice::from_ref(routing_key))
        }
        Destination::Ntfy { url, topic, token } => {
            let service = ntfy::Ntfy::open(&settings.name, topic, token.as_ref())?;
            let secrets: Vec<_> = token.iter().chain([topic]).cloned().collect();
            opening.posted(service, url, &secrets)
        }
        Destination::Gotify { url, token } => {
            let service = gotify::Gotify::open(&settings.name, token)?;
            opening.posted(service, url, std::slice::from_ref(token))
        }
        Destination::Telegram { url, token, chat, thread } => {
            let service =
                telegram::Telegram { token: token.clone(), chat: chat.clone(), thread: *thread };
            opening.posted(service, url, std::slice::from_ref(token))
        }
        Destination::Matrix { url, token, room } => {
            let service = matrix::Matrix::open(&settings.name, token, room)?;
            opening.posted(service, url, std::slice::from_ref(token))
        }
        Destination::Email { submit, from, to } => {
            Ok(Arc::new(email::Email::open(settings, submit, from, to, network)?))
        }
        Destination::Exec { command, timeout } => {
            Ok(Arc::new(exec::Exec { command: command.clone(), timeout: *timeout }))
        }
    }
}

struct Opening<'a> {
    settings: &'a ChannelSettings,
    network: &'a Network,
}

impl Opening<'_> {
    fn posted(
        &self,
        service: impl Service + 'static,
        url: &SecretString,
        secrets: &[SecretString],
    ) -> Result<Arc<dyn Channel>, ChannelError> {
        let door = Door::open(self.settings, url, secrets, self.network)?;
        let ChannelSettings { lang, zone, .. } = *self.settings;
        Ok(Arc::new(Posted { service, door, lang, zone }))
    }
}
