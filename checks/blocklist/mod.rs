//! Blocklists: do receivers find the sending addresses or the domain on a list? (RFC 5782)
//! Only lists that pass their own test are believed. Says nothing of lists without published codes, nor
//! of neighbours: lists answer for one address at a time.

mod address;
mod catalogue;
mod codes;
mod domain;
mod facts;
mod judge;
mod observe;
mod selftest;
mod silence;
#[cfg(test)]
mod tests;
mod unanswered;

pub use catalogue::catalogue;
pub use codes::{CodeError, MEANINGS, Meaning, check_codes, meaning, meanings};
pub use facts::{BlocklistFacts, Entry, ListSeen, Role};
pub use unanswered::unanswered;

use crate::kernel::{Check, Context, Judgement, View};

/// The check `blocklist`.
pub struct BlocklistCheck;

/// The conditions of `blocklist`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum BlocklistCode {
    IpListed,
    IpPolicy,
    DomainListed,
    DomainAbused,
    InfraListed,
    SenderUnknown,
    Informational,
    Refused,
    AnswerInvalid,
    ListDead,
}

impl Check for BlocklistCheck {
    const NAME: &'static str = "blocklist";
    const FINDINGS: &'static str = include_str!("findings.toml");
    const FACTS: u32 = 4;
    const NEEDS: &'static [&'static str] = &["dns"];
    type Code = BlocklistCode;
    type Facts = BlocklistFacts;

    async fn observe(view: &View<'_>) -> BlocklistFacts {
        observe::observe(view).await
    }

    fn judge(facts: &BlocklistFacts, context: &Context<'_>) -> Judgement {
        judge::judge(facts, &context.vantage.blocklists, context.target)
    }
}
