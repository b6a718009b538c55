//! What ends when? Certificates, registrations and signatures that a domain rests on, from the facts of
//! the last looks, whether or not a finding stands.
//!
//! Tells what was last seen: a look that could not tell takes nothing away.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use vigie_checks::bimi::{self, BimiFacts};
use vigie_checks::dnssec::DnssecFacts;
use vigie_checks::kernel::{KeptFacts, Lang, Name};
use vigie_checks::mta_sts::{self, MtaStsFacts};
use vigie_checks::records::certificate::Reading;
use vigie_checks::registration::{Registered, RegistrationFacts};
use vigie_checks::tls::{Service, Session, TlsFacts};

use crate::store::{Span, Store, StoreError, Write};

/// The checks whose facts hold something that ends.
const CHECKS: [&str; 5] = ["bimi", "dnssec", "mta-sts", "registration", "tls"];

/// Those of which [`first_end`] tells.
pub const FIRST_ENDS: [&str; 2] = ["registration", "tls"];

/// A registration is renewed by hand by many, over a registrar that must be reached first.
const REGISTRATION_NOTICE: TimeDelta = TimeDelta::days(60);

/// A certificate that renews itself is new before this, or before a third of its time.
const CERTIFICATE_NOTICE: TimeDelta = TimeDelta::days(30);

/// Something that ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    pub what: Ending,
    /// A host, a service's URL or a domain.
    pub name: String,
    pub at: DateTime<Utc>,
    /// The check that saw it.
    pub check: String,
    /// When it was looked at last.
    pub seen_at: DateTime<Utc>,
    /// How long before its end it is told to those who did not ask.
    pub(super) notice: TimeDelta,
}

/// What kind of thing it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    Certificate,
    /// Of a logo (BIMI).
    MarkCertificate,
    Registration,
    /// Of a domain of somebody else, through which mail goes.
    VendorRegistration {
        through: String,
    },
    /// Over the records of a type.
    Signature {
        rtype: String,
    },
}

impl End {
    /// Whether it is near, or past.
    pub fn is_soon(&self, now: DateTime<Utc>) -> bool {
        self.at - now < self.notice
    }

    /// `certificate of mx.example.com`.
    pub fn words(&self, lang: Lang) -> String {
        let name = &self.name;
        match (&self.what, lang) {
            (Ending::Certificate, Lang::En) => format!("certificate of {name}"),
            (Ending::Certificate, Lang::Fr) => format!("certificat de {name}"),
            (Ending::MarkCertificate, Lang::En) => format!("mark certificate of {name}"),
            (Ending::MarkCertificate, Lang::Fr) => format!("certificat de marque de {name}"),
            (Ending::Registration, Lang::En) => format!("registration of {name}"),
            (Ending::Registration, Lang::Fr) => format!("enregistrement du nom {name}"),
            (Ending::VendorRegistration { through }, Lang::En) => {
                format!("registration of {name}, used through {through}")
            }
            (Ending::VendorRegistration { through }, Lang::Fr) => {
                format!("enregistrement du nom {name}, qui intervient par {through}")
            }
            (Ending::Signature { rtype }, Lang::En) => format!("signature of {rtype} at {name}"),
            (Ending::Signature { rtype }, Lang::Fr) => format!("signature de {rtype} de {name}"),
        }
    }

    /// What kind of thing it is, whoever rests on it.
    pub fn kind(&self) -> &'static str {
        match self.what {
            Ending::Certificate => "certificate",
            Ending::MarkCertificate => "mark-certificate",
            Ending::Registration | Ending::VendorRegistration { .. } => "registration",
            Ending::Signature { .. } => "signature",
        }
    }

    /// As scripts read it.
    pub fn json(&self, lang: Lang) -> Value {
        json!({ "what": self.kind(), "name": self.name, "title": self.words(lang),
            "ends_at": self.at, "seen_at": self.seen_at })
    }
}

/// What ends when of one domain, soonest first.
///
/// # Errors
/// The store fails.
pub async fn ends(store: &Store, domain: &Name) -> Result<Vec<End>, StoreError> {
    let spans = store.last_definite_of(domain, &CHECKS).await?;
    let mut all: Vec<End> = spans.iter().flat_map(of).collect();
    sort(&mut all);
    Ok(all)
}

/// The same of every domain in the store.
///
/// # Errors
/// The store fails.
pub async fn ends_of_all(write: &mut Write) -> Result<BTreeMap<Name, Vec<End>>, StoreError> {
    let mut of_domains: BTreeMap<Name, Vec<End>> = BTreeMap::new();
    let gather = |span: Span| {
        let of_domain = of_domains.entry(span.key.domain.clone()).or_default();
        of_domain.extend(of(&span));
    };
    write.each_last_definite(&CHECKS, gather).await?;
    of_domains.values_mut().for_each(sort);
    Ok(of_domains)
}

