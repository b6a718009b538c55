//! What does a web server answer, and under which certificate? (RFC 9110, 9112) Or, without one, which
//! file does an authority publish?
//!
//! One request over a connection of its own, HTTP/1.1 without any coding. Redirects are reported,
//! never followed; the header and the body are bounded in octets, and the whole in time.

mod politeness;
mod response;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use vigie_checks::kernel::{
    HttpReply, HttpRequest, HttpsEnd, HttpsReply, HttpsRequest, Method, Reason,
};

use self::politeness::Politeness;
use super::proxy::Connector;
use super::trust::{HandshakeError, Roots, TlsNeed, handshake};

/// Octets of a body that are read at the most, whatever the request says: of a page, and of a file
/// that an authority publishes.
const MOST: usize = 1024 * 1024;
const MOST_PLAIN: usize = 4 * 1024 * 1024;

/// The ports that go without saying (RFC 9110 §4.2).
const HTTPS: u16 = 443;
const HTTP: u16 = 80;

/// The most that the parts of an exchange may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Opening the connection.
    pub connect: Duration,
    /// Everything, the connection included.
    pub whole: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), whole: Duration::from_secs(20) }
    }
}

/// Asks web servers.
#[derive(Clone)]
pub struct HttpsClient {
    connector: Connector,
    roots: Roots,
    timeouts: Timeouts,
    politeness: Politeness,
}

impl HttpsClient {
    pub fn new(connector: Connector, roots: Roots) -> Self {
        let (timeouts, politeness) = (Timeouts::default(), Politeness::default());
        Self { connector, roots, timeouts, politeness }
    }

    /// Sends the request, when the host's turn comes, and reads the response to it.
    pub async fn ask(&self, request: &HttpsRequest) -> HttpsReply {
        let Some(header) = header(request, HTTPS) else {
            return HttpsReply::failed(Reason::Malformed);
        };
        let Some(_turn) = self.politeness.turn(&request.host).await else {
            return HttpsReply::failed(Reason::RateLimited);
        };
        let reply = self.exchange(request, &header).await;
        self.politeness.learn(&request.host, &reply.end);
        reply
    }

    /// The same without TLS, for files that are signed themselves.
    pub async fn ask_plain(&self, request: &HttpRequest) -> HttpReply {
        self.ask_plain_at(request, HTTP).await
    }

    async fn ask_plain_at(&self, request: &HttpRequest, port: u16) -> HttpReply {
        let request = HttpsRequest {
            method: Method::Get,
            address: request.address,
            port,
            host: request.host.clone(),
            target: request.target.clone(),
            accept: None,
            posted: None,
            most: request.most,
        };
        let Some(header) = header(&request, HTTP) else {
            return HttpReply::failed(Reason::Malformed);
        };
        let Some(_turn) = self.politeness.turn(&request.host).await else {
            return HttpReply::failed(Reason::RateLimited);
        };
        let deadline = Instant::now() + self.timeouts.whole;
        let end = match self.connect(&request).await {
            Ok(mut stream) => {
                let exchange = converse(&mut stream, &request, &header, MOST_PLAIN);
                let end = timeout_at(deadline, exchange).await;
                end.unwrap_or(HttpsEnd::Unknown(Reason::Timeout))
            }
            Err(end) => end,
        };
        self.politeness.learn(&request.host, &end);
        HttpReply { end }
    }

    async fn connect(&self, request: &HttpsRequest) -> Result<TcpStream, HttpsEnd> {
        let to = SocketAddr::new(request.address, request.port);
        let connected = self.connector.connect(to, self.timeouts.connect).await;
        connected.map_err(|error| match error.reason() {
            None => HttpsEnd::ConnectionRefused,
            Some(reason) => HttpsEnd::Unknown(reason),
        })
    }

    async fn exchange(&self, request: &HttpsRequest, header: &str) -> HttpsReply {
        let deadline = Instant::now() + self.timeouts.whole;
        let stream = match self.connect(request).await {
            Ok(stream) => stream,
            Err(end) => return HttpsReply::ended(end),
        };
        let host = request.host.as_str();
        let shaken = handshake(stream, host, &self.roots, TlsNeed::Possession);
        let shaken = match timeout_at(deadline, shaken).await {
            Ok(Ok(shaken)) => shaken,
            Ok(Err(HandshakeError::Tls(words))) => {
                return HttpsReply::ended(HttpsEnd::TlsFailed(words));
            }
            Ok(Err(HandshakeError::Connection(_))) => return HttpsReply::failed(Reason::Network),
            Err(_) => return HttpsReply::failed(Reason::Timeout),
        };
        let mut stream = shaken.stream;
        let end = timeout_at(deadline, converse(&mut stream, request, header, MOST)).await;
        HttpsReply {
            tls: Some(shaken.session),
            end: end.unwrap_or(HttpsEnd::Unknown(Reason::Timeout)),
        }
    }
}

/// Sends the request and reads the response, of whose body never more than `most` octets.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    request: &HttpsRequest,
    header: &str,
    most: usize,
) -> HttpsEnd {
    if let Err(error) = send(stream, request, header).await {
        return response::end_of(&error);
    }
    let most = usize::try_from(request.most).unwrap_or(most).min(most);
    response::read(stream, request.method, most).await
}

/// The request up to its body, for a port that goes without saying; nothing where a part of it would
/// end its line.
fn header(request: &HttpsRequest, usual_port: u16) -> Option<String> {
    let is_text = |text: &str| text.bytes().all(|octet| octet == b' ' || octet.is_ascii_graphic());
    let is_target = request.target.starts_with('/')
        && request.target.bytes().all(|octet| octet.is_ascii_graphic());
    if !is_target || !request.host.as_str().bytes().all(|octet| octet.is_ascii_graphic()) {
        return None;
    }
    let port =
        if request.port == usual_port { String::new() } else { format!(":{}", request.port) };
    let mut lines = vec![
        format!("{} {} HTTP/1.1", request.method, request.target),
        format!("Host: {}{port}", request.host),
        concat!("User-Agent: vigie/", env!("CARGO_PKG_VERSION")).to_owned(),
        format!("Accept: {}", request.accept.as_deref().unwrap_or("*/*")),
        "Accept-Encoding: identity".to_owned(),
        "Connection: close".to_owned(),
    ];
    if let (Method::Post, Some(posted)) = (request.method, &request.posted) {
        lines.push(format!("Content-Type: {}", posted.media_type));
        lines.push(format!("Content-Length: {}", posted.text.len()));
    }
    lines.iter().all(|line| is_text(line)).then(|| format!("{}\r\n\r\n", lines.join("\r\n")))
}

async fn send<S: AsyncWrite + Unpin>(
    stream: &mut S,
    request: &HttpsRequest,
    header: &str,
) -> std::io::Result<()> {
    stream.write_all(header.as_bytes()).await?;
    if let (Method::Post, Some(posted)) = (request.method, &request.posted) {
        stream.write_all(posted.text.as_bytes()).await?;
    }
    stream.flush().await
}
