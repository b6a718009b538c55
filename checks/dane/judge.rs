//! What senders that insist on DANE make of the mail hosts.

use chrono::{DateTime, Utc};

use super::{DaneCode, DaneFacts, Host, Presented, TopOfChain};
use crate::kernel::{CASE, Code, Context, Judgement, Lookup, Name, Raised, Reason, Severity};
use crate::records::provider;
use crate::records::tlsa::{DANE_EE, Tlsa};

/// A certificate valid no longer than this is renewed by a machine.
const RENEWED_BY_MACHINE: i64 = 100;

pub fn judge(facts: &DaneFacts, context: &Context<'_>) -> Judgement {
    if facts.hosts.is_empty() {
        return Judgement::nothing_to_ask("no-mail-host");
    }
    if facts.hosts.iter().all(|host| host.tlsa.is_absent() && is_unsigned(facts, host)) {
        return Judgement::nothing_to_ask("not-secure");
    }
    let mut raised: Vec<Raised> =
        facts.hosts.iter().flat_map(|host| of_host(facts, host, context)).collect();
    raised.extend(missing(facts, &context.target.domain));
    raised.into()
}

/// Senders would not heed records of the host if there were any.
fn is_unsigned(facts: &DaneFacts, host: &Host) -> bool {
    facts.mx_secure == Some(false) || host.address_secure == Some(false)
}

fn of_host(facts: &DaneFacts, host: &Host, context: &Context<'_>) -> Vec<Raised> {
    // Whether senders heed records could not be told.
    let is_untold = facts.mx_secure.is_none() || host.address_secure.is_none();
    let records = match &host.tlsa {
        Lookup::Unknown { reason } => return vec![failing(facts, host, *reason)],
        Lookup::Absent { .. } if is_unsigned(facts, host) => return Vec::new(),
        _ if is_untold => return vec![unknown(&host.name, Reason::Servfail)],
        Lookup::Absent { .. } => return Vec::new(),
        Lookup::Found(records) => records,
    };
    let domain = &context.target.domain;
    if !host.is_secure() {
        return vec![insecure(facts, host, domain)];
    }
    if host.usable().next().is_none() {
        let unusable = DaneCode::Unusable.on(&host.name).with("records", shown(records));
        return vec![unusable.evidence("records", records)];
    }
    let presented = presented(host, context.now);
    // RFC 7672 §2.2.1: senders may heed a host that an unsigned MX set names, and some do.
    let (presented, other) = match facts.mx_secure {
        Some(false) => {
            let by_some = insecure(facts, host, domain).severity(Severity::Info);
            (presented.map(lighter), Some(by_some.with(CASE, "mx-unsigned")))
        }
        _ => (presented, rollover(host)),
    };
    presented.into_iter().chain(other).collect()
}

fn insecure(facts: &DaneFacts, host: &Host, domain: &Name) -> Raised {
    let raised = DaneCode::Insecure.on(&host.name).with("domain", domain);
    raised.evidence("host", host).evidence("mx_secure", facts.mx_secure)
}

/// What only some senders turn away for.
fn lighter(raised: Raised) -> Raised {
    if raised.is_of(DaneCode::Unknown) { raised } else { raised.severity(Severity::Error) }
}

/// RFC 7672 §2.1.1: a sender that cannot tell whether there are records does not deliver.
fn failing(facts: &DaneFacts, host: &Host, reason: Reason) -> Raised {
    let is_secure = facts.mx_secure == Some(true) && host.address_secure == Some(true);
    if host.fails_elsewhere && is_secure {
        let broken = on(DaneCode::TlsaLookupBroken, host).with("reason", reason);
        return broken.evidence("tlsa", &host.tlsa);
    }
    unknown(&host.name, reason)
}

fn unknown(subject: &Name, reason: Reason) -> Raised {
    DaneCode::Unknown.on(subject).with("reason", reason).evidence("reason", reason)
}

/// How one address stands to the records.
enum Standing {
    Agrees,
    Fails(Failure),
    /// Nobody answers: `mx` says that nobody can deliver there.
    Nobody,
    Untold(Reason),
}

/// Why senders that use DANE turn away; of several, the first is told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Failure {
    /// No record stands for what is presented.
    OtherCertificate,
    NoStarttls,
    /// STARTTLS is offered and leads to no session.
    NoSession,
    /// The authority that a record names cannot vouch for the leaf.
    BrokenChain,
    /// A record names the leaf itself as its authority.
    OwnAuthority,
}

impl Failure {
    fn on(self, host: &Host) -> Raised {
        match self {
            Self::OtherCertificate => on(DaneCode::Mismatch, host),
            Self::NoStarttls => on(DaneCode::Mismatch, host).with(CASE, "no-starttls"),
            Self::NoSession => on(DaneCode::Mismatch, host).with(CASE, "no-session"),
            Self::BrokenChain => on(DaneCode::TaChain, host),
            Self::OwnAuthority => on(DaneCode::TaChain, host).with(CASE, "own-authority"),
        }
    }
}

/// A finding that speaks of where the records of a host stand.
fn on(code: DaneCode, host: &Host) -> Raised {
    code.on(&host.name).with("at", host.asked_at())
}

