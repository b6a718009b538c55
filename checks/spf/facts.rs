//! What was seen of a domain's SPF: the tree of records, and the result for each declared sender.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::authorise::{SpfResult, Unanswered};
use crate::kernel::{Lookup, Name, Reason, Text};
use crate::records::spf::{Fault, is_term, stands_alone};

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
    /// TXT records of the domain that look like SPF where none is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lookalikes: Vec<String>,
    /// Octets of a DNS message with all TXT records of the domain.
    pub answer_octets: usize,
    pub obsolete: Obsolete,
    /// The hosts that take the domain's mail; the root alone where it takes none (RFC 7505).
    pub mail_hosts: Lookup<Vec<Name>>,
    /// Domains that terms depend on and that do not exist, though anybody could register them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unregistered: Vec<Name>,
    pub senders: Vec<SenderResult>,
}

/// The forms of SPF that receivers no longer ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obsolete {
    /// Records of the type SPF (99) that begin like SPF.
    pub type_spf: Lookup<Vec<String>>,
    /// TXT records of Sender ID (RFC 4406).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sender_id: Vec<String>,
}

/// The records of one name, and what their terms led to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    pub domain: Name,
    /// Every TXT record selected as SPF, sorted; empty where there are only other TXT records.
    pub records: Lookup<Vec<String>>,
    /// The terms that an evaluation may reach, of the only record, in the order of evaluation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<TermSeen>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<SeenFault>,
    /// Terms of which the end of one character-string and the start of the next make one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub glued: Vec<Glued>,
    /// Octets of the record's last character-string.
    #[serde(default)]
    pub last_string: usize,
}

/// A term that is no SPF.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenFault {
    pub term: String,
    pub problem: String,
}

impl From<Fault> for SeenFault {
    fn from(fault: Fault) -> Self {
        // The parser keeps an octet as the character of its number.
        let octets = fault.term.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect();
        Self { term: Text::new(vec![octets]).printable(), problem: fault.problem.to_owned() }
    }
}

/// Two terms that became one where two character-strings meet without a space (RFC 7208 §3.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Glued {
    pub left: String,
    pub right: String,
}

impl Glued {
    /// The seams at which two terms were meant. A term that was cut in two on purpose is none.
    pub fn of(strings: &[Vec<u8>]) -> Vec<Self> {
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        let seams = strings.windows(2).filter_map(|pair| {
            let (before, after) = (text(&pair[0]), text(&pair[1]));
            let left = before.rsplit(' ').next().unwrap_or_default().to_owned();
            let right = after.split(' ').next().unwrap_or_default().to_owned();
            let joined = format!("{left}{right}");
            let two = is_term(&left) && is_term(&right);
            (two && (!is_term(&joined) || stands_alone(&right))).then_some(Self { left, right })
        });
        seams.collect()
    }

    /// The term as receivers read it.
    pub fn joined(&self) -> String {
        format!("{}{}", self.left, self.right)
    }
}

/// A term and what it led to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermSeen {
    pub term: String,
    /// The name that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks: Option<Name>,
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
    /// More mail hosts than an `mx` may have (RFC 7208 §4.6.4).
    TooManyHosts(usize),
    /// The record of an `include` or `redirect`.
    Record(Node),
    /// An `include` or `redirect` of a name that is being evaluated already.
    Loop(Name),
    /// Past the bounds of what is read.
    NotAsked,
}

impl TermSeen {
    pub fn is_redirect(&self) -> bool {
        self.term.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("redirect="))
    }

    /// Whether it includes a name that has no record.
    pub fn is_dead_include(&self) -> bool {
        match &self.seen {
            Seen::Record(node) if !self.is_redirect() => match &node.records {
                Lookup::Absent { .. } => true,
                Lookup::Found(records) => records.is_empty(),
                Lookup::Unknown { .. } => false,
            },
            _ => false,
        }
    }

    /// Whether it is a void lookup.
    pub fn is_void(&self) -> bool {
        match &self.seen {
            Seen::Void => true,
            Seen::Record(node) => node.records.is_absent(),
            _ => false,
        }
    }
}

impl Facts {
    /// Whether the domain says that it takes no mail (RFC 7505).
    pub fn has_null_mx(&self) -> bool {
        matches!(self.mail_hosts.found().map(Vec::as_slice), Some([only]) if only.is_root())
    }
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
    /// Of a permerror, the term that it ended in, with those that led there before it; none where no term
    /// was evaluated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stopped_at: Vec<String>,
    /// The only record of that domain, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// What would let it pass that is in the record already, where it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub would_pass: Option<WouldPass>,
    /// Why it could not be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unanswered: Option<Unanswered>,
}

/// A record by which a refused sender passes, and that adds no sender to those listed already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WouldPass {
    pub record: String,
    /// The term by which it passes, as it stands in the record that is published.
    pub term: String,
}
