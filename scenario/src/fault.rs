//! What goes wrong in the scenario's DNS: with some names, or with the resolver as a whole.

use std::net::IpAddr;

use serde::Deserialize;

/// One DNS fault: which questions it hits, and what is answered instead.
///
/// The first fault that matches a question wins.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The name asked for. `*.example.com` is every name below it; absent is every name.
    pub name: Option<String>,
    /// The type asked for, by its mnemonic; absent is every type.
    #[serde(rename = "type")]
    pub rtype: Option<String>,
    /// What is answered.
    pub answer: FaultAnswer,
    /// The info code of an Extended DNS Error to add (RFC 8914 §4).
    pub ede: Option<u16>,
    /// The address that a `lie` gives.
    pub address: Option<IpAddr>,
    /// How long the answer takes, in milliseconds.
    pub delay_ms: Option<u64>,
    /// The zone's own server that has the fault; absent is the resolver.
    pub only_at: Option<IpAddr>,
}

/// What a faulty server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultAnswer {
    /// Nothing at all.
    Timeout,
    /// SERVFAIL.
    Servfail,
    /// REFUSED.
    Refused,
    /// FORMERR.
    Formerr,
    /// NOTIMP.
    Notimp,
    /// NXDOMAIN, with the zone's SOA.
    Nxdomain,
    /// NOERROR without the type, with the zone's SOA.
    Nodata,
    /// TC over UDP; over TCP the connection is closed at the question.
    TruncateAndDropTcp,
    /// The right answer under another message id.
    WrongId,
    /// `address` to questions for an address of its family, no data to all others.
    Lie,
    /// The right answer, late by `delay_ms`.
    Delay,
    /// SERVFAIL with EDE 6 (or `ede`) unless checking is disabled (CD), as a validating
    /// resolver does with wrong signatures (RFC 4035 §5.5); from any other resolver the data.
    Bogus,
    /// The right answer without AA: a lame server.
    NotAuthoritative,
    /// The NS set of the root in place of an answer, without AA: a lame server.
    UpwardReferral,
    /// TC over UDP; what comes over TCP is whole.
    Truncate,
    /// Octets that are no DNS message.
    Garbage,
}

/// How the resolver behaves as a whole.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Resolver {
    /// It answers nothing.
    pub silent: bool,
    /// It validates DNSSEC: answers from `secure` zones carry AD (RFC 6840 §5.8).
    pub validates: bool,
    /// It gives negative answers without the SOA (against RFC 2308 §3).
    pub strips_soa: bool,
    /// It answers with this address where there is NXDOMAIN.
    pub rewrites_nxdomain: Option<IpAddr>,
    /// Origins of the zones whose chain of trust it could follow.
    pub secure: Vec<String>,
}

impl Default for Resolver {
    fn default() -> Self {
        Self {
            silent: false,
            validates: true,
            strips_soa: false,
            rewrites_nxdomain: None,
            secure: Vec::new(),
        }
    }
}
