//! DNSSEC: can validating resolvers believe the zone, and will they tomorrow? (RFC 4033 to 4035)
//! A validating resolver is asked what it makes of the signatures. They are verified here only where none
//! can: without a DS, before one is proposed.

mod facts;
mod judge;
mod observe;
#[cfg(test)]
mod tests;

pub use facts::{DnssecFacts, Ending, KeySet, Signing, Validation, Verdict};
pub use observe::validation;

use crate::kernel::{Check, Context, Judgement, View};

/// The check.
pub struct Dnssec;

/// The findings of this check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum DnssecCode {
    Bogus,
    DsWithoutDnskey,
    SignatureExpiring,
    Island,
    WeakAlgorithm,
    #[strum(serialize = "nsec3-iterations")]
    Nsec3Iterations,
    Unsigned,
    MxZoneUnsigned,
    Unknown,
}

impl Check for Dnssec {
    const NAME: &'static str = "dnssec";
    const FINDINGS: &'static str = include_str!("findings.toml");
    const FACTS: u32 = 2;
    const NEEDS: &'static [&'static str] = &["dns"];
    type Code = DnssecCode;
    type Facts = DnssecFacts;

    async fn observe(view: &View<'_>) -> DnssecFacts {
        observe::observe(view).await
    }

    fn judge(facts: &DnssecFacts, context: &Context<'_>) -> Judgement {
        judge::judge(facts, context)
    }
}
