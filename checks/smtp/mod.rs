//! SMTP: does each mail host of the domain offer encryption to those who bring mail? (RFC 5321, 3207)
//! Says nothing of the certificate behind it; see `tls`.

mod judge;
mod observe;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::kernel::{Check, Context, Judgement, Name, Reason, View};

/// The check.
pub struct Smtp;

/// The findings of this check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum SmtpCode {
    NoStarttls,
    EgressBlocked,
    BlockedUs,
    Timeout,
}

/// What the hosts said on port 25.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmtpFacts {
    /// Port 25 is closed from here, so nobody was asked.
    pub egress_blocked: bool,
    /// The hosts that were asked, in the order of the MX set.
    pub hosts: Vec<Host>,
}

/// A host with what each of its addresses said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    pub name: Name,
    pub addresses: BTreeMap<IpAddr, Session>,
}

/// How far a conversation came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Session {
    /// EHLO was answered and STARTTLS is offered.
    Starttls,
    /// EHLO was answered and STARTTLS is not among the extensions.
    NoStarttls {
        extensions: Vec<String>,
    },
    /// No mail is taken there; `mx` says so.
    Unreachable,
    /// The host turns us away: nothing is known of what it offers to others.
    Blocked,
    /// The network does not carry us there, as when we have no IPv6.
    NoRoute,
    Untold {
        reason: Reason,
    },
}

impl Check for Smtp {
    const NAME: &'static str = "smtp";
    const FINDINGS: &'static str = include_str!("findings.toml");
    const FACTS: u32 = 1;
    const NEEDS: &'static [&'static str] = &["mx"];
    type Code = SmtpCode;
    type Facts = SmtpFacts;

    async fn observe(view: &View<'_>) -> SmtpFacts {
        observe::observe(view).await
    }

    fn judge(facts: &SmtpFacts, _: &Context<'_>) -> Judgement {
        judge::judge(facts)
    }
}
