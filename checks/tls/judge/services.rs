//! What the certificates of the domain's own services are worth. People's programs insist on all of
//! it, so there is no opportunism here (RFC 8314 §3).

use chrono::{DateTime, Utc};

use super::certificates::names;
use crate::kernel::{Code, Name, Raised, Severity};
use crate::records::certificate::{Reading, Validity};
use crate::records::web_certificate::WebCertificate;
use crate::tls::{Chain, Service, TlsCode, TlsFacts};

pub fn of_all(facts: &TlsFacts, now: DateTime<Utc>) -> Vec<Raised> {
    let of_one = |(url, service): (&String, &Service)| match service {
        Service::Untold { reason } => {
            let untold = TlsCode::NotTested.on(url).with("addresses", url);
            Some(untold.with("reason", reason).evidence("reason", reason))
        }
        Service::Shown { host, chain } => {
            let leaf = facts.certificates.get(&chain.certificate)?;
            let (severity, fault) = fault(host, chain, leaf, now)?;
            let raised = TlsCode::ServiceCertificate.on(url).severity(severity);
            let raised = raised.with("reason", fault).with("issuer", &leaf.issuer);
            let raised = raised.with("names", names(leaf));
            let raised = raised.with("not_after", leaf.not_after.format("%Y-%m-%d"));
            Some(raised.evidence("certificate", leaf).evidence("trust", chain.trust))
        }
    };
    facts.services.iter().filter_map(of_one).collect()
}

/// The worst that is wrong, as a word that the catalogue has in both languages.
fn fault(
    host: &Name,
    chain: &Chain,
    leaf: &Reading,
    now: DateTime<Utc>,
) -> Option<(Severity, &'static str)> {
    let shown = WebCertificate { leaf: leaf.clone(), trust: chain.trust };
    match (shown.fault(host, now), leaf.validity(now)) {
        (Some(fault), _) => Some((Severity::Error, fault.word())),
        (None, Validity::Good) => None,
        (None, _) => Some((Severity::Warning, "certificate-ending")),
    }
}
