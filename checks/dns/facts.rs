//! What was learned of the resolver, the domain and the servers of its zone.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::kernel::{Addresses, Lookup, Name, Reason, Rtype};

/// What was learned of the resolver and the domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsFacts {
    pub canary: Canary,
    pub existence: Existence,
    /// The NS records at the domain; proven absent where the domain is no zone of its own.
    pub name_servers: Lookup<Vec<Name>>,
    /// The zone that holds the domain, where it could be found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// Why it is not there, where that could be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<Gone>,
    /// What is published beside the place where it belongs.
    #[serde(default)]
    pub strays: Strays,
}

/// What the resolver does with two unrelated names that cannot exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Canary {
    /// At least one is denied, so negatives can be believed.
    Honest,
    /// Both have addresses.
    Lies { addresses: Vec<IpAddr> },
    /// The random names are denied, and so are the name servers of the control zones, all that could be
    /// asked for: that is no resolver of this world.
    Denies { zones: Vec<Name> },
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

/// Why a domain is not in DNS, as the zone above it or its registry tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gone {
    /// The registrable domain that it lies under is there; nobody registers what is below.
    Below { domain: Name },
    /// The registrar or the registry took it out of the zone.
    Held { status: String },
    /// The registration is over.
    Over { status: String },
    /// It is registered, and names no servers.
    Undelegated,
    /// The registry does not know it.
    Unregistered,
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

/// A zone and those who serve it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    pub origin: Name,
    /// The NS sets that servers of the zone above refer to; more than one if they disagree.
    pub delegated: BTreeSet<Vec<Name>>,
    /// The NS set at the apex, through the resolver; empty if that could not be told.
    pub apex: Vec<Name>,
    /// Every host that either side names, sorted by name.
    pub hosts: Vec<Host>,
    /// The alias at the apex, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<Name>,
    /// The records that servers with one serial hold differently.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differing: Vec<Differing>,
    /// Servers with different serials, where records of mail differ between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copies: Option<Copies>,
    /// Not every server that serves the zone told all that was to be compared.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_uncompared: bool,
    /// The way to servers that are known to answer; asked when one of the zone's does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<Control>,
    /// Whether the resolver still reaches the zone, asked when none of its servers answers us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached: Option<Lookup<()>>,
    /// Name servers of mail's own names in the zone that anybody could have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cuts: Vec<Cut>,
}

/// A name server that a zone delegates names of mail to, under a domain that nobody has registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// What is delegated, as `_domainkey.example.com`.
    pub origins: BTreeSet<Name>,
    pub host: Name,
    pub unregistered: Name,
}

/// A name server by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    pub name: Name,
    /// It is an alias of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias_of: Option<Name>,
    pub addresses: Addresses,
    /// The domain that it lies under and that does not exist, where anybody could register it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unregistered: Option<Name>,
    pub servers: BTreeMap<IpAddr, Server>,
}

/// What the server at one address does for the zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    pub standing: Standing,
    /// The NS set at the apex, as it says with authority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_servers: Option<Vec<Name>>,
    /// An answer is cut over UDP and does not come over TCP.
    #[serde(default)]
    pub withholds: bool,
}

/// Whether a server serves the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    Serves,
    /// It answers that it does not.
    Lame(Lame),
    Silent,
    /// It could not be asked from here.
    Untold(Reason),
}

/// How a server shows that it does not serve the zone.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::Display,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Lame {
    Refused,
    Servfail,
    /// It refers to servers further up.
    UpwardReferral,
    NotAuthoritative,
    /// Another response code.
    Error,
}

/// Records of one name that differ between servers whose zones bear the same serial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Differing {
    pub name: Name,
    #[serde(rename = "type")]
    pub rtype: Rtype,
    /// What each server holds, in words.
    pub held: BTreeMap<IpAddr, Vec<String>>,
}

/// Copies of the zone of different ages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copies {
    pub serials: BTreeMap<IpAddr, u32>,
    /// What they hold differently, as `TXT example.com`.
    pub records: BTreeSet<String>,
}

/// Whether servers that answer everybody answer us, by datagram and by stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    pub udp: Way,
    pub tcp: Way,
}

/// Whether a way to port 53 is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    Open,
    /// Every control server was asked and none answered with authority.
    Closed,
    /// Not every control server could be found and none that was answered: proves nothing.
    Untold,
    /// There is no control.
    Off,
}

/// Records that are where they should not be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strays {
    /// The TXT records that a name gets which nobody wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wildcard: Vec<String>,
    /// Where the wildcard is an alias and leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wildcard_alias: Option<Name>,
    /// Whether names that nobody wrote take mail too, asked where the wildcard is SPF alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wildcard_mail: Option<Lookup<()>>,
    /// Names of mail's own records that get those of the wildcard.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covered: Vec<Name>,
    /// Records whose name ends in the domain twice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubled: Vec<Doubled>,
    /// Names that are denied although others exist below them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denied: Vec<Denied>,
}

/// A record that was written without its final dot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubled {
    /// Where it is missing.
    pub expected: Name,
    /// Where it is.
    pub found: Name,
    pub texts: Vec<String>,
    /// Where a CNAME leads: the texts are kept by somebody else.
    pub alias: Lookup<Name>,
}

/// A name that is answered NXDOMAIN, and a name below it that exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denied {
    pub name: Name,
    pub below: Name,
}

impl Canary {
    /// Why nothing that the resolver says can be told from a fault of its own; nothing where it can.
    pub fn blindness(&self) -> Option<Reason> {
        match self {
            Self::Honest => None,
            Self::Lies { .. } | Self::Denies { .. } => Some(Reason::RewrittenAnswer),
            Self::Suspect { reason } | Self::Untold { reason } => Some(*reason),
        }
    }
}

impl Zone {
    /// Every server with its host.
    pub fn servers(&self) -> impl Iterator<Item = (&Host, IpAddr, &Server)> {
        self.hosts.iter().flat_map(|host| {
            host.servers.iter().map(move |(address, server)| (host, *address, server))
        })
    }

    /// The addresses that serve the zone, each once, in order.
    pub fn serving(&self) -> Vec<IpAddr> {
        let serving = self.servers().filter(|(_, _, server)| server.standing == Standing::Serves);
        serving.map(|(_, address, _)| address).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Port 53 of name servers is closed from here, so that nothing can be said of the zone's.
    pub fn is_out_of_reach(&self) -> bool {
        self.serving().is_empty() && self.control.is_some_and(|control| control.udp == Way::Closed)
    }
}
