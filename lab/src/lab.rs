//! How is a scenario played? Every host it names on a free loopback port, its DNS, and a SOCKS5
//! front that leads its addresses there. What a host is cannot change while it runs; the world,
//! manners, pages and mailboxes can.

mod hosts;
mod pages;
#[cfg(test)]
mod tests;

use crate::ca::{CaError, CertificateAuthority};
use crate::clock::LabClock;
use crate::controls::{PORT_25_HOSTS, PORT_25_NAME, RDAP_HOST, REGISTRY_SERVERS};
use crate::dns::{DnsServer, root_key};
use crate::https::{PagesHost, Webhook};
use crate::mailbox::Mailboxes;
use crate::resolver::Resolver;
use crate::running::Running;
use crate::smtp::SmtpHost;
use crate::socks5::Socks5;
use crate::submission::{Post, SigningError};
use crate::world::{World, WorldError};
use mail_auth::hickory_resolver::net::NetError;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use vigie_scenario::Scenario;

/// The networks of the simulated world (RFC 5737, RFC 3849).
const NETWORKS: [&str; 4] = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"];

/// Why a lab could not start.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// The zones or faults of the scenario.
    #[error(transparent)]
    World(#[from] WorldError),
    /// A name that fits into no certificate.
    #[error(transparent)]
    Ca(#[from] CaError),
    /// A signing identity.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// The resolver of the lab's own mail hosts.
    #[error("lab resolver: {0}")]
    Resolver(#[from] NetError),
    /// No loopback port, or the webhooks' journal cannot be written.
    #[error("lab server: {0}")]
    Io(#[from] io::Error),
}

/// A running simulated internet; everything ends when it is dropped.
pub struct Lab {
    world: World,
    dns: DnsServer,
    front: Socks5,
    webhook: Webhook,
    ca: Arc<CertificateAuthority>,
    mailboxes: Mailboxes,
    resolver: Resolver,
    post: Post,
    smtp: HashMap<IpAddr, Arc<SmtpHost>>,
    pages: HashMap<IpAddr, Arc<PagesHost>>,
    servers: Vec<Running>,
}

impl Lab {
    /// Plays a scenario.
    ///
    /// # Errors
    /// When its zones, names or faults do not parse, or no loopback port can be had.
    pub async fn start(scenario: &Scenario) -> Result<Self, LabError> {
        Self::start_with_journal(scenario, None).await
    }

    /// Plays a scenario; each webhook that is accepted is appended to the journal.
    ///
    /// # Errors
    /// As [`Lab::start`], or when the journal cannot be written.
    pub async fn start_with_journal(
        scenario: &Scenario,
        journal: Option<&Path>,
    ) -> Result<Self, LabError> {
        let world = World::from_scenario(scenario)?;
        let dns = DnsServer::start(world.clone()).await?;
        let mut lab = Self {
            front: Socks5::start(world.clone()).await?,
            webhook: Webhook::start(journal).await?,
            ca: Arc::new(CertificateAuthority::new()?),
            mailboxes: Mailboxes::default(),
            resolver: Resolver::new(dns.addr)?,
            post: Post::new(world.clone()),
            smtp: HashMap::new(),
            pages: HashMap::new(),
            servers: Vec::new(),
            world,
            dns,
        };
        for (address, host) in &scenario.hosts {
            if let Some(smtp) = &host.smtp {
                lab.play_smtp(*address, smtp).await?;
            }
            if let Some(https) = &host.https {
                lab.play_https(*address, https).await?;
            }
            if let Some(http) = &host.http {
                lab.play_http(*address, http).await?;
            }
        }
        // After the receivers, whose mailboxes the accounts stand for.
        for (address, host) in &scenario.hosts {
            if let Some(imap) = &host.imap {
                let name = host.smtp.as_ref().map(|smtp| smtp.name.as_str());
                lab.play_imap(*address, imap, name).await?;
            }
        }
        for host in PORT_25_HOSTS {
            if !lab.smtp.contains_key(&host) {
                lab.play_port_25_control(host, PORT_25_NAME).await?;
            }
        }
        if !lab.pages.contains_key(&RDAP_HOST) {
            lab.play_registry(RDAP_HOST).await?;
        }
        Ok(lab)
    }

    /// The resolver: `--resolver`.
    #[must_use]
    pub fn resolver(&self) -> SocketAddr {
        self.dns.addr
    }

    /// The root servers, for a resolver that walks by itself: `root_hints`, as a master file.
    #[must_use]
    pub fn root_hints(&self) -> String {
        let servers = REGISTRY_SERVERS.iter();
        servers
            .map(|(name, address)| format!(". 3600 IN NS {name}.\n{name}. 3600 IN A {address}\n"))
            .collect()
    }

    /// The key of the root: `trust_anchors`, as a master file.
    #[must_use]
    pub fn trust_anchors(&self) -> String {
        root_key()
    }

    /// The way to the simulated addresses: `--proxy`.
    #[must_use]
    pub fn proxy(&self) -> String {
        format!("socks5://{}", self.front.addr)
    }

    /// The root to trust: `--ca`, as PEM.
    #[must_use]
    pub fn ca_pem(&self) -> String {
        self.ca.root_pem()
    }

    /// The authority behind [`Lab::ca_pem`].
    #[must_use]
    pub fn ca(&self) -> &CertificateAuthority {
        &self.ca
    }

    /// The networks that count as public here: `--own-network`.
    #[must_use]
    pub fn own_networks(&self) -> [&'static str; 4] {
        NETWORKS
    }

    /// The names and routes, to be changed while the lab runs.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The questions that were asked.
    #[must_use]
    pub fn dns(&self) -> &DnsServer {
        &self.dns
    }

    /// The connections that were asked for.
    #[must_use]
    pub fn front(&self) -> &Socks5 {
        &self.front
    }

    /// The receiver of webhooks.
    #[must_use]
    pub fn webhook(&self) -> &Webhook {
        &self.webhook
    }

    /// The time of mail hosts and mailboxes, to be put forward.
    #[must_use]
    pub fn clock(&self) -> &LabClock {
        self.mailboxes.clock()
    }

    /// What was delivered.
    #[must_use]
    pub fn mailboxes(&self) -> &Mailboxes {
        &self.mailboxes
    }

    /// The mail host at a simulated address, to change its manners or where it sends from.
    #[must_use]
    pub fn smtp(&self, address: IpAddr) -> Option<&Arc<SmtpHost>> {
        self.smtp.get(&address)
    }

    /// The HTTPS host at a simulated address, to change its pages or certificate.
    #[must_use]
    pub fn pages(&self, address: IpAddr) -> Option<&Arc<PagesHost>> {
        self.pages.get(&address)
    }
}
