//! DNS: does the domain exist, and can this resolver be believed? (RFC 1034 §3.1, 8020)
//! Says nothing of how well the delegated servers work, nor of the records they hold.

mod facts;
mod judge;
mod observe;
#[cfg(test)]
mod tests;

pub use facts::{Canary, DnsFacts, Existence, Parent};

use crate::kernel::{Check, Context, Judgement, View};

/// The check `dns`.
pub struct Dns;

/// The conditions of `dns`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum DnsCode {
    Nxdomain,
    ResolverLies,
    LookupTimeout,
    Servfail,
    RefusedOrFiltered,
}

impl Check for Dns {
    const NAME: &'static str = "dns";
    const FINDINGS: &'static str = include_str!("findings.toml");
    const FACTS: u32 = 1;
    const NEEDS: &'static [&'static str] = &[];
    type Code = DnsCode;
    type Facts = DnsFacts;

    async fn observe(view: &View<'_>) -> DnsFacts {
        observe::observe(view).await
    }

    fn judge(facts: &DnsFacts, context: &Context<'_>) -> Judgement {
        judge::judge(facts, &context.target.domain).into()
    }
}
