//! What was learned of the domain's DKIM keys.

use serde::{Deserialize, Serialize};

use crate::kernel::{Lookup, Name};
use crate::records::dkim_key::DkimKey;

/// The known selectors, sorted, at most 50.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DkimFacts {
    pub selectors: Vec<SelectorFacts>,
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
}

/// The key record that verifiers find; of several the strongest, for which one they take is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySeen {
    /// As printable text.
    pub record: String,
    #[serde(flatten)]
    pub key: DkimKey,
}
