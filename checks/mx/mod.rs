//! MX: where does the domain's mail go, and does anybody take it there? (RFC 5321 §5.1, 7505)
//! Says nothing of what the hosts offer after their greeting; see `smtp` and `tls`. Nor how long the domain
//! of a host stays registered; see `registration`.

mod alias;
mod contact;
mod facts;
mod judge;
mod observe;
mod reach;
mod set;
#[cfg(test)]
mod tests;
mod unencrypted;

pub use alias::Rests;
pub use contact::{Contact, Control};
pub use facts::{Heard, Host, MxFacts, ReturnPath};
pub use unencrypted::Unencrypted;

use crate::kernel::{Check, Context, Judgement, Rtype, View};

/// The check.
pub struct Mx;

/// The findings of this check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum MxCode {
    None,
    Implicit,
    Null,
    NullWithOthers,
    TargetUnresolvable,
    TargetCname,
    TargetNotPublic,
    TargetTakeover,
    Unexpected,
    AllUnreachable,
    Silent,
    SomeUnreachable,
    #[strum(serialize = "ipv6-broken")]
    Ipv6Broken,
    TooMany,
    ReturnPathUnresolvable,
    StaleProvider,
    LookupFailed,
}

impl Check for Mx {
    const NAME: &'static str = "mx";
    const FINDINGS: &'static str = include_str!("findings.toml");
    const FACTS: u32 = 6;
    const NEEDS: &'static [&'static str] = &["dns"];
    const ASKS: &'static [Rtype] = &[Rtype::MX];
    type Code = MxCode;
    type Facts = MxFacts;

    async fn observe(view: &View<'_>) -> MxFacts {
        observe::observe(view).await
    }

    fn judge(facts: &MxFacts, context: &Context<'_>) -> Judgement {
        judge::judge(facts, context).into()
    }
}
