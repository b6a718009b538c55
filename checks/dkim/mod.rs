//! DKIM: can verifiers find and use the keys that the domain signs with? (RFC 6376, 8301, 8463)
//! Says nothing of keys whose selectors are not known: guessing proves presence, never absence.

mod facts;
mod judge;
mod observe;
mod past;
#[cfg(test)]
mod tests;

pub use facts::{DkimFacts, KeySeen, SelectorFacts, Wildcard};

use crate::kernel::{Check, Context, Judgement, View};

/// The check `dkim`.
pub struct Dkim;

/// The conditions of `dkim`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum DkimCode {
    SelectorMissing,
    NonePublished,
    SelectorsUnknown,
    CnameDangling,
    MultipleRecords,
    Syntax,
    VersionBad,
    Revoked,
    KeyUndecodable,
    KeyTooShort,
    #[strum(serialize = "key-1024")]
    Key1024,
    KeyTooLong,
    KeyCompromised,
    PrivateKeyPublished,
    #[strum(serialize = "ed25519-malformed")]
    Ed25519Malformed,
    #[strum(serialize = "ed25519-only")]
    Ed25519Only,
    KeyTypeUnknown,
    #[strum(serialize = "sha1-only")]
    Sha1Only,
    ServiceType,
    Testing,
    StrictIdentity,
    Wildcard,
    KeyMismatch,
    StaleKey,
    LookupFailed,
}

impl Check for Dkim {
    const NAME: &'static str = "dkim";
    const FINDINGS: &'static str = include_str!("findings.toml");
    const FACTS: u32 = 6;
    const NEEDS: &'static [&'static str] = &["dns"];
    const READS_PAST: bool = true;
    type Code = DkimCode;
    type Facts = DkimFacts;

    async fn observe(view: &View<'_>) -> DkimFacts {
        observe::observe(view).await
    }

    fn judge(facts: &DkimFacts, context: &Context<'_>) -> Judgement {
        judge::judge(facts, context)
    }
}
