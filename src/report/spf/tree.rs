//! What each part of an SPF record costs and came to: plain data, printed as it is or as text.
use std::net::IpAddr;

use serde::Serialize;
use vigie_checks::kernel::{Lookup, Name};
use vigie_checks::records::provider::of_include;
use vigie_checks::spf::{
    Authorisation, CameTo, LOOKUP_LIMIT, Node, Seen, SpfResult, Step, TermSeen, count,
};

/// The form of the JSON.
const SCHEMA: &str = "vigie.spf/1";

/// An SPF record as `vigie spf` tells it.
#[derive(Clone, Debug, Serialize)]
pub struct SpfReport {
    pub(super) schema: &'static str,
    pub(super) version: &'static str,
    pub(super) domain: String,
    /// Nothing where no sender was asked about.
    pub(super) result: Option<SpfResult>,
    /// The term that decided.
    pub(super) matched: Option<String>,
    /// What the domain says of a fail.
    pub(super) explanation: Option<String>,
    /// Of the whole tree: what the worst message costs.
    pub(super) lookups: usize,
    pub(super) void_lookups: usize,
    /// Whether the whole tree could be read; if not, the counts are "at least".
    pub(super) complete: bool,
    /// The way to the term that is one lookup too many.
    pub(super) breaks_limit: Option<Vec<String>>,
    pub(super) sender: Option<SenderReport>,
    /// Nothing for a malformed name, which is not asked.
    pub(super) tree: Option<NodeReport>,
}

/// The sender that the result is for.
#[derive(Clone, Debug, Serialize)]
pub struct SenderReport {
    pub ip: IpAddr,
    pub helo: String,
    pub mail_from: String,
    /// The domain whose record was evaluated.
    pub domain: String,
    /// What the evaluation of this message cost.
    pub lookups: usize,
    pub void_lookups: usize,
}

/// The record at one name.
#[derive(Clone, Debug, Serialize)]
pub(super) struct NodeReport {
    pub(super) domain: String,
    pub(super) status: NodeStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    /// The mail provider that the record belongs to, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) provider: Option<&'static str>,
    pub(super) record: Option<String>,
    /// All of them where there are several, of which receivers read none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) records: Vec<String>,
    /// Terms that cannot be read.
    pub(super) faults: Vec<String>,
    pub(super) lookups: usize,
    pub(super) void_lookups: usize,
    pub(super) terms: Vec<TermReport>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum NodeStatus {
    Found,
    None,
    Multiple,
    Permerror,
    Unknown,
}

/// A term with what it led to, and what it came to for the sender.
#[derive(Clone, Debug, Serialize)]
pub(super) struct TermReport {
    pub(super) term: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) asks: Option<String>,
    pub(super) led_to: LedTo,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    /// Which lookup of the whole tree it is, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lookup: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) came_to: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) record: Option<NodeReport>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum LedTo {
    NoLookup,
    Found,
    Void,
    Record,
    Unknown,
    DependsOnMessage,
    TooManyHosts,
    Loop,
    NotAsked,
}

impl SpfReport {
    /// The report on `domain`, as typed where it is malformed, its tree and what was said of a sender.
    pub fn of(
        domain: &str,
        tree: Option<&Node>,
        said: Option<(&Authorisation, SenderReport)>,
    ) -> Self {
        let (lookups, void_lookups, complete) = tree.map_or((0, 0, true), count);
        let mut steps = said.as_ref().map_or(&[][..], |(said, _)| said.steps.as_slice()).iter();
        // What came to pass in another domain's record is not this tree's.
        let is_of_tree = |said: &Authorisation| tree.is_some_and(|tree| tree.domain == said.domain);
        if !said.as_ref().is_some_and(|(said, _)| is_of_tree(said)) {
            steps = [].iter();
        }
        let mut numbered = Numbered { spent: 0, steps: steps.as_slice() };
        let authorisation = said.as_ref().map(|(said, _)| *said);
        Self {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            domain: domain.to_owned(),
            result: authorisation.map(|said| said.result),
            matched: authorisation.and_then(|said| said.matched.clone()),
            explanation: authorisation.and_then(|said| said.explanation.clone()),
            lookups,
            void_lookups,
            complete,
            breaks_limit: tree.and_then(breaking),
            tree: tree.map(|tree| numbered.node(tree, 0)),
            sender: said.map(|(_, sender)| sender),
        }
    }
}

