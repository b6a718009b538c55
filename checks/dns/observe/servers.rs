//! Who serves the zone of the domain, what each server says, and whether they say the same.

mod answers;
mod place;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use futures::future::{join, join_all};

use super::{names, way};
use crate::dns::{Host, Server, Standing, Zone};
use crate::kernel::{
    Addresses, Lookup, Name, Net, Question, Rtype, To, View, addresses, addresses_of, alias, ask,
};
use crate::rdap::unregistered_above;
use place::{Place, Surroundings};
pub use place::{referral, surroundings};

/// Name servers that are looked at; a root referral has thirteen.
const MOST_HOSTS: usize = 13;

/// Addresses that are asked, over all hosts.
const MOST_ADDRESSES: usize = 16;

/// Asks ahead what [`observe`] will ask in any case: within a run every question is asked once, so
/// that only time is won.
pub async fn hasten(net: &dyn Net, hosts: &[Name]) {
    join_all(hosts.iter().take(MOST_HOSTS).map(|host| addresses(net, host))).await;
}

pub async fn observe(
    view: &View<'_>,
    ns: &Lookup<Vec<Name>>,
    surroundings: Surroundings,
) -> Option<Zone> {
    let own = surroundings.own(ns);
    let (place, mut asked) = join(
        place::find(view.net, &view.target.domain, own.clone(), surroundings),
        ask_own(view, own.found().map(Vec::as_slice).unwrap_or_default()),
    )
    .await;
    let place = place?;
    let mut hosts = hosts(view.net, &place).await;
    let servers: BTreeSet<IpAddr> =
        hosts.iter().flat_map(|host| host.servers.keys().copied()).collect();
    asked.retain(|address, _| servers.contains(address));
    let others = servers.into_iter().filter(|address| !asked.contains_key(address)).collect();
    asked.extend(ask_all(view, &place.origin, others).await);
    let differing = answers::differing(view, &asked).await;
    let withholding = answers::withholding(view, &asked, &differing.cut).await;
    for host in &mut hosts {
        for (address, server) in &mut host.servers {
            if let Some(answered) = asked.get(address) {
                *server = answered.server.clone();
                server.withholds = withholding.contains(address);
            }
        }
    }
    let mut zone = Zone {
        origin: place.origin,
        delegated: place.delegated,
        apex: place.apex,
        hosts,
        alias: place.alias,
        differing: differing.records,
        copies: differing.copies,
        is_uncompared: differing.is_partial,
        control: None,
        reached: None,
        cuts: Vec::new(),
    };
    let is_sound = |server: &Server| server.standing == Standing::Serves && !server.withholds;
    if zone.servers().any(|(_, _, server)| !is_sound(server)) {
        zone.control = Some(way::control(view).await);
    }
    if zone.servers().next().is_some() && zone.serving().is_empty() {
        zone.reached = Some(reached(view, &zone.origin).await);
    }
    Some(zone)
}

/// A name that no cache holds: the resolver must ask the zone's servers.
async fn reached(view: &View<'_>, origin: &Name) -> Lookup<()> {
    let random = origin.child(&view.vantage.random_label("reached"));
    addresses_of(view.net, &random, Rtype::A).await.map(|_| ())
}

async fn hosts(net: &dyn Net, place: &Place) -> Vec<Host> {
    let named = place.hosts.iter().take(MOST_HOSTS);
    let mut hosts = join_all(named.map(|name| async {
        let (addresses, alias_of) = join(addresses(net, name), alias(net, name, Rtype::A)).await;
        let alias_of = alias_of.found().cloned();
        let servers = reachable_at(&addresses, place.glue.get(name));
        let unregistered = match addresses.is_absent() {
            true => unregistered_above(net, name, &place.origin).await,
            false => None,
        };
        Host { name: name.clone(), alias_of, addresses, unregistered, servers }
    }))
    .await;
    let mut left = MOST_ADDRESSES;
    for host in &mut hosts {
        host.servers = std::mem::take(&mut host.servers).into_iter().take(left).collect();
        left -= host.servers.len();
    }
    hosts
}

/// The addresses of a host; what the zone above says of them where nobody else does, as with a
/// host inside a zone that no longer answers.
fn reachable_at(
    addresses: &Addresses,
    glue: Option<&BTreeSet<IpAddr>>,
) -> BTreeMap<IpAddr, Server> {
    let mut found = addresses.found();
    if found.is_empty() && addresses.unknown().is_some() {
        found.extend(glue.into_iter().flatten());
    }
    let unasked = |address| {
        let standing = Standing::Silent;
        (address, Server { standing, name_servers: None, withholds: false })
    };
    found.into_iter().map(unasked).collect()
}

/// What one address answered.
pub(super) struct Answered {
    server: Server,
    serial: Option<u32>,
    is_cut: bool,
}

type Asked = BTreeMap<IpAddr, Answered>;

/// Asks the servers in the domain's own NS set, while the zone above is still asked whom it names.
async fn ask_own(view: &View<'_>, hosts: &[Name]) -> Asked {
    let hosts = hosts.iter().take(MOST_HOSTS);
    let found = join_all(hosts.map(|host| addresses(view.net, host))).await;
    let servers = found.iter().flat_map(Addresses::found).take(MOST_ADDRESSES).collect();
    ask_all(view, &view.target.domain, servers).await
}

async fn ask_all(view: &View<'_>, origin: &Name, servers: BTreeSet<IpAddr>) -> Asked {
    let asked = servers.into_iter().map(|address| async move {
        let ask = |rtype| view.net.dns(direct(address, origin, rtype));
        let (soa, ns) = join(ask(Rtype::SOA), ask(Rtype::NS)).await;
        (address, answers::read(origin, &soa, &ns))
    });
    join_all(asked).await.into_iter().collect()
}

/// A question to a zone's own server: for the signatures too, as validating resolvers ask, and as
/// `dnssec` does, so that what both want to know is asked once.
fn direct(server: IpAddr, name: &Name, rtype: Rtype) -> Question {
    Question { to: To::Server(server), ..Question::with_signatures(name, rtype) }
}

/// The NS set of a zone, through the resolver.
async fn apex(net: &dyn Net, origin: &Name) -> Lookup<Vec<Name>> {
    ask(net, origin, Rtype::NS).await.map(|records| names(&records))
}
