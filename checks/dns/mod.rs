//! DNS: does the domain exist, do its servers serve it, and can this resolver be believed?
//! (RFC 1034, 1912, 8020) Says nothing of what the records mean, nor of signatures; see `dnssec`.

mod facts;
mod judge;
mod observe;
#[cfg(test)]
mod tests;

pub use facts::{
    Canary, Control, Copies, Cut, Denied, Differing, DnsFacts, Doubled, Existence, Gone, Host,
    Lame, Parent, Server, Standing, Strays, Way, Zone,
};

use crate::kernel::{Check, Context, Judgement, View};

/// The check `dns`.
pub struct Dns;

/// The conditions of `dns`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum DnsCode {
    Nxdomain,
    ResolverLies,
    ResolverDenies,
    LookupTimeout,
    Servfail,
    RefusedOrFiltered,
    NoWorkingNs,
    LameNs,
    NsUnresolvable,
    NsTakeover,
    NsIsCname,
    NsSingle,
    NsParentChildMismatch,
    AnswersDiverge,
    CnameAtApex,
    EntNxdomain,
    TcpRefused,
    WildcardTxt,
    DoubledOrigin,
    DirectBlocked,
    NsSilent,
    SerialsDiffer,
}

impl Check for Dns {
    const NAME: &'static str = "dns";
    const FINDINGS: &'static str = include_str!("findings.toml");
    const FACTS: u32 = 6;
    const NEEDS: &'static [&'static str] = &[];
    type Code = DnsCode;
    type Facts = DnsFacts;

    async fn observe(view: &View<'_>) -> DnsFacts {
        observe::observe(view).await
    }

    fn judge(facts: &DnsFacts, context: &Context<'_>) -> Judgement {
        judge::judge(facts, context.target).into()
    }
}
