//! What was learned of the domain's MTA-STS.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::kernel::{Lookup, Name, Reason, Text};
use crate::records::mta_sts::{self, Policy};
use crate::records::web_certificate::WebCertificate;

/// The record, the policy, and the hosts that it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MtaStsFacts {
    /// The TXT records of `_mta-sts` that are meant for MTA-STS, at most ten.
    pub records: Lookup<Vec<Text>>,
    /// The `id` of the one record, if it is valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What the policy's URL holds; not asked where there is not one record, right or wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Fetch>,
    /// The hosts that take the domain's mail and have an address; none if it takes none.
    pub hosts: Vec<MailHost>,
}

/// The end of asking for the policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fetch {
    Served(Box<Served>),
    /// The policy host has no address; `alias_of` is where its alias leads, if it is one.
    NoAddress {
        nxdomain: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alias_of: Option<Name>,
    },
    Refused,
    Unknown {
        reason: Reason,
    },
}

/// A response to the request for the policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    pub certificate: WebCertificate,
    pub status: u16,
    /// Where a redirect leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Without its parameters; empty if none was sent.
    #[serde(default)]
    pub media_type: String,
    /// The body of a 200, unless it was over 64 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<PolicyText>,
}

/// A policy with the digest of its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyText {
    #[serde(flatten)]
    pub policy: Policy,
    /// SHA-256 of the body, in hexadecimal.
    pub sha256: String,
}

/// A host that takes mail, with how it encrypts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailHost {
    pub name: Name,
    pub deliveries: BTreeMap<IpAddr, Delivery>,
}

/// What a sender under a policy meets at an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    Encrypted(Box<WebCertificate>),
    NoStarttls,
    /// It is offered, and refused for good.
    StarttlsRefused,
    /// Its handshake is refused, whatever is offered.
    HandshakeFails,
    /// It could not be told, or `mx` says why.
    Untold,
}

impl MtaStsFacts {
    /// The records that senders count.
    pub fn counted(&self) -> Vec<&Text> {
        let found = self.records.found().into_iter().flatten();
        found.filter(|text| mta_sts::is_record(&text.printable())).collect()
    }

    /// The policy that was served with 200, right or wrong.
    pub fn text(&self) -> Option<&PolicyText> {
        match self.policy.as_ref()? {
            Fetch::Served(served) => served.text.as_ref(),
            _ => None,
        }
    }
}
