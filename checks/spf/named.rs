//! Which addresses does the domain's own SPF record name one by one? Each is likely to send.
//! What it lets send by whole networks or through others is nobody's in particular; see `spf`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use futures::future::join_all;
use serde::{Deserialize, Serialize};

use crate::kernel::{
    Addresses, Lookup, Name, Net, Reason, Severity, addresses, mail_exchangers, texts,
};
use crate::records::spf::{self, Kind, Mechanism, Qualifier};
use crate::records::spf_macro::MacroString;

/// Terms whose hosts are looked up (RFC 7208 §4.6.4: a record with more counts for nothing).
const MOST_TERMS: usize = 10;

/// Hosts of one MX set that are looked up.
const MOST_HOSTS: usize = 8;

/// Addresses that others look at because the record names them.
pub const MOST_NAMED: usize = 16;

/// What the SPF record of a domain says of single addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Those that it lets send, with the term that does.
    pub addresses: BTreeMap<IpAddr, String>,
    /// Those of them that its mail hosts have, as far as that could be told.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub mail_hosts: BTreeSet<IpAddr>,
    /// Whether it lets others send too.
    pub others: bool,
    /// Why it may name more: the record, or a host in it, could not be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untold: Option<Reason>,
}

impl Named {
    /// The most that something said of an address weighs because the record names it. SPF allows and does not prove;
    /// but who lets nothing else send, sends from what it names, and a host that takes its mail sends at least bounces.
    pub fn most_severe(&self, address: IpAddr) -> Severity {
        match self.others && !self.mail_hosts.contains(&address) {
            true => Severity::Warning,
            false => Severity::Error,
        }
    }
}

/// What a term names.
enum Source {
    Address(IpAddr),
    Host(Name),
    MailHosts(Name),
}

pub async fn named(net: &dyn Net, domain: &Name) -> Named {
    let found = texts(net, domain).await;
    let mut named = Named { untold: found.reason(), ..Named::default() };
    let mut sources = Vec::new();
    for record in spf::records(found.found().map_or(&[][..], Vec::as_slice)) {
        for term in record.reachable() {
            match source(&term.kind, domain) {
                Some(source) => sources.push((source, term.text.clone())),
                None => named.others |= lets_others_send(&term.kind),
            }
        }
    }
    let mut looks = Vec::new();
    for (source, term) in sources {
        match source {
            Source::Address(address) => {
                named.addresses.entry(address).or_insert(term);
            }
            Source::Host(_) | Source::MailHosts(_) => looks.push((source, term)),
        }
    }
    let looks = looks.into_iter().take(MOST_TERMS);
    let looks = looks.map(|(source, term)| async { (addresses_behind(net, source).await, term) });
    for ((found, untold), term) in join_all(looks).await {
        named.untold = named.untold.or(untold);
        for address in found {
            named.addresses.entry(address).or_insert_with(|| term.clone());
        }
    }
    if !named.addresses.is_empty() {
        let (found, _) = addresses_behind(net, Source::MailHosts(domain.clone())).await;
        let is_named = |address: &IpAddr| named.addresses.contains_key(address);
        named.mail_hosts = found.into_iter().filter(is_named).collect();
    }
    named
}

/// What a term lets send, where that is a single address or the hosts of a name that no message changes.
fn source(kind: &Kind, domain: &Name) -> Option<Source> {
    let Kind::Directive { qualifier: Qualifier::Pass, mechanism } = kind else { return None };
    let name = |written: &Option<MacroString>| match written {
        None => Some(domain.clone()),
        Some(written) => {
            let name = Name::new(&written.expand(domain.as_str(), None)?);
            name.is_askable().then_some(name)
        }
    };
    match mechanism {
        Mechanism::Ip4(net) => (net.prefix_len() == 32).then(|| Source::Address(net.addr().into())),
        Mechanism::Ip6(net) => {
            (net.prefix_len() == 128).then(|| Source::Address(net.addr().into()))
        }
        Mechanism::A { domain, v4: 32, v6: 128 } => name(domain).map(Source::Host),
        Mechanism::Mx { domain, v4: 32, v6: 128 } => name(domain).map(Source::MailHosts),
        _ => None,
    }
}

/// Whether a term that names no single address lets somebody send: `?all` leaves that open to anybody.
fn lets_others_send(kind: &Kind) -> bool {
    match kind {
        Kind::Directive { qualifier, .. } => {
            matches!(qualifier, Qualifier::Pass | Qualifier::Neutral)
        }
        Kind::Redirect(_) => true,
        Kind::Explanation(_) | Kind::Unknown => false,
    }
}

/// The addresses of a source, and why there may be more.
async fn addresses_behind(net: &dyn Net, source: Source) -> (Vec<IpAddr>, Option<Reason>) {
    let (hosts, untold) = match source {
        Source::Address(address) => return (vec![address], None),
        Source::Host(host) => (vec![host], None),
        Source::MailHosts(domain) => {
            let found = mail_exchangers(net, &domain).await;
            let untold = found.reason();
            let hosts = match found {
                Lookup::Found(all) => all.into_iter().map(|mx| mx.exchange).collect(),
                Lookup::Absent { .. } | Lookup::Unknown { .. } => Vec::new(),
            };
            (hosts, untold)
        }
    };
    let hosts = hosts.into_iter().filter(|host| !host.is_root()).take(MOST_HOSTS);
    let looks = hosts.map(|host| async move { addresses(net, &host).await });
    let seen = join_all(looks).await;
    let untold = untold.or_else(|| seen.iter().find_map(Addresses::unknown));
    (seen.iter().flat_map(Addresses::found).collect(), untold)
}
