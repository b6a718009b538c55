//! The questions of `web`: the first page of the domain, and of `www`; then what messages link to.

use futures::future::{join, join_all};

use super::{Answer, Site, WebFacts, links};
use crate::kernel::{Fetched, HttpsUrl, Name, Net, Reason, View, fetch};
use crate::records::web_certificate::WebCertificate;

/// Octets of a page that are read: what it says is not looked at.
const MOST: u32 = 1024;

pub async fn observe(view: &View<'_>) -> WebFacts {
    let domain = &view.target.domain;
    if !view.target.profile.sends() {
        return WebFacts::default();
    }
    let hosts = [domain.clone(), domain.child("www")];
    let sites = hosts.into_iter().map(|host| async {
        let answer = answer(view.net, &host).await;
        Site { host, answer }
    });
    let (sites, facts) = join(join_all(sites), links::observe(view)).await;
    WebFacts { sites, ..facts }
}

async fn answer(net: &dyn Net, host: &Name) -> Answer {
    answer_of(fetch(net, &HttpsUrl::new(host, "/"), None, MOST).await)
}

pub(super) fn answer_of(fetched: Fetched) -> Answer {
    match fetched {
        Fetched::Page { page, tls } => match WebCertificate::of(&tls).map(Box::new) {
            Some(certificate) => Answer::Page { status: page.status, certificate },
            None => Answer::Unknown { reason: Reason::Malformed },
        },
        Fetched::NoAddress { .. } => Answer::NoAddress,
        Fetched::Refused => Answer::Refused,
        // A coding that was not asked for is a page all the same, yet its status is not kept.
        Fetched::Unknown { reason } => Answer::Unknown { reason },
    }
}
