//! A certificate authority for tests: makes the chains that the world could present.

use std::io::Write;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use time::{Duration, OffsetDateTime};

use super::Roots;

/// A root with the power to issue.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A leaf with its key.
pub(crate) struct Leaf {
    pub chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names to refuse");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("a root").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A leaf for the name, valid for the days around now.
    pub(crate) fn leaf(&self, name: &str, from_days: i64, to_days: i64) -> Leaf {
        let (params, key) = leaf_params(name, from_days, to_days);
        let certificate = params.signed_by(&key, &self.issuer).expect("a leaf");
        Leaf { chain: vec![certificate.der().clone()], key }
    }

    /// This root alone as what is trusted.
    pub(crate) fn roots(&self) -> Roots {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(self.pem.as_bytes()).expect("room for a certificate");
        Roots::only(&[file.path().to_path_buf()]).expect("a root in PEM")
    }
}

/// A leaf that nobody but itself vouches for.
pub(crate) fn self_signed(name: &str) -> Leaf {
    let (params, key) = leaf_params(name, -1, 30);
    let certificate = params.self_signed(&key).expect("a leaf");
    Leaf { chain: vec![certificate.der().clone()], key }
}

fn leaf_params(name: &str, from_days: i64, to_days: i64) -> (CertificateParams, KeyPair) {
    let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a host name");
    params.distinguished_name.push(DnType::CommonName, name);
    let now = OffsetDateTime::now_utc();
    params.not_before = now + Duration::days(from_days);
    params.not_after = now + Duration::days(to_days);
    (params, KeyPair::generate().expect("a key"))
}

impl Leaf {
    /// A server that presents the leaf.
    pub(crate) fn server(&self) -> Arc<ServerConfig> {
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).expect("PKCS#8");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has suites for TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_single_cert(self.chain.clone(), key)
            .expect("the key belongs to the leaf");
        Arc::new(config)
    }
}
