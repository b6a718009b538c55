//! Are DKIM keys or the DMARC policy delegated to name servers that anybody can have?

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;

use super::servers::referral;
use crate::dns::{Cut, Zone};
use crate::kernel::{Answer, Name, Question, Rtype, To, View, texts};
use crate::rdap;

/// Servers that are asked, and hosts that a delegation may name.
const MOST_SERVERS: usize = 2;
const MOST_HOSTS: usize = 8;

/// Looked for only where the resolver failed below: who is served by living servers is asked nothing more.
pub async fn observe(view: &View<'_>, zone: &Zone) -> Vec<Cut> {
    let domain = &view.target.domain;
    // Asked by `strays` too, so that these cost nothing.
    let key = match view.target.selectors.first() {
        Some(selector) => Some(format!("{selector}._domainkey")),
        None => view.target.profile.sends().then(|| "_domainkey".to_owned()),
    };
    let probes = [("_dmarc", Some("_dmarc".to_owned())), ("_domainkey", key)];
    let found = join_all(probes.map(|(label, below)| async move {
        let failed = texts(view.net, &domain.child(&below?)).await.reason().is_some();
        let origin = domain.child(label);
        let hosts = if failed { delegated(view, zone, &origin).await } else { BTreeSet::new() };
        Some(hosts.into_iter().map(move |host| (host, origin.clone())).collect::<Vec<_>>())
    }))
    .await;
    let mut origins: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
    for (host, origin) in found.into_iter().flatten().flatten() {
        origins.entry(host).or_default().insert(origin);
    }
    let asked = origins.into_iter().take(MOST_HOSTS).map(|(host, origins)| async move {
        let unregistered = rdap::unregistered_above(view.net, &host, &zone.origin).await?;
        Some(Cut { origins, host, unregistered })
    });
    join_all(asked).await.into_iter().flatten().collect()
}

/// The hosts that the zone's own servers refer to for a name in it.
async fn delegated(view: &View<'_>, zone: &Zone, origin: &Name) -> BTreeSet<Name> {
    let asked = zone.serving().into_iter().take(MOST_SERVERS).map(|server| {
        view.net.dns(Question { to: To::Server(server), ..Question::new(origin, Rtype::NS) })
    });
    let sets = join_all(asked).await.into_iter().filter_map(|answer| match answer {
        Answer::Message(message) => referral(&message, origin),
        Answer::Failed { .. } => None,
    });
    sets.flatten().collect()
}
