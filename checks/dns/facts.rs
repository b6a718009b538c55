//! What was learned of the resolver and the domain.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::kernel::{Lookup, Name, Reason};

/// What was learned of the resolver and the domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsFacts {
    pub canary: Canary,
    pub existence: Existence,
    /// The NS records at the domain; proven absent where the domain is no zone of its own.
    pub name_servers: Lookup<Vec<Name>>,
}

/// What the resolver does with two unrelated names that cannot exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Canary {
    /// At least one is denied, so negatives can be believed.
    Honest,
    /// Both have addresses.
    Lies { addresses: Vec<IpAddr> },
    /// One has an address, the other could not be told.
    Suspect { reason: Reason },
    /// Neither could be told, as with a server that answers for its own zones only: proves nothing.
    Untold { reason: Reason },
}

/// Whether the domain is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Existence {
    Exists,
    /// Every question of ours was answered NXDOMAIN, and so is the name itself, not an alias' target.
    Nxdomain {
        parent: Parent,
    },
    Unknown {
        reason: Reason,
    },
}

/// What the servers of the zone above say of a domain that the resolver denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Parent {
    Agrees,
    /// They delegate the domain or hold it themselves.
    Disagrees,
    /// None has a reachable server, or none answered with authority.
    Unasked,
    /// The resolver could not tell who they are.
    Unknown {
        reason: Reason,
    },
}
