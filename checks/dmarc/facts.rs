//! What was learned of the domain's DMARC.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::walk::organizational_domain;
use crate::kernel::{Lookup, Name, Stream, Text};
use crate::records::dmarc::Policy;
use crate::spf::{SpfResult, Unanswered};

/// What was seen on the walk and beside it, and what it comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DmarcFacts {
    /// The record that counts, as printable text.
    pub record: Option<String>,
    /// What receivers apply to failing mail of the domain; nothing if they apply no DMARC, or if it
    /// could not be told.
    pub policy: Option<Policy>,
    /// The `_dmarc` name where the record stands.
    pub found_at: Option<Name>,
    /// The valid URIs that aggregate reports are asked to, as written.
    pub rua: Vec<String>,
    pub walk: Vec<Step>,
    /// The names above the one whose record ended the walk, which tell the organizational domain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub above: Vec<Step>,
    /// Where a CNAME at the domain's own `_dmarc` name leads.
    pub alias: Lookup<Name>,
    /// Where that alias was meant to lead, if only a final dot is missing: a record stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undotted: Option<Name>,
    /// Records of DMARC where nobody looks for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub misplaced: Vec<Misplaced>,
    /// The hosts of `rua` in another organizational domain, each once.
    pub external: Vec<Authorisation>,
    /// The same for `ruf`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub external_ruf: Vec<Authorisation>,
    /// Whether the hosts of `rua` take mail.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub report_hosts: Vec<ReportHost>,
    /// There is no address for reports, and no MX of the domain names a host, so that none of its own would do.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_no_mail_host: bool,
    /// What stands at the From domains of streams below the domain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stream_domains: Vec<Step>,
    /// Keys that streams are signed with and that stand only where their signature does not align.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub astray_keys: Vec<AstrayKey>,
    /// What SPF comes to for the declared addresses of bulk streams.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bulk_senders: Vec<BulkSender>,
}

/// A key whose signature does not stand for the From domain of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AstrayKey {
    pub selector: String,
    /// The From domain.
    pub from: Name,
    /// The domain that holds the key.
    pub at: Name,
}

impl AstrayKey {
    /// Facts may be older than the configuration that they are judged by.
    pub fn is_of(&self, stream: &Stream) -> bool {
        stream.from == self.from && stream.dkim.as_deref() == Some(&self.selector)
    }
}

/// A declared address of a bulk stream, and what SPF comes to for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkSender {
    /// The MAIL FROM domain.
    pub domain: Name,
    pub ip: IpAddr,
    pub stream: String,
    pub result: SpfResult,
    /// Why it could not be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unanswered: Option<Unanswered>,
}

impl DmarcFacts {
    /// Every step towards the organizational domain.
    pub(super) fn steps(&self) -> Vec<Step> {
        [self.walk.as_slice(), self.above.as_slice()].concat()
    }

    /// The record of the organizational domain, where that is another than the domain itself.
    pub fn of_organization(&self, domain: &Name) -> Option<Lookup<(Name, Text)>> {
        let steps = self.steps();
        if let Some(reason) = steps.iter().find_map(|step| step.records.reason()) {
            return Some(Lookup::Unknown { reason });
        }
        let organization = organizational_domain(&steps).filter(|found| found != domain)?;
        let step = steps.iter().find(|step| step.domain == organization)?;
        match step.records.found().map(Vec::as_slice) {
            Some([only]) => Some(Lookup::Found((organization, only.clone()))),
            _ => None,
        }
    }
}

/// One question of the walk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The domain whose `_dmarc` name was asked.
    pub domain: Name,
    /// The TXT records there that begin with `v=DMARC1`, at most ten.
    pub records: Lookup<Vec<Text>>,
    /// The other TXT records there, at most ten.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Text>,
}

/// A record at a name that receivers do not ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Misplaced {
    pub at: Name,
    pub record: String,
}

/// Whether a host has agreed to receive the reports (RFC 9990 §4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorisation {
    pub host: Name,
    /// The name that was asked: `<policy domain>._report._dmarc.<host>`.
    pub asked: Name,
    /// Found with `true` if a TXT record there begins with `v=DMARC1`.
    pub agreed: Lookup<bool>,
}

/// Whether mail to a host can be delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportHost {
    pub host: Name,
    /// Found with `false` for a null MX; absent where there is neither MX nor address.
    pub takes_mail: Lookup<bool>,
}
