//! Web: does the website of a domain that sends mail answer? Receivers and blocklists look at it.
//!
//! The domain itself is asked, then `www`. What the pages say, and the links of messages, are not
//! looked at.

mod judge;
mod observe;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::kernel::{Check, Context, Judgement, Name, Reason, View};
use crate::records::web_certificate::WebCertificate;

/// The check.
pub struct Web;

/// The findings of this check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum WebCode {
    SiteUnreachable,
    Unknown,
}

/// The hosts that were asked, in the order of asking.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebFacts {
    pub sites: Vec<Site>,
}

/// A host with what it answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    pub host: Name,
    pub answer: Answer,
}

/// The end of asking for the first page of a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    Page { status: u16, certificate: Box<WebCertificate> },
    NoAddress,
    Refused,
    Unknown { reason: Reason },
}

impl Check for Web {
    const NAME: &'static str = "web";
    const FINDINGS: &'static str = include_str!("findings.toml");
    const FACTS: u32 = 1;
    const NEEDS: &'static [&'static str] = &["dns"];
    type Code = WebCode;
    type Facts = WebFacts;

    async fn observe(view: &View<'_>) -> WebFacts {
        observe::observe(view).await
    }

    fn judge(facts: &WebFacts, context: &Context<'_>) -> Judgement {
        judge::judge(facts, context)
    }
}
