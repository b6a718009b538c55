//! Where do the lab's own mail hosts look names up? At the lab's DNS, without a cache, so that a
//! record counts from the moment it is published.

use mail_auth::common::cache::NoCache;
use mail_auth::hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use mail_auth::hickory_resolver::net::NetError;
use mail_auth::hickory_resolver::proto::op::ResponseCode;
use mail_auth::{DnsError, Error, MX, MessageAuthenticator, RecordSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Why a domain's mail hosts are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// The domain does not exist, or has neither MX nor address.
    #[error("mail hosts: there are none")]
    None,
    /// The question was not answered.
    #[error("mail hosts: no answer")]
    Unknown,
}

/// A stub resolver of the lab's DNS, and the authenticator that asks it.
#[derive(Clone)]
pub struct Resolver(Arc<MessageAuthenticator>);

impl Resolver {
    /// Asks the server at that address, by UDP and TCP.
    pub fn new(server: SocketAddr) -> Result<Self, NetError> {
        let connection = |mut connection: ConnectionConfig| {
            connection.port = server.port();
            connection
        };
        let connections =
            vec![connection(ConnectionConfig::udp()), connection(ConnectionConfig::tcp())];
        let servers = vec![NameServerConfig::new(server.ip(), true, connections)];
        let mut options = ResolverOpts::default();
        options.ndots = 0;
        options.cache_size = 0;
        options.attempts = 1;
        options.timeout = Duration::from_secs(1);
        options.use_hosts_file = ResolveHosts::Never;
        options.try_tcp_on_error = false;
        let config = ResolverConfig::from_parts(None, Vec::new(), servers);
        Ok(Self(Arc::new(MessageAuthenticator::new(config, options)?)))
    }

    pub(crate) fn authenticator(&self) -> &MessageAuthenticator {
        &self.0
    }

    /// The mail hosts of a domain in order of preference, without final dots; itself when it has
    /// an address and no MX (RFC 5321 §5.1). A null MX shows as an empty name.
    pub async fn exchanges(&self, domain: &str) -> Result<Vec<String>, ExchangeError> {
        let cache = None::<&NoCache<Box<str>, RecordSet<MX>>>;
        match self.0.mx_lookup(domain, cache).await {
            Ok(records) => {
                let exchanges = records.rrset.iter().flat_map(|mx| mx.exchanges.iter());
                Ok(exchanges.map(|name| name.trim_end_matches('.').to_owned()).collect())
            }
            Err(Error::Dns(DnsError::RecordNotFound(ResponseCode::NoError))) => {
                match self.addresses(domain).await.is_empty() {
                    true => Err(ExchangeError::None),
                    false => Ok(vec![domain.to_owned()]),
                }
            }
            Err(Error::Dns(DnsError::RecordNotFound(_))) => Err(ExchangeError::None),
            Err(_) => Err(ExchangeError::Unknown),
        }
    }

    /// The addresses of a host, IPv4 first; none also when the question was not answered.
    pub async fn addresses(&self, name: &str) -> Vec<IpAddr> {
        let (no_a, no_aaaa) = (
            None::<&NoCache<Box<str>, RecordSet<Ipv4Addr>>>,
            None::<&NoCache<Box<str>, RecordSet<Ipv6Addr>>>,
        );
        let mut addresses = Vec::new();
        if let Ok(found) = self.0.ipv4_lookup(name, no_a).await {
            addresses.extend(found.rrset.iter().map(|&address| IpAddr::V4(address)));
        }
        if let Ok(found) = self.0.ipv6_lookup(name, no_aaaa).await {
            addresses.extend(found.rrset.iter().map(|&address| IpAddr::V6(address)));
        }
        addresses
    }
}
