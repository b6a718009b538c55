//! The whole tree of a record: every term that some message may reach (RFC 7208 §4.6.4).
//!
//! Level by level, so that what is left out past the bounds does not depend on who answers first.

use futures::future::join_all;

use super::facts::{Glued, Node, Seen, TermSeen};
use crate::kernel::{Lookup, Name, Net, Rtype, Text, addresses, ask, mail_exchangers, texts};
use crate::records::spf::{Kind, Mechanism, Record, Term, is_spf, parse};
use crate::records::spf_macro::{MacroString, name_of};

/// Terms looked up in one tree: enough to tell how far over the limit it is, not to be a weapon.
const TERM_LIMIT: usize = 60;

/// Includes within includes that are followed.
const DEPTH_LIMIT: usize = 12;

/// RFC 7208 §4.6.4: mail hosts of one `mx`.
const NAME_LIMIT: usize = 10;

/// Reads the tree below a name.
pub async fn walk(net: &dyn Net, domain: &Name) -> Node {
    let mut walker = Walker { net, left: TERM_LIMIT, drafts: Vec::new() };
    let mut level = vec![(domain.clone(), Vec::new())];
    while !level.is_empty() {
        level = walker.level(level).await;
    }
    walker.built(0)
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
    /// Terms that may still be looked up.
    left: usize,
    drafts: Vec<Draft>,
}

/// A node whose included records are elsewhere among the drafts.
struct Draft {
    node: Node,
    /// For each term that leads to a record, its place and that of the record.
    below: Vec<(usize, usize)>,
}

/// A name with the names that led to it.
type Place = (Name, Vec<Name>);

/// What is to be done with a term.
enum Plan {
    Seen(Seen),
    Ask(Name, Wanted),
    Descend(Name),
}

#[derive(Clone, Copy)]
enum Wanted {
    Addresses,
    MailHosts,
    Address,
}

impl Walker<'_> {
    /// Reads the records of a level; gives the names of the next one.
    async fn level(&mut self, places: Vec<Place>) -> Vec<Place> {
        let found = join_all(places.iter().map(|(name, _)| spf_records(self.net, name))).await;
        // The drafts of the next level follow those of this one.
        let after = self.drafts.len() + places.len();
        let mut next = Vec::new();
        let mut asked = Vec::new();
        for ((domain, above), found) in places.into_iter().zip(found) {
            let at = self.drafts.len();
            let (node, record) = read(domain, found);
            self.drafts.push(Draft { node, below: Vec::new() });
            let mut path = above;
            path.push(self.drafts[at].node.domain.clone());
            for term in in_order(&record) {
                let plan = self.plan(&term.kind, &path);
                let number = self.drafts[at].node.terms.len();
                let asks = match &plan {
                    Plan::Ask(name, _) | Plan::Descend(name) => Some(name.clone()),
                    Plan::Seen(_) => None,
                };
                let mut seen = TermSeen { term: term.text.clone(), asks, seen: Seen::NotAsked };
                match plan {
                    Plan::Seen(known) => seen.seen = known,
                    Plan::Ask(name, wanted) => asked.push((at, number, name, wanted)),
                    Plan::Descend(name) => {
                        self.drafts[at].below.push((number, after + next.len()));
                        next.push((name, path.clone()));
                    }
                }
                self.drafts[at].node.terms.push(seen);
            }
        }
        let answers =
            join_all(asked.iter().map(|(.., name, wanted)| look(self.net, name, *wanted)));
        for ((at, number, ..), seen) in asked.iter().zip(answers.await) {
            self.drafts[*at].node.terms[*number].seen = seen;
        }
        next
    }

    fn plan(&mut self, kind: &Kind, path: &[Name]) -> Plan {
        let domain = &path[path.len() - 1];
        let (spec, wanted) = match kind {
            Kind::Explanation(_) | Kind::Unknown => return Plan::Seen(Seen::NoLookup),
            Kind::Redirect(target) => (Some(target), None),
            Kind::Directive { mechanism, .. } => match mechanism {
                Mechanism::All | Mechanism::Ip4(_) | Mechanism::Ip6(_) => {
                    return Plan::Seen(Seen::NoLookup);
                }
                // The names asked depend on the sender's address.
                Mechanism::Ptr(_) => return Plan::Seen(Seen::Dynamic),
                Mechanism::Include(target) => (Some(target), None),
                Mechanism::A { domain, .. } => (domain.as_ref(), Some(Wanted::Addresses)),
                Mechanism::Mx { domain, .. } => (domain.as_ref(), Some(Wanted::MailHosts)),
                Mechanism::Exists(host) => (Some(host), Some(Wanted::Address)),
            },
        };
        if self.left == 0 {
            return Plan::Seen(Seen::NotAsked);
        }
        self.left -= 1;
        let Some(name) = expanded(spec, domain) else { return Plan::Seen(Seen::Dynamic) };
        match wanted {
            Some(wanted) => Plan::Ask(name, wanted),
            None if path.contains(&name) => Plan::Seen(Seen::Loop(name)),
            None if path.len() >= DEPTH_LIMIT => Plan::Seen(Seen::NotAsked),
            None => Plan::Descend(name),
        }
    }

    /// The finished node of a draft.
    fn built(&self, at: usize) -> Node {
        let draft = &self.drafts[at];
        let mut node = draft.node.clone();
        for (number, below) in &draft.below {
            node.terms[*number].seen = Seen::Record(self.built(*below));
        }
        node
    }
}

