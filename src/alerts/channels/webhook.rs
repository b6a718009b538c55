//! Does the receiver have it? One signed POST (Standard Webhooks 1.0); only 2xx is a yes.
//! Redirects are not followed, and the body of a yes is not read.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Proxy, Response, StatusCode, Url, redirect};
use rustls::ClientConfig;
use rustls::crypto::ring;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout_at;

use super::excerpt::{excerpt, hidden_parts};
use super::{Answer, Channel, Delivery};
use crate::alerts::{
    ChannelError, ChannelSettings, Network, RetryAfter, SigningSecret, UnreachableError, signatures,
};
use crate::net::trust::Roots;

/// Octets read of a reply that says no.
const MOST_OF_A_REPLY: usize = 4096;
/// Inside the time of the whole attempt.
const CONNECT_TIME: Duration = Duration::from_secs(10);
const USER_AGENT: &str = concat!("vigie/", env!("CARGO_PKG_VERSION"));

/// A webhook. Has no `Debug`: the address is a secret.
pub(super) struct Webhook {
    url: Url,
    secrets: Vec<SigningSecret>,
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

impl Webhook {
    pub(super) fn open(
        settings: &ChannelSettings,
        network: &Network,
    ) -> Result<Self, ChannelError> {
        let channel = || settings.name.clone();
        let url = Url::parse(settings.url.expose_secret().trim())
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| ChannelError::Url { channel: channel() })?;
        let secrets = settings
            .secrets
            .iter()
            .map(SigningSecret::parse)
            .collect::<Result<_, _>>()
            .map_err(|source| ChannelError::Secret { channel: channel(), source })?;
        let proxy = settings
            .proxy
            .as_ref()
            .map(|proxy| socks5(proxy).ok_or_else(|| ChannelError::Proxy { channel: channel() }))
            .transpose()?;
        Ok(Self {
            hidden: hidden_parts(&url, &settings.secrets),
            url,
            secrets,
            allow_private: settings.allow_private,
            proxy,
            tls: tls(&network.roots),
            network: network.clone(),
        })
    }

    async fn exchange(&self, delivery: &Delivery<'_>) -> Result<Response, SendError> {
        let client = self.client().await?;
        let timestamp = delivery.at.timestamp();
        let mut request = client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", delivery.id)
            .header("webhook-timestamp", timestamp)
            .body(delivery.body.to_owned());
        if !self.secrets.is_empty() {
            let signed =
                signatures(&self.secrets, delivery.id, timestamp, delivery.body.as_bytes());
            request = request.header("webhook-signature", signed);
        }
        Ok(request.send().await?)
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
    async fn refusal(&self, mut response: Response, delivery: &Delivery<'_>) -> Answer {
        let status = response.status();
        let retry_after = response
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
        match status {
            StatusCode::GONE => Answer::Gone { status: status.as_u16(), error },
            _ => Answer::Failed { status: Some(status.as_u16()), error, retry_after },
        }
    }
}

#[async_trait]
impl Channel for Webhook {
    async fn send(&self, delivery: &Delivery<'_>) -> Answer {
        let failed = |error| Answer::Failed { status: None, error, retry_after: None };
        match timeout_at(delivery.deadline, self.exchange(delivery)).await {
            Err(_) => failed("no answer in time".to_owned()),
            Ok(Err(error)) => failed(excerpt(error.to_string().as_bytes(), &self.hidden)),
            Ok(Ok(response)) if response.status().is_success() => {
                Answer::Accepted { status: response.status().as_u16() }
            }
            Ok(Ok(response)) => self.refusal(response, delivery).await,
        }
    }
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
