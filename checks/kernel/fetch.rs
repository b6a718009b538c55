//! What does a URL hold? Asked at the addresses of its host in turn, as a client would.
//!
//! A page that does not come for a reason that may pass is unknown; a redirect is a page.

use std::net::IpAddr;

use super::{
    HttpsEnd, HttpsRequest, HttpsUrl, Method, Net, Page, Posted, Reason, TlsSession, addresses,
};

/// Addresses of one host that are tried in turn.
const MOST_ADDRESSES: usize = 4;

/// The end of asking for a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// A page of any status, and the session that it came through.
    Page {
        page: Box<Page>,
        tls: TlsSession,
    },
    /// The host has no address, for sure.
    NoAddress {
        nxdomain: bool,
    },
    /// Nobody listens at any of its addresses.
    Refused,
    Unknown {
        reason: Reason,
    },
}

/// Asks for a page, of which at most `most` octets are read.
pub async fn fetch(net: &dyn Net, url: &HttpsUrl, accept: Option<&str>, most: u32) -> Fetched {
    in_turn(net, url, |address| {
        let accept = accept.map(str::to_owned);
        HttpsRequest { accept, ..HttpsRequest::get(url, address, most) }
    })
    .await
}

/// Posts to a URL, once: another address is tried only where nobody listened at the one before.
pub async fn post(net: &dyn Net, url: &HttpsUrl, posted: Posted, most: u32) -> Fetched {
    in_turn(net, url, |address| HttpsRequest {
        method: Method::Post,
        posted: Some(posted.clone()),
        ..HttpsRequest::get(url, address, most)
    })
    .await
}

async fn in_turn(net: &dyn Net, url: &HttpsUrl, asked: impl Fn(IpAddr) -> HttpsRequest) -> Fetched {
    let found = addresses(net, &url.host).await;
    if found.is_absent() {
        return Fetched::NoAddress { nxdomain: is_nxdomain(&found.v4) };
    }
    let mut untold = found.unknown();
    for address in found.found().into_iter().take(MOST_ADDRESSES) {
        let request = asked(address);
        let is_repeatable = request.method != Method::Post;
        let reply = net.https(request).await;
        match (reply.end, reply.tls) {
            (HttpsEnd::Page(page), Some(tls)) => return whole(page, tls),
            (HttpsEnd::ConnectionRefused, _) => {}
            (end, _) if is_repeatable => untold = Some(untold.unwrap_or_else(|| reason(&end))),
            // It may have arrived.
            (end, _) => return Fetched::Unknown { reason: reason(&end) },
        }
    }
    match untold {
        Some(reason) => Fetched::Unknown { reason },
        None => Fetched::Refused,
    }
}

/// We ask for no coding, so that one that comes all the same is not read.
fn whole(page: Page, tls: TlsSession) -> Fetched {
    match &page.content_encoding {
        Some(coding) if !coding.eq_ignore_ascii_case("identity") => {
            Fetched::Unknown { reason: Reason::Malformed }
        }
        _ => Fetched::Page { page: Box::new(page), tls },
    }
}

fn is_nxdomain(lookup: &super::Lookup<Vec<IpAddr>>) -> bool {
    matches!(lookup, super::Lookup::Absent { nxdomain: true })
}

fn reason(end: &HttpsEnd) -> Reason {
    match end {
        HttpsEnd::Unknown(reason) => *reason,
        HttpsEnd::TlsFailed(_) => Reason::NotOffered,
        HttpsEnd::Closed => Reason::Network,
        HttpsEnd::Page(_) | HttpsEnd::NotHttp | HttpsEnd::ConnectionRefused => Reason::Malformed,
    }
}

#[cfg(test)]
mod tests;