/// What stands at a name, and the only record there, if it is one.
fn read(domain: Name, found: Lookup<Vec<Text>>) -> (Node, Record) {
    let only = match found.found().map(Vec::as_slice) {
        Some([only]) => Some(only.clone()),
        _ => None,
    };
    let records = found.map(|all| all.iter().map(Text::printable).collect());
    let mut node = Node {
        domain,
        records,
        terms: Vec::new(),
        faults: Vec::new(),
        glued: Vec::new(),
        last_string: 0,
    };
    let Some(only) = only else { return (node, Record::default()) };
    let mut record = parse(&only.joined());
    node.faults = std::mem::take(&mut record.faults).into_iter().map(Into::into).collect();
    node.glued = Glued::of(only.strings());
    node.last_string = only.strings().last().map_or(0, Vec::len);
    (node, record)
}

/// The terms in the order of evaluation: `redirect` comes last (RFC 7208 §6.1).
fn in_order(record: &Record) -> impl Iterator<Item = &Term> {
    let is_redirect = |term: &&Term| matches!(term.kind, Kind::Redirect(_));
    record
        .reachable()
        .filter(move |term| !is_redirect(term))
        .chain(record.reachable().filter(move |term| is_redirect(term)))
}

/// The name a term asks about; nothing if it depends on the message.
fn expanded(spec: Option<&MacroString>, domain: &Name) -> Option<Name> {
    match spec {
        None => Some(domain.clone()),
        Some(spec) if spec.is_dynamic() => None,
        Some(spec) => spec.expand(domain.as_str(), None).map(|text| Name::new(name_of(&text))),
    }
}

async fn look(net: &dyn Net, name: &Name, wanted: Wanted) -> Seen {
    match wanted {
        Wanted::Addresses => {
            let found = addresses(net, name).await;
            match (found.found().is_empty(), found.unknown()) {
                (false, _) => Seen::Hit,
                (true, Some(reason)) => Seen::Unknown(reason),
                (true, None) => Seen::Void,
            }
        }
        Wanted::MailHosts => match mail_exchangers(net, name).await {
            Lookup::Found(hosts) if hosts.len() > NAME_LIMIT => Seen::TooManyHosts(hosts.len()),
            other => seen(&other),
        },
        Wanted::Address => seen(&ask(net, name, Rtype::A).await),
    }
}

fn seen<T>(lookup: &Lookup<T>) -> Seen {
    match lookup {
        Lookup::Found(_) => Seen::Hit,
        Lookup::Absent { .. } => Seen::Void,
        Lookup::Unknown { reason } => Seen::Unknown(*reason),
    }
}
