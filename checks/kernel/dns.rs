//! DNS at message level: NXDOMAIN, NODATA, SERVFAIL, REFUSED and silence are told apart.
//!
//! The JSON of these types is what evidence files hold, so it is meant to be read and edited.

mod text;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Name, Reason};

pub use text::Text;

/// A record type by number (RFC 1035 §3.2.2 and the IANA registry); printed by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Rtype(pub u16);

impl Rtype {
    pub const A: Self = Self(1);
    pub const NS: Self = Self(2);
    pub const CNAME: Self = Self(5);
    pub const SOA: Self = Self(6);
    pub const PTR: Self = Self(12);
    pub const MX: Self = Self(15);
    pub const TXT: Self = Self(16);
    pub const AAAA: Self = Self(28);
    /// Obsolete: SPF records are TXT records (RFC 7208 §3.1).
    pub const SPF: Self = Self(99);
    pub const DS: Self = Self(43);
    pub const RRSIG: Self = Self(46);
    pub const DNSKEY: Self = Self(48);
    pub const NSEC3PARAM: Self = Self(51);
    pub const TLSA: Self = Self(52);
    pub const CAA: Self = Self(257);

    const NAMES: [(u16, &'static str); 18] = [
        (1, "A"),
        (2, "NS"),
        (5, "CNAME"),
        (6, "SOA"),
        (12, "PTR"),
        (15, "MX"),
        (16, "TXT"),
        (28, "AAAA"),
        (39, "DNAME"),
        (43, "DS"),
        (46, "RRSIG"),
        (47, "NSEC"),
        (48, "DNSKEY"),
        (50, "NSEC3"),
        (51, "NSEC3PARAM"),
        (52, "TLSA"),
        (99, "SPF"),
        (257, "CAA"),
    ];
}

impl fmt::Display for Rtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::NAMES.iter().find(|(number, _)| *number == self.0) {
            Some((_, name)) => f.write_str(name),
            None => write!(f, "TYPE{}", self.0), // RFC 3597 §5
        }
    }
}

impl From<String> for Rtype {
    fn from(written: String) -> Self {
        let known = Self::NAMES.iter().find(|(_, name)| written.eq_ignore_ascii_case(name));
        let number = known.map(|(number, _)| *number);
        Self(number.or_else(|| written.strip_prefix("TYPE")?.parse().ok()).unwrap_or(0))
    }
}

impl From<Rtype> for String {
    fn from(rtype: Rtype) -> Self {
        rtype.to_string()
    }
}

/// Whom a question goes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum To {
    /// The configured resolvers in turn.
    #[default]
    Resolver,
    /// Another configured resolver than the first one where there is one: a second opinion.
    OtherResolver,
    /// A zone's own server, on port 53.
    Server(IpAddr),
}

/// One question. Equal questions are one exchange unless `sample` differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub name: Name,
    #[serde(rename = "type")]
    pub rtype: Rtype,
    #[serde(default, skip_serializing_if = "is_default")]
    pub to: To,
    /// CD: ask the resolver for the data even if it does not validate (RFC 4035 §3.2.2).
    #[serde(default, skip_serializing_if = "is_default")]
    pub checking_disabled: bool,
    /// DO: ask for the signatures too (RFC 3225).
    #[serde(default, skip_serializing_if = "is_default")]
    pub dnssec: bool,
    /// Over TCP from the start.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tcp: bool,
    /// Independent samples of the same question bear different numbers and share no cache.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sample: u8,
}

