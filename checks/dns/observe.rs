//! The questions of `dns`: two names that cannot exist, the domain, and the zone above if need be.

use std::collections::BTreeSet;
use std::net::IpAddr;

use futures::future::{join, join_all, join3};

use super::{Canary, DnsFacts, Existence, Parent};
use crate::kernel::{
    Answer, Data, Lookup, Name, Net, Question, Rcode, Reason, Rtype, To, View, addresses_of, ask,
};

/// Top-level domains of different operators, so that one wildcard does not pass for a lie.
const CANARY_ZONES: [&str; 2] = ["com", "org"];

/// Zones tried upwards for the one that delegates the domain.
const WALK_LIMIT: usize = 8;

/// Servers of the zone above that are asked.
const PARENT_SERVERS: usize = 3;

pub async fn observe(view: &View<'_>) -> DnsFacts {
    let domain = &view.target.domain;
    let (canary, soa, ns) =
        join3(canary(view), ask(view.net, domain, Rtype::SOA), ask(view.net, domain, Rtype::NS))
            .await;
    let existence = existence(view.net, domain, [without_data(&soa), without_data(&ns)]).await;
    DnsFacts { canary, existence, name_servers: ns.map(name_servers) }
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
        (Lookup::Absent { .. }, _) | (_, Lookup::Absent { .. }) => Canary::Honest,
        (Lookup::Found(_), Lookup::Unknown { reason })
        | (Lookup::Unknown { reason }, Lookup::Found(_)) => Canary::Suspect { reason },
        (Lookup::Unknown { reason }, Lookup::Unknown { .. }) => Canary::Untold { reason },
    }
}

fn without_data(lookup: &Lookup<Vec<Data>>) -> Lookup<()> {
    lookup.clone().map(|_| ())
}

fn name_servers(records: Vec<Data>) -> Vec<Name> {
    let names = records.into_iter().filter_map(|data| match data {
        Data::Ns(name) => Some(name),
        _ => None,
    });
    names.collect()
}

/// One sign of life is enough; a denial takes every answer, and that of CNAME besides, for the code
/// of the others speaks of the last name in a chain (RFC 6604 §3).
async fn existence(net: &dyn Net, domain: &Name, asked: [Lookup<()>; 2]) -> Existence {
    let denied = |lookup: &Lookup<()>| matches!(lookup, Lookup::Absent { nxdomain: true });
    let mut lookups = asked.to_vec();
    if lookups.iter().all(denied) {
        lookups.push(ask(net, domain, Rtype::CNAME).await.map(|_| ()));
    }
    if lookups.iter().all(denied) {
        return Existence::Nxdomain { parent: parent(net, domain).await };
    }
    match lookups.iter().find_map(Lookup::reason) {
        Some(reason) if !lookups.iter().any(is_alive) => Existence::Unknown { reason },
        _ => Existence::Exists,
    }
}

fn is_alive(lookup: &Lookup<()>) -> bool {
    matches!(lookup, Lookup::Found(()) | Lookup::Absent { nxdomain: false })
}

/// Asks the servers of the closest zone above.
async fn parent(net: &dyn Net, domain: &Name) -> Parent {
    let mut above = domain.parent();
    for _ in 0..WALK_LIMIT {
        let Some(zone) = above else { break };
        match ask(net, &zone, Rtype::NS).await {
            Lookup::Found(records) => {
                return by_servers(net, domain, &name_servers(records)).await;
            }
            Lookup::Absent { .. } => above = zone.parent(),
            Lookup::Unknown { reason } => return Parent::Unknown { reason },
        }
    }
    Parent::Unasked
}

async fn by_servers(net: &dyn Net, domain: &Name, servers: &[Name]) -> Parent {
    let asked = servers.iter().take(PARENT_SERVERS);
    let found = join_all(asked.map(|host| addresses_of(net, host, Rtype::A))).await;
    let addresses: BTreeSet<IpAddr> =
        found.iter().filter_map(Lookup::found).flatten().copied().take(PARENT_SERVERS).collect();
    // Twice each, in different ways, so that one lost answer does not hide a contradiction.
    let questions = addresses.iter().flat_map(|address| {
        let direct = Question { to: To::Server(*address), ..Question::new(domain, Rtype::SOA) };
        let again = Question { rtype: Rtype::NS, tcp: true, ..direct.clone() };
        [direct, again]
    });
    let answers = join_all(questions.map(|question| net.dns(question))).await;
    let said: Vec<bool> = answers.iter().filter_map(|answer| holds(answer, domain)).collect();
    let unknown: Option<Reason> = found.iter().find_map(Lookup::reason);
    match (said.contains(&true), unknown, said.is_empty()) {
        (true, ..) => Parent::Disagrees,
        (false, Some(reason), _) => Parent::Unknown { reason },
        (false, None, true) => Parent::Unasked,
        (false, None, false) => Parent::Agrees,
    }
}

/// Whether the zone above holds or delegates the domain, if this answer says so with authority.
fn holds(answer: &Answer, domain: &Name) -> Option<bool> {
    let Answer::Message(message) = answer else { return None };
    match message.rcode {
        Rcode::NXDOMAIN if message.authoritative => Some(false),
        Rcode::NOERROR => {
            let own = |record: &&crate::kernel::Record| record.name == *domain;
            let delegated =
                message.authority.iter().filter(own).any(|record| record.data.rtype() == Rtype::NS);
            let held = message.authoritative
                && (message.answers.iter().any(|record| own(&record))
                    || message.authority.iter().any(|record| record.data.rtype() == Rtype::SOA));
            (delegated || held).then_some(true)
        }
        _ => None,
    }
}
