//! The test send: does a real message, submitted as the domain submits its own, arrive in real
//! mailboxes, in time, in the inbox and authenticated? (RFC 6409, 5321, 8601)
//! Says nothing about why; `spf`, `dkim` and `dmarc` do.

mod bounce;
mod compare;
mod facts;
mod judge;
mod message;
mod observe;
mod own_verdicts;
mod received;
mod signatures;
mod submission;
mod verdicts;

#[cfg(test)]
mod tests;

pub use facts::{
    Arrival, Bounce, Delivery, FollowedStep, ProbeFacts, Seal, SeedEnd, SeedFacts, Verdicts,
};

use crate::kernel::{Check, Context, Judgement, View};

/// The findings of this check.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, strum::EnumIter, strum::IntoStaticStr,
)]
#[strum(serialize_all = "kebab-case")]
pub enum ProbeCode {
    SubmitUnreachable,
    Refused,
    Deferred,
    Bounced,
    NotArrived,
    Late,
    InSpam,
    NotAuthenticated,
    AuthenticationUnknown,
    Altered,
    Duplicated,
    Tab,
    MailboxUnreachable,
}

/// The domain of an address; all of it where no `@` parts it.
fn domain_of(address: &str) -> &str {
    address.rsplit_once('@').map_or(address, |(_, domain)| domain)
}

/// The check.
pub struct Probe;

impl Check for Probe {
    const NAME: &'static str = "probe";
    const FINDINGS: &'static str = include_str!("findings.toml");
    const FACTS: u32 = 4;
    const NEEDS: &'static [&'static str] = &[];
    type Code = ProbeCode;
    type Facts = ProbeFacts;

    async fn observe(view: &View<'_>) -> ProbeFacts {
        observe::observe(view).await
    }

    fn judge(facts: &ProbeFacts, context: &Context<'_>) -> Judgement {
        match &context.target.probe {
            Some(probe) => judge::judge(facts, probe, &context.target.streams).into(),
            None => Judgement::nothing_to_ask("no-test-send"),
        }
    }
}
