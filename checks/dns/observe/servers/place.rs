//! Which zone holds the domain, and whom does the zone above name for it?

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use futures::future::{join, join_all};

use super::apex;
use crate::dns::observe::existence::{Above, above};
use crate::dns::observe::names;
use crate::kernel::{Answer, Data, Lookup, Message, Name, Net, Question, Rcode, Rtype, To, cname};

/// A zone in the tree.
pub struct Place {
    pub origin: Name,
    /// The CNAME at the apex.
    pub alias: Option<Name>,
    /// The NS sets that the servers above refer to.
    pub delegated: BTreeSet<Vec<Name>>,
    /// The NS set at the apex, through the resolver; empty if that could not be told.
    pub apex: Vec<Name>,
    /// The addresses that come with the referrals.
    pub glue: BTreeMap<Name, BTreeSet<IpAddr>>,
    /// Every host that either side names.
    pub hosts: BTreeSet<Name>,
}

/// What stands above the domain, and whether it is an alias.
pub struct Surroundings {
    above: Above,
    alias: Lookup<Name>,
}

impl Surroundings {
    /// The domain's own part of what the question for its NS set gave: through an alias that set is
    /// another zone's.
    pub fn own(&self, ns: &Lookup<Vec<Name>>) -> Lookup<Vec<Name>> {
        ns.clone().map(|names| if self.alias.is_absent() { names } else { Vec::new() })
    }
}

/// The first questions of [`find`], which need nothing to be known of the domain.
pub async fn surroundings(net: &dyn Net, domain: &Name) -> Surroundings {
    let (above, alias) = join(above(net, domain), cname(net, domain)).await;
    Surroundings { above, alias }
}

/// Finds the zone: the domain itself, or the one above it that is still its owner's.
pub async fn find(
    net: &dyn Net,
    domain: &Name,
    own: Lookup<Vec<Name>>,
    surroundings: Surroundings,
) -> Option<Place> {
    let Surroundings { above: above_domain, alias } = surroundings;
    let referrals = referrals(net, &above_domain, domain).await;
    let is_own = own.found().is_some_and(|names| !names.is_empty());
    if is_own || !referrals.sets.is_empty() {
        let alias = alias.found().cloned();
        return Some(place(domain.clone(), alias, referrals, own));
    }
    if alias.reason().is_some() {
        return None;
    }
    let Above::Zone { origin, .. } = above_domain else { return None };
    if !origin.is_at_or_below(&domain.registrable()) {
        return None;
    }
    let (above_origin, apex) = join(above(net, &origin), apex(net, &origin)).await;
    let referrals = self::referrals(net, &above_origin, &origin).await;
    Some(place(origin, None, referrals, apex))
}

fn place(
    origin: Name,
    alias: Option<Name>,
    referrals: Referrals,
    apex: Lookup<Vec<Name>>,
) -> Place {
    let apex = apex.found().cloned().unwrap_or_default();
    let hosts = referrals.sets.iter().flatten().chain(&apex).cloned().collect();
    Place { origin, alias, delegated: referrals.sets, apex, glue: referrals.glue, hosts }
}

#[derive(Default)]
struct Referrals {
    sets: BTreeSet<Vec<Name>>,
    glue: BTreeMap<Name, BTreeSet<IpAddr>>,
}

async fn referrals(net: &dyn Net, above: &Above, zone: &Name) -> Referrals {
    let Above::Zone { servers, .. } = above else { return Referrals::default() };
    let asked = servers.iter().map(|server| {
        net.dns(Question { to: To::Server(*server), ..Question::new(zone, Rtype::NS) })
    });
    let mut referrals = Referrals::default();
    for answer in join_all(asked).await {
        let Answer::Message(message) = answer else { continue };
        referrals.sets.extend(referral(&message, zone));
        for record in &message.additional {
            let address = match record.data {
                Data::A(address) => IpAddr::V4(address),
                Data::Aaaa(address) => IpAddr::V6(address),
                _ => continue,
            };
            referrals.glue.entry(record.name.clone()).or_default().insert(address);
        }
    }
    referrals
}

/// The NS set that the message refers to, if it is a referral to the zone (RFC 1034 §4.3.2).
pub fn referral(message: &Message, zone: &Name) -> Option<Vec<Name>> {
    if message.authoritative || message.rcode != Rcode::NOERROR {
        return None;
    }
    let own = message.authority.iter().filter(|record| record.name == *zone);
    Some(names(own.map(|record| &record.data))).filter(|set| !set.is_empty())
}
