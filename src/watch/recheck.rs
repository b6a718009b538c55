//! Asks a running daemon to look at a domain now, over its own API.
//!
//! Limits: the daemon of the same configuration, at `web.listen`; what it finds is told as always, by
//! its pages, history and alerts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::header::{ACCEPT_LANGUAGE, ORIGIN};
use reqwest::{Client, RequestBuilder, Response, StatusCode, redirect};
use rustls::{ClientConfig, RootCertStore};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use vigie_checks::kernel::{Bilingual, Name};

use super::parts::url_of;
use crate::config::Settings;

/// A daemon answers at once: what it is asked for happens afterwards.
const PATIENCE: Duration = Duration::from_secs(10);
/// An answer is two short fields.
const MOST_OF_AN_ANSWER: usize = 16 * 1024;

/// What is looked at now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rechecked {
    pub domain: Name,
    /// How many checks and test sends run as soon as there is room.
    pub checks: u64,
    /// The page that will tell.
    pub url: String,
}

/// Why nothing is looked at.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words().en)]
pub enum RecheckError {
    NoPort { listen: SocketAddr },
    NoDaemon { at: SocketAddr, reason: Bilingual },
    NotWatched { domain: Name, at: SocketAddr },
    WrongToken { at: SocketAddr },
    TooManyTries { at: SocketAddr },
    Stranger { at: SocketAddr, status: u16 },
}

impl RecheckError {
    /// What people are told.
    pub fn words(&self) -> Bilingual {
        match self {
            Self::NoPort { listen } => Bilingual::new(
                format!(
                    "web.listen is {listen}: a port of 0 is chosen anew at each start, so nobody can find it"
                ),
                format!(
                    "web.listen vaut {listen} : un port 0 est choisi de nouveau à chaque démarrage, \
                     personne ne peut donc le trouver"
                ),
            ),
            Self::NoDaemon { at, reason } => Bilingual::new(
                format!(
                    "no daemon answers at {at} (web.listen): {}; `vigie run` starts one",
                    reason.en
                ),
                format!(
                    "aucun démon ne répond à {at} (web.listen) : {} ; `vigie run` en lance un",
                    reason.fr
                ),
            ),
            Self::NotWatched { domain, at } => Bilingual::new(
                format!("the daemon at {at} does not watch it"),
                format!("le démon à {at} ne le surveille pas"),
            )
            .about(domain),
            Self::WrongToken { at } => Bilingual::new(
                format!("the daemon at {at} takes another web.token than this configuration has"),
                format!(
                    "le démon à {at} attend un autre web.token que celui de cette configuration"
                ),
            ),
            Self::TooManyTries { at } => Bilingual::new(
                format!(
                    "the daemon at {at} has seen too many wrong tokens from here; wait a minute and try again"
                ),
                format!(
                    "le démon à {at} a reçu d’ici trop de jetons faux ; attendre une minute et réessayer"
                ),
            ),
            Self::Stranger { at, status } => Bilingual::new(
                format!(
                    "what answers at {at} (web.listen) is not a daemon of this configuration: HTTP {status}"
                ),
                format!(
                    "ce qui répond à {at} (web.listen) n’est pas un démon de cette configuration : HTTP {status}"
                ),
            ),
        }
    }
}

/// What the API answers.
#[derive(Deserialize)]
struct Accepted {
    domain: Name,
    checks: u64,
}

/// A daemon that may run.
pub struct Daemon<'a> {
    settings: &'a Settings,
    at: SocketAddr,
    client: Client,
}

impl<'a> Daemon<'a> {
    /// The daemon that the configuration describes; nothing is asked yet.
    ///
    /// # Errors
    /// The configuration leaves the port open.
    pub fn of(settings: &'a Settings) -> Result<Self, RecheckError> {
        let listen = settings.web.listen;
        if listen.port() == 0 {
            return Err(RecheckError::NoPort { listen });
        }
        let at = SocketAddr::new(reached(listen.ip()), listen.port());
        // Plain HTTP to an address as written: neither names, proxies nor redirects have a part in it.
        let client = Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .tls_backend_preconfigured(trusting_nobody())
            .timeout(PATIENCE)
            .build()
            .map_err(|_| RecheckError::NoDaemon {
                at,
                reason: Bilingual::new("no request can be made", "aucune requête n’est possible"),
            })?;
        Ok(Self { settings, at, client })
    }

    /// Puts every check and test send of a domain before all that is due.
    ///
    /// # Errors
    /// No daemon answers, or it does not take the question.
    pub async fn recheck(&self, domain: &Name) -> Result<Rechecked, RecheckError> {
        let at = self.at;
        let address = format!("http://{at}/api/v1/domains/{domain}/audit");
        let asked = self.signed(self.client.post(address)).send().await;
        let answer = asked.map_err(|error| RecheckError::NoDaemon { at, reason: why(&error) })?;
        let status = answer.status();
        match (status, read(answer).await) {
            (StatusCode::ACCEPTED, Some(body)) => match serde_json::from_slice(&body) {
                Ok(Accepted { domain, checks }) => {
                    Ok(Rechecked { url: self.page(&domain), domain, checks })
                }
                Err(_) => Err(RecheckError::Stranger { at, status: status.as_u16() }),
            },
            (StatusCode::NOT_FOUND, Some(body)) if is_refusal(&body) => {
                Err(RecheckError::NotWatched { domain: domain.clone(), at })
            }
            (StatusCode::TOO_MANY_REQUESTS, _) => Err(RecheckError::TooManyTries { at }),
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => {
                Err(RecheckError::WrongToken { at })
            }
            _ => Err(RecheckError::Stranger { at, status: status.as_u16() }),
        }
    }

    /// With the token; without one a change must come from the daemon's own origin.
    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        let request = request.header(ACCEPT_LANGUAGE, "en");
        match &self.settings.web.token {
            Some(token) => request.bearer_auth(token.expose_secret().trim()),
            None => request.header(ORIGIN, format!("http://{}", self.at)),
        }
    }

    fn page(&self, domain: &Name) -> String {
        format!("{}/domains/{domain}", url_of(self.settings, self.at))
    }
}

/// The client wants a TLS that is never spoken.
fn trusting_nobody() -> ClientConfig {
    ClientConfig::builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth()
}

/// Where a listener at this address is reached from its own host.
fn reached(listen: IpAddr) -> IpAddr {
    match listen {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        address => address,
    }
}

fn why(error: &reqwest::Error) -> Bilingual {
    let (en, fr) = match () {
        () if error.is_timeout() => ("no answer in time", "pas de réponse à temps"),
        () if error.is_connect() => ("nothing listens there", "rien n’y écoute"),
        () => ("the answer is not HTTP", "la réponse n’est pas du HTTP"),
    };
    Bilingual::new(en, fr)
}

/// The body; nothing of one that is too long or breaks off.
async fn read(mut answer: Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.ok()? {
        body.extend_from_slice(&chunk);
        if body.len() > MOST_OF_AN_ANSWER {
            return None;
        }
    }
    Some(body)
}

/// Whether these are words of a daemon, not the page of another server.
fn is_refusal(body: &[u8]) -> bool {
    let told: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    told.is_some_and(|told| told["error"].is_string())
}
