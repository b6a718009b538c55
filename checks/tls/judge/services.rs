//! Which of the domain's own services can be used, and what their certificates are worth. People's programs insist on all of
//! it, so there is no opportunism here (RFC 8314 §3).

use chrono::{DateTime, Utc};

use super::certificates::names;
use crate::kernel::{Code, Name, Raised, Severity};
use crate::records::certificate::{Reading, Validity};
use crate::records::web_certificate::{CertificateFault, WebCertificate};
use crate::tls::judge::revocation;
use crate::tls::{Chain, Completion, Service, ServiceFault, TlsCode, TlsFacts};

pub fn of_all(facts: &TlsFacts, now: DateTime<Utc>) -> Vec<Raised> {
    facts.services.iter().flat_map(|(url, service)| of_one(facts, url, service, now)).collect()
}

fn of_one(facts: &TlsFacts, url: &str, service: &Service, now: DateTime<Utc>) -> Vec<Raised> {
    let (host, chain) = match service {
        Service::Shown { host, chain } => (host, chain),
        Service::Unreachable { fault } => {
            return vec![useless(TlsCode::ServiceUnreachable, url, *fault)];
        }
        Service::Unencrypted { fault } => {
            return vec![useless(TlsCode::ServiceUnencrypted, url, *fault)];
        }
        Service::Untold { reason } => {
            let untold = TlsCode::NotTested.on(url).with("addresses", url);
            return vec![untold.with("reason", reason).evidence("reason", reason)];
        }
    };
    let Some(leaf) = facts.certificates.get(&chain.certificate) else { return Vec::new() };
    let on = |code: TlsCode| {
        let raised = code.on(url).with("addresses", url).with("issuer", &leaf.issuer);
        let raised = raised.with("not_after", leaf.not_after.format("%Y-%m-%d"));
        raised.evidence("certificate", leaf)
    };
    let fault = fault(facts, host, chain, leaf, now).map(|(severity, fault)| {
        let raised = on(TlsCode::ServiceCertificate).severity(severity).with("reason", fault);
        raised.with("names", names(leaf)).evidence("trust", chain.trust)
    });
    fault.into_iter().chain(revocation::of_leaf(facts, leaf, now, on)).collect()
}

/// What nobody can use; nothing is known of its certificate.
fn useless(code: TlsCode, url: &str, fault: ServiceFault) -> Raised {
    code.on(url).with("reason", fault).evidence("fault", fault)
}

/// The worst that is wrong, as a word that the catalogue has in both languages.
fn fault(
    facts: &TlsFacts,
    host: &Name,
    chain: &Chain,
    leaf: &Reading,
    now: DateTime<Utc>,
) -> Option<(Severity, &'static str)> {
    let shown = WebCertificate { leaf: leaf.clone(), trust: chain.trust };
    match (shown.fault(host, now), leaf.validity(now)) {
        (Some(CertificateFault::Untrusted), _) if completes(facts, leaf) => {
            Some((Severity::Error, "certificate-chain-incomplete"))
        }
        (Some(fault), _) => Some((Severity::Error, fault.word())),
        (None, Validity::Good) => None,
        (None, _) => Some((Severity::Warning, "certificate-ending")),
    }
}

/// Whether what its issuers publish is all that the chain lacks.
fn completes(facts: &TlsFacts, leaf: &Reading) -> bool {
    let authority = facts.authorities.get(&leaf.sha256);
    authority.is_some_and(|authority| authority.completion == Some(Completion::Completes))
}
