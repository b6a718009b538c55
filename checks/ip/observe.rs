//! The questions of `ip`: the names of each address and back, and the names given in EHLO.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use futures::StreamExt;
use futures::future::{join, join_all};
use futures::stream;

use super::facts::{BySpf, Greeting, GreetingAnswer, IpFacts, Named, Sender};
use crate::kernel::{
    Data, Lookup, Name, Net, Reason, Rtype, Target, View, addresses, addresses_of, ask,
    mail_exchangers,
};
use crate::records::provider;
use crate::records::reverse::reverse_name;
use crate::records::special::is_public;
use crate::spf::{self, MOST_NAMED, Session, SpfResult, check_host};

/// Addresses, names given in EHLO and PTR names of one address that are looked up.
pub(super) const MOST_ADDRESSES: usize = 64;
const MOST_GREETINGS: usize = 32;
const MOST_NAMES: usize = 32;

/// Addresses looked up at the same time.
const AT_ONCE: usize = 16;

pub async fn observe(view: &View<'_>) -> IpFacts {
    let senders = async {
        let (addresses, untold) = senders(view).await;
        let looks =
            addresses.into_iter().map(|(address, by_spf)| sender(view.net, address, by_spf));
        (stream::iter(looks).buffered(AT_ONCE).collect().await, untold)
    };
    let greetings = names(view.target).into_iter().map(|(helo, ips)| greeting(view, helo, ips));
    let greetings = stream::iter(greetings).buffered(AT_ONCE).collect();
    let ((senders, untold), greetings) = join(senders, greetings).await;
    IpFacts { senders, greetings, untold }
}

/// The addresses declared as sending. Without any, those that the domain's own SPF record names, save what a
/// provider shares among its customers: their names are its own; and why there may be more.
async fn senders(view: &View<'_>) -> (Vec<(IpAddr, Option<BySpf>)>, Option<Reason>) {
    let declared = sending_addresses(view.target);
    if !declared.is_empty() || !view.target.profile.sends() {
        return (declared.into_iter().map(|address| (address, None)).collect(), None);
    }
    let named = spf::named(view.net, &view.target.domain).await;
    let is_own = |address: IpAddr| {
        is_public(address, &view.vantage.own_networks) && provider::of_address(address).is_none()
    };
    let own = named.addresses.iter().filter(|(address, _)| is_own(**address));
    let by_spf = |(address, term): (&IpAddr, &String)| {
        (*address, Some(BySpf { term: term.clone(), most: named.most_severe(*address) }))
    };
    (own.take(MOST_NAMED).map(by_spf).collect(), named.untold)
}

fn sending_addresses(target: &Target) -> Vec<IpAddr> {
    let streams = target.streams.iter().flat_map(|stream| &stream.ips);
    let all: BTreeSet<IpAddr> = target.sending_ips.iter().chain(streams).copied().collect();
    all.into_iter().take(MOST_ADDRESSES).collect()
}

/// The names given in EHLO, each with the addresses that give it.
fn names(target: &Target) -> BTreeMap<String, BTreeSet<IpAddr>> {
    let mut names: BTreeMap<String, BTreeSet<IpAddr>> = BTreeMap::new();
    for stream in &target.streams {
        let Some(helo) = &stream.helo else { continue };
        let helo: String = helo.trim().escape_debug().take(255).collect();
        names.entry(helo).or_default().extend(stream.ips.iter().take(MOST_ADDRESSES));
    }
    for seen in &target.greetings {
        names.entry(seen.helo.clone()).or_default().insert(seen.address);
    }
    names.into_iter().take(MOST_GREETINGS).collect()
}

async fn sender(net: &dyn Net, address: IpAddr, by_spf: Option<BySpf>) -> Sender {
    let names = ask(net, &reverse_name(address), Rtype::PTR).await.map(|all| {
        let names = all.into_iter().filter_map(|data| match data {
            Data::Ptr(name) => Some(name),
            _ => None,
        });
        names.take(MOST_NAMES).collect::<Vec<Name>>()
    });
    let ptr = match names {
        Lookup::Found(names) => {
            Lookup::Found(join_all(names.into_iter().map(|name| named(net, name, address))).await)
        }
        Lookup::Absent { nxdomain } => Lookup::Absent { nxdomain },
        Lookup::Unknown { reason } => Lookup::Unknown { reason },
    };
    Sender { address, ptr, by_spf }
}

async fn named(net: &dyn Net, name: Name, address: IpAddr) -> Named {
    let family = if address.is_ipv4() { Rtype::A } else { Rtype::AAAA };
    let addresses = addresses_of(net, &name, family).await;
    Named { name, addresses }
}

async fn greeting(view: &View<'_>, helo: String, ips: BTreeSet<IpAddr>) -> Greeting {
    let net = view.net;
    let answer = match Form::of(&helo) {
        Form::Invalid => GreetingAnswer::Invalid,
        Form::AddressLiteral => GreetingAnswer::AddressLiteral,
        Form::Name(name) => {
            let (addresses, spf) = join(addresses(net, &name), spf_of(view, &name, &ips)).await;
            let mx = if addresses.is_absent() {
                Some(mail_exchangers(net, &name).await.map(|_| ()))
            } else {
                None
            };
            GreetingAnswer::Name { addresses, mx, spf }
        }
    };
    Greeting { helo, answer }
}

/// RFC 7208 §2.4: the null sender is checked as `postmaster` at the name given in EHLO.
async fn spf_of(
    view: &View<'_>,
    name: &Name,
    ips: &BTreeSet<IpAddr>,
) -> BTreeMap<IpAddr, SpfResult> {
    let looks = ips.iter().map(|ip| async {
        let session = Session {
            ip: *ip,
            helo: name.as_str(),
            mail_from: "",
            receiver: &view.vantage.helo,
            now: view.clock.now(),
        };
        (*ip, check_host(view.net, &session).await.proven())
    });
    join_all(looks).await.into_iter().collect()
}

/// What may stand after EHLO (RFC 5321 §4.1.1.1).
enum Form {
    Invalid,
    AddressLiteral,
    Name(Name),
}

impl Form {
    fn of(helo: &str) -> Self {
        if let Some(literal) = helo.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            // RFC 5321 §4.1.3: IPv6 bears its tag, in letters of either case, IPv4 none.
            let (tag, after) = literal.split_at_checked(5).unwrap_or_default();
            let is_tagged = tag.eq_ignore_ascii_case("IPv6:");
            let address = if is_tagged { after } else { literal };
            return match address.parse::<IpAddr>() {
                Ok(address) if address.is_ipv6() == is_tagged => Self::AddressLiteral,
                _ => Self::Invalid,
            };
        }
        let name = Name::new(helo);
        let is_label = |label: &str| {
            !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
        };
        let labels = name.labels();
        // A last label of digits is an address without its brackets (RFC 1123 §2.1).
        let is_full = labels.len() > 1
            && labels.last().is_some_and(|last| last.bytes().any(|o| o.is_ascii_alphabetic()));
        if is_full && name.is_askable() && labels.iter().all(|label| is_label(label)) {
            Self::Name(name)
        } else {
            Self::Invalid
        }
    }
}
