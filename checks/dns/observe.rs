//! The questions of `dns`: two names that cannot exist, the domain, and those who serve it.

mod cuts;
mod existence;
mod gone;
mod servers;
mod strays;
mod way;

use std::collections::BTreeSet;
use std::net::IpAddr;

use futures::future::{join, join_all, join4};

use super::{Canary, DnsFacts, Existence, Strays};
use crate::kernel::{
    Data, Lookup, Name, Question, Reason, Rtype, View, addresses_of, ask, confirmed,
};

/// Top-level domains of different operators, so that one wildcard does not pass for a lie.
const CANARY_ZONES: [&str; 2] = ["com", "org"];

pub async fn observe(view: &View<'_>) -> DnsFacts {
    let domain = &view.target.domain;
    let (canary, soa, ns, surroundings) = join4(
        canary(view),
        ask(view.net, domain, Rtype::SOA),
        name_servers(view),
        servers::surroundings(view.net, domain),
    )
    .await;
    let existence =
        existence::existence(view.net, domain, [without_data(&soa), without_data(&ns)]).await;
    let mut facts = DnsFacts {
        existence,
        name_servers: ns.map(|records| names(&records)),
        canary,
        zone: None,
        gone: None,
        strays: Strays::default(),
    };
    let is_believed = !matches!(
        facts.canary,
        Canary::Lies { .. } | Canary::Denies { .. } | Canary::Suspect { .. }
    );
    match facts.existence {
        Existence::Exists if is_believed => {
            let (zone, strays) = join(
                servers::observe(view, &facts.name_servers, surroundings),
                strays::observe(view),
            )
            .await;
            (facts.zone, facts.strays) = (zone, strays);
            if let Some(zone) = &mut facts.zone {
                zone.cuts = cuts::observe(view, zone).await;
            }
        }
        Existence::Unknown { .. } if is_believed => {
            facts.zone = servers::observe(view, &facts.name_servers, surroundings).await;
        }
        Existence::Nxdomain { .. } if is_believed => {
            facts.gone = gone::observe(view.net, domain).await;
        }
        _ => {}
    }
    facts
}

/// The NS set. The addresses of the hosts in it are asked for at once: [`servers::observe`] needs them.
async fn name_servers(view: &View<'_>) -> Lookup<Vec<Data>> {
    let ns = unchecked(view, ask(view.net, &view.target.domain, Rtype::NS).await).await;
    servers::hasten(view.net, &names(ns.found().into_iter().flatten())).await;
    ns
}

/// RFC 4035 §3.2.2: data that do not validate still come with checking disabled, so the zone is
/// there; `dnssec` says what is wrong with it.
async fn unchecked(view: &View<'_>, ns: Lookup<Vec<Data>>) -> Lookup<Vec<Data>> {
    if !matches!(ns.reason(), Some(Reason::Servfail | Reason::Bogus)) {
        return ns;
    }
    let question = Question::new(&view.target.domain, Rtype::NS);
    match confirmed(view.net, Question { checking_disabled: true, ..question }).await {
        Lookup::Unknown { .. } => ns,
        told => told,
    }
}

async fn canary(view: &View<'_>) -> Canary {
    let random = CANARY_ZONES.map(|zone| Name::new(zone).child(&view.vantage.random_label(zone)));
    let (first, second) = join(
        addresses_of(view.net, &random[0], Rtype::A),
        addresses_of(view.net, &random[1], Rtype::A),
    )
    .await;
    match (first, second) {
        (Lookup::Found(first), Lookup::Found(second)) => {
            let addresses: BTreeSet<IpAddr> = first.into_iter().chain(second).collect();
            Canary::Lies { addresses: addresses.into_iter().collect() }
        }
        (Lookup::Absent { .. }, _) | (_, Lookup::Absent { .. }) => denies(view).await,
        (Lookup::Found(_), Lookup::Unknown { reason })
        | (Lookup::Unknown { reason }, Lookup::Found(_)) => Canary::Suspect { reason },
        (Lookup::Unknown { reason }, Lookup::Unknown { .. }) => Canary::Untold { reason },
    }
}

/// Who denies names that cannot exist may deny everything: the control zones unmask that. One that is
/// there is enough, and those that could not be told prove nothing.
async fn denies(view: &View<'_>) -> Canary {
    let zones = &view.vantage.controls.zones;
    let asked = join_all(zones.iter().map(|zone| ask(view.net, zone, Rtype::NS))).await;
    let is_absent = |lookup: &Lookup<Vec<Data>>| matches!(lookup, Lookup::Absent { .. });
    let denied: Vec<Name> = zones
        .iter()
        .zip(&asked)
        .filter(|(_, said)| is_absent(said))
        .map(|(zone, _)| zone.clone())
        .collect();
    let is_there = asked.iter().any(|said| matches!(said, Lookup::Found(_)));
    if denied.is_empty() || is_there { Canary::Honest } else { Canary::Denies { zones: denied } }
}

fn without_data(lookup: &Lookup<Vec<Data>>) -> Lookup<()> {
    lookup.clone().map(|_| ())
}

/// The names in NS data, sorted and each once.
fn names<'d>(records: impl IntoIterator<Item = &'d Data>) -> Vec<Name> {
    let names = records.into_iter().filter_map(|data| match data {
        Data::Ns(name) => Some(name.clone()),
        _ => None,
    });
    names.collect::<BTreeSet<_>>().into_iter().collect()
}
