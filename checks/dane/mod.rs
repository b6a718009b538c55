//! DANE: do the TLSA records of each mail host agree with the certificate that it presents?
//! (RFC 7672) A chain is read in the order in which it is sent.

mod facts;
mod judge;
mod observe;
pub mod published;
#[cfg(test)]
mod tests;

pub use facts::{DaneFacts, Host, Presented, TopOfChain};

use crate::kernel::{Check, Context, Judgement, View};

/// The check.
pub struct Dane;

/// The findings of this check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum DaneCode {
    Missing,
    Insecure,
    Mismatch,
    Unusable,
    TaChain,
    Partial,
    NoRollover,
    TlsaLookupBroken,
    Unknown,
}

impl Check for Dane {
    const NAME: &'static str = "dane";
    const FINDINGS: &'static str = include_str!("findings.toml");
    const FACTS: u32 = 2;
    const NEEDS: &'static [&'static str] = &["dnssec", "mx", "smtp"];
    type Code = DaneCode;
    type Facts = DaneFacts;

    async fn observe(view: &View<'_>) -> DaneFacts {
        observe::observe(view).await
    }

    fn judge(facts: &DaneFacts, context: &Context<'_>) -> Judgement {
        judge::judge(facts, context)
    }
}
