//! What was learned of the zone's signatures and of the resolver that validates them.

use std::collections::BTreeSet;
use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::kernel::{Lookup, Name, Reason, Rtype};
use crate::records::dnssec::{Dnskey, Ds};

/// What was learned of the zone that holds the domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnssecFacts {
    /// Nothing if no zone of the domain could be found.
    pub zone: Option<Name>,
    pub validation: Validation,
    /// What the zone above says of the keys.
    pub ds: Lookup<Vec<Ds>>,
    /// The keys that the zone's servers hold, each set once; those of the resolver where no server
    /// answers us.
    pub keys: BTreeSet<KeySet>,
    /// Not every server that was asked for the keys answered.
    pub is_partial: bool,
    pub verdict: Verdict,
    /// The signature that ends first, where it ends within a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<Ending>,
    /// The most additional NSEC3 iterations that a server uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nsec3_iterations: Option<u16>,
    /// Whether a DS would find signatures that hold, asked where a signed zone has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing: Option<Signing>,
    /// Mail hosts whose addresses are not signed, asked where the domain is secure.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub insecure_hosts: Vec<Name>,
}

/// Whether our resolver validates, by zones that are known to be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Validation {
    Works,
    /// Answers about control zones came, and none was validated and signed.
    Fails,
    /// No control zone was answered: proves nothing.
    Untold,
    /// There is no control.
    Off,
}

/// The DNSKEY set of a server; empty where it holds none.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeySet {
    pub keys: Vec<Dnskey>,
    /// The tags of the keys that signed the set.
    pub signed_by: BTreeSet<u16>,
    /// Who holds it, where not all hold the same.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub servers: BTreeSet<IpAddr>,
}

/// What the signatures over the records that mail rests on come to, at every server of the zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signing {
    Sound,
    Broken {
        name: Name,
        #[serde(rename = "type")]
        rtype: Rtype,
        server: IpAddr,
    },
    /// Not every server could be asked, or the algorithm is not known here.
    Untold,
}

/// What the resolver makes of the domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It vouches for the answers (AD).
    Secure,
    /// It answers without vouching.
    Insecure,
    /// It fails twice, and says that signatures are why or answers when it need not check.
    Bogus {
        #[serde(rename = "type")]
        rtype: Rtype,
        /// The Extended DNS Error, 6 to 10 (RFC 8914 §4.7 to §4.11).
        ede: Option<u16>,
    },
    Unknown {
        reason: Reason,
    },
}

/// A signature near its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    pub name: Name,
    #[serde(rename = "type")]
    pub rtype: Rtype,
    pub server: IpAddr,
    pub inception: DateTime<Utc>,
    pub expiration: DateTime<Utc>,
}

impl Ending {
    /// Less than a day is left, or a twentieth of its validity where that is shorter.
    pub fn is_near(&self, now: DateTime<Utc>) -> bool {
        let twentieth = (self.expiration - self.inception) / 20;
        self.expiration - now < twentieth.min(TimeDelta::days(1))
    }

    pub fn has_ended(&self, now: DateTime<Utc>) -> bool {
        self.expiration < now
    }
}

impl DnssecFacts {
    /// The resolver finds the signatures wrong, and there is a DS, without which nothing is.
    pub fn is_bogus(&self) -> bool {
        matches!(self.verdict, Verdict::Bogus { .. }) && self.ds.found().is_some()
    }

    /// Some server holds keys.
    pub fn is_signed(&self) -> bool {
        self.keys.iter().any(|set| !set.keys.is_empty())
    }
}
