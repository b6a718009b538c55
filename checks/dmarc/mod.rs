//! DMARC: which policy do receivers find for the domain, and does anybody get the reports?
//! (RFC 9989, 9990). Of the domain's
//! own mail it says what its streams declare, and of bulk streams what SPF says of their addresses.

mod counted;
mod facts;
mod judge;
mod keys;
mod observe;
mod past;
mod remedy;
#[cfg(test)]
mod tests;
mod walk;

pub use facts::{Authorisation, BulkSender, DmarcFacts, Step};
pub use observe::policy;
pub use walk::{Discovery, discover};

use crate::kernel::{Check, Context, Judgement, View};

/// The check `dmarc`.
pub struct Dmarc;

/// The conditions of `dmarc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum DmarcCode {
    Missing,
    Inherited,
    MultipleRecords,
    Lookalike,
    WrongPlace,
    UnrelatedTxt,
    Syntax,
    PolicyInvalid,
    PNone,
    Testing,
    SpWeaker,
    NpWeaker,
    SpIgnored,
    SubdomainWeaker,
    RemovedTags,
    UnknownTag,
    PsdWrong,
    OrgDomainAmbiguous,
    RuaMissing,
    RuaInvalid,
    RuaSizeSuffix,
    RuaUnauthorised,
    RuaUndeliverable,
    RufUnauthorised,
    OptionUseless,
    AlignmentImpossible,
    SpfOnly,
    CnameDangling,
    BulkRulesUnmet,
    BulkRulesUnknown,
    Weakened,
    ReportsStopped,
    LookupFailed,
    OrganizationUnknown,
    ExternalAuthUnknown,
}

impl Check for Dmarc {
    const NAME: &'static str = "dmarc";
    const FINDINGS: &'static str = include_str!("findings.toml");
    const FACTS: u32 = 5;
    const NEEDS: &'static [&'static str] = &["dns"];
    const READS_PAST: bool = true;
    type Code = DmarcCode;
    type Facts = DmarcFacts;

    async fn observe(view: &View<'_>) -> DmarcFacts {
        observe::observe(view).await
    }

    fn judge(facts: &DmarcFacts, context: &Context<'_>) -> Judgement {
        judge::judge(facts, context).into()
    }
}
