//! Sending addresses: has each a name of its own, and does its server greet with one? (RFC 1912 §2.1,
//! 5321 §4.1.4) Where none is declared, those are looked at that the domain's own SPF record names. Says nothing of
//! what the addresses may send; see `spf` and `blocklist`.

mod facts;
mod generic;
mod judge;
mod observe;
#[cfg(test)]
mod tests;

pub use facts::{BySpf, Greeting, GreetingAnswer, IpFacts, Named, Sender};

use crate::kernel::{Check, Context, Judgement, View};

/// The check `ip`.
pub struct Ip;

/// The conditions of `ip`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum IpCode {
    PtrMissing,
    PtrNotForwardConfirmed,
    PtrGeneric,
    HeloInvalid,
    HeloAddressLiteral,
    HeloUnresolvable,
    HeloIpMismatch,
    HeloSpfFail,
    HeloSpfMissing,
    PtrLookupFailed,
}

impl Check for Ip {
    const NAME: &'static str = "ip";
    const FINDINGS: &'static str = include_str!("findings.toml");
    const FACTS: u32 = 2;
    const NEEDS: &'static [&'static str] = &["dns"];
    type Code = IpCode;
    type Facts = IpFacts;

    async fn observe(view: &View<'_>) -> IpFacts {
        observe::observe(view).await
    }

    fn judge(facts: &IpFacts, context: &Context<'_>) -> Judgement {
        judge::judge(facts, context.target)
    }
}
