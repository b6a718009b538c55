//! From where do we look? What is the same for every domain of a run.

use std::collections::BTreeMap;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::Name;

/// What a run knows of its own place: it is part of the evidence, so that a replay sees alike.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vantage {
    /// The name we give in EHLO.
    pub helo: String,
    /// Random for each run; names that must not exist are made from it.
    pub salt: u64,
    pub controls: Controls,
    /// How many resolvers there are to ask.
    #[serde(default)]
    pub resolvers: usize,
    pub blocklists: Vec<Blocklist>,
    /// Ranges that count as public and reachable here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own_networks: Vec<IpNet>,
    /// Private and other special addresses may be connected to.
    #[serde(default)]
    pub allow_private: bool,
}

impl Vantage {
    /// A label that nobody has published: 20 hex digits from the salt and `purpose`.
    pub fn random_label(&self, purpose: &str) -> String {
        use sha2::{Digest, Sha256};
        let digest = Sha256::digest(format!("{}\n{purpose}", self.salt));
        let hex: String = digest.iter().take(10).map(|octet| format!("{octet:02x}")).collect();
        format!("vigie-{hex}")
    }
}

/// Hosts that are known to work, asked to learn whether we could see at all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Controls {
    /// Mail hosts that always greet on port 25; empty when the control is switched off.
    pub smtp_hosts: Vec<Name>,
    /// Zones that are signed and whose own servers answer everybody; empty when the controls are
    /// switched off.
    #[serde(default)]
    pub zones: Vec<Name>,
}

/// What a blocklist takes as a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ListKind {
    Ip4,
    Ip6,
    /// Both families.
    Ip,
    Domain,
}

/// The label that stands for the secret one in the zone of a list that is asked with a key. The key
/// itself is known to the live layer alone.
pub const KEY_LABEL: &str = "_key";

/// A DNS blocklist (RFC 5782) as the catalogue or the configuration describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blocklist {
    pub id: String,
    #[serde(default)]
    pub name: Option<String>,
    /// Where it is asked; begins with [`KEY_LABEL`] where a key is needed.
    pub zone: Name,
    pub kind: ListKind,
    /// How many receivers act on it: 1 major ones, 2 some, 3 few.
    #[serde(default = "major")]
    pub tier: u8,
    /// Answer → what it means. An answer is an address (`127.0.0.2`), a network (`127.0.0.0/24`), a
    /// range (`127.0.0.4-127.0.0.7`) or, where the last octet of 127.0.0.x is a mask, a bit of it
    /// (`bit:64`); the closest description counts. It means `critical`, `error`, `warning` (listed,
    /// with that weight), `listed` (an error), `abused` (a domain that others abused, or one too new
    /// to be trusted), `policy` (no verdict on behaviour), `info` (listed, without consequence for
    /// mail), `allow` (vouched for) or `refused` (the list does not answer us).
    pub codes: BTreeMap<String, String>,
    /// A domain that the list always holds; `TEST` (RFC 5782 §5) is tried as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_listed: Option<Name>,
    /// Where to ask for removal.
    #[serde(default)]
    pub delist: Option<String>,
    /// Who may ask it, and at what price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<String>,
    /// The id of a list that holds nothing else: it is not asked beside this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
}

fn major() -> u8 {
    1
}

impl Blocklist {
    /// What people call it.
    pub fn title(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }

    /// It answers those alone who put a key before its zone.
    pub fn needs_key(&self) -> bool {
        self.zone.labels().first() == Some(&KEY_LABEL)
    }
}
