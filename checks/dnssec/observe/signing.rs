//! Would those who validate believe the zone, if the one above pointed to its keys?

use futures::future::join_all;

use super::signatures::{key_set, told};
use crate::dns::{Standing, Zone};
use crate::dnssec::Signing;
use crate::kernel::{Name, Question, Rtype, To, View};
use crate::records::dnssec::signature::{Holding, holding};

/// Servers that are asked.
const MOST_SERVERS: usize = 16;

/// Verifies what mail rests on at every server: resolvers ask any of them.
pub async fn signing(view: &View<'_>, zone: &Zone) -> Signing {
    let serves = |standing| standing == Standing::Serves;
    let all_serve =
        zone.hosts.iter().all(|host| host.servers.values().any(|server| serves(server.standing)));
    let serving = zone.serving();
    let asked = serving.iter().take(MOST_SERVERS);
    let found = join_all(asked.map(|server| at(view, &zone.origin, To::Server(*server)))).await;
    let mut signing = match all_serve && !serving.is_empty() && serving.len() <= MOST_SERVERS {
        true => Signing::Sound,
        false => Signing::Untold,
    };
    for (server, worst) in serving.into_iter().zip(found) {
        match worst {
            None => {}
            Some((Holding::Fails, name, rtype)) => return Signing::Broken { name, rtype, server },
            Some(_) => signing = Signing::Untold,
        }
    }
    signing
}

/// What does not hold at one server, or could not be told; nothing where all holds.
async fn at(view: &View<'_>, origin: &Name, to: To) -> Option<(Holding, Name, Rtype)> {
    let domain = &view.target.domain;
    // The keys first. `signatures` asks for the same, so nothing is asked twice.
    let sets =
        [(origin, Rtype::DNSKEY), (origin, Rtype::SOA), (domain, Rtype::MX), (domain, Rtype::TXT)];
    let ask =
        |(name, rtype)| view.net.dns(Question { to, ..Question::with_signatures(name, rtype) });
    let answers = join_all(sets.map(ask)).await;
    let keys = key_set(origin, &answers[0]).map(|set| set.keys).unwrap_or_default();
    let results = sets.iter().zip(&answers).filter_map(|((name, rtype), answer)| {
        let Some(said) = told(answer) else { return Some((Holding::Untold, *name, *rtype)) };
        let found = match holding(&said.answers, name, *rtype, &keys, view.now) {
            // What is always there cannot be missing.
            None if *name == origin && matches!(*rtype, Rtype::DNSKEY) => Holding::Fails,
            None => Holding::Holds,
            Some(_) if keys.is_empty() => Holding::Fails,
            Some(found) => found,
        };
        (found != Holding::Holds).then_some((found, *name, *rtype))
    });
    let worst = results.min_by_key(|(found, ..)| *found != Holding::Fails);
    worst.map(|(found, name, rtype)| (found, name.clone(), rtype))
}
