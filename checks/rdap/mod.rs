//! Who holds a domain? Asked at its registry, by every check that must know (RFC 7480, 9082).

mod bootstrap;
mod catalogue;
#[cfg(test)]
mod tests;

use crate::kernel::{Fetched, HttpsUrl, Lookup, Name, Net, Page, Reason, Rtype, ask, fetch};
use crate::records::rdap::Registration;
use crate::records::web_certificate::WebCertificate;

/// Octets of an answer that are read; real ones have some thousand.
const MOST: u32 = 256 * 1024;

/// Redirects that are followed (RFC 7480 §5.2), each a request of its own.
const MOST_HOPS: usize = 3;

/// What the registry of a domain says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    Found(Box<Registration>),
    /// The registry itself knows no such domain (RFC 7480 §5.3).
    NotFound,
    /// Neither the catalogue nor IANA names a service of the registry.
    NoService,
    Unknown {
        reason: Reason,
    },
}

/// Asks the registry of a domain.
pub async fn look_up(net: &dyn Net, domain: &Name) -> Said {
    let mut url = match service(net, domain).await {
        Ok(Some(url)) => url,
        Ok(None) => return Said::NoService,
        Err(reason) => return Said::Unknown { reason },
    };
    for hop in 0..MOST_HOPS {
        let page = match page(net, &url, "application/rdap+json", MOST).await {
            Ok(page) => page,
            Err(reason) => return Said::Unknown { reason },
        };
        let reason = match page.status {
            200 => return read(&page),
            // Another server's ignorance is not the registry's.
            404 if hop == 0 => return Said::NotFound,
            300..400 => match page.location.as_deref().map(HttpsUrl::parse) {
                Some(Ok(next)) => {
                    url = next;
                    continue;
                }
                _ => Reason::Malformed,
            },
            // RFC 7480 §5.5.
            429 => Reason::RateLimited,
            _ => Reason::NotOffered,
        };
        return Said::Unknown { reason };
    }
    Said::Unknown { reason: Reason::Referral }
}

/// Whether anybody could register the domain: it is proven that DNS does not have it (RFC 8020 §2), and
/// that its registry does not know it. One alone is no proof: a domain on hold is not in DNS either.
pub async fn is_unregistered(net: &dyn Net, domain: &Name) -> bool {
    let found = ask(net, domain, Rtype::NS).await;
    found == (Lookup::Absent { nxdomain: true }) && look_up(net, domain).await == Said::NotFound
}

/// The domain that `host` lies under, if it is not the owner's of `own` and nobody's at all.
pub async fn unregistered_above(net: &dyn Net, host: &Name, own: &Name) -> Option<Name> {
    let domain = host.registrable_by_anybody().filter(|domain| !own.is_at_or_below(domain))?;
    is_unregistered(net, &domain).await.then_some(domain)
}

/// The URL that a domain is asked at; the catalogue saves a question for the registries it knows.
async fn service(net: &dyn Net, domain: &Name) -> Result<Option<HttpsUrl>, Reason> {
    match catalogue::base(domain) {
        Some(base) => Ok(Some(domain_at(base, domain))),
        None => bootstrap::url(net, domain).await,
    }
}

/// RFC 9082 §3.1.3; a base ends with a slash (RFC 9224 §3), and where one does not, it is meant to.
fn domain_at(base: &HttpsUrl, domain: &Name) -> HttpsUrl {
    let path = base.target.trim_end_matches('/');
    HttpsUrl { target: format!("{path}/domain/{domain}"), ..base.clone() }
}

/// A page from a host that shows who it is.
async fn page(net: &dyn Net, url: &HttpsUrl, accept: &str, most: u32) -> Result<Page, Reason> {
    match fetch(net, url, Some(accept), most).await {
        Fetched::Page { page, tls } => match WebCertificate::of(&tls) {
            Some(shown) if shown.leaf.names_host(&url.host) && !shown.trust.is_untrusted() => {
                Ok(*page)
            }
            _ => Err(Reason::NotOffered),
        },
        Fetched::NoAddress { .. } | Fetched::Refused => Err(Reason::Network),
        Fetched::Unknown { reason } => Err(reason),
    }
}

fn read(page: &Page) -> Said {
    let read = (!page.cut).then(|| Registration::read(&page.body.0)).flatten();
    match read {
        Some(registration) => Said::Found(Box::new(registration)),
        None => Said::Unknown { reason: Reason::Malformed },
    }
}