fn presented(host: &Host, now: DateTime<Utc>) -> Option<Raised> {
    let all: Vec<(String, Standing)> = host
        .presented
        .iter()
        .map(|(address, presented)| (address.to_string(), standing(host, presented, now)))
        .collect();
    let failure = |standing: &Standing| match standing {
        Standing::Fails(failure) => Some(*failure),
        _ => None,
    };
    if let Some(first) = all.iter().filter_map(|(_, standing)| failure(standing)).min() {
        let there = all.iter().filter(|(_, standing)| failure(standing) == Some(first));
        let addresses: Vec<&str> = there.map(|(address, _)| address.as_str()).collect();
        let raised = first.on(host).with("addresses", addresses.join(", "));
        let raised = raised.evidence("records", &host.tlsa);
        return Some(raised.evidence("presented", &host.presented));
    }
    let untold = all.iter().find_map(|(_, standing)| match standing {
        Standing::Untold(reason) => Some(*reason),
        _ => None,
    });
    let agrees = all.iter().any(|(_, standing)| matches!(standing, Standing::Agrees));
    match (untold, all.is_empty()) {
        // A family that we have no way to says nothing of a host that agrees on the other.
        (Some(Reason::Network), _) if agrees => None,
        (Some(reason), _) => Some(unknown(&host.name, reason)),
        (None, true) => Some(unknown(&host.name, Reason::Network)),
        (None, false) => None,
    }
}

fn standing(host: &Host, presented: &Presented, now: DateTime<Utc>) -> Standing {
    let failure = match presented {
        Presented::Chain { matches_leaf: true, .. } => return Standing::Agrees,
        Presented::Chain { authority: Some(top), .. } => match vouches(top, now) {
            true => return Standing::Agrees,
            false => Failure::BrokenChain,
        },
        Presented::Chain { names_leaf: true, .. } => Failure::OwnAuthority,
        // Only records of authorities, and none was sent along.
        Presented::Chain { length: 1, .. } if host.usable().all(|r| r.usage != DANE_EE) => {
            Failure::BrokenChain
        }
        Presented::Chain { .. } => Failure::OtherCertificate,
        Presented::NoStarttls => Failure::NoStarttls,
        Presented::StarttlsRefused | Presented::HandshakeFails => Failure::NoSession,
        Presented::Unreachable => return Standing::Nobody,
        Presented::Untold { reason } => return Standing::Untold(*reason),
    };
    Standing::Fails(failure)
}

fn vouches(top: &TopOfChain, now: DateTime<Utc>) -> bool {
    top.is_linked && top.names_host && top.not_after > now
}

/// RFC 7671 §8.1: the next key is published before it is used.
fn rollover(host: &Host) -> Option<Raised> {
    let records: Vec<&Tlsa> = host.usable().collect();
    let pins_certificates = records.iter().all(|r| r.usage == DANE_EE && r.selector == 0);
    let by_machine = host.presented.values().any(|presented| {
        matches!(presented, Presented::Chain { validity_days, .. }
            if *validity_days <= RENEWED_BY_MACHINE)
    });
    // A provider renews its own hosts, and knows how.
    let is_theirs = provider::of_mail_host(&host.name).is_some();
    let weight = match (pins_certificates && by_machine, records.len()) {
        (true, _) => Severity::Warning,
        (false, 1) if !is_theirs => Severity::Info,
        (false, _) => return None,
    };
    let raised = on(DaneCode::NoRollover, host).severity(weight);
    let pins_keys = records.iter().all(|record| record.usage == DANE_EE && record.selector == 1);
    let raised = if pins_keys { raised.with(CASE, "key") } else { raised };
    Some(raised.with("records", shown(records.iter().copied())).evidence("records", &records))
}

fn shown<'a>(records: impl IntoIterator<Item = &'a Tlsa>) -> String {
    records.into_iter().map(Tlsa::brief).collect::<Vec<_>>().join(", ")
}

/// Hosts without records: all of them, or some beside others that have them.
fn missing(facts: &DaneFacts, domain: &Name) -> Vec<Raised> {
    let has = |host: &&Host| host.tlsa.found().is_some();
    let lacking: Vec<&Host> = facts.hosts.iter().filter(|host| host.tlsa.is_absent()).collect();
    let names: Vec<&str> = lacking.iter().map(|host| host.name.as_str()).collect();
    if facts.hosts.iter().any(|host| has(&host)) {
        // Whoever can forge the MX set need not disturb a host.
        if facts.mx_secure == Some(false) {
            return Vec::new();
        }
        let partial = DaneCode::Partial.on(domain).with("hosts", names.join(", "));
        return if names.is_empty() { Vec::new() } else { vec![partial.evidence("hosts", &names)] };
    }
    // A host that could not be told of may well have records, and the others would be a part.
    if facts.hosts.iter().any(|host| host.tlsa.reason().is_some()) {
        return Vec::new();
    }
    let could_have = |host: &&&Host| facts.mx_secure == Some(true) && host.is_secure();
    let secure = lacking.iter().filter(could_have);
    let raise = |host: &&Host| {
        DaneCode::Missing.on(&host.name).with("domain", domain).evidence("tlsa", &host.tlsa)
    };
    secure.map(raise).collect()
}
