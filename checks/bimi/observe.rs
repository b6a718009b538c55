//! The questions of `bimi`: the record, the logo, the certificate.

use futures::future::join;

use super::{BimiFacts, Fetch, Logo};
use crate::dmarc::{Dmarc, DmarcFacts};
use crate::kernel::{Fetched, HttpsUrl, Lookup, Name, Net, Page, Reason, Text, View, fetch, texts};
use crate::records::bimi::{Assertion, is_record};
use crate::records::mark_certificate::{MarkCertificate, digest};
use crate::records::svg;
use crate::records::web_certificate::{CertificateFault, WebCertificate};

/// Records kept of the name; more than one is a fault already.
const MOST_RECORDS: usize = 10;

/// Octets of a logo that are read: one more than receivers show.
const LONGEST_LOGO: u32 = 32 * 1024 + 1;

/// Octets of a certificate file that are read; real ones hold two certificates and a logo.
const LONGEST_CERTIFICATE: u32 = 256 * 1024;

pub async fn observe(view: &View<'_>) -> BimiFacts {
    let dmarc = view.needs.facts::<Dmarc>();
    let (asked, records) = records(view.net, &view.target.domain).await;
    let mut facts = BimiFacts {
        asked,
        records,
        logo: None,
        certificate: None,
        dmarc_told: dmarc.is_some_and(is_told),
        policy: dmarc.and_then(|dmarc| dmarc.policy),
        organization: dmarc
            .and_then(|dmarc| dmarc.of_organization(&view.target.domain))
            .map(|found| found.map(|(name, text)| (name, text.printable()))),
        dmarc: dmarc.and_then(|dmarc| dmarc.record.clone()),
    };
    let Some([only]) = facts.records.found().map(Vec::as_slice) else { return facts };
    if let Assertion::Asked { logo, certificate } = Assertion::parse(&only.printable()) {
        let files = join(
            file(view.net, logo.as_ref(), LONGEST_LOGO),
            file(view.net, certificate.as_ref(), LONGEST_CERTIFICATE),
        );
        let (logo, certificate) = files.await;
        facts.logo = logo.map(|end| end.and_then(|page| Some(read_logo(&page))));
        facts.certificate =
            certificate.map(|end| end.and_then(|page| MarkCertificate::read(&page.body.0)));
    }
    facts
}

fn is_told(dmarc: &DmarcFacts) -> bool {
    dmarc.walk.iter().all(|step| step.records.reason().is_none())
}

/// The record of the domain, else that of its organizational domain.
async fn records(net: &dyn Net, domain: &Name) -> (Name, Lookup<Vec<Text>>) {
    let mut asked = domain.child("default._bimi");
    let mut records = counted(net, &asked).await;
    let is_none = match &records {
        Lookup::Found(records) => records.is_empty(),
        Lookup::Absent { .. } => true,
        Lookup::Unknown { .. } => false,
    };
    let organizational = domain.registrable();
    if is_none && organizational != *domain {
        asked = organizational.child("default._bimi");
        records = counted(net, &asked).await;
    }
    (asked, records)
}

async fn counted(net: &dyn Net, name: &Name) -> Lookup<Vec<Text>> {
    let counts = |text: &Text| is_record(&text.printable());
    let kept = |all: Vec<Text>| all.into_iter().filter(counts).take(MOST_RECORDS).collect();
    texts(net, name).await.map(kept)
}

fn read_logo(page: &Page) -> Logo {
    Logo { sha256: digest(&page.body.0), faults: svg::faults(&page.body.0) }
}

async fn file(net: &dyn Net, url: Option<&HttpsUrl>, most: u32) -> Option<Fetch<Page>> {
    let url = url?;
    let missing = |cause: &str| Fetch::Missing { cause: cause.to_owned() };
    Some(match fetch(net, url, None, most).await {
        Fetched::Page { page, tls } => match (WebCertificate::of(&tls), page.status) {
            (None, _) => Fetch::Unknown { reason: Reason::Malformed },
            (Some(shown), _) if !shown.leaf.names_host(&url.host) => {
                missing(CertificateFault::NameMismatch.word())
            }
            (Some(shown), _) if shown.trust.is_untrusted() => {
                missing(CertificateFault::Untrusted.word())
            }
            (_, 200) => Fetch::Found(page),
            (_, 404 | 410) => missing(&format!("HTTP {}", page.status)),
            (_, 429) => Fetch::Unknown { reason: Reason::RateLimited },
            _ => Fetch::Unknown { reason: Reason::NotOffered },
        },
        Fetched::NoAddress { .. } => missing("no-address"),
        Fetched::Refused => missing("connection-refused"),
        Fetched::Unknown { reason } => Fetch::Unknown { reason },
    })
}

impl<T> Fetch<T> {
    /// What was found, read; unreadable if it is something else.
    fn and_then<U>(self, read: impl FnOnce(T) -> Option<U>) -> Fetch<U> {
        match self {
            Self::Found(found) => {
                read(*found).map_or(Fetch::Unreadable, |read| Fetch::Found(Box::new(read)))
            }
            Self::Unreadable => Fetch::Unreadable,
            Self::Missing { cause } => Fetch::Missing { cause },
            Self::Unknown { reason } => Fetch::Unknown { reason },
        }
    }
}
