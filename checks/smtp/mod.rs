//! SMTP: does each mail host of the domain speak as it should, and offer encryption that works, to
//! those who bring mail? (RFC 5321, 3207) And do the services where its users hand in mail take
//! passwords before encryption? (RFC 8314 §3.3)
//! Says nothing of the certificate behind it; see `tls`. What does more than greet is asked with the
//! owner's consent alone.

mod consent;
mod facts;
mod judge;
mod observe;
#[cfg(test)]
mod tests;

pub use consent::{Answers, Told};
pub use facts::{Host, Offer, Service, Session, SmtpFacts, Starttls};

use crate::kernel::{Check, Context, Judgement, View};

/// The check.
pub struct Smtp;

/// The findings of this check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum SmtpCode {
    BannerRejects,
    BannerSlow,
    EhloRefused,
    NoStarttls,
    StarttlsBroken,
    StarttlsInconsistent,
    PlainAuth,
    ServiceUnknown,
    OpenRelay,
    PostmasterRefused,
    AbuseRefused,
    NullSenderRefused,
    VrfyExpn,
    AcceptsAny,
    ProtocolError,
    EgressBlocked,
    BlockedUs,
    Timeout,
}

impl Check for Smtp {
    const NAME: &'static str = "smtp";
    const FINDINGS: &'static str = include_str!("findings.toml");
    const FACTS: u32 = 4;
    const NEEDS: &'static [&'static str] = &["mx"];
    type Code = SmtpCode;
    type Facts = SmtpFacts;

    async fn observe(view: &View<'_>) -> SmtpFacts {
        observe::observe(view).await
    }

    fn judge(facts: &SmtpFacts, context: &Context<'_>) -> Judgement {
        judge::judge(facts, context)
    }
}
