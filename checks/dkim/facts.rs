//! What was learned of the domain's DKIM keys.

use serde::{Deserialize, Serialize};

use crate::kernel::{Lookup, Name};
use crate::records::dkim_key::DkimKey;

/// The known selectors, sorted, at most 50, and what stands beside them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DkimFacts {
    pub selectors: Vec<SelectorFacts>,
    /// Found with `true` if the name above all selectors exists, asked where none is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub any_below: Option<Lookup<bool>>,
    /// What a selector that nobody has made leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wildcard: Option<Wildcard>,
    /// Selectors that were found by guessing, where none is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guessed: Vec<String>,
}

/// What a wildcard brings to every selector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wildcard {
    /// `v=DKIM1; p=`: no key of any name counts.
    Revoked,
    Other,
}

/// What stands at one selector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelectorFacts {
    pub selector: String,
    /// `<selector>._domainkey.<domain>`.
    pub name: Name,
    /// Where a CNAME leads: the key is kept by somebody else.
    pub alias: Lookup<Name>,
    pub key: Lookup<KeySeen>,
    /// The key record, where it stands at the name that a missing final dot makes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub misplaced: Option<Misplaced>,
}

/// The key record that verifiers find; of several the strongest, for which one they take is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySeen {
    /// As printable text; nothing of a private key.
    pub record: String,
    /// TXT records at the name.
    #[serde(default)]
    pub records: usize,
    #[serde(flatten)]
    pub key: DkimKey,
}

/// A key record where no verifier asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Misplaced {
    pub at: Name,
    pub record: String,
}
