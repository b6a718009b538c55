//! The questions about messages: do their links open, and does their one-click URL unsubscribe?

use std::collections::BTreeMap;
use std::net::IpAddr;

use futures::future::{join_all, join3};

use super::observe::answer_of;
use super::{Answer, LinkSeen, OneClick, TrackingHost, WebFacts, header};
use crate::kernel::{
    Addresses, HttpsUrl, Link, Lookup, Name, Net, Posted, Reason, Rtype, Stream, View, addresses,
    alias, fetch, post,
};
use crate::rdap;
use crate::records::special::is_public;

/// Links, and one-click URLs, of a domain that are looked at.
const MOST_LINKS: usize = 32;
const MOST_ONE_CLICKS: usize = 8;

/// Octets of a page that are read: what it says is not looked at.
const MOST: u32 = 1024;

pub async fn observe(view: &View<'_>) -> WebFacts {
    let streams = &view.target.streams;
    let mut links: Vec<&Link> = Vec::new();
    for link in streams.iter().flat_map(|stream| &stream.links) {
        if links.len() < MOST_LINKS && !links.contains(&link) {
            links.push(link);
        }
    }
    let one_clicks: Vec<(&Stream, &HttpsUrl)> = streams
        .iter()
        .filter_map(|stream| Some((stream, stream.one_click.as_ref()?)))
        .take(MOST_ONE_CLICKS)
        .collect();
    let hosts = links.iter().map(|link| link.host());
    let hosts = hosts.chain(one_clicks.iter().map(|(_, url)| &url.host));
    let hosts: BTreeMap<&Name, ()> = hosts.map(|host| (host, ())).collect();
    let hosts = hosts.into_keys().map(|host| tracking_host(view, host));
    let links = links.into_iter().map(|link| async move {
        let answer = shown(view.net, link).await;
        let answer = unless_private(view, link.host(), answer).await;
        LinkSeen { link: link.clone(), answer }
    });
    let one_clicks = one_clicks.into_iter().map(|(stream, url)| press(view, stream, url));
    let (hosts, links, one_clicks) =
        join3(join_all(hosts), join_all(links), join_all(one_clicks)).await;
    let hosts = hosts.into_iter().flatten().collect();
    let headers = header::arrived(view.target);
    WebFacts { sites: Vec::new(), links, one_clicks, headers, hosts }
}

/// What a link answers. Within a run it is asked once, whichever check wants to know.
pub async fn shown(net: &dyn Net, link: &Link) -> Answer {
    answer_of(fetch(net, &link.url(), None, MOST).await)
}

/// A host that is an alias, or may be; nothing for one that is none.
async fn tracking_host(view: &View<'_>, host: &Name) -> Option<(Name, TrackingHost)> {
    let target = match alias(view.net, host, Rtype::A).await {
        Lookup::Found(target) => target,
        Lookup::Unknown { reason } => {
            return Some((host.clone(), TrackingHost::Unknown { reason }));
        }
        Lookup::Absent { .. } => return None,
    };
    let leads_nowhere = is_nxdomain(&addresses(view.net, host).await);
    let claimable = match leads_nowhere {
        true => rdap::unregistered_above(view.net, &target, &view.target.domain).await,
        false => None,
    };
    Some((host.clone(), TrackingHost::Alias { target, leads_nowhere, claimable }))
}

/// The last name of the alias does not exist (RFC 6604 §3).
fn is_nxdomain(found: &Addresses) -> bool {
    [&found.v4, &found.v6].iter().all(|one| **one == Lookup::Absent { nxdomain: true })
}

/// A host that was not asked for its addresses are private is lost to every reader, if it has no others.
async fn unless_private(view: &View<'_>, host: &Name, answer: Answer) -> Answer {
    if answer != (Answer::Unknown { reason: Reason::PrivateAddress }) {
        return answer;
    }
    let found = addresses(view.net, host).await;
    let reaches = |address: IpAddr| is_public(address, &view.vantage.own_networks);
    let is_told = found.unknown().is_none();
    match is_told && !found.found().into_iter().any(reaches) {
        true => Answer::PrivateOnly,
        false => answer,
    }
}

/// What a mailbox sends when its user presses the button (RFC 8058 §3.2).
async fn press(view: &View<'_>, stream: &Stream, url: &HttpsUrl) -> OneClick {
    let posted = Posted {
        media_type: "application/x-www-form-urlencoded".to_owned(),
        text: "List-Unsubscribe=One-Click".to_owned(),
    };
    let answer = answer_of(post(view.net, url, posted, MOST).await);
    let answer = unless_private(view, &url.host, answer).await;
    OneClick {
        host: url.host.clone(),
        path: url.path().to_owned(),
        stream: stream.name.clone(),
        bulk: stream.bulk,
        answer,
    }
}
