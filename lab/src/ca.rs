//! Which certificate does a host of the lab show? Any kind that an audit must tell apart.
//! Times are relative to the real clock, since that is what the product's TLS reads.

mod published;
#[cfg(test)]
mod tests;
mod weak;

pub use published::{ISSUER_URL, LIST_URL, Publication};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, DnValue,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use time::{Duration, OffsetDateTime};

/// The name that a certificate of the wrong name carries.
pub const WRONG_NAME: &str = "elsewhere.example";

/// The key of every leaf: always the same, so that a zone can pin it (`TLSA 3 1 1`). Roots have
/// keys of their own that nobody can know.
const LEAF_KEY: &str = include_str!("ca/leaf-key.pem");

/// A kind of leaf certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CertificateKind {
    /// By the lab's root; 90 days long, 60 of them left.
    Valid,
    /// By the lab's root; ended yesterday.
    Expired,
    /// By the lab's root; ends in 3 days.
    Expiring,
    /// By its own key.
    SelfSigned,
    /// By the lab's root, for [`WRONG_NAME`] only.
    WrongName,
    /// By a second root that is not handed out.
    UnknownCa,
    /// By the lab's root, for an RSA key of 1024 bits; the server signs with another key, which only
    /// a client that verifies the handshake finds out.
    WeakKey,
    /// By an issuer below the lab's root whose certificate is not shown; the leaf says where it is.
    Incomplete,
    /// By that issuer, whose certificate is shown; the leaf says where it would be listed if revoked.
    Listed,
}

impl CertificateKind {
    /// Days from now to the start and to the end of the certificate.
    fn days(self) -> (i64, i64) {
        match self {
            Self::Expired => (-91, -1),
            Self::Expiring => (-87, 3),
            _ => (-30, 60),
        }
    }
}

/// Why a certificate could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// A name does not fit into a certificate, or the generator failed.
    #[error("certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// rustls does not take the key or the chain.
    #[error("certificate: refused by TLS: {0}")]
    Tls(#[from] rustls::Error),
}

type Leaves = HashMap<(Vec<String>, CertificateKind), Arc<ServerConfig>>;

/// The lab's certificate authority: one root that clients are given, one that they are not.
pub struct CertificateAuthority {
    root: CertifiedIssuer<'static, KeyPair>,
    unknown: CertifiedIssuer<'static, KeyPair>,
    between: CertifiedIssuer<'static, KeyPair>,
    leaves: Mutex<Leaves>,
}

impl fmt::Debug for CertificateAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateAuthority").finish_non_exhaustive()
    }
}

impl CertificateAuthority {
    /// Makes both roots and an issuer below the first (ECDSA P-256).
    pub fn new() -> Result<Self, CaError> {
        let root = root("vigie lab root")?;
        Ok(Self {
            between: published::between(&root)?,
            root,
            unknown: self::root("a root that nobody was given")?,
            leaves: Mutex::new(HashMap::new()),
        })
    }

    /// The root to trust, as PEM.
    pub fn root_pem(&self) -> String {
        self.root.pem()
    }

    /// TLS of a server that bears these names; made once per names and kind.
    pub fn server_config(
        &self,
        names: &[&str],
        kind: CertificateKind,
    ) -> Result<Arc<ServerConfig>, CaError> {
        let key = (names.iter().map(|name| name.to_string()).collect(), kind);
        let mut leaves = self.leaves.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = leaves.get(&key) {
            return Ok(Arc::clone(config));
        }
        let config = Arc::new(self.leaf(&key.0, kind)?);
        leaves.insert(key, Arc::clone(&config));
        Ok(config)
    }

    /// TLS of a client that trusts the lab's root and nothing else.
    pub fn client_config(&self) -> Result<Arc<ClientConfig>, CaError> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.der().clone())?;
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Arc::new(config))
    }

    fn leaf(&self, names: &[String], kind: CertificateKind) -> Result<ServerConfig, CaError> {
        let key = KeyPair::from_pem(LEAF_KEY)?;
        let certificate = self.sign(names, kind, &key)?;
        let mut chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
        if kind == CertificateKind::Listed {
            chain.push(self.between.der().clone());
        }
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        if kind == CertificateKind::WeakKey {
            return Ok(weak::server_config(chain, &key)?);
        }
        Ok(ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?)
    }

    fn sign(
        &self,
        names: &[String],
        kind: CertificateKind,
        key: &KeyPair,
    ) -> Result<Certificate, CaError> {
        let names = match kind {
            CertificateKind::WrongName => vec![WRONG_NAME.to_owned()],
            _ => names.to_vec(),
        };
        let (from, until) = kind.days();
        let now = OffsetDateTime::now_utc();
        let mut params = CertificateParams::new(names.clone())?;
        params.not_before = now + Duration::days(from);
        params.not_after = now + Duration::days(until);
        params.distinguished_name.push(
            DnType::CommonName,
            DnValue::Utf8String(names.first().cloned().unwrap_or_default()),
        );
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        match kind {
            CertificateKind::Incomplete => published::name_issuer(&mut params),
            CertificateKind::Listed => published::name_list(&mut params),
            _ => {}
        }
        Ok(match kind {
            CertificateKind::Incomplete | CertificateKind::Listed => {
                params.signed_by(key, &self.between)?
            }
            CertificateKind::SelfSigned => params.self_signed(key)?,
            CertificateKind::UnknownCa => params.signed_by(key, &self.unknown)?,
            CertificateKind::WeakKey => params.signed_by(&weak::Key, &self.root)?,
            _ => params.signed_by(key, &self.root)?,
        })
    }
}

fn root(name: &str) -> Result<CertifiedIssuer<'static, KeyPair>, CaError> {
    let now = OffsetDateTime::now_utc();
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = now - Duration::days(365);
    params.not_after = now + Duration::days(3650);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}
