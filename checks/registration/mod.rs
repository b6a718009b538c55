//! Registration: will the domain still be the owner's next month, and the domains its mail rests on?
//! (RFC 9083) Asked at the registry, never at registrars.

mod judge;
mod observe;
mod past;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::kernel::{Check, Context, Judgement, Name, Reason, View};
use crate::records;

/// The check.
pub struct Registration;

/// The findings of this check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum RegistrationCode {
    Expiring,
    Expired,
    Hold,
    Unlocked,
    Changed,
    VendorExpiring,
    Unknown,
}

/// What registries say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationFacts {
    /// The registrable domain.
    pub domain: Name,
    pub registered: Registered,
    /// The other registrable domains that the mail rests on, by name.
    pub vendors: Vec<Vendor>,
}

/// What the registry of a domain says of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Registered {
    Found(Box<records::rdap::Registration>),
    /// The registry has no service that is known here.
    NoService,
    Unknown {
        reason: Reason,
    },
}

/// A domain of somebody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vendor {
    pub domain: Name,
    /// What leads there: `MX`, `NS`, `SPF`, `DKIM`, or the `CNAME` of a link.
    pub through: Vec<String>,
    pub registered: Registered,
}

impl Check for Registration {
    const NAME: &'static str = "registration";
    const FINDINGS: &'static str = include_str!("findings.toml");
    const FACTS: u32 = 2;
    const NEEDS: &'static [&'static str] = &["dns"];
    const READS_PAST: bool = true;
    type Code = RegistrationCode;
    type Facts = RegistrationFacts;

    async fn observe(view: &View<'_>) -> RegistrationFacts {
        observe::observe(view).await
    }

    fn judge(facts: &RegistrationFacts, context: &Context<'_>) -> Judgement {
        judge::judge(facts, context)
    }
}
