//! What does a DMARC record ask for? (RFC 9989 §4.7, §4.8)
//! Reads one record; which record counts for a domain is found by the walk in `dmarc`.

use serde::{Deserialize, Serialize};

use super::dmarc_uri::{ReportUri, report_uris};
use super::tag_list::{BLANK, TagList};
use crate::kernel::Name;

/// What receivers are asked to do with mail that fails; `Reject` is the strictest and sorts last.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", ascii_case_insensitive)]
pub enum Policy {
    None,
    Quarantine,
    Reject,
}

impl Policy {
    /// RFC 9989 §4.7, `t=y`: the policy that is applied is one level lower.
    #[must_use]
    pub fn lowered(self) -> Self {
        match self {
            Self::Reject => Self::Quarantine,
            Self::Quarantine | Self::None => Self::None,
        }
    }
}

/// A policy tag as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyTag {
    /// `p`, `sp` or `np`.
    pub name: &'static str,
    pub written: String,
    /// Octets before the tag.
    pub at: usize,
    /// Nothing if the value is not one of the three words.
    pub policy: Option<Policy>,
}

/// A record that begins with `v=DMARC1`. Of a tag that occurs twice the first counts; what is not a
/// tag is passed over (RFC 9989 §4.7: syntax errors are discarded).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DmarcRecord {
    pub p: Option<PolicyTag>,
    pub sp: Option<PolicyTag>,
    pub np: Option<PolicyTag>,
    /// `t=y`.
    pub testing: bool,
    /// `psd=y` or `psd=n`; both end a walk.
    pub psd: Option<bool>,
    pub rua: Vec<ReportUri>,
    pub ruf: Vec<ReportUri>,
    /// Strict alignment of DKIM and of SPF (RFC 9989 §4.7, `adkim` and `aspf`).
    pub strict_dkim: bool,
    pub strict_spf: bool,
}

impl DmarcRecord {
    /// Reads a TXT record; nothing if it is not a DMARC record at all: its first tag must be `v`, from
    /// the first octet on, with exactly the value `DMARC1`.
    pub fn parse(text: &str) -> Option<Self> {
        let tags = TagList::parse(text);
        let version = tags.tags.first()?;
        if version.at > 0 || version.name != "v" || version.value != "DMARC1" {
            return None;
        }
        let policy = |name: &'static str| {
            tags.tag(name).map(|tag| PolicyTag {
                name,
                written: tag.value.to_owned(),
                at: tag.at,
                policy: tag.value.parse().ok(),
            })
        };
        let uris = |name| tags.tag(name).map(|tag| report_uris(tag.value)).unwrap_or_default();
        let says = |name, word: &str| {
            tags.tag(name).is_some_and(|tag| tag.value.eq_ignore_ascii_case(word))
        };
        Some(Self {
            p: policy("p"),
            sp: policy("sp"),
            np: policy("np"),
            testing: says("t", "y"),
            psd: if says("psd", "y") {
                Some(true)
            } else if says("psd", "n") {
                Some(false)
            } else {
                None
            },
            rua: uris("rua"),
            ruf: uris("ruf"),
            strict_dkim: says("adkim", "s"),
            strict_spf: says("aspf", "s"),
        })
    }

    /// The policy tags whose value is not a policy.
    pub fn invalid_policies(&self) -> Vec<&PolicyTag> {
        let tags = [&self.p, &self.sp, &self.np].into_iter().flatten();
        tags.filter(|tag| tag.policy.is_none()).collect()
    }

    /// Whether receivers cannot take the policies as they stand (RFC 9989 §4.10.1).
    pub fn is_policy_invalid(&self) -> bool {
        self.p.is_none() || !self.invalid_policies().is_empty()
    }

    /// The policy that receivers apply to the domain where the record stands, or to an existing one
    /// below it; nothing if they apply no DMARC at all (RFC 9989 §4.10.1).
    pub fn effective(&self, below: bool) -> Option<Policy> {
        if self.is_policy_invalid() {
            let heals = self.rua.iter().any(ReportUri::is_valid);
            return heals.then_some(Policy::None);
        }
        let own = self.p.as_ref().and_then(|tag| tag.policy);
        let asked = match &self.sp {
            Some(tag) if below => tag.policy,
            _ => own,
        }?;
        Some(if self.testing { asked.lowered() } else { asked })
    }

    /// Whether somebody is asked to send aggregate reports by mail, the one way that every reporter
    /// must know (RFC 9989 §4.7).
    pub fn has_report_address(&self) -> bool {
        self.rua.iter().any(|uri| uri.host().is_some())
    }
}

/// RFC 9989 §4.4: the same domain, or in relaxed mode the same organization, by the public suffix list.
pub fn is_aligned(name: &Name, from: &Name, strict: bool) -> bool {
    name == from || !strict && name.registrable() == from.registrable()
}

/// The record with this `rua` instead of any that it has.
pub fn with_rua(record: &str, rua: &str) -> String {
    let kept = record
        .split(';')
        .map(|part| part.trim_matches(BLANK))
        .filter(|part| !part.is_empty())
        .filter(|part| {
            part.split_once('=').is_none_or(|(name, _)| name.trim_end_matches(BLANK) != "rua")
        });
    let mut parts: Vec<String> = kept.map(str::to_owned).collect();
    parts.push(format!("rua={rua}"));
    parts.join("; ")
}
