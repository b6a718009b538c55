//! MTA-STS: do senders find a policy for the domain, and can they deliver under it? (RFC 8461)
//!
//! The mail hosts are those that `mx` found; what they present without a policy is for `tls`.

mod facts;
mod judge;
mod observe;
mod past;
mod policy;
#[cfg(test)]
mod tests;

pub use facts::{Delivery, Fetch, MailHost, MtaStsFacts, PolicyText, Served};
pub use observe::is_enforced;

use crate::kernel::{Check, Context, Judgement, View};

/// The check.
pub struct MtaSts;

/// The findings of this check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum MtaStsCode {
    Missing,
    RecordInvalid,
    PolicyUnfetchable,
    PolicyInvalid,
    MxNotCovered,
    MxTlsFails,
    TestingOrNone,
    MaxAgeShort,
    IdNotChanged,
    HostTakeover,
    CertificateExpiring,
    UnstagedRemoval,
    Unknown,
}

impl Check for MtaSts {
    const NAME: &'static str = "mta-sts";
    const FINDINGS: &'static str = include_str!("findings.toml");
    const FACTS: u32 = 3;
    const NEEDS: &'static [&'static str] = &["mx"];
    const READS_PAST: bool = true;
    type Code = MtaStsCode;
    type Facts = MtaStsFacts;

    async fn observe(view: &View<'_>) -> MtaStsFacts {
        observe::observe(view).await
    }

    fn judge(facts: &MtaStsFacts, context: &Context<'_>) -> Judgement {
        judge::judge(facts, context)
    }
}
