//! CAA: will the certificates that mail depends on be renewed? (RFC 8659)
//!
//! Looks at the mail hosts and the MTA-STS host, whose certificates `mta-sts` has seen, and at the domain's own hosts
//! that its messages link to. Which authority a certificate is of is told by the catalogue; of others nothing is said.

mod catalogue;
mod judge;
mod observe;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::kernel::{Check, Context, Judgement, Name, Reason, View};
use crate::records;

/// The check.
pub struct Caa;

/// The findings of this check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum CaaCode {
    IssuerExcluded,
    UnknownCritical,
    LookupBroken,
    Unknown,
}

/// The hosts with the sets that rule them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaaFacts {
    pub hosts: Vec<Host>,
}

/// A host that shows certificates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    pub name: Name,
    pub relevant: Relevant,
    /// The trusted certificates that it shows.
    pub certificates: Vec<Issued>,
    /// It is one that messages link to; without certificates it could not be told what it shows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub linked: bool,
}

/// The part of a certificate that CAA is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Issued {
    pub issuer: String,
    /// It names the host by a wildcard alone.
    pub wildcard: bool,
}

/// The relevant CAA set of a host (RFC 8659 §3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relevant {
    Set {
        at: Name,
        records: Vec<records::caa::Caa>,
    },
    /// No name from the host to its top-level domain has any.
    Nothing,
    /// The servers of a name fail for CAA, twice, and answer for its addresses.
    Broken {
        at: Name,
        /// The addresses validate, so that authorities must take the failure for a refusal.
        signed: bool,
    },
    Unknown {
        at: Name,
        reason: Reason,
    },
}

impl Check for Caa {
    const NAME: &'static str = "caa";
    const FINDINGS: &'static str = include_str!("findings.toml");
    const FACTS: u32 = 2;
    const NEEDS: &'static [&'static str] = &["mta-sts"];
    type Code = CaaCode;
    type Facts = CaaFacts;

    async fn observe(view: &View<'_>) -> CaaFacts {
        observe::observe(view).await
    }

    fn judge(facts: &CaaFacts, _: &Context<'_>) -> Judgement {
        judge::judge(facts)
    }
}
