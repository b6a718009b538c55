//! Which resolver is meant, and how is it reached?

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use vigie_checks::kernel::{Bilingual, Question, Reason};

use super::pool::Pool;
use super::recursion::{Recursion, RecursionError, RecursionSettings};
use super::sessions::Sessions;
use super::wire::Received;
use super::{https, stream};
use crate::net::proxy::Connector;
use crate::net::trust::Roots;

/// A resolver as an admin writes it: `system`, `recursive`, `HOST:PORT`, `tls://HOST[:PORT]`,
/// `https://URL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResolverSpec {
    System,
    Recursive,
    Address(SocketAddr),
    Host { host: String, port: u16 },
    Tls { host: String, port: u16 },
    Https(String),
}

/// Why a resolver cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words().en)]
pub enum ResolverError {
    Malformed {
        written: String,
    },
    Slip {
        written: String,
        meant: &'static str,
    },
    #[error(transparent)]
    Recursion(#[from] RecursionError),
    NoSystemResolver,
    NoAddress {
        host: String,
        source: std::io::Error,
    },
    Https {
        server: String,
        source: reqwest::Error,
    },
}

impl ResolverError {
    /// What people are told.
    pub fn words(&self) -> Bilingual {
        let of = |written: &str, en: &str, fr: &str| {
            Bilingual::new(en, fr)
                .about_each(&format!("resolver `{written}`"), &format!("résolveur `{written}`"))
        };
        match self {
            Self::Malformed { written } => of(
                written,
                "write system, recursive, HOST:PORT, tls://HOST or https://URL",
                "écrire system, recursive, HÔTE:PORT, tls://HÔTE ou https://URL",
            ),
            Self::Slip { written, meant } => of(
                written,
                &format!("did you mean `{meant}`?"),
                &format!("vouliez-vous dire `{meant}` ?"),
            ),
            Self::Recursion(error) => error.words(),
            Self::NoSystemResolver => Bilingual::new(
                "the system names no resolver; give one with --resolver HOST:PORT",
                "le système ne nomme aucun résolveur ; en donner un avec --resolver HÔTE:PORT",
            ),
            Self::NoAddress { host, source } => Bilingual::new(
                format!("resolver {host}: its address was not found: {source}"),
                format!("résolveur {host} : son adresse est introuvable (« {source} »)"),
            ),
            Self::Https { server, source } => Bilingual::new(
                format!("resolver {server}: {source}"),
                format!("résolveur {server} : « {source} »"),
            ),
        }
    }
}

impl FromStr for ResolverSpec {
    type Err = ResolverError;

    fn from_str(written: &str) -> Result<Self, Self::Err> {
        let malformed = || ResolverError::Malformed {
            written: written.chars().filter(|c| !c.is_control()).take(80).collect(),
        };
        match written {
            "system" => return Ok(Self::System),
            "recursive" => return Ok(Self::Recursive),
            _ => {}
        }
        if let Some(host) = written.strip_prefix("tls://") {
            let (host, port) =
                host_and_port(host.trim_end_matches('/'), 853).ok_or_else(malformed)?;
            return Ok(Self::Tls { host, port });
        }
        if written.starts_with("https://") {
            reqwest::Url::parse(written).map_err(|_| malformed())?;
            return Ok(Self::Https(written.to_owned()));
        }
        if let Ok(address) = written.parse::<SocketAddr>() {
            return Ok(Self::Address(address));
        }
        if let Ok(address) = written.parse::<IpAddr>() {
            return Ok(Self::Address(SocketAddr::new(address, 53)));
        }
        let near = |meant: &&str| strsim::damerau_levenshtein(&written.to_lowercase(), meant) <= 2;
        if let Some(meant) = ["system", "recursive"].into_iter().find(near) {
            return Err(ResolverError::Slip { written: written.to_owned(), meant });
        }
        let (host, port) = host_and_port(written, 53).ok_or_else(malformed)?;
        Ok(Self::Host { host, port })
    }
}

fn host_and_port(written: &str, default: u16) -> Option<(String, u16)> {
    let (host, port) = match written.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            (host, port.parse().ok()?)
        }
        _ => (written, default),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    (!host.is_empty() && port != 0 && host.chars().all(plain)).then(|| (host.to_owned(), port))
}

/// To each resolver: random ports that its many questions share.
const SOCKETS: usize = 4;

/// What resolvers are reached by.
pub struct Way<'a> {
    pub roots: &'a Roots,
    /// For a walk from the root: other resolvers are never asked through the proxy.
    pub connector: &'a Connector,
    pub recursion: &'a RecursionSettings,
}

