use super::{CertificateAuthority, CertificateKind};
use rustls::pki_types::ServerName;
use std::sync::Arc;
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// What a client that trusts the lab's root alone says of a certificate.
async fn handshake(ca: &CertificateAuthority, kind: CertificateKind) -> Result<(), String> {
    let (near, far) = tokio::io::duplex(16 * 1024);
    let acceptor = TlsAcceptor::from(ca.server_config(&["mx.example.com"], kind).unwrap());
    let server = tokio::spawn(async move { acceptor.accept(far).await.map(drop) });
    let name = ServerName::try_from("mx.example.com").unwrap();
    let connected = TlsConnector::from(ca.client_config().unwrap()).connect(name, near).await;
    let outcome = connected.map(drop).map_err(|error| error.to_string());
    let _ = server.await;
    outcome
}

#[tokio::test]
async fn each_kind_is_trusted_or_refused_for_its_own_reason() {
    let cases = [
        ("a valid one", CertificateKind::Valid, None),
        ("near its end", CertificateKind::Expiring, None),
        ("past its end", CertificateKind::Expired, Some("expired")),
        ("of its own key", CertificateKind::SelfSigned, Some("UnknownIssuer")),
        ("for another name", CertificateKind::WrongName, Some("not valid for name")),
        ("by a root unknown", CertificateKind::UnknownCa, Some("UnknownIssuer")),
        ("without its issuer", CertificateKind::Incomplete, Some("UnknownIssuer")),
        ("with its issuer", CertificateKind::Listed, None),
    ];
    let ca = CertificateAuthority::new().unwrap();
    for (name, kind, reason) in cases {
        match (handshake(&ca, kind).await, reason) {
            (Ok(()), None) => {}
            (Err(error), Some(reason)) if error.contains(reason) => {}
            (seen, _) => panic!("{name}: {seen:?}"),
        }
    }
}

#[test]
fn a_leaf_is_made_once() {
    let ca = CertificateAuthority::new().unwrap();
    let first = ca.server_config(&["a.example"], CertificateKind::Valid);
    let again = ca.server_config(&["a.example"], CertificateKind::Valid);
    let other = ca.server_config(&["a.example"], CertificateKind::Expired);
    assert!(Arc::ptr_eq(first.as_ref().unwrap(), again.as_ref().unwrap()));
    assert!(!Arc::ptr_eq(first.as_ref().unwrap(), other.as_ref().unwrap()));
}
