//! Web: does the website of a domain that sends mail answer? Receivers and blocklists look at it.
//!
//! And do the links of its messages, and their one-click URL, lead somewhere? Did test sends of bulk
//! streams arrive with the signed header that unsubscribing needs? (RFC 8058)
//!
//! The domain itself is asked, then `www`; links where the configuration names them. What the pages say is
//! not looked at, nor where a redirect leads.

mod header;
mod judge;
mod links;
mod messages;
mod observe;
#[cfg(test)]
mod tests;

pub use links::shown;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::kernel::{Check, Context, Judgement, Link, Name, Reason, View};
use crate::records::unsubscribe::OneClickHeader;
use crate::records::web_certificate::WebCertificate;

/// The check.
pub struct Web;

/// The findings of this check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum WebCode {
    SiteUnreachable,
    TrackingCnameDangling,
    TrackingTls,
    LinkBroken,
    OneClickBroken,
    OneClickUnknown,
    LinkUnknown,
    Unknown,
}

/// The hosts that were asked, in the order of asking.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebFacts {
    pub sites: Vec<Site>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<LinkSeen>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one_clicks: Vec<OneClick>,
    /// What the headers of test sends of bulk streams said when they arrived.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<OneClickHeader>,
    /// Those hosts of links that are aliases, or may be.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hosts: BTreeMap<Name, TrackingHost>,
}

/// A link with what it answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkSeen {
    pub link: Link,
    pub answer: Answer,
}

/// What a post to the one-click URL of a stream was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneClick {
    pub host: Name,
    /// Without the query, where tokens are.
    pub path: String,
    pub stream: String,
    pub bulk: bool,
    pub answer: Answer,
}

/// What a host of links is an alias of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrackingHost {
    Alias {
        target: Name,
        /// The name at its end does not exist.
        leads_nowhere: bool,
        /// The domain above the target, if anybody could register it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        claimable: Option<Name>,
    },
    Unknown {
        reason: Reason,
    },
}

impl TrackingHost {
    fn leads_nowhere(&self) -> bool {
        matches!(self, Self::Alias { leads_nowhere: true, .. })
    }
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
    Page {
        status: u16,
        certificate: Box<WebCertificate>,
    },
    NoAddress,
    /// None of its addresses can be reached from the internet, so none was asked.
    PrivateOnly,
    Refused,
    Unknown {
        reason: Reason,
    },
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
