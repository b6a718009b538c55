//! TLS: is the certificate of each mail host in date, issued for it, strong and trusted, and what does
//! the host still accept that is out of date? (RFC 5280, 8996, 9325, 9525)
//! Mail between servers does not insist on the certificate unless MTA-STS or DANE does, and of one that
//! DANE names nothing else counts; users of the domain's services insist. Whether a leaf is revoked is read in the list of its issuer; OCSP is not asked, nor
//! are the lists of those above.

mod facts;
mod judge;
mod observe;
#[cfg(test)]
mod tests;

pub use facts::{
    Authority, Chain, Completion, Hellos, Host, Relevance, Revocation, Service, ServiceFault,
    Session, TlsFacts,
};

use crate::kernel::{Check, Context, Judgement, View};

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
    ChainIncomplete,
    ChainUnknown,
    Revoked,
    RevocationUnknown,
    DaneUnknown,
    WeakKey,
    OldOnly,
    OldEnabled,
    WeakCipher,
    ServiceCertificate,
    ServiceUnreachable,
    ServiceUnencrypted,
    NotTested,
}

impl Check for Tls {
    const NAME: &'static str = "tls";
    const FINDINGS: &'static str = include_str!("findings.toml");
    const FACTS: u32 = 4;
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
