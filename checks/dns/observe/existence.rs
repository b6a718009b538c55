//! Whether the domain is there, and what the servers of the zone above say of one that is denied.

use std::collections::BTreeSet;
use std::net::IpAddr;

use futures::future::join_all;

use super::names;
use crate::dns::{Existence, Parent};
use crate::kernel::{
    Answer, Lookup, Name, Net, Question, Rcode, Reason, Record, Rtype, To, addresses_of, ask,
};

/// Zones tried upwards for the one that delegates the domain.
const WALK_LIMIT: usize = 8;

/// Servers of the zone above that are asked.
const PARENT_SERVERS: usize = 3;

/// One sign of life is enough; a denial takes every answer, and that of CNAME besides, for the code
/// of the others speaks of the last name in a chain (RFC 6604 §3).
pub async fn existence(net: &dyn Net, domain: &Name, asked: [Lookup<()>; 2]) -> Existence {
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

/// The closest zone above a name, with some of its servers.
pub enum Above {
    Zone {
        origin: Name,
        servers: Vec<IpAddr>,
        /// Why there may be more servers.
        unknown: Option<Reason>,
    },
    Nobody,
    Unknown(Reason),
}

/// Finds the closest zone above the name.
pub async fn above(net: &dyn Net, name: &Name) -> Above {
    let mut candidate = name.parent();
    for _ in 0..WALK_LIMIT {
        let Some(origin) = candidate else { break };
        match ask(net, &origin, Rtype::NS).await {
            Lookup::Found(records) => {
                let hosts = names(&records);
                let asked = hosts.iter().take(PARENT_SERVERS);
                let found = join_all(asked.map(|host| addresses_of(net, host, Rtype::A))).await;
                let servers: BTreeSet<IpAddr> = found
                    .iter()
                    .filter_map(Lookup::found)
                    .flatten()
                    .copied()
                    .take(PARENT_SERVERS)
                    .collect();
                let unknown = found.iter().find_map(Lookup::reason);
                return Above::Zone { origin, servers: servers.into_iter().collect(), unknown };
            }
            Lookup::Absent { .. } => candidate = origin.parent(),
            Lookup::Unknown { reason } => return Above::Unknown(reason),
        }
    }
    Above::Nobody
}

/// Asks the servers of the closest zone above.
async fn parent(net: &dyn Net, domain: &Name) -> Parent {
    let (servers, unknown) = match above(net, domain).await {
        Above::Zone { servers, unknown, .. } => (servers, unknown),
        Above::Nobody => return Parent::Unasked,
        Above::Unknown(reason) => return Parent::Unknown { reason },
    };
    // Twice each, in different ways, so that one lost answer does not hide a contradiction.
    let questions = servers.iter().flat_map(|address| {
        let direct = Question { to: To::Server(*address), ..Question::new(domain, Rtype::SOA) };
        let again = Question { rtype: Rtype::NS, tcp: true, ..direct.clone() };
        [direct, again]
    });
    let answers = join_all(questions.map(|question| net.dns(question))).await;
    let said: Vec<bool> = answers.iter().filter_map(|answer| holds(answer, domain)).collect();
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
            let own = |record: &&Record| record.name == *domain;
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
