//! ARC: does the chain of seals that a forwarder put on a test send hold? (RFC 8617)
//!
//! Judges what test sends brought, and sends nothing itself. Reads what the forwarders say of the chain
//! and whether their keys are published; it verifies no signature.

mod judge;
mod observe;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::kernel::{Check, Context, Judgement, Lookup, View};
use crate::probe::Seal;

/// The check.
pub struct Arc;

/// The findings of this check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum ArcCode {
    ChainBroken,
    Unknown,
}

/// What the seals of the domain's test sends come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArcFacts {
    /// A test send was looked at.
    pub sent: bool,
    /// Sorted, at most fifty.
    pub seals: Vec<SealSeen>,
}

/// A seal with its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealSeen {
    #[serde(flatten)]
    pub seal: Seal,
    /// Whether the name of the key holds a record.
    pub key: Lookup<bool>,
}

impl Check for Arc {
    const NAME: &'static str = "arc";
    const FINDINGS: &'static str = include_str!("findings.toml");
    const FACTS: u32 = 1;
    const NEEDS: &'static [&'static str] = &["probe"];
    type Code = ArcCode;
    type Facts = ArcFacts;

    async fn observe(view: &View<'_>) -> ArcFacts {
        observe::observe(view).await
    }

    fn judge(facts: &ArcFacts, _: &Context<'_>) -> Judgement {
        judge::judge(facts)
    }
}
