//! What was seen of a domain's SPF: the tree of records, and the result for each declared sender.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::authorise::SpfResult;
use crate::kernel::{Lookup, Name, Reason};
use crate::records::spf::Fault;

/// The facts of the check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The record, if there is exactly one.
    pub record: Option<String>,
    /// Terms that look something up in the worst case; "at least" if `complete` is false.
    pub lookups: usize,
    /// Of these, terms whose answer was NXDOMAIN or NODATA.
    pub void_lookups: usize,
    /// Every question of the tree had a definite answer and the tree was read to its end.
    pub complete: bool,
    pub tree: Node,
    pub senders: Vec<SenderResult>,
}

/// The records of one name, and what their terms led to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    pub domain: Name,
    /// Every TXT record selected as SPF, sorted; empty where there are only other TXT records.
    pub records: Lookup<Vec<String>>,
    /// The terms that an evaluation may reach, of the only record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<TermSeen>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<SeenFault>,
}

/// A term that is no SPF.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenFault {
    pub term: String,
    pub problem: String,
}

impl From<Fault> for SeenFault {
    fn from(fault: Fault) -> Self {
        Self { term: fault.term, problem: fault.problem.to_owned() }
    }
}

/// A term and what it led to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermSeen {
    pub term: String,
    pub seen: Seen,
}

/// What a term led to. All but `NoLookup` cost one lookup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seen {
    NoLookup,
    /// The name asked has what the term wants.
    Hit,
    /// NXDOMAIN or NODATA.
    Void,
    Unknown(Reason),
    /// The name depends on the message, so it was not asked.
    Dynamic,
    /// The record of an `include` or `redirect`.
    Record(Node),
    /// An `include` or `redirect` of a name that is being evaluated already.
    Loop(Name),
    /// Past the bounds of what is read.
    NotAsked,
}

impl Node {
    /// Calls `visit` for every term in the order of evaluation, with the names that lead to it.
    pub fn each<'a>(&'a self, visit: &mut impl FnMut(&[&'a Node], &'a TermSeen)) {
        fn go<'a>(
            node: &'a Node,
            above: &mut Vec<&'a Node>,
            visit: &mut impl FnMut(&[&'a Node], &'a TermSeen),
        ) {
            above.push(node);
            for term in &node.terms {
                visit(above, term);
                if let Seen::Record(below) = &term.seen {
                    go(below, above, visit);
                }
            }
            above.pop();
        }
        go(self, &mut Vec::new(), visit);
    }

    /// The only record's text.
    pub fn record(&self) -> Option<&str> {
        match self.records.found()?.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

/// What `check_host()` says of a declared sender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SenderResult {
    pub ip: IpAddr,
    /// The MAIL FROM domain that was evaluated.
    pub domain: Name,
    /// The stream's name, if the address belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    pub result: SpfResult,
    /// The term that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matched: Option<String>,
    /// The only record of that domain, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
}