/// A resolver that is ready to be asked.
pub enum Resolver {
    Recursive(Box<Recursion>),
    Plain { server: SocketAddr, pool: Pool },
    Tls(Sessions),
    Https { url: reqwest::Url, client: reqwest::Client },
}

impl Resolver {
    /// The resolvers that a spec stands for: the system may name several.
    pub async fn open(spec: &ResolverSpec, way: &Way<'_>) -> Result<Vec<Self>, ResolverError> {
        let roots = way.roots;
        match spec {
            ResolverSpec::Recursive => {
                let recursion = Recursion::open(way.recursion, way.connector)?;
                Ok(vec![Self::Recursive(Box::new(recursion))])
            }
            ResolverSpec::System => Ok(system_resolvers()?.into_iter().map(Self::plain).collect()),
            ResolverSpec::Address(address) => Ok(vec![Self::plain(*address)]),
            ResolverSpec::Host { host, port } => Ok(vec![Self::plain(find(host, *port).await?)]),
            ResolverSpec::Tls { host, port } => {
                let server = find(host, *port).await?;
                let name = ServerName::try_from(host.clone())
                    .map_err(|_| ResolverError::Malformed { written: host.clone() })?;
                let connector = TlsConnector::from(Arc::new(client_config(roots)));
                Ok(vec![Self::Tls(Sessions::to(server, name, connector))])
            }
            ResolverSpec::Https(url) => {
                let wrong = |source| ResolverError::Https { server: url.clone(), source };
                let mut tls = client_config(roots);
                // Some resolvers speak HTTP/2 alone (RFC 8484 §5.2).
                tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
                let client = reqwest::Client::builder()
                    .no_proxy()
                    .redirect(reqwest::redirect::Policy::none())
                    .tls_backend_preconfigured(tls)
                    .timeout(super::ATTEMPT)
                    .build()
                    .map_err(wrong)?;
                let url = reqwest::Url::parse(url)
                    .map_err(|_| ResolverError::Malformed { written: url.clone() })?;
                Ok(vec![Self::Https { url, client }])
            }
        }
    }

    /// Its sockets are opened when it is asked: a machine may have no network yet.
    fn plain(server: SocketAddr) -> Self {
        Self::Plain { server, pool: Pool::of(SOCKETS) }
    }

    /// One question, over a stream if `tcp`.
    pub async fn exchange(&self, question: &Question, tcp: bool) -> Result<Received, Reason> {
        match self {
            Self::Plain { server, pool } if !tcp => {
                let datagrams = pool.to(*server).await.map_err(|_| Reason::Network)?;
                datagrams.exchange(question, true).await
            }
            // Boxed, as are the others: a datagram is not to take the room of a connection.
            Self::Plain { server, .. } => Box::pin(over_tcp(*server, question)).await,
            // The walk itself takes to TCP where it must.
            Self::Recursive(recursion) => Box::pin(recursion.exchange(question)).await,
            Self::Tls(sessions) => Box::pin(sessions.exchange(question)).await,
            Self::Https { url, client } => Box::pin(https::exchange(client, url, question)).await,
        }
    }
}

async fn over_tcp(server: SocketAddr, question: &Question) -> Result<Received, Reason> {
    let mut connection = TcpStream::connect(server).await.map_err(|_| Reason::Network)?;
    stream::exchange(&mut connection, question, true).await
}

async fn find(host: &str, port: u16) -> Result<SocketAddr, ResolverError> {
    let missing = |source| ResolverError::NoAddress { host: host.to_owned(), source };
    let mut addresses = tokio::net::lookup_host((host, port)).await.map_err(missing)?;
    addresses.next().ok_or_else(|| missing(std::io::Error::from(std::io::ErrorKind::NotFound)))
}

fn system_resolvers() -> Result<Vec<SocketAddr>, ResolverError> {
    let (config, _) = hickory_resolver::system_conf::read_system_conf()
        .map_err(|_| ResolverError::NoSystemResolver)?;
    let mut servers = Vec::new();
    for server in config.name_servers() {
        let port = server.connections.first().map_or(53, |connection| connection.port);
        let address = SocketAddr::new(server.ip, port);
        if !servers.contains(&address) {
            servers.push(address);
        }
    }
    if servers.is_empty() { Err(ResolverError::NoSystemResolver) } else { Ok(servers) }
}

/// TLS to a resolver that the admin wrote: an ordinary client with the roots of this run.
fn client_config(roots: &Roots) -> rustls::ClientConfig {
    rustls::ClientConfig::builder().with_root_certificates(roots.store()).with_no_client_auth()
}
