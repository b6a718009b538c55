//! What was learned of the domain's DKIM keys.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::kernel::{Lookup, Name, Reason};
use crate::records::dkim_key::DkimKey;

/// The known selectors, sorted, at most 50, and what stands beside them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DkimFacts {
    pub selectors: Vec<SelectorFacts>,
    /// Found with `true` if the name above all selectors exists, asked where none is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub any_below: Option<Lookup<bool>>,
    /// The same of the organizational domain, asked where there is no such name of the domain itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<Organization>,
    /// The key that a selector which nobody has made leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wildcard: Option<Wildcard>,
    /// Why it could not be told whether there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wildcard_untold: Option<Reason>,
    /// Selectors of usable keys that were found by guessing, where none is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guessed: Vec<String>,
}

/// The domain whose keys also align (RFC 9989 §4.4.1), and whether it can have any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    pub domain: Name,
    pub any_below: Lookup<bool>,
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
    /// `<selector>._domainkey.<domain>`; of a domain above it where the key stands there.
    pub name: Name,
    /// Where a CNAME leads: the key is kept by somebody else.
    pub alias: Lookup<Name>,
    pub key: Lookup<KeySeen>,
    /// The key record, where it stands at another name that somebody may write by mistake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub misplaced: Option<Misplaced>,
    /// The alias without the domain at its end, where a key stands: its final dot is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undotted: Option<Name>,
    /// The name of a key that the text in the key's place spells: the target of a CNAME.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spelled: Option<Name>,
    /// TXT records in the place of a key that are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
    /// Selectors that nobody has made hold the same record.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_wildcard: bool,
}

/// The key record that verifiers find; of several the strongest, for which one they take is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySeen {
    /// As printable text; nothing of a private key.
    pub record: String,
    /// TXT records at the name.
    #[serde(default)]
    pub records: usize,
    /// The types of all usable keys, where there are several records.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub types: BTreeSet<String>,
    /// Two records are one key when joined, and neither is one by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_halves: bool,
    #[serde(flatten)]
    pub key: DkimKey,
}

/// A key record where no verifier asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Misplaced {
    pub at: Name,
    pub record: String,
    /// Where a CNAME leads: the key is kept by somebody else.
    pub alias: Lookup<Name>,
}
