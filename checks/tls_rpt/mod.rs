//! TLS-RPT: does anybody learn when mail to the domain cannot be encrypted? (RFC 8460)
//!
//! Says nothing of the reports themselves, nor whether the addresses take them.

mod judge;
mod observe;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::kernel::{Check, Context, Judgement, Lookup, Text, View};

/// The check.
pub struct TlsRpt;

/// The findings of this check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum TlsRptCode {
    Missing,
    Invalid,
    Unknown,
}

/// The record, and what reports would be about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsRptFacts {
    /// The domain takes mail somewhere.
    pub takes_mail: bool,
    /// The TXT records of `_smtp._tls` that are meant for TLS-RPT, at most ten.
    pub records: Lookup<Vec<Text>>,
    /// The usable addresses of the one record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rua: Vec<String>,
    /// Whether MTA-STS, or DANE with a signed MX set, is deployed; asked where there is no record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployed: Option<Lookup<bool>>,
}

impl Check for TlsRpt {
    const NAME: &'static str = "tls-rpt";
    const FINDINGS: &'static str = include_str!("findings.toml");
    const FACTS: u32 = 2;
    const NEEDS: &'static [&'static str] = &["mx"];
    type Code = TlsRptCode;
    type Facts = TlsRptFacts;

    async fn observe(view: &View<'_>) -> TlsRptFacts {
        observe::observe(view).await
    }

    fn judge(facts: &TlsRptFacts, context: &Context<'_>) -> Judgement {
        judge::judge(facts, context.target)
    }
}
