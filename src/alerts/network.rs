//! Which addresses may a channel connect to, and whose certificates does it trust?
//! Limits: resolves and refuses; it opens no connection.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use ipnet::IpNet;
use vigie_checks::records::special::is_public;

use crate::net::trust::Roots;

/// A name with more addresses than this is not tried at all of them.
const MOST_ADDRESSES: usize = 16;

/// Turns a host name into addresses.
#[async_trait]
pub trait Resolve: Send + Sync {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The system's own resolver, with its hosts file. Channels use it whatever resolver the audits
/// ask: it alone knows the names of the admin's own network, and an alert must still leave when the
/// resolver that is watched fails.
pub struct SystemResolver;

#[async_trait]
impl Resolve for SystemResolver {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// What all channels share of the network.
#[derive(Clone)]
pub struct Network {
    /// The system's roots and those that the admin added.
    pub roots: Roots,
    /// Ranges that count as public here.
    pub own_networks: Vec<IpNet>,
    pub resolver: Arc<dyn Resolve>,
    /// The name given in EHLO to a host that takes mail.
    pub helo: String,
}

/// Why there is no address to connect to.
#[derive(Debug, thiserror::Error)]
pub enum UnreachableError {
    #[error("{host}: cannot be resolved: {source}")]
    Unresolved { host: String, source: io::Error },
    #[error("{host}: has no address")]
    NoAddress { host: String },
    #[error("{host}: {address} is not a public address; the channel can allow it by allow_private")]
    Special { host: String, address: IpAddr },
}

impl Network {
    /// The addresses of `host`, a name or an address in a URL's spelling, that may be connected to.
    /// The caller connects to these and no others, or the answer proves nothing.
    pub async fn reachable(
        &self,
        host: &str,
        allow_private: bool,
    ) -> Result<Vec<IpAddr>, UnreachableError> {
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let found =
            match literal {
                Ok(address) => vec![address],
                Err(_) => self.resolver.addresses(host).await.map_err(|source| {
                    UnreachableError::Unresolved { host: host.to_owned(), source }
                })?,
            };
        let first =
            *found.first().ok_or_else(|| UnreachableError::NoAddress { host: host.to_owned() })?;
        let allowed: Vec<_> = found
            .into_iter()
            .filter(|address| allow_private || is_public(*address, &self.own_networks))
            .take(MOST_ADDRESSES)
            .collect();
        if allowed.is_empty() {
            return Err(UnreachableError::Special { host: host.to_owned(), address: first });
        }
        Ok(allowed)
    }
}
