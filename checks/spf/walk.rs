//! The whole tree of a record: every term that some message may reach (RFC 7208 §4.6.4).

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::join_all;

use super::facts::{Node, Seen, TermSeen};
use crate::kernel::{Lookup, Name, Net, Rtype, Text, addresses, ask, texts};
use crate::records::spf::{Kind, Mechanism, is_spf, parse};
use crate::records::spf_macro::{MacroString, name_of};

/// Terms looked up in one tree: enough to tell how far over the limit it is, not to be a weapon.
const TERM_LIMIT: usize = 60;

/// Includes within includes that are followed.
const DEPTH_LIMIT: usize = 12;

/// Reads the tree below a name.
pub async fn walk(net: &dyn Net, domain: &Name) -> Node {
    let walker = Walker { net, asked: AtomicUsize::new(0) };
    walker.node(domain.clone(), Vec::new()).await
}

/// The SPF records of a name; found and empty where there are TXT records and none of them is SPF,
/// for such a look-up is not void.
pub async fn spf_records(net: &dyn Net, domain: &Name) -> Lookup<Vec<Text>> {
    texts(net, domain)
        .await
        .map(|all| all.into_iter().filter(|text| is_spf(&text.joined())).collect())
}

struct Walker<'a> {
    net: &'a dyn Net,
    asked: AtomicUsize,
}

type Walked<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl Walker<'_> {
    fn node(&self, domain: Name, above: Vec<Name>) -> Walked<'_, Node> {
        Box::pin(async move {
            let found = spf_records(self.net, &domain).await;
            let octets = match found.found().map(Vec::as_slice) {
                Some([only]) => Some(only.joined()),
                _ => None,
            };
            let records = found.map(|all| all.iter().map(Text::printable).collect());
            let Some(octets) = octets else {
                return Node { domain, records, terms: Vec::new(), faults: Vec::new() };
            };
            let record = parse(&octets);
            let mut path = above;
            path.push(domain.clone());
            let terms =
                record.reachable().map(|term| self.term(&term.text, &term.kind, &domain, &path));
            let terms = join_all(terms).await;
            let faults = record.faults.into_iter().map(Into::into).collect();
            Node { domain, records, terms, faults }
        })
    }

    async fn term(&self, text: &str, kind: &Kind, domain: &Name, path: &[Name]) -> TermSeen {
        let seen = match kind {
            Kind::Redirect(target) => self.record(target, domain, path).await,
            Kind::Directive { mechanism, .. } => self.mechanism(mechanism, domain, path).await,
            Kind::Explanation(_) | Kind::Unknown => Seen::NoLookup,
        };
        TermSeen { term: text.to_owned(), seen }
    }

    async fn mechanism(&self, mechanism: &Mechanism, domain: &Name, path: &[Name]) -> Seen {
        match mechanism {
            Mechanism::All | Mechanism::Ip4(_) | Mechanism::Ip6(_) => Seen::NoLookup,
            // The names asked depend on the sender's address.
            Mechanism::Ptr(_) => Seen::Dynamic,
            Mechanism::Include(target) => self.record(target, domain, path).await,
            Mechanism::A { domain: host, .. } => match self.name(host.as_ref(), domain) {
                Ok(host) => {
                    let found = addresses(self.net, &host).await;
                    match (found.found().is_empty(), found.unknown()) {
                        (false, _) => Seen::Hit,
                        (true, Some(reason)) => Seen::Unknown(reason),
                        (true, None) => Seen::Void,
                    }
                }
                Err(seen) => seen,
            },
            Mechanism::Mx { domain: host, .. } => self.one(host.as_ref(), domain, Rtype::MX).await,
            Mechanism::Exists(host) => self.one(Some(host), domain, Rtype::A).await,
        }
    }

    async fn one(&self, host: Option<&MacroString>, domain: &Name, rtype: Rtype) -> Seen {
        let host = match self.name(host, domain) {
            Ok(host) => host,
            Err(seen) => return seen,
        };
        match ask(self.net, &host, rtype).await {
            Lookup::Found(_) => Seen::Hit,
            Lookup::Absent { .. } => Seen::Void,
            Lookup::Unknown { reason } => Seen::Unknown(reason),
        }
    }

    async fn record(&self, target: &MacroString, domain: &Name, path: &[Name]) -> Seen {
        let target = match self.name(Some(target), domain) {
            Ok(target) => target,
            Err(seen) => return seen,
        };
        if path.contains(&target) {
            return Seen::Loop(target);
        }
        if path.len() >= DEPTH_LIMIT {
            return Seen::NotAsked;
        }
        Seen::Record(self.node(target, path.to_vec()).await)
    }

    /// The name a term asks about, or why it is not asked.
    fn name(&self, spec: Option<&MacroString>, domain: &Name) -> Result<Name, Seen> {
        if self.asked.fetch_add(1, Ordering::Relaxed) >= TERM_LIMIT {
            return Err(Seen::NotAsked);
        }
        match spec {
            None => Ok(domain.clone()),
            Some(spec) if spec.is_dynamic() => Err(Seen::Dynamic),
            Some(spec) => spec
                .expand(domain.as_str(), None)
                .map(|text| Name::new(name_of(&text)))
                .ok_or(Seen::Dynamic),
        }
    }
}
