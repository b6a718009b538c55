//! The configured channels as alerts take them.

use std::sync::Arc;

use vigie_checks::kernel::Lang;

use super::site::greeting_name;
use crate::alerts::{ChannelSettings, Network, SystemResolver};
use crate::config::Settings;
use crate::net::trust::Roots;

/// What deliveries reach the world through.
pub fn network(settings: &Settings, roots: Roots) -> Network {
    Network {
        roots,
        own_networks: settings.network.own_networks.clone(),
        resolver: Arc::new(SystemResolver),
        helo: greeting_name(settings.network.helo.as_deref()),
    }
}

/// Every channel; `lang` is the language of those that name none.
pub fn settings(settings: &Settings, lang: Lang) -> Vec<ChannelSettings> {
    settings
        .channels
        .iter()
        .map(|channel| ChannelSettings {
            name: channel.name.clone(),
            destination: channel.destination.clone(),
            lang: channel.lang.unwrap_or(lang),
            zone: settings.schedule.timezone,
            allow_private: channel.allow_private,
            proxy: channel.proxy.clone(),
        })
        .collect()
}
