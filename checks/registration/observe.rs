//! The questions of `registration`: the registry of the domain, and those of the domains that its
//! MX, NS and SPF records, its keys and its links lead to.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::{join, join_all, join4};

use super::{Registered, RegistrationFacts, Vendor};
use crate::dns::Dns;
use crate::kernel::{Link, Name, Net, Reason, Rtype, Target, View, alias, mail_exchangers, texts};
use crate::rdap::{self, Said};
use crate::records::spf::{self, Kind, Mechanism};

/// Domains of others that are asked for.
const MOST_VENDORS: usize = 10;

/// Names of keys, and hosts of links, that are looked at for an alias.
const MOST_ALIASES: usize = 10;

pub async fn observe(view: &View<'_>) -> RegistrationFacts {
    let domain = view.target.domain.registrable();
    let ours = registered(view.net, &domain);
    let theirs = async {
        let found = vendors(view, &domain).await.into_iter().take(MOST_VENDORS);
        join_all(found.map(|(domain, through)| async {
            let registered = registered(view.net, &domain).await;
            Vendor { domain, through: through.into_iter().map(str::to_owned).collect(), registered }
        }))
        .await
    };
    let (registered, vendors) = join(ours, theirs).await;
    RegistrationFacts { domain, registered, vendors }
}

/// That the registry does not know a domain proves nothing here, for the domain answers in DNS: the
/// registry of another level holds it (RFC 7480 §5.3).
async fn registered(net: &dyn Net, domain: &Name) -> Registered {
    match rdap::look_up(net, domain).await {
        Said::Found(found) => Registered::Found(found),
        Said::NoService => Registered::NoService,
        Said::NotFound => Registered::Unknown { reason: Reason::NotOffered },
        Said::Unknown { reason } => Registered::Unknown { reason },
    }
}

/// The registrable domains of others, with what leads to each. What could not be told leads nowhere.
async fn vendors(view: &View<'_>, own: &Name) -> BTreeMap<Name, BTreeSet<&'static str>> {
    let domain = &view.target.domain;
    let (mx, spf, keys, links) = join4(
        mail_exchangers(view.net, domain),
        includes(view.net, domain),
        aliases(view.net, keys(view.target), Rtype::TXT),
        aliases(view.net, links(view.target), Rtype::A),
    )
    .await;
    let mx = mx.found().into_iter().flatten().map(|mx| ("MX", mx.exchange.clone()));
    let servers = view.needs.facts::<Dns>().and_then(|dns| dns.name_servers.found().cloned());
    let ns = servers.into_iter().flatten().map(|name| ("NS", name));
    let spf = spf.into_iter().map(|name| ("SPF", name));
    let keys = keys.into_iter().map(|name| ("DKIM", name));
    let links = links.into_iter().map(|name| ("CNAME", name));
    let mut vendors: BTreeMap<Name, BTreeSet<&'static str>> = BTreeMap::new();
    for (through, name) in mx.chain(ns).chain(spf).chain(keys).chain(links) {
        let vendor = name.registrable();
        if vendor != *own && vendor.labels().len() > 1 {
            vendors.entry(vendor).or_default().insert(through);
        }
    }
    vendors
}

/// Where the keys of the domain and of its streams are to be found.
fn keys(target: &Target) -> BTreeSet<Name> {
    let own = target.selectors.iter().map(|selector| (selector, &target.domain));
    let of_streams =
        target.streams.iter().filter_map(|stream| Some((stream.dkim.as_ref()?, &stream.from)));
    let key =
        |(selector, domain): (&String, &Name)| domain.child(&format!("{selector}._domainkey"));
    own.chain(of_streams).map(key).collect()
}

/// The hosts that the messages of its streams lead to.
fn links(target: &Target) -> BTreeSet<Name> {
    let hosts = target.streams.iter().flat_map(|stream| {
        let posted = stream.one_click.iter().map(|url| &url.host);
        stream.links.iter().map(Link::host).chain(posted)
    });
    hosts.cloned().collect()
}

/// What the names are aliases of, in the form in which others ask for them.
async fn aliases(net: &dyn Net, names: BTreeSet<Name>, rtype: Rtype) -> Vec<Name> {
    let looks = names.into_iter().take(MOST_ALIASES);
    let looks = looks.map(|name| async move { alias(net, &name, rtype).await.found().cloned() });
    join_all(looks).await.into_iter().flatten().collect()
}

/// The names that the domain's own SPF record includes or redirects to, macros left out.
async fn includes(net: &dyn Net, domain: &Name) -> Vec<Name> {
    let found = texts(net, domain).await;
    let records = spf::records(found.found().map_or(&[][..], Vec::as_slice));
    let terms = records.flat_map(|record| record.terms);
    terms.filter_map(|term| target(&term.kind, domain)).collect()
}

fn target(term: &Kind, domain: &Name) -> Option<Name> {
    let name = match term {
        Kind::Directive { mechanism: Mechanism::Include(name), .. } | Kind::Redirect(name) => name,
        _ => return None,
    };
    let name = Name::new(&name.expand(domain.as_str(), None)?);
    name.is_askable().then_some(name)
}
