//! The configured channels as alerts take them.

use std::sync::Arc;

use crate::alerts::{ChannelKind, ChannelSettings, Network, SystemResolver};
use crate::config::{self, Settings};
use crate::net::trust::Roots;

/// What deliveries reach the world through.
pub fn network(settings: &Settings, roots: Roots) -> Network {
    Network {
        roots,
        own_networks: settings.network.own_networks.clone(),
        resolver: Arc::new(SystemResolver),
    }
}

/// Every channel.
pub fn settings(settings: &Settings) -> Vec<ChannelSettings> {
    settings
        .channels
        .iter()
        .map(|channel| ChannelSettings {
            name: channel.name.clone(),
            kind: match channel.kind {
                config::ChannelKind::Webhook => ChannelKind::Webhook,
            },
            url: channel.url.clone(),
            secrets: channel.secrets.clone(),
            allow_private: channel.allow_private,
            proxy: channel.proxy.clone(),
        })
        .collect()
}
