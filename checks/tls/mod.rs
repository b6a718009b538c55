//! TLS: is the certificate of each mail host in date, issued for it, and trusted? (RFC 5280, 9525)
//! Mail between servers does not insist on this unless MTA-STS or DANE does; versions and ciphers
//! that we do not speak ourselves are not looked at.

mod judge;
mod observe;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::kernel::{Check, Context, Judgement, Name, Reason, Trust, View};
use crate::records::certificate::Reading;

/// The check.
pub struct Tls;

/// The findings of this check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum TlsCode {
    CertExpired,
    CertExpiring,
    NameMismatch,
    Untrusted,
    NotTested,
}

/// The certificates that the mail hosts present.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsFacts {
    /// Port 25 is closed from here, so nobody was asked.
    pub egress_blocked: bool,
    /// The hosts that were asked, in the order of the MX set.
    pub hosts: Vec<Host>,
    /// The leaf certificates, by digest.
    pub certificates: BTreeMap<String, Reading>,
}

/// A host with the session of each of its addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    pub name: Name,
    pub addresses: BTreeMap<IpAddr, Session>,
}

/// What came of STARTTLS at an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Session {
    Encrypted {
        /// `TLSv1.2` or `TLSv1.3`.
        version: String,
        cipher: String,
        /// The digest of the leaf.
        certificate: String,
        trust: Trust,
    },
    /// No mail is taken there; `mx` says so.
    Unreachable,
    /// There was no session, or its certificate could not be read.
    Untold { reason: Reason },
}

impl Check for Tls {
    const NAME: &'static str = "tls";
    const FINDINGS: &'static str = include_str!("findings.toml");
    const FACTS: u32 = 1;
    const NEEDS: &'static [&'static str] = &["mx"];
    type Code = TlsCode;
    type Facts = TlsFacts;

    async fn observe(view: &View<'_>) -> TlsFacts {
        observe::observe(view).await
    }

    fn judge(facts: &TlsFacts, context: &Context<'_>) -> Judgement {
        judge::judge(facts, context.now)
    }
}
