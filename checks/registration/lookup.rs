//! One question to a registry: what is definite of its answer, and what is not.

use super::{Registered, catalogue};
use crate::kernel::{Fetched, HttpsUrl, Name, Net, Page, Reason, fetch};
use crate::records::rdap::Registration;
use crate::records::web_certificate::WebCertificate;

/// Octets of an answer that are read; real ones have some thousand.
const MOST: u32 = 256 * 1024;

/// Redirects that are followed (RFC 7480 §5.2), each a request of its own.
const MOST_HOPS: usize = 3;

/// Asks the registry of a domain. That it does not know the domain proves nothing here, for the
/// domain answers in DNS: the registry of another level holds it (RFC 7480 §5.3).
pub async fn look_up(net: &dyn Net, domain: &Name) -> Registered {
    let Some(mut url) = catalogue::url(domain) else {
        return Registered::NoService;
    };
    for _ in 0..MOST_HOPS {
        let page = match ask(net, &url).await {
            Ok(page) => page,
            Err(reason) => return Registered::Unknown { reason },
        };
        let reason = match page.status {
            200 => return read(&page),
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
        return Registered::Unknown { reason };
    }
    Registered::Unknown { reason: Reason::Referral }
}

/// A page from a host that shows who it is.
async fn ask(net: &dyn Net, url: &HttpsUrl) -> Result<Page, Reason> {
    match fetch(net, url, Some("application/rdap+json"), MOST).await {
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

fn read(page: &Page) -> Registered {
    let read = (!page.cut).then(|| Registration::read(&page.body.0)).flatten();
    match read {
        Some(registration) => Registered::Found(Box::new(registration)),
        None => Registered::Unknown { reason: Reason::Malformed },
    }
}
