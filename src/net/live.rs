//! The sockets: every request of the world that is judged goes through here.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::Utc;
use rustls::pki_types::CertificateDer;
use secrecy::SecretString;

use vigie_checks::kernel::{
    Bilingual, Certificate, Lookup, Name, Net, Question, Reason, Request, Response, To, Trust,
    addresses,
};

use super::dns::{DnsClient, RecursionSettings, ResolverError, ResolverSpec, ServerClient, Way};
use super::https::HttpsClient;
use super::layer::Exchange;
use super::mailbox::MailboxClient;
use super::proxy::{Connector, Proxy};
use super::smtp::{Resolve, SmtpClient, Timeouts};
use super::tls::TlsClient;
use super::trust::{Roots, RootsError};
use super::zone_keys::{ZoneKeys, conceal};

/// How the world is reached.
#[derive(Clone, Default)]
pub struct LiveSettings {
    pub resolvers: Vec<ResolverSpec>,
    /// For the resolver `recursive`.
    pub recursion: RecursionSettings,
    pub proxy: Option<Proxy>,
    /// PEM files of roots trusted beside the system's.
    pub ca: Vec<PathBuf>,
    /// Passwords, by the names that scripts and queries give them.
    pub secrets: HashMap<String, SecretString>,
    /// The keys that some lists are asked with.
    pub zone_keys: ZoneKeys,
}

/// Why the world cannot be reached at all.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    #[error(transparent)]
    Resolver(#[from] ResolverError),
    #[error(transparent)]
    Roots(#[from] RootsError),
}

impl LiveError {
    /// What people are told.
    pub fn words(&self) -> Bilingual {
        match self {
            Self::Resolver(error) => error.words(),
            Self::Roots(error) => error.words(),
        }
    }
}

/// The live end of the stack.
pub struct Live {
    dns: Arc<DnsClient>,
    servers: ServerClient,
    smtp: SmtpClient,
    https: HttpsClient,
    mailbox: MailboxClient,
    zone_keys: ZoneKeys,
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
        let connector = settings.proxy.map_or_else(Connector::direct, Connector::through);
        let way = Way { roots: &roots, connector: &connector, recursion: &settings.recursion };
        let dns = Arc::new(DnsClient::open(specs, &way).await?);
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
        Ok(Arc::new(Self { dns, servers, smtp, https, mailbox, zone_keys: settings.zone_keys }))
    }
}

impl Live {
    /// How many resolvers are asked in turn.
    pub fn resolvers(&self) -> usize {
        self.dns.resolvers()
    }

    /// The roots that are trusted here.
    pub fn roots(&self) -> &Roots {
        &self.smtp.roots
    }

    fn trust(&self, chain: &[Certificate]) -> Trust {
        let octets = chain.iter().filter_map(Certificate::der).map(CertificateDer::from);
        let chain: Vec<CertificateDer<'static>> = octets.collect();
        self.roots().judge(&chain, Utc::now())
    }

    fn resolve(&self, question: Question) -> Exchange<'_> {
        match self.zone_keys.reveal(&question) {
            None => Box::pin(async move { Response::Dns(self.dns.ask(&question).await) }),
            Some((keyed, key)) => Box::pin(async move {
                let answer = self.dns.ask(&keyed).await;
                Response::Dns(conceal(&answer, key))
            }),
        }
    }
}

impl Net for Live {
    /// Each verb has a future of its own: a question of DNS under way, of which there may be thousands, is
    /// not to take the room of a conversation.
    fn exchange<'a, 'b>(&'a self, request: Request) -> Exchange<'b>
    where
        'a: 'b,
        Self: 'b,
    {
        match request {
            Request::Dns(question) => {
                match question.to {
                    To::Server(address) => Box::pin(async move {
                        Response::Dns(self.servers.ask(address, &question).await)
                    }),
                    To::Resolver | To::OtherResolver => self.resolve(question),
                }
            }
            Request::Smtp(script) => {
                Box::pin(async move { Response::Smtp(self.smtp.converse(&script).await.into()) })
            }
            Request::Tls(script) => {
                Box::pin(
                    async move { Response::Tls(TlsClient(&self.smtp).look(&script).await.into()) },
                )
            }
            Request::Https(request) => {
                Box::pin(async move { Response::Https(self.https.ask(&request).await.into()) })
            }
            Request::Http(request) => {
                Box::pin(async move { Response::Http(self.https.ask_plain(&request).await.into()) })
            }
            Request::Trust(chain) => Box::pin(async move { Response::Trust(self.trust(&chain)) }),
            Request::Mailbox(query) => {
                Box::pin(async move { Response::Mailbox(self.mailbox.read(&query).await.into()) })
            }
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
            _ => Response::failed(&request, Reason::Network),
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
