//! A raw SMTP client for the tests: says what it is told, and returns what it hears.

use crate::ca::CertificateAuthority;
use crate::line::LineStream;
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The longest that a test waits for a line.
const DEADLINE: Duration = Duration::from_secs(20);

pub struct Conversation<S>(LineStream<S>);

pub async fn connect(server: SocketAddr) -> Conversation<TcpStream> {
    let stream = TcpStream::connect(server).await.unwrap();
    Conversation(LineStream::new(stream))
}

/// TLS from the first octet.
pub async fn connect_tls(
    server: SocketAddr,
    name: &str,
    ca: &CertificateAuthority,
) -> Conversation<TlsStream<TcpStream>> {
    connect(server).await.secured(name, ca).await
}

impl<S: AsyncRead + AsyncWrite + Unpin> Conversation<S> {
    /// One reply, its lines joined by a line feed; empty when the server hung up.
    pub async fn hear(&mut self) -> String {
        let mut lines: Vec<String> = Vec::new();
        loop {
            let line = timeout(DEADLINE, self.0.line(4096)).await.expect("a line in time");
            let Ok(Some(line)) = line else {
                return lines.join("\n");
            };
            let line = String::from_utf8(line).unwrap();
            let last = line.as_bytes().get(3) != Some(&b'-');
            lines.push(line);
            if last {
                return lines.join("\n");
            }
        }
    }

    pub async fn ask(&mut self, line: &str) -> String {
        self.0.write(format!("{line}\r\n").as_bytes()).await.unwrap();
        self.hear().await
    }

    /// The replies to several lines.
    pub async fn ask_all(&mut self, lines: &[&str]) -> Vec<String> {
        let mut replies = Vec::new();
        for line in lines {
            replies.push(self.ask(line).await);
        }
        replies
    }

    pub async fn write(&mut self, octets: &[u8]) {
        self.0.write(octets).await.unwrap();
    }

    pub async fn octets(&mut self, count: usize) -> Vec<u8> {
        self.0.octets(count).await.unwrap()
    }
}

impl Conversation<TcpStream> {
    pub async fn secured(
        self,
        name: &str,
        ca: &CertificateAuthority,
    ) -> Conversation<TlsStream<TcpStream>> {
        self.try_secured(name, ca).await.unwrap()
    }

    /// The words of the TLS error when the handshake fails.
    pub async fn try_secured(
        self,
        name: &str,
        ca: &CertificateAuthority,
    ) -> Result<Conversation<TlsStream<TcpStream>>, String> {
        let connector = TlsConnector::from(ca.client_config().unwrap());
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let stream = connector.connect(name, self.0.into_inner()).await;
        match stream {
            Ok(stream) => Ok(Conversation(LineStream::new(stream))),
            Err(error) => Err(error.to_string()),
        }
    }
}
