//! Which pages does a web host have? Fixed ones by path, such as an MTA-STS policy (RFC 8461
//! §3.3); any other path is 404. Pages may change while the host runs.

use super::message::{RequestError, Response, read};
use crate::ca::{CertificateAuthority, CertificateKind};
use crate::line::{LineError, LineStream};
use crate::running::Running;
use crate::tls;
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a client may take to ask.
const PATIENCE: Duration = Duration::from_secs(60);

/// A page, and how slowly it comes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// What is answered.
    pub response: Response,
    /// The pause before the answer.
    pub delay: Duration,
    /// The status of the answer to POST; absent = 405.
    pub posted: Option<u16>,
}

/// A web host.
pub struct PagesHost {
    name: String,
    certificate: RwLock<Option<CertificateKind>>,
    pages: RwLock<HashMap<String, Page>>,
    ca: Arc<CertificateAuthority>,
}

impl PagesHost {
    /// A host of that name without pages; no certificate makes the handshake fail.
    pub fn new(
        name: impl Into<String>,
        certificate: Option<CertificateKind>,
        ca: Arc<CertificateAuthority>,
    ) -> Self {
        Self {
            name: name.into(),
            certificate: RwLock::new(certificate),
            pages: RwLock::default(),
            ca,
        }
    }

    /// Puts a page at a path (without its query), in place of what was there.
    pub fn set_page(&self, path: impl Into<String>, page: Page) {
        let mut pages = self.pages.write().unwrap_or_else(PoisonError::into_inner);
        pages.insert(path.into(), page);
    }

    /// Removes a page.
    pub fn remove_page(&self, path: &str) {
        let mut pages = self.pages.write().unwrap_or_else(PoisonError::into_inner);
        pages.remove(path);
    }

    /// Changes the certificate shown from the next handshake on.
    pub fn set_certificate(&self, certificate: Option<CertificateKind>) {
        *self.certificate.write().unwrap_or_else(PoisonError::into_inner) = certificate;
    }

    fn certificate(&self) -> Option<CertificateKind> {
        *self.certificate.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn page(&self, target: &str) -> Option<Page> {
        let path = target.split('?').next().unwrap_or(target);
        let pages = self.pages.read().unwrap_or_else(PoisonError::into_inner);
        pages.get(path).cloned()
    }
}

/// Opens the host on a free loopback port.
pub async fn serve(host: Arc<PagesHost>) -> io::Result<Running> {
    Running::serve(move |stream, _| {
        let host = Arc::clone(&host);
        async move {
            if let Err(error) = answer(stream, &host).await {
                tracing::debug!(%error, "an HTTPS conversation ended early");
            }
        }
    })
    .await
}

/// Opens the host without TLS.
pub async fn serve_plain(host: Arc<PagesHost>) -> io::Result<Running> {
    Running::serve(move |stream, _| {
        let host = Arc::clone(&host);
        async move {
            if let Err(error) = answer_on(stream, &host).await {
                tracing::debug!(%error, "an HTTP conversation ended early");
            }
        }
    })
    .await
}

async fn answer(stream: TcpStream, host: &PagesHost) -> Result<(), RequestError> {
    let stream = tls::accept(stream, &host.ca, &host.name, host.certificate());
    answer_on(stream.await.map_err(LineError::from)?, host).await
}

async fn answer_on<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    host: &PagesHost,
) -> Result<(), RequestError> {
    let mut lines = LineStream::new(stream);
    let request = match timeout(PATIENCE, read(&mut lines)).await {
        Ok(request) => request,
        Err(_) => Err(RequestError::Refused(408)),
    };
    let wire = match request {
        Ok(None) => return Ok(()),
        Ok(Some(request)) => {
            let header_only = request.method == "HEAD";
            let page = match request.method.as_str() {
                "GET" | "HEAD" => host.page(&request.target),
                method => {
                    let page = host.page(&request.target).filter(|_| method == "POST");
                    let status = page.and_then(|page| page.posted).unwrap_or(405);
                    Some(Page { response: Response::of(status), ..Page::default() })
                }
            };
            let page =
                page.unwrap_or_else(|| Page { response: Response::of(404), ..Page::default() });
            tokio::time::sleep(page.delay).await;
            page.response.to_wire(header_only)
        }
        Err(RequestError::Refused(status)) => Response::of(status).to_wire(false),
        Err(error) => return Err(error),
    };
    lines.write(&wire).await.map_err(LineError::from)?;
    Ok(lines.close().await.map_err(LineError::from)?)
}
