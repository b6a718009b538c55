//! The sockets: every request of the world that is judged goes through here.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;

use vigie_checks::kernel::{Lookup, Name, Net, Reason, Request, Response, To, addresses};

use super::dns::{DnsClient, ResolverError, ResolverSpec, ServerClient};
use super::https::HttpsClient;
use super::mailbox::MailboxClient;
use super::proxy::{Connector, Proxy};
use super::smtp::{Resolve, SmtpClient, Timeouts};
use super::trust::{Roots, RootsError};

/// How the world is reached.
#[derive(Clone, Default)]
pub struct LiveSettings {
    pub resolvers: Vec<ResolverSpec>,
    pub proxy: Option<Proxy>,
    /// PEM files of roots trusted beside the system's.
    pub ca: Vec<PathBuf>,
    /// Passwords, by the names that scripts and queries give them.
    pub secrets: HashMap<String, SecretString>,
}

/// Why the world cannot be reached at all.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    #[error(transparent)]
    Resolver(#[from] ResolverError),
    #[error(transparent)]
    Roots(#[from] RootsError),
}

/// The live end of the stack.
pub struct Live {
    dns: Arc<DnsClient>,
    servers: ServerClient,
    smtp: SmtpClient,
    https: HttpsClient,
    mailbox: MailboxClient,
}

impl Live {
    /// Opens resolvers and reads roots; nothing is sent yet.
    ///
    /// # Errors
    /// A resolver or a file of roots cannot be used.
    pub async fn open(settings: LiveSettings) -> Result<Arc<Self>, LiveError> {
        let roots = Roots::load(&settings.ca)?;
        let system = [ResolverSpec::System];
        let specs = if settings.resolvers.is_empty() { &system[..] } else { &settings.resolvers };
        let dns = Arc::new(DnsClient::open(specs, &roots).await?);
        let connector = settings.proxy.map_or_else(Connector::direct, Connector::through);
        let servers = ServerClient::new(connector.clone());
        let secrets = Arc::new(settings.secrets);
        let resolve: Arc<dyn Resolve> = Arc::new(WrittenHosts(Arc::clone(&dns)));
        let mailbox = MailboxClient {
            connector: connector.clone(),
            roots: roots.clone(),
            secrets: Arc::clone(&secrets),
            resolve: Arc::clone(&resolve),
        };
        let https = HttpsClient::new(connector.clone(), roots.clone());
        let smtp = SmtpClient { connector, roots, secrets, resolve, timeouts: Timeouts::default() };
        Ok(Arc::new(Self { dns, servers, smtp, https, mailbox }))
    }
}

impl Live {
    /// The roots that are trusted here.
    pub fn roots(&self) -> &Roots {
        &self.smtp.roots
    }
}

#[async_trait]
impl Net for Live {
    async fn exchange(&self, request: Request) -> Response {
        match request {
            Request::Dns(question) => Response::Dns(match question.to {
                To::Server(address) => self.servers.ask(address, &question).await,
                To::Resolver | To::OtherResolver => self.dns.ask(&question).await,
            }),
            Request::Smtp(script) => Response::Smtp(self.smtp.converse(&script).await),
            Request::Https(request) => Response::Https(self.https.ask(&request).await),
            Request::Mailbox(query) => Response::Mailbox(self.mailbox.read(&query).await),
        }
    }
}

/// Hosts that the admin wrote are looked up at the same resolvers as everything else.
struct WrittenHosts(Arc<DnsClient>);

#[async_trait]
impl Net for WrittenHosts {
    async fn exchange(&self, request: Request) -> Response {
        match &request {
            Request::Dns(question) => Response::Dns(self.0.ask(question).await),
            Request::Smtp(_) | Request::Https(_) | Request::Mailbox(_) => {
                Response::failed(&request, Reason::Network)
            }
        }
    }
}

#[async_trait]
impl Resolve for WrittenHosts {
    async fn addresses(&self, host: &Name) -> Lookup<Vec<IpAddr>> {
        let found = addresses(self, host).await;
        match found.unknown() {
            _ if !found.found().is_empty() => Lookup::Found(found.found()),
            Some(reason) => Lookup::Unknown { reason },
            None => {
                Lookup::Absent { nxdomain: matches!(found.v4, Lookup::Absent { nxdomain: true }) }
            }
        }
    }
}
