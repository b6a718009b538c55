//! Setting up TLS as a client: with anybody when inspecting, with the right host when secrets follow.

use std::sync::{Arc, LazyLock};

use chrono::Utc;
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use vigie_checks::kernel::{Certificate, TlsSession};

use super::roots::{Roots, Untrusted};

/// Certificates of a presented chain that are kept; a real one has two to four.
const LONGEST_CHAIN: usize = 10;

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsNeed {
    /// To see what is there: any certificate will do and nothing secret follows.
    Inspection,
    /// To judge it afterwards: any certificate will do, but its key must be the host's.
    Possession,
    /// To trust the host: its certificate must be trusted, in date and name it.
    Identity,
}

/// A session, with what was seen of it.
pub struct Handshake<S> {
    pub stream: TlsStream<S>,
    pub session: TlsSession,
    /// What the host's certificate is not good enough for, when [`TlsNeed::Identity`] was asked.
    pub refused: Option<Untrusted>,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    /// What the other side sent, or its alert, in words.
    #[error("{0}")]
    Tls(String),
    /// The connection broke under the handshake.
    #[error("connection lost: {0}")]
    Connection(std::io::Error),
}

/// Sets up TLS 1.2 or 1.3 over a connected stream. The host's name goes into SNI unless it is an
/// address or no host name.
///
/// # Errors
/// The handshake did not end in a session.
pub async fn handshake<S>(
    stream: S,
    host: &str,
    roots: &Roots,
    need: TlsNeed,
) -> Result<Handshake<S>, HandshakeError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let connector = TlsConnector::from(config(need));
    let name = server_name(host);
    // An address is never put into SNI (RFC 6066 §3), so this one stands for "no name".
    let nameless = || ServerName::IpAddress(std::net::Ipv4Addr::UNSPECIFIED.into());
    let asked = name.clone().unwrap_or_else(nameless);
    let stream = connector.connect(asked, stream).await.map_err(classify)?;
    let (_, connection) = stream.get_ref();
    let chain: Vec<CertificateDer<'static>> = connection
        .peer_certificates()
        .unwrap_or_default()
        .iter()
        .take(LONGEST_CHAIN)
        .map(|certificate| certificate.clone().into_owned())
        .collect();
    let refused = match (need, &name) {
        (TlsNeed::Inspection | TlsNeed::Possession, _) => None,
        (TlsNeed::Identity, Some(name)) => roots.rely_on(&chain, name).err(),
        (TlsNeed::Identity, None) => {
            Some(Untrusted::Invalid { reason: format!("no certificate can name {host}") })
        }
    };
    let session = TlsSession {
        version: match connection.protocol_version() {
            Some(rustls::ProtocolVersion::TLSv1_3) => "TLSv1.3",
            _ => "TLSv1.2",
        }
        .to_owned(),
        cipher: connection.negotiated_cipher_suite().map_or_else(String::new, |suite| {
            suite.suite().as_str().unwrap_or("unknown").to_owned()
        }),
        chain: chain.iter().map(|certificate| Certificate::from_der(certificate)).collect(),
        trust: roots.judge(&chain, Utc::now()),
    };
    Ok(Handshake { stream, session, refused })
}

fn server_name(host: &str) -> Option<ServerName<'static>> {
    ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).ok()
}

fn config(need: TlsNeed) -> Arc<ClientConfig> {
    static SHOWS_A_CERTIFICATE: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| accepting(false));
    static PROVES_ITS_KEY: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| accepting(true));
    Arc::clone(match need {
        TlsNeed::Inspection => &SHOWS_A_CERTIFICATE,
        TlsNeed::Possession | TlsNeed::Identity => &PROVES_ITS_KEY,
    })
}

fn accepting(proves_key: bool) -> Arc<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let verifier = AnyCertificate { provider: Arc::clone(&provider), proves_key };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has suites for TLS 1.2 and 1.3")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    // Where a session is resumed, no certificate is shown.
    config.resumption = Resumption::disabled();
    Arc::new(config)
}

/// An error of rustls is about TLS; anything else is about the connection below it.
fn classify(error: std::io::Error) -> HandshakeError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(inner) => HandshakeError::Tls(inner.to_string()),
        None => HandshakeError::Connection(error),
    }
}

/// Lets any certificate pass; it is judged after the handshake.
#[derive(Debug)]
struct AnyCertificate {
    provider: Arc<CryptoProvider>,
    /// Whether the host must prove that it holds the certificate's key. An inspection lets weak
    /// keys and old signatures pass, as mail senders do.
    proves_key: bool,
}

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        if !self.proves_key {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        if !self.proves_key {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