/// In few steps, since every layer of the net looks questions up by it.
impl Hash for Question {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { name, rtype, to, checking_disabled, dnssec, tcp, sample } = self;
        let [high, low] = rtype.0.to_be_bytes();
        let [disabled, signatures, stream] = [*checking_disabled, *dnssec, *tcp].map(u8::from);
        let (whom, server) = match to {
            To::Resolver => (0, None),
            To::OtherResolver => (1, None),
            To::Server(address) => (2, Some(address)),
        };
        let form = [high, low, disabled, signatures, stream, *sample, whom, 0];
        state.write(name.as_str().as_bytes());
        state.write_u64(u64::from_be_bytes(form));
        if let Some(address) = server {
            address.hash(state);
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Question {
    /// An ordinary question to the configured resolver.
    pub fn new(name: &Name, rtype: Rtype) -> Self {
        Self {
            name: name.clone(),
            rtype,
            to: To::Resolver,
            checking_disabled: false,
            dnssec: false,
            tcp: false,
            sample: 0,
        }
    }

    /// The question, with the signatures of what answers it (DO, RFC 3225).
    pub fn with_signatures(name: &Name, rtype: Rtype) -> Self {
        Self { dnssec: true, ..Self::new(name, rtype) }
    }
}

/// A whole message, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Answer {
    /// Shared: the same message is judged by many checks and kept by several layers.
    Message(#[serde(with = "super::shared")] Arc<Message>),
    Failed {
        reason: Reason,
    },
}

impl From<Message> for Answer {
    fn from(message: Message) -> Self {
        Self::Message(Arc::new(message))
    }
}

impl Answer {
    pub fn failed(reason: Reason) -> Self {
        Self::Failed { reason }
    }
}

/// The parts of a DNS message that an audit needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub rcode: Rcode,
    /// AA: the server speaks for the zone.
    #[serde(default, skip_serializing_if = "is_default")]
    pub authoritative: bool,
    /// AD: the resolver validated the answer.
    #[serde(default, skip_serializing_if = "is_default")]
    pub authenticated: bool,
    /// RA: the server resolves for us.
    #[serde(default, skip_serializing_if = "is_default")]
    pub recursion_available: bool,
    /// It came over TCP.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tcp: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Record>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authority: Vec<Record>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub additional: Vec<Record>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ede: Vec<Ede>,
}

impl Message {
    /// The octets that its records hold, about: each counts for its data and what surrounds them.
    pub fn octets(&self) -> usize {
        let records = [&self.answers, &self.authority, &self.additional];
        records.into_iter().flatten().map(Record::octets).sum()
    }
}

/// An extended DNS error (RFC 8914).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ede {
    pub code: u16,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// A response code (RFC 1035 §4.1.1, 6895 §2.3), printed by its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Rcode(pub u16);

impl Rcode {
    pub const NOERROR: Self = Self(0);
    pub const FORMERR: Self = Self(1);
    pub const SERVFAIL: Self = Self(2);
    pub const NXDOMAIN: Self = Self(3);
    pub const NOTIMP: Self = Self(4);
    pub const REFUSED: Self = Self(5);

    const NAMES: [&'static str; 6] =
        ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];
}

impl From<String> for Rcode {
    fn from(written: String) -> Self {
        let known = Self::NAMES.iter().position(|name| written.eq_ignore_ascii_case(name));
        let other = || written.strip_prefix("RCODE").and_then(|number| number.parse().ok());
        Self(known.and_then(|at| u16::try_from(at).ok()).or_else(other).unwrap_or(u16::MAX))
    }
}

impl From<Rcode> for String {
    fn from(rcode: Rcode) -> Self {
        rcode.to_string()
    }
}

impl fmt::Display for Rcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::NAMES.get(usize::from(self.0)) {
            Some(name) => f.write_str(name),
            None => write!(f, "RCODE{}", self.0),
        }
    }
}

/// A resource record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub name: Name,
    pub ttl: u32,
    #[serde(flatten)]
    pub data: Data,
}

/// What a record says. Types that no check reads are kept as octets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Data {
    A(Ipv4Addr),
    #[serde(rename = "AAAA")]
    Aaaa(Ipv6Addr),
    #[serde(rename = "CNAME")]
    Cname(Name),
    #[serde(rename = "MX")]
    Mx(Mx),
    #[serde(rename = "NS")]
    Ns(Name),
    #[serde(rename = "PTR")]
    Ptr(Name),
    #[serde(rename = "SOA")]
    Soa(Soa),
    #[serde(rename = "TXT")]
    Txt(Text),
    #[serde(rename = "other")]
    Other {
        rtype: Rtype,
        hex: String,
    },
}

impl Record {
    fn octets(&self) -> usize {
        let data = match &self.data {
            Data::Txt(text) => {
                text.strings().iter().map(|string| size_of_val(string) + string.len()).sum()
            }
            Data::Other { hex, .. } => hex.len(),
            _ => 0,
        };
        size_of::<Self>() + data
    }
}

impl Data {
    pub fn rtype(&self) -> Rtype {
        match self {
            Self::A(_) => Rtype::A,
            Self::Aaaa(_) => Rtype::AAAA,
            Self::Cname(_) => Rtype::CNAME,
            Self::Mx(_) => Rtype::MX,
            Self::Ns(_) => Rtype::NS,
            Self::Ptr(_) => Rtype::PTR,
            Self::Soa(_) => Rtype::SOA,
            Self::Txt(_) => Rtype::TXT,
            Self::Other { rtype, .. } => *rtype,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mx {
    pub preference: u16,
    pub exchange: Name,
}

/// Start of authority (RFC 1035 §3.3.13); times are seconds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Soa {
    pub mname: Name,
    pub rname: Name,
    pub serial: u32,
    pub refresh: u32,
    pub retry: u32,
    pub expire: u32,
    pub minimum: u32,
}
