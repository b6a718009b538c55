//! Is the certificate that a web host presents worth anything to those who verify it? (RFC 9525, 5280)

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::certificate::{self, Reading};
use crate::kernel::{Certificate, Name, TlsSession, Trust};

/// A leaf, with how its chain stands to the roots that are trusted here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebCertificate {
    pub leaf: Reading,
    pub trust: Trust,
}

/// What makes a client turn away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateFault {
    Expired,
    NotYetValid,
    NameMismatch,
    Untrusted,
}

impl CertificateFault {
    /// The word that stands for it in findings.
    pub fn word(self) -> &'static str {
        match self {
            Self::Expired => "certificate-expired",
            Self::NotYetValid => "certificate-not-yet-valid",
            Self::NameMismatch => "certificate-name-mismatch",
            Self::Untrusted => "certificate-untrusted",
        }
    }
}

impl WebCertificate {
    /// The certificate of a session; nothing if it cannot be read.
    pub fn of(session: &TlsSession) -> Option<Self> {
        let der = session.chain.first().and_then(Certificate::der)?;
        Some(Self { leaf: certificate::read(&der).ok()?, trust: session.trust })
    }

    /// Why a client that verifies turns away from `host`; nothing if it stays. Where there are no
    /// roots, trust is not judged.
    pub fn fault(&self, host: &Name, now: DateTime<Utc>) -> Option<CertificateFault> {
        if now > self.leaf.not_after {
            Some(CertificateFault::Expired)
        } else if now < self.leaf.not_before {
            Some(CertificateFault::NotYetValid)
        } else if !self.leaf.names_host(host) {
            Some(CertificateFault::NameMismatch)
        } else if self.trust.is_untrusted() {
            Some(CertificateFault::Untrusted)
        } else {
            None
        }
    }
}
