//! SPF: is there exactly one record, and can every receiver evaluate it? (RFC 7208)
//! Says nothing about whether the listed hosts deserve to send; see `blocklist`.

mod authorise;
mod facts;
mod judge;
mod named;
mod observe;
mod remedy;
#[cfg(test)]
mod tests;
mod walk;

pub use authorise::{Authorisation, CameTo, Session, SpfResult, Step, Unanswered, check_host};
pub use facts::{Facts, Node, Seen, SenderResult, TermSeen, WouldPass};
pub use named::{MOST_NAMED, Named, named};
pub use observe::{count, senders_of};
pub use walk::walk;

use crate::kernel::{Check, Context, Judgement, Rtype, View};

/// RFC 7208 §4.6.4: at most 10 terms that look something up.
pub const LOOKUP_LIMIT: usize = 10;

/// RFC 7208 §4.6.4: more than two void lookups should be a permerror.
pub const VOID_LIMIT: usize = 2;

/// The findings of this check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum SpfCode {
    Missing,
    MultipleRecords,
    Lookalike,
    Syntax,
    SplitJoinsTerms,
    StringTooLong,
    ResponseTooLarge,
    NonAscii,
    ObsoleteRecords,
    TooManyLookups,
    LookupsNearLimit,
    TooManyVoid,
    VoidTerm,
    MxTooManyNames,
    IncludeNoRecord,
    IncludeTakeover,
    IncludePermerror,
    Loop,
    RedirectNoRecord,
    RedirectIgnored,
    DuplicateModifier,
    TermsAfterAll,
    PlusAll,
    NeutralAll,
    SoftfailAll,
    OverlyWide,
    PrivateIp,
    PtrMechanism,
    BadMacro,
    MacroDynamic,
    SendingIpNotAuthorised,
    SenderUnknown,
    ParkedOpen,
    Temperror,
}

/// The check.
pub struct Spf;

impl Check for Spf {
    const NAME: &'static str = "spf";
    const FINDINGS: &'static str = include_str!("findings.toml");
    const FACTS: u32 = 4;
    const NEEDS: &'static [&'static str] = &["dns"];
    const READS_PAST: bool = true;
    const ASKS: &'static [Rtype] = &[Rtype::TXT, Rtype::SPF, Rtype::MX];
    type Code = SpfCode;
    type Facts = Facts;

    async fn observe(view: &View<'_>) -> Facts {
        observe::observe(view).await
    }

    fn judge(facts: &Facts, context: &Context<'_>) -> Judgement {
        judge::judge(facts, context).into()
    }
}
