//! What the DNS says of the sending addresses and of the names they greet with.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::kernel::{Addresses, Lookup, Name, Reason, Severity};
use crate::spf::SpfResult;

/// The facts of the check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IpFacts {
    /// Sorted by address, at most 64.
    pub senders: Vec<Sender>,
    /// Sorted by name, at most 32.
    pub greetings: Vec<Greeting>,
    /// Where none is declared as sending: why SPF may name more than was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untold: Option<Reason>,
}

/// A sending address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    pub address: IpAddr,
    /// Its PTR names, sorted, at most 32.
    pub ptr: Lookup<Vec<Named>>,
    /// What says that it sends, where nobody declares it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_spf: Option<BySpf>,
}

/// An address that the SPF record of the domain names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BySpf {
    /// The term that does.
    pub term: String,
    /// The most that something wrong with it weighs.
    pub most: Severity,
}

/// A name that an address has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    pub name: Name,
    /// Its own addresses in the family of the one that bears it.
    pub addresses: Lookup<Vec<IpAddr>>,
}

/// A name given in EHLO.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// As printable text of at most 255 characters.
    pub helo: String,
    #[serde(flatten)]
    pub answer: GreetingAnswer,
}

/// What such a name is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum GreetingAnswer {
    /// Neither a full name nor an address literal.
    Invalid,
    /// `[192.0.2.1]` (RFC 5321 §4.1.3).
    AddressLiteral,
    Name {
        addresses: Addresses,
        /// Whether it has an MX; asked where it has no address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mx: Option<Lookup<()>>,
        /// What SPF says of it for each address that greets with it (RFC 7208 §2.3).
        spf: BTreeMap<IpAddr, SpfResult>,
    },
}

impl Sender {
    /// A name of it resolves back to it (RFC 8601 §2.7.3, `iprev`).
    pub fn is_forward_confirmed(&self) -> bool {
        let confirms = |named: &Named| {
            named.addresses.found().is_some_and(|addresses| addresses.contains(&self.address))
        };
        self.ptr.found().is_some_and(|names| names.iter().any(confirms))
    }
}
