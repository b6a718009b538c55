//! A file over plain HTTP, as authorities publish their certificates and lists of revoked ones
//! (RFC 5280 §4.2.1.13, §4.2.2.1).
//!
//! GET on port 80 alone: certificates name these URLs, and anybody can write a certificate. What
//! comes this way is to be believed for its signature only.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::https::parts;
use super::{HttpsEnd, Name, Net, Reason, UrlError, addresses};

/// The port that is asked.
const PORT: u16 = 80;

/// Addresses of one host that are tried in turn.
const MOST_ADDRESSES: usize = 2;

/// One GET at one address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HttpRequest {
    /// Learned from the world; a private one is refused unless allowed.
    pub address: IpAddr,
    /// The name in the Host field.
    pub host: Name,
    /// Path and query (RFC 9112 §3.2.1).
    pub target: String,
    /// The octets of the body that are read at the most, never more than 4 MiB.
    pub most: u32,
}

/// What came back; redirects are never followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HttpReply {
    pub end: HttpsEnd,
}

impl HttpReply {
    /// A request that did not come about, for the reason given.
    pub fn failed(reason: Reason) -> Self {
        Self { end: HttpsEnd::Unknown(reason) }
    }
}

/// An `http:` URL on port 80 whose host is a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HttpUrl {
    pub host: Name,
    /// Path and query, from the first slash on.
    pub target: String,
}

impl HttpUrl {
    /// Reads a URL (RFC 3986, 9110 §4.2.1) without its fragment; addresses as hosts and other ports
    /// are refused.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(written: &str) -> Result<Self, UrlError> {
        let (host, port, target) = parts(written, "http", PORT)?;
        if port == PORT { Ok(Self { host, target }) } else { Err(UrlError::Port) }
    }
}

/// The end of asking for a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Downloaded {
    File(Vec<u8>),
    /// There is no such file, for sure.
    Absent,
    Unknown {
        reason: Reason,
    },
}

/// Asks for a file of at most `most` octets, at the addresses of its host in turn.
pub async fn download(net: &dyn Net, url: &HttpUrl, most: u32) -> Downloaded {
    let found = addresses(net, &url.host).await;
    if found.is_absent() {
        return Downloaded::Absent;
    }
    let mut untold = found.unknown();
    for address in found.found().into_iter().take(MOST_ADDRESSES) {
        let (host, target) = (url.host.clone(), url.target.clone());
        match net.http(HttpRequest { address, host, target, most }).await.end {
            HttpsEnd::Page(page) => match file(page) {
                Downloaded::Unknown { reason } => untold = Some(reason),
                told => return told,
            },
            HttpsEnd::ConnectionRefused => {}
            HttpsEnd::Unknown(reason) => untold = Some(reason),
            HttpsEnd::Closed => untold = Some(Reason::Network),
            HttpsEnd::TlsFailed(_) | HttpsEnd::NotHttp => untold = Some(Reason::Malformed),
        }
    }
    untold.map_or(Downloaded::Absent, |reason| Downloaded::Unknown { reason })
}

fn file(page: super::Page) -> Downloaded {
    let is_coded = page.content_encoding.as_deref().is_some_and(|coding| coding != "identity");
    let reason = match page.status {
        200 if page.cut => Reason::TooLarge,
        200 if !is_coded => return Downloaded::File(page.body.0),
        200 => Reason::Malformed,
        404 | 410 => return Downloaded::Absent,
        403 | 429 => Reason::RateLimited,
        300..400 => Reason::Referral,
        _ => Reason::NotOffered,
    };
    Downloaded::Unknown { reason }
}

#[cfg(test)]
mod tests;