/// Soonest first; each thing once, as it ends first.
fn sort(all: &mut Vec<End>) {
    all.sort_by(|a, b| (a.at, &a.what, &a.name).cmp(&(b.at, &b.what, &b.name)));
    let mut known = Vec::new();
    all.retain(|end| {
        let thing = (end.what.clone(), end.name.clone());
        let is_new = !known.contains(&thing);
        known.push(thing);
        is_new
    });
}

fn of(span: &Span) -> Vec<End> {
    let (check, seen_at) = (&span.key.check, span.last_seen);
    let told = |limit: Limit| End {
        what: limit.what,
        name: limit.name,
        at: limit.at,
        check: check.clone(),
        seen_at,
        notice: limit.notice,
    };
    limits(check, &span.key.domain, &span.facts).into_iter().map(told).collect()
}

/// Something that ends, as the facts of one check tell it.
struct Limit {
    what: Ending,
    name: String,
    at: DateTime<Utc>,
    notice: TimeDelta,
}

/// When the first certificate of mail hosts and services that `tls` saw ends, or the domain's own
/// registration; nothing of other checks.
pub fn first_end(check: &str, domain: &Name, facts: &KeptFacts) -> Option<DateTime<Utc>> {
    if !FIRST_ENDS.contains(&check) {
        return None;
    }
    let own = |limit: &Limit| matches!(limit.what, Ending::Certificate | Ending::Registration);
    limits(check, domain, facts).into_iter().filter(own).map(|limit| limit.at).min()
}

fn limits(check: &str, domain: &Name, facts: &KeptFacts) -> Vec<Limit> {
    let limits = match check {
        "bimi" => read(facts).map(|facts| of_mark(domain, facts)),
        "dnssec" => read(facts).map(of_signatures),
        "mta-sts" => read(facts).map(|facts| of_policy(domain, facts)),
        "registration" => read(facts).map(of_registrations),
        "tls" => read(facts).map(of_hosts),
        _ => None,
    };
    limits.unwrap_or_default()
}

/// Facts of an earlier form are told after the next look.
fn read<Facts: DeserializeOwned>(facts: &KeptFacts) -> Option<Facts> {
    facts.read().ok()
}

fn limit(what: Ending, name: &str, at: DateTime<Utc>, notice: TimeDelta) -> Limit {
    Limit { what, name: name.to_owned(), at, notice }
}

fn of_certificate(what: Ending, name: &str, leaf: &Reading) -> Limit {
    let third = (leaf.not_after - leaf.not_before) / 3;
    limit(what, name, leaf.not_after, CERTIFICATE_NOTICE.min(third))
}

fn of_hosts(facts: TlsFacts) -> Vec<Limit> {
    let leaf = |digest: &String, name: &str| {
        Some(of_certificate(Ending::Certificate, name, facts.certificates.get(digest)?))
    };
    let hosts = facts.hosts.iter().flat_map(|host| {
        host.addresses.values().filter_map(|session| match session {
            Session::Encrypted { chain, .. } => leaf(&chain.certificate, host.name.as_str()),
            Session::Unreachable | Session::Untold { .. } => None,
        })
    });
    let services = facts.services.iter().filter_map(|(url, service)| match service {
        Service::Shown { chain, .. } => leaf(&chain.certificate, url),
        Service::Unreachable { .. } | Service::Unencrypted { .. } | Service::Untold { .. } => None,
    });
    hosts.chain(services).collect()
}

fn of_policy(domain: &Name, facts: MtaStsFacts) -> Vec<Limit> {
    let Some(mta_sts::Fetch::Served(served)) = facts.policy else { return Vec::new() };
    let host = domain.child("mta-sts");
    vec![of_certificate(Ending::Certificate, host.as_str(), &served.certificate.leaf)]
}

fn of_mark(domain: &Name, facts: BimiFacts) -> Vec<Limit> {
    let Some(bimi::Fetch::Found(mark)) = facts.certificate else { return Vec::new() };
    vec![of_certificate(Ending::MarkCertificate, domain.as_str(), &mark.leaf)]
}

fn of_registrations(facts: RegistrationFacts) -> Vec<Limit> {
    let expires = |registered: &Registered| match registered {
        Registered::Found(found) => found.expires,
        Registered::NoService | Registered::Unknown { .. } => None,
    };
    let told = |what, domain: &Name, registered| {
        Some(limit(what, domain.as_str(), expires(registered)?, REGISTRATION_NOTICE))
    };
    let own = told(Ending::Registration, &facts.domain, &facts.registered);
    let vendors = facts.vendors.iter().filter_map(|vendor| {
        let through = vendor.through.join(", ");
        told(Ending::VendorRegistration { through }, &vendor.domain, &vendor.registered)
    });
    own.into_iter().chain(vendors).collect()
}

/// Signatures are made anew all the time: the facts hold one that is near its end alone.
fn of_signatures(facts: DnssecFacts) -> Vec<Limit> {
    let near = facts.ending.map(|ending| {
        let what = Ending::Signature { rtype: ending.rtype.to_string() };
        limit(what, ending.name.as_str(), ending.expiration, TimeDelta::days(1))
    });
    near.into_iter().collect()
}

#[cfg(test)]
mod tests;
