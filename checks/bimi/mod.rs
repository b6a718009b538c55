//! BIMI: may receivers show the domain's logo beside its mail?
//! (draft-brand-indicators-for-message-identification)
//!
//! Looks at the selector `default`. Whether a receiver shows the logo is its own decision.

mod judge;
mod observe;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::kernel::{Check, Context, Judgement, Lookup, Name, Reason, Text, View};
use crate::records::dmarc::Policy;
use crate::records::mark_certificate::MarkCertificate;

/// The check.
pub struct Bimi;

/// The findings of this check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum BimiCode {
    Invalid,
    DmarcNotEnforced,
    LogoInvalid,
    Certificate,
    Unknown,
}

/// The record, and what it leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BimiFacts {
    /// The records that count, at most ten; the organizational domain's where the domain has none.
    pub records: Lookup<Vec<Text>>,
    /// The name where they stand, or that was asked last.
    pub asked: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<Fetch<Logo>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Fetch<MarkCertificate>>,
    /// Every step of the DMARC discovery could tell.
    pub dmarc_told: bool,
    /// What DMARC comes to for the domain, and its record.
    pub policy: Option<Policy>,
    pub dmarc: Option<String>,
    /// The organizational domain with its record, where that is another than the domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<Lookup<(Name, String)>>,
}

/// A logo, by its digest, with what keeps it from being shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logo {
    pub sha256: String,
    pub faults: Vec<String>,
}

/// The end of asking for a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fetch<T> {
    Found(Box<T>),
    /// It is there and is not what it should be.
    Unreadable,
    /// It is not there, for sure; a word for why.
    Missing {
        cause: String,
    },
    Unknown {
        reason: Reason,
    },
}

impl Check for Bimi {
    const NAME: &'static str = "bimi";
    const FINDINGS: &'static str = include_str!("findings.toml");
    const FACTS: u32 = 1;
    const NEEDS: &'static [&'static str] = &["dmarc"];
    type Code = BimiCode;
    type Facts = BimiFacts;

    async fn observe(view: &View<'_>) -> BimiFacts {
        observe::observe(view).await
    }

    fn judge(facts: &BimiFacts, context: &Context<'_>) -> Judgement {
        judge::judge(facts, context)
    }
}
