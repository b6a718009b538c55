//! How does a host of the lab shake hands? With the certificate of its kind, or not at all.

use crate::ca::{CertificateAuthority, CertificateKind};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(30);
/// The alert handshake_failure(40), fatal, as TLS 1.2 frames it (RFC 5246 §7.2).
const HANDSHAKE_FAILURE: [u8; 7] = [21, 3, 3, 0, 2, 2, 40];

/// Accepts TLS under that name; without a kind of certificate the client gets a fatal alert.
pub(crate) async fn accept(
    stream: TcpStream,
    ca: &CertificateAuthority,
    name: &str,
    kind: Option<CertificateKind>,
) -> io::Result<TlsStream<TcpStream>> {
    accept_as(stream, ca, &[name], kind).await
}

/// As [`accept`], under several names.
pub(crate) async fn accept_as(
    mut stream: TcpStream,
    ca: &CertificateAuthority,
    names: &[&str],
    kind: Option<CertificateKind>,
) -> io::Result<TlsStream<TcpStream>> {
    let Some(kind) = kind else {
        let mut hello = [0; 1024];
        let read = timeout(HANDSHAKE, stream.read(&mut hello)).await??;
        if read > 0 {
            stream.write_all(&HANDSHAKE_FAILURE).await?;
            stream.shutdown().await?;
        }
        return Err(io::Error::other("no certificate to show"));
    };
    let config = ca.server_config(names, kind).map_err(io::Error::other)?;
    timeout(HANDSHAKE, TlsAcceptor::from(config).accept(stream)).await?
}
