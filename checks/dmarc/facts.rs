//! What was learned of the domain's DMARC.

use serde::{Deserialize, Serialize};

use crate::kernel::{Lookup, Name, Text};
use crate::records::dmarc::Policy;

/// What was seen on the walk, and what it comes to.
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
    /// The hosts of `rua` in another organizational domain, each once.
    pub external: Vec<Authorisation>,
}

/// One question of the walk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The domain whose `_dmarc` name was asked.
    pub domain: Name,
    /// The TXT records there that begin with `v=DMARC1`, at most ten.
    pub records: Lookup<Vec<Text>>,
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
