//! One HTTP request, and what its answer means. Shared by every kind that is spoken to over HTTP.
//!
//! Only the addresses that were just allowed are connected to, redirects are not followed, and of a
//! reply little is read and less is kept.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, Method, Proxy, Response, StatusCode, Url, redirect};
use rustls::ClientConfig;
use rustls::crypto::ring;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout_at;

use super::excerpt::{excerpt, hidden_parts};
use super::{Answer, Delivery};
use crate::alerts::{ChannelError, ChannelSettings, Network, RetryAfter, UnreachableError};
use crate::net::trust::Roots;

/// Octets read of a reply that says no.
const MOST_OF_A_REPLY: usize = 4096;
/// Inside the time of the whole attempt.
const CONNECT_TIME: Duration = Duration::from_secs(10);
const USER_AGENT: &str = concat!("vigie/", env!("CARGO_PKG_VERSION"));

/// A request as a kind of channel writes it.
pub(super) struct Request {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: String,
}

impl Request {
    /// A POST of JSON.
    pub fn post(url: Url, body: String) -> Self {
        Self { method: Method::POST, url, headers: HeaderMap::new(), body }
    }
}

/// How a service says no.
pub(super) struct Manners {
    /// Whether a 4xx other than 408, 425 and 429 is its last word.
    pub refuses: bool,
    /// What it asks for in the body of a reply, beside `Retry-After`.
    pub asks: fn(&[u8]) -> Option<RetryAfter>,
}

/// The way to one service. Has no `Debug`: the address is a secret.
pub(super) struct Door {
    /// The address of the configuration.
    pub url: Url,
    hidden: Vec<SecretString>,
    allow_private: bool,
    proxy: Option<Proxy>,
    network: Network,
    tls: ClientConfig,
}

#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error(transparent)]
    Unreachable(#[from] UnreachableError),
    #[error("{}", chain(.0))]
    Http(reqwest::Error),
}

impl From<reqwest::Error> for SendError {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error.without_url())
    }
}

impl Door {
    /// `secrets` are hidden in every error, beside the address.
    pub fn open(
        settings: &ChannelSettings,
        url: &SecretString,
        secrets: &[SecretString],
        network: &Network,
    ) -> Result<Self, ChannelError> {
        let channel = || settings.name.clone();
        let url = Url::parse(url.expose_secret().trim())
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| ChannelError::Url { channel: channel() })?;
        let proxy = settings
            .proxy
            .as_ref()
            .map(|proxy| socks5(proxy).ok_or_else(|| ChannelError::Proxy { channel: channel() }))
            .transpose()?;
        Ok(Self {
            hidden: hidden_parts(&url, secrets),
            url,
            allow_private: settings.allow_private,
            proxy,
            tls: tls(&network.roots),
            network: network.clone(),
        })
    }

    /// The address with more path segments after its own.
    pub fn below(&self, segments: &[&str]) -> Url {
        let mut url = self.url.clone();
        url.path_segments_mut()
            .expect("an http address has a path")
            .pop_if_empty()
            .extend(segments);
        url
    }

    /// Makes one attempt; it has ended by the deadline.
    pub async fn send(
        &self,
        request: Request,
        delivery: &Delivery<'_>,
        manners: &Manners,
    ) -> Answer {
        let failed = |error| Answer::Failed { status: None, error, retry_after: None };
        match timeout_at(delivery.deadline, self.exchange(request)).await {
            Err(_) => failed("no answer in time".to_owned()),
            Ok(Err(error)) => failed(excerpt(error.to_string().as_bytes(), &self.hidden)),
            Ok(Ok(response)) if response.status().is_success() => {
                Answer::Accepted { status: response.status().as_u16() }
            }
            Ok(Ok(response)) => self.refusal(response, delivery, manners).await,
        }
    }

    async fn exchange(&self, request: Request) -> Result<Response, SendError> {
        let client = self.client().await?;
        let sent = client
            .request(request.method, request.url)
            .header(CONTENT_TYPE, "application/json")
            .headers(request.headers)
            .body(request.body);
        Ok(sent.send().await?)
    }

    /// A client that can connect to the addresses that were just allowed, and to no others.
    async fn client(&self) -> Result<Client, SendError> {
        let host = self.url.host_str().expect("a URL without a host is refused by open");
        let addresses = self.network.reachable(host, self.allow_private).await?;
        // Port 0: that of the URL.
        let pinned: Vec<_> = addresses.into_iter().map(|ip| SocketAddr::new(ip, 0)).collect();
        let mut builder = Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIME)
            .resolve_to_addrs(host, &pinned);
        if let Some(proxy) = &self.proxy {
            builder = builder.proxy(proxy.clone());
        }
        Ok(builder.build()?)
    }

    /// What a reply other than 2xx says; its status stands even when its body never comes.
    async fn refusal(
        &self,
        mut response: Response,
        delivery: &Delivery<'_>,
        manners: &Manners,
    ) -> Answer {
        let status = response.status();
        let in_header = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .and_then(RetryAfter::parse);
        let mut reply = Vec::new();
        let reading = async {
            while let Ok(Some(chunk)) = response.chunk().await {
                reply.extend(chunk.iter().take(MOST_OF_A_REPLY - reply.len()));
                if reply.len() == MOST_OF_A_REPLY {
                    break;
                }
            }
        };
        // Late or cut short: what came so far is kept.
        let _ = timeout_at(delivery.deadline, reading).await;
        let error = said(status, &excerpt(&reply, &self.hidden));
        let retry_after = in_header.or_else(|| (manners.asks)(&reply));
        let number = status.as_u16();
        match status {
            StatusCode::GONE => Answer::Gone { status: number, error },
            _ if manners.refuses && is_final(status) => {
                Answer::Refused { status: Some(number), error }
            }
            _ => Answer::Failed { status: Some(number), error, retry_after },
        }
    }
}

/// Whether the same request would get the same answer again.
fn is_final(status: StatusCode) -> bool {
    let passing =
        [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
    status.is_client_error() && !passing.contains(&status)
}

fn tls(roots: &Roots) -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has suites for TLS 1.2 and 1.3")
        .with_root_certificates(roots.store())
        .with_no_client_auth()
}

/// vigie resolves the name itself (`socks5`, not `socks5h`), or the guard would not see the address.
fn socks5(proxy: &SecretString) -> Option<Proxy> {
    let url = Url::parse(proxy.expose_secret().trim()).ok()?;
    let complete = url.scheme() == "socks5" && url.has_host() && url.port().is_some();
    complete.then(|| Proxy::all(url).ok()).flatten()
}

fn said(status: StatusCode, reply: &str) -> String {
    let mut said = format!("HTTP {}", status.as_u16());
    if status.is_redirection() {
        said.push_str(", a redirect, which is not followed");
    }
    if !reply.is_empty() {
        said.push_str(": ");
        said.push_str(reply);
    }
    said
}

/// An error with its causes: "error sending request" alone tells nobody what to repair.
fn chain(error: &dyn Error) -> String {
    let mut texts = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        texts.push(error.to_string());
        cause = error.source();
    }
    texts.dedup();
    texts.join(": ")
}
