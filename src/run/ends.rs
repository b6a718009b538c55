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
use vigie_checks::kernel::{Lang, Name};
use vigie_checks::mta_sts::{self, MtaStsFacts};
use vigie_checks::records::certificate::Reading;
use vigie_checks::registration::{Registered, RegistrationFacts};
use vigie_checks::tls::{Service, Session, TlsFacts};

use crate::store::{Span, Store, StoreError, Write};

/// The checks whose facts hold something that ends.
const CHECKS: [&str; 5] = ["bimi", "dnssec", "mta-sts", "registration", "tls"];

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
    Ok(told(&spans))
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

fn told(spans: &[Span]) -> Vec<End> {
    let mut all: Vec<End> = spans.iter().flat_map(of).collect();
    sort(&mut all);
    all
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
    let ends = match span.key.check.as_str() {
        "bimi" => facts(span).map(|facts| of_mark(&span.key.domain, facts)),
        "dnssec" => facts(span).map(of_signatures),
        "mta-sts" => facts(span).map(|facts| of_policy(&span.key.domain, facts)),
        "registration" => facts(span).map(of_registrations),
        "tls" => facts(span).map(of_hosts),
        _ => None,
    };
    let (seen_at, check) = (span.last_seen, &span.key.check);
    let told = |end| End { seen_at, check: check.clone(), ..end };
    ends.unwrap_or_default().into_iter().map(told).collect()
}

/// Facts of an earlier form are told after the next look.
fn facts<Facts: DeserializeOwned>(span: &Span) -> Option<Facts> {
    serde_json::from_value(span.facts.clone()).ok()
}

fn end(what: Ending, name: &str, at: DateTime<Utc>, notice: TimeDelta) -> End {
    let (check, seen_at) = (String::new(), DateTime::UNIX_EPOCH);
    End { what, name: name.to_owned(), at, check, seen_at, notice }
}

fn of_certificate(what: Ending, name: &str, leaf: &Reading) -> End {
    let third = (leaf.not_after - leaf.not_before) / 3;
    end(what, name, leaf.not_after, CERTIFICATE_NOTICE.min(third))
}

fn of_hosts(facts: TlsFacts) -> Vec<End> {
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
        Service::Untold { .. } => None,
    });
    hosts.chain(services).collect()
}

fn of_policy(domain: &Name, facts: MtaStsFacts) -> Vec<End> {
    let Some(mta_sts::Fetch::Served(served)) = facts.policy else { return Vec::new() };
    let host = domain.child("mta-sts");
    vec![of_certificate(Ending::Certificate, host.as_str(), &served.certificate.leaf)]
}

fn of_mark(domain: &Name, facts: BimiFacts) -> Vec<End> {
    let Some(bimi::Fetch::Found(mark)) = facts.certificate else { return Vec::new() };
    vec![of_certificate(Ending::MarkCertificate, domain.as_str(), &mark.leaf)]
}

fn of_registrations(facts: RegistrationFacts) -> Vec<End> {
    let expires = |registered: &Registered| match registered {
        Registered::Found(found) => found.expires,
        Registered::NoService | Registered::Unknown { .. } => None,
    };
    let told = |what, domain: &Name, registered| {
        Some(end(what, domain.as_str(), expires(registered)?, REGISTRATION_NOTICE))
    };
    let own = told(Ending::Registration, &facts.domain, &facts.registered);
    let vendors = facts.vendors.iter().filter_map(|vendor| {
        let through = vendor.through.join(", ");
        told(Ending::VendorRegistration { through }, &vendor.domain, &vendor.registered)
    });
    own.into_iter().chain(vendors).collect()
}

/// Signatures are made anew all the time: the facts hold one that is near its end alone.
fn of_signatures(facts: DnssecFacts) -> Vec<End> {
    let near = facts.ending.map(|ending| {
        let what = Ending::Signature { rtype: ending.rtype.to_string() };
        end(what, ending.name.as_str(), ending.expiration, TimeDelta::days(1))
    });
    near.into_iter().collect()
}

#[cfg(test)]
mod tests;
