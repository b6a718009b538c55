//! Which roots are trusted, and what a presented chain is worth against them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use chrono::{DateTime, Utc};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::client::{WebPkiServerVerifier, danger::ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, RootCertStore};
use tracing::warn;
use vigie_checks::kernel::{Bilingual, Trust};
use vigie_checks::records::certificate::{self, Reading};

/// The roots that chains are held against.
#[derive(Clone, Debug)]
pub struct Roots {
    /// Those of the files that the admin named: a chain of theirs needs none of the system's.
    named: Arc<RootCertStore>,
    store: Arc<Store>,
    provider: Arc<CryptoProvider>,
}

/// Filled when it is first needed: those of the system lie in hundreds of files, and a run that
/// meets no certificate needs none of them.
type Store = LazyLock<Arc<RootCertStore>, Box<dyn FnOnce() -> Arc<RootCertStore> + Send>>;

/// Why a file of roots is of no use.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words().en)]
pub enum RootsError {
    Unreadable { path: PathBuf, source: std::io::Error },
    NotPem { path: PathBuf, detail: String },
    Empty { path: PathBuf },
    NotARoot { path: PathBuf, number: usize, detail: String },
}

impl RootsError {
    /// What people are told.
    pub fn words(&self) -> Bilingual {
        match self {
            Self::Unreadable { path, source } => {
                Bilingual::unreadable(source).about(path.display())
            }
            Self::NotPem { path, detail } => Bilingual::new(
                format!("not PEM: {detail}"),
                format!("ce n’est pas du PEM (« {detail} »)"),
            )
            .about(path.display()),
            Self::Empty { path } => {
                Bilingual::new("holds no certificate", "aucun certificat n’y figure")
                    .about(path.display())
            }
            Self::NotARoot { path, number, detail } => Bilingual::new(
                format!("certificate {number} cannot be a root: {detail}"),
                format!("le certificat {number} ne peut pas être une racine (« {detail} »)"),
            )
            .about(path.display()),
        }
    }
}

/// Why a chain may not be relied on, in words.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Untrusted {
    #[error("no roots are trusted here")]
    NoRoots,
    #[error("the certificate is not valid: {reason}")]
    Invalid { reason: String },
}

impl Roots {
    /// The system's roots and those of the PEM files. Certificates of the system that cannot be
    /// read are left out with a warning; those of a file that the admin named are an error.
    ///
    /// # Errors
    /// A file cannot be read, is not PEM, holds no certificate, or one that cannot be a root.
    pub fn load(extra: &[PathBuf]) -> Result<Self, RootsError> {
        Ok(Self::filled_by(store_of(extra)?.into(), beside_system))
    }