/// The names and the term that lead to one lookup more than receivers make.
fn breaking(tree: &Node) -> Option<Vec<String>> {
    let mut spent = 0;
    let mut path = None;
    tree.each(&mut |above, term| {
        spent += usize::from(term.seen != Seen::NoLookup);
        if spent > LOOKUP_LIMIT && path.is_none() {
            let names = above.iter().map(|node| node.domain.to_string());
            path = Some(names.chain([term.term.clone()]).collect());
        }
    });
    path
}

/// Walks the tree as the evaluation did: lookups are numbered, and steps found again.
struct Numbered<'a> {
    spent: usize,
    /// The steps not yet met; the evaluation may have stopped before the end of a record.
    steps: &'a [Step],
}

impl Numbered<'_> {
    fn node(&mut self, node: &Node, depth: usize) -> NodeReport {
        let (lookups, void_lookups, _) = count(node);
        let terms = node.terms.iter().map(|term| self.term(term, depth)).collect();
        let several = node.records.found().filter(|records| records.len() > 1);
        NodeReport {
            domain: node.domain.to_string(),
            status: status(node),
            reason: node.records.reason().map(|reason| reason.to_string()),
            provider: provider(&node.domain),
            record: node.record().map(str::to_owned),
            records: several.cloned().unwrap_or_default(),
            faults: node.faults.iter().map(|fault| fault.term.clone()).collect(),
            lookups,
            void_lookups,
            terms,
        }
    }

    fn term(&mut self, term: &TermSeen, depth: usize) -> TermReport {
        let came_to = match self.steps {
            [step, rest @ ..] if step.depth == depth && step.term == term.term => {
                self.steps = rest;
                Some(word(step.came_to))
            }
            _ => None,
        };
        let costs = term.seen != Seen::NoLookup;
        self.spent += usize::from(costs);
        let lookup = costs.then_some(self.spent);
        let (led_to, reason, record) = match &term.seen {
            Seen::NoLookup => (LedTo::NoLookup, None, None),
            Seen::Hit => (LedTo::Found, None, None),
            Seen::Void => (LedTo::Void, None, None),
            Seen::Unknown(reason) => (LedTo::Unknown, Some(reason.to_string()), None),
            Seen::Dynamic => (LedTo::DependsOnMessage, None, None),
            Seen::TooManyHosts(_) => (LedTo::TooManyHosts, None, None),
            Seen::Loop(_) => (LedTo::Loop, None, None),
            Seen::NotAsked => (LedTo::NotAsked, None, None),
            Seen::Record(node) => (LedTo::Record, None, Some(self.node(node, depth + 1))),
        };
        let asks = term.asks.as_ref().map(Name::to_string);
        TermReport { term: term.term.clone(), asks, led_to, reason, lookup, came_to, record }
    }
}

fn status(node: &Node) -> NodeStatus {
    match &node.records {
        Lookup::Unknown { .. } => NodeStatus::Unknown,
        Lookup::Absent { .. } => NodeStatus::None,
        Lookup::Found(records) => match records.as_slice() {
            [] => NodeStatus::None,
            [_] if node.faults.is_empty() => NodeStatus::Found,
            [_] => NodeStatus::Permerror,
            _ => NodeStatus::Multiple,
        },
    }
}

fn provider(name: &Name) -> Option<&'static str> {
    of_include(name).map(|provider| provider.name.as_str())
}

fn word(came_to: CameTo) -> &'static str {
    match came_to {
        CameTo::NoMatch => "no-match",
        CameTo::Match => "match",
        CameTo::Error(SpfResult::Temperror) => "temperror",
        CameTo::Error(_) => "permerror",
    }
}
