//! What the lists said.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::kernel::Lookup;
use crate::spf::Named;

/// The lists that were asked, in the order of their ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlocklistFacts {
    /// The addresses declared as sending that were asked for, sorted, at most 64.
    pub addresses: Vec<IpAddr>,
    /// The addresses that its SPF record names, and of which nobody said that they send.
    pub named: Named,
    /// The other addresses of the domain that were asked for, at most 16.
    pub infrastructure: BTreeMap<IpAddr, Role>,
    /// The registrable domains that were asked for, sorted, at most 64.
    pub domains: Vec<String>,
    pub lists: Vec<ListSeen>,
}

/// What an address that is not known to send is to the domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Role {
    MailHost,
    NameServer,
    Website,
}

/// One list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListSeen {
    pub id: String,
    /// What it says of its test point, which it must hold (RFC 5782 §5).
    pub listed: Lookup<Vec<IpAddr>>,
    /// What it says of the point that it must not hold.
    pub unlisted: Lookup<Vec<IpAddr>>,
    /// What it did not deny; empty if it failed its test, for then it was not asked.
    pub entries: Vec<Entry>,
}

/// One address or domain that a list had an answer for, or could not tell of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub subject: String,
    pub answers: Lookup<Vec<IpAddr>>,
    /// The list's own words, as printable text of at most 300 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}
