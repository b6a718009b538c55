//! From where do we look, and through what? The same for the daemon and for a single audit.

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use vigie_checks::kernel::{Bilingual, Net, Vantage};

use crate::config::Settings;
use crate::net::dns::{RecursionSettings, ResolverError};
use crate::net::proxy::ProxyError;
use crate::net::trust::Roots;
use crate::net::{Live, LiveError, LiveSettings, Memo};

/// A place that the world can be looked at from.
pub struct Site {
    pub memo: Arc<Memo>,
    /// The roots that are trusted here.
    pub roots: Roots,
    vantage: Vantage,
}

/// Why the world cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    #[error(transparent)]
    Resolver(#[from] ResolverError),
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    #[error(transparent)]
    Live(#[from] LiveError),
}

impl SiteError {
    /// What people are told.
    pub fn words(&self) -> Bilingual {
        match self {
            Self::Resolver(error) => error.words(),
            Self::Proxy(error) => error.words(),
            Self::Live(error) => error.words(),
        }
    }
}

impl Site {
    /// Opens the world as the settings say. Answers are kept for `answers`, conversations for
    /// `conversations` at the most.
    ///
    /// # Errors
    /// A resolver, the proxy or a file of roots cannot be used.
    pub async fn open(
        settings: &Settings,
        answers: Duration,
        conversations: Duration,
    ) -> Result<Self, SiteError> {
        let network = &settings.network;
        let resolvers = network.resolver.iter().map(|written| written.parse());
        let proxy = network.proxy.as_ref().map(|written| written.expose_secret().parse());
        let live = Live::open(LiveSettings {
            resolvers: resolvers.collect::<Result<_, ResolverError>>()?,
            recursion: RecursionSettings {
                root_hints: network.root_hints.clone(),
                trust_anchors: network.trust_anchors.clone(),
                own_networks: network.own_networks.clone(),
                allow_private: network.allow_private,
            },
            proxy: proxy.transpose()?,
            ca: network.ca.clone(),
            secrets: settings.secrets(),
            zone_keys: settings.zone_keys().into(),
        })
        .await?;
        let roots = live.roots().clone();
        let vantage = Vantage {
            helo: greeting_name(network.helo.as_deref()),
            salt: 0,
            controls: network.controls.clone(),
            resolvers: live.resolvers(),
            blocklists: settings.blocklists(vigie_checks::blocklist::catalogue()),
            own_networks: network.own_networks.clone(),
            allow_private: network.allow_private,
        };
        let live: Arc<dyn Net> = live;
        Ok(Self { memo: Memo::new(live, answers, conversations), roots, vantage })
    }

    /// A place from which another world is looked at; nothing of it is kept from run to run.
    #[cfg(test)]
    pub(super) fn before(world: Arc<dyn Net>, vantage: Vantage) -> Self {
        let memo = Memo::new(world, Duration::ZERO, Duration::ZERO);
        Self { memo, roots: Roots::nobody(), vantage }
    }

    /// What one run knows of its place: the names that must not exist are new each time.
    pub fn vantage(&self) -> Vantage {
        Vantage { salt: rand::random(), ..self.vantage.clone() }
    }
}

/// The name given in EHLO where none is configured: that of this host, if it is a full one.
pub(super) fn greeting_name(configured: Option<&str>) -> String {
    let host = || std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let full = |name: String| Some(name.trim().to_owned()).filter(|name| name.contains('.'));
    configured
        .map(str::to_owned)
        .or_else(|| host().and_then(full))
        .unwrap_or_else(|| "vigie.invalid".to_owned())
}