    /// The roots of the PEM files alone.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn only(files: &[PathBuf]) -> Result<Self, RootsError> {
        Ok(Self::filled_by(store_of(files)?.into(), RootCertStore::clone))
    }

    /// No roots at all: nothing is trusted, and nothing is called untrusted.
    pub fn nobody() -> Self {
        Self::filled_by(RootCertStore::empty().into(), RootCertStore::clone)
    }

    /// The named roots, and what they are filled up to when these do not do.
    pub(super) fn filled_by(
        named: Arc<RootCertStore>,
        fill: impl FnOnce(&RootCertStore) -> RootCertStore + Send + 'static,
    ) -> Self {
        let beginning = Arc::clone(&named);
        let store = LazyLock::new(Box::new(move || Arc::new(fill(&beginning))) as Box<_>);
        Self { named, store: Arc::new(store), provider: Arc::new(ring::default_provider()) }
    }

    pub fn is_empty(&self) -> bool {
        self.named.is_empty() && self.store.is_empty()
    }

    /// The roots as rustls takes them, for clients other than SMTP.
    pub fn store(&self) -> Arc<RootCertStore> {
        Arc::clone(LazyLock::force(&self.store))
    }

    /// How a chain, leaf first, stands to the roots. Its names are not looked at, and it is held
    /// against them at a moment inside the leaf's validity: expiry is another question.
    pub fn judge(&self, chain: &[CertificateDer<'_>], now: DateTime<Utc>) -> Trust {
        if self.is_empty() {
            return Trust::NotJudged;
        }
        let Some((leaf, intermediates)) = chain.split_first() else {
            return Trust::UnknownIssuer;
        };
        let Ok(reading) = certificate::read(leaf) else {
            return Trust::UnknownIssuer;
        };
        let at = inside(&reading, now);
        let leads_to = |roots| self.leads_to_root(leaf, intermediates, at, roots);
        if !self.named.is_empty() && leads_to(&self.named) || leads_to(&self.store) {
            Trust::Trusted
        } else if reading.self_issued {
            Trust::SelfSigned
        } else {
            Trust::UnknownIssuer
        }
    }

    fn leads_to_root(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        at: UnixTime,
        roots: &RootCertStore,
    ) -> bool {
        let Ok(parsed) = ParsedCertificate::try_from(leaf) else {
            return false;
        };
        let algorithms = self.provider.signature_verification_algorithms.all;
        verify_server_cert_signed_by_trust_anchor(&parsed, roots, intermediates, at, algorithms)
            .is_ok()
    }

    /// Whether a chain may be relied on now for the host: trusted, in date, naming it.
    ///
    /// # Errors
    /// Says what is wrong with the chain.
    pub fn rely_on(
        &self,
        chain: &[CertificateDer<'_>],
        host: &ServerName<'_>,
    ) -> Result<(), Untrusted> {
        if self.is_empty() {
            return Err(Untrusted::NoRoots);
        }
        let invalid = |reason: String| Untrusted::Invalid { reason };
        let verifier =
            WebPkiServerVerifier::builder_with_provider(self.store(), Arc::clone(&self.provider))
                .build()
                .map_err(|error| invalid(error.to_string()))?;
        let (leaf, intermediates) =
            chain.split_first().ok_or_else(|| invalid("the chain is empty".to_owned()))?;
        match verifier.verify_server_cert(leaf, intermediates, host, &[], UnixTime::now()) {
            Ok(_) => Ok(()),
            Err(rustls::Error::InvalidCertificate(error)) => Err(invalid(in_words(&error))),
            Err(error) => Err(invalid(error.to_string())),
        }
    }
}

fn in_words(error: &CertificateError) -> String {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it does not name the host"
        }
        CertificateError::UnknownIssuer => "its issuer is not trusted here",
        other => return other.to_string(),
    }
    .to_owned()
}

/// Now if the certificate is in date, else the nearest moment at which it was.
fn inside(reading: &Reading, now: DateTime<Utc>) -> UnixTime {
    let at = if now > reading.not_after { reading.not_after } else { now.max(reading.not_before) };
    let seconds = u64::try_from(at.timestamp()).unwrap_or_default();
    UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds))
}

fn store_of(files: &[PathBuf]) -> Result<RootCertStore, RootsError> {
    let mut store = RootCertStore::empty();
    for path in files {
        add_file(&mut store, path)?;
    }
    Ok(store)
}

/// The system's roots, then the named ones.
fn beside_system(named: &RootCertStore) -> RootCertStore {
    let system = rustls_native_certs::load_native_certs();
    for error in &system.errors {
        warn!(%error, "some roots of the system cannot be read");
    }
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(system.certs);
    store.roots.extend(named.roots.iter().cloned());
    store
}

fn add_file(store: &mut RootCertStore, path: &Path) -> Result<(), RootsError> {
    let owned = || path.to_path_buf();
    let pem =
        std::fs::read(path).map_err(|source| RootsError::Unreadable { path: owned(), source })?;
    let mut number = 0;
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate
            .map_err(|error| RootsError::NotPem { path: owned(), detail: error.to_string() })?;
        number += 1;
        store.add(certificate).map_err(|error| RootsError::NotARoot {
            path: owned(),
            number,
            detail: error.to_string(),
        })?;
    }
    if number == 0 { Err(RootsError::Empty { path: owned() }) } else { Ok(()) }
}
