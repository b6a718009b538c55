//! What do the answers say of a name: found, absent for sure, or could not be told?
//!
//! The first law: absent only on a definite negative; everything that failed is unknown.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Answer, Data, Message, Mx, Name, Net, Question, Rcode, Reason, Record, Rtype, Text};

/// CNAME targets followed before a chain counts as unanswerable.
const CHAIN_LIMIT: usize = 8;

/// The definite or indefinite end of a look-up; part of facts, so it holds no TTL and no order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lookup<T> {
    Found(T),
    /// Proven: NXDOMAIN (the name does not exist) or NODATA (the name has no such record).
    Absent {
        nxdomain: bool,
    },
    Unknown {
        reason: Reason,
    },
}

impl<T> Lookup<T> {
    pub fn found(&self) -> Option<&T> {
        match self {
            Self::Found(value) => Some(value),
            _ => None,
        }
    }

    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent { .. })
    }

    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Unknown { reason } => Some(*reason),
            _ => None,
        }
    }

    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Lookup<U> {
        match self {
            Self::Found(value) => Lookup::Found(change(value)),
            Self::Absent { nxdomain } => Lookup::Absent { nxdomain },
            Self::Unknown { reason } => Lookup::Unknown { reason },
        }
    }
}

/// The records of `rtype` at the name, aliases followed, sorted and without doubles.
pub async fn ask(net: &dyn Net, name: &Name, rtype: Rtype) -> Lookup<Vec<Data>> {
    confirmed(net, Question::new(name, rtype)).await
}

/// As [`ask`], for a question of any form. A negative without a SOA is confirmed once over TCP,
/// for stubs strip the authority section and liars have none.
pub async fn confirmed(net: &dyn Net, question: Question) -> Lookup<Vec<Data>> {
    if !question.name.is_askable() {
        return Lookup::Absent { nxdomain: true };
    }
    let mut owner = question.name.clone();
    let mut seen = BTreeSet::new();
    for _ in 0..CHAIN_LIMIT {
        let asked = Question { name: owner.clone(), ..question.clone() };
        let mut step = read(&net.dns(asked.clone()).await, &owner, question.rtype);
        if let Step::Negative { proven: false, .. } = step {
            let again = Question { tcp: true, ..asked };
            step = read(&net.dns(again).await, &owner, question.rtype);
        }
        match step {
            Step::Found(data) => return Lookup::Found(data),
            Step::Negative { nxdomain, .. } => return Lookup::Absent { nxdomain },
            Step::Unknown(reason) => return Lookup::Unknown { reason },
            Step::Alias(target) if seen.insert(target.clone()) => owner = target,
            Step::Alias(_) => return Lookup::Unknown { reason: Reason::Malformed },
        }
    }
    Lookup::Unknown { reason: Reason::Malformed }
}

enum Step {
    Found(Vec<Data>),
    Negative { nxdomain: bool, proven: bool },
    Alias(Name),
    Unknown(Reason),
}

fn read(answer: &Answer, owner: &Name, rtype: Rtype) -> Step {
    let message = match answer {
        Answer::Message(message) => message,
        Answer::Failed { reason } => return Step::Unknown(*reason),
    };
    if let Some(reason) = refusal(message) {
        return Step::Unknown(reason);
    }
    let end = follow(message, owner, rtype);
    let mut data: Vec<Data> = message
        .answers
        .iter()
        .filter(|record| record.name == end && record.data.rtype() == rtype)
        .map(|record| record.data.clone())
        .collect();
    if !data.is_empty() {
        data.sort_unstable();
        data.dedup();
        return Step::Found(data);
    }
    let has_soa = has_soa(message);
    if message.rcode == Rcode::NXDOMAIN {
        // RFC 6604 §3: the code speaks of the last name in the chain.
        return Step::Negative { nxdomain: true, proven: has_soa };
    }
    let is_referral = !message.authoritative
        && !has_soa
        && message.authority.iter().any(|record| record.data.rtype() == Rtype::NS);
    if is_referral {
        return Step::Unknown(Reason::Referral);
    }
    if end != *owner && !has_soa {
        return Step::Alias(end);
    }
    Step::Negative { nxdomain: false, proven: has_soa }
}

/// Whether a negative bears its proof (RFC 2308 §2).
fn has_soa(message: &Message) -> bool {
    message.authority.iter().any(|record| record.data.rtype() == Rtype::SOA)
}

/// Why a whole message is no answer, by its response code and extended errors.
fn refusal(message: &Message) -> Option<Reason> {
    let filtered = message.ede.iter().any(|ede| (15..=18).contains(&ede.code));
    match message.rcode {
        // RFC 8914 §4.16 to 4.19: the resolver blocks, censors, filters or prohibits.
        _ if filtered => Some(Reason::ResolverBlocked),
        Rcode::NOERROR | Rcode::NXDOMAIN => None,
        // RFC 8914 §4.7 to 4.13.
        Rcode::SERVFAIL if message.ede.iter().any(|ede| (6..=12).contains(&ede.code)) => {
            Some(Reason::Bogus)
        }
        Rcode::SERVFAIL => Some(Reason::Servfail),
        Rcode::REFUSED => Some(Reason::Refused),
        Rcode::FORMERR => Some(Reason::Formerr),
        Rcode::NOTIMP => Some(Reason::Notimp),
        _ => Some(Reason::Rcode),
    }
}

/// The last name of the CNAME chain that this message holds.
fn follow(message: &Message, owner: &Name, rtype: Rtype) -> Name {
    let mut at = owner.clone();
    if rtype == Rtype::CNAME {
        return at;
    }
    for _ in 0..CHAIN_LIMIT {
        match target(message, &at) {
            Some(target) => at = target,
            None => break,
        }
    }
    at
}

/// Where the CNAME of a name leads, as this message shows it.
fn target(message: &Message, name: &Name) -> Option<Name> {
    message.answers.iter().find_map(|record| match &record.data {
        Data::Cname(target) if record.name == *name => Some(target.clone()),
        _ => None,
    })
}

/// The name that an alias stands for, as its address answer shows; nothing if it is no alias, or it
/// could not be told.
pub async fn canonical(net: &dyn Net, name: &Name) -> Option<Name> {
    if !name.is_askable() {
        return None;
    }
    let Answer::Message(message) = net.dns(Question::new(name, Rtype::A)).await else {
        return None;
    };
    let end = follow(&message, name, Rtype::A);
    (end != *name).then_some(end)
}

/// The name that a name is an alias of. The answer to a question for `rtype`, which is asked in any case,
/// shows it; where a message says nothing of it, as when the target's zone fails, the CNAME record itself is
/// asked for.
pub async fn alias(net: &dyn Net, name: &Name, rtype: Rtype) -> Lookup<Name> {
    if !name.is_askable() {
        return Lookup::Absent { nxdomain: true };
    }
    let message = match net.dns(Question::new(name, rtype)).await {
        Answer::Message(message) => message,
        Answer::Failed { reason } => return Lookup::Unknown { reason },
    };
    if let Some(shown) = shown_alias(&message, name, rtype) {
        return shown;
    }
    cname(net, name).await
}

/// The name that a name is an alias of by a CNAME record of its own. One that a wildcard stands for is none:
/// it gives way to whatever is published at the name (RFC 4592 §2.2.1). Nothing where it could not be told.
pub async fn own_alias(net: &dyn Net, name: &Name, rtype: Rtype) -> Option<Name> {
    let target = alias(net, name, rtype).await.found()?.clone();
    let beside = name.parent()?.child("vigie-no-such-name");
    let is_own = alias(net, &beside, rtype).await.found() != Some(&target);
    is_own.then_some(target)
}

/// The target of the CNAME record at a name, asked for itself: a zone that has other records beside it, which
/// none may (RFC 1034 §3.6.2), shows it no other way.
pub async fn cname(net: &dyn Net, name: &Name) -> Lookup<Name> {
    match ask(net, name, Rtype::CNAME).await {
        Lookup::Found(all) => {
            let target = all.into_iter().find_map(|data| match data {
                Data::Cname(target) => Some(target),
                _ => None,
            });
            target.map_or(Lookup::Absent { nxdomain: false }, Lookup::Found)
        }
        Lookup::Absent { nxdomain } => Lookup::Absent { nxdomain },
        Lookup::Unknown { reason } => Lookup::Unknown { reason },
    }
}

/// Nothing where the answer neither holds the alias nor says what else is at the name.
fn shown_alias(message: &Message, name: &Name, rtype: Rtype) -> Option<Lookup<Name>> {
    if refusal(message).is_some() {
        return None;
    }
    if let Some(target) = target(message, name) {
        return Some(Lookup::Found(target));
    }
    let is_own = |record: &Record| record.name == *name && record.data.rtype() == rtype;
    if message.answers.iter().any(is_own) {
        return Some(Lookup::Absent { nxdomain: false });
    }
    has_soa(message).then_some(Lookup::Absent { nxdomain: message.rcode == Rcode::NXDOMAIN })
}

/// The TXT records of a name.
pub async fn texts(net: &dyn Net, name: &Name) -> Lookup<Vec<Text>> {
    ask(net, name, Rtype::TXT).await.map(|all| {
        all.into_iter()
            .filter_map(|data| if let Data::Txt(text) = data { Some(text) } else { None })
            .collect()
    })
}

/// The MX records of a name, lowest preference first.
pub async fn mail_exchangers(net: &dyn Net, name: &Name) -> Lookup<Vec<Mx>> {
    ask(net, name, Rtype::MX).await.map(|all| {
        all.into_iter()
            .filter_map(|data| if let Data::Mx(mx) = data { Some(mx) } else { None })
            .collect()
    })
}

/// The addresses of one family (A or AAAA) of a name.
pub async fn addresses_of(net: &dyn Net, name: &Name, rtype: Rtype) -> Lookup<Vec<IpAddr>> {
    ask(net, name, rtype).await.map(|all| {
        all.into_iter()
            .filter_map(|data| match data {
                Data::A(address) => Some(IpAddr::V4(address)),
                Data::Aaaa(address) => Some(IpAddr::V6(address)),
                _ => None,
            })
            .collect()
    })
}

/// The addresses of a host, each family with its own end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    pub v4: Lookup<Vec<IpAddr>>,
    pub v6: Lookup<Vec<IpAddr>>,
}

impl Addresses {
    /// Every address that was found, IPv4 first.
    pub fn found(&self) -> Vec<IpAddr> {
        [&self.v4, &self.v6].into_iter().filter_map(Lookup::found).flatten().copied().collect()
    }

    /// Both families are proven absent.
    pub fn is_absent(&self) -> bool {
        self.v4.is_absent() && self.v6.is_absent()
    }

    /// Why the list may be incomplete, if one family could not be told.
    pub fn unknown(&self) -> Option<Reason> {
        self.v4.reason().or_else(|| self.v6.reason())
    }
}

/// The addresses of a name in both families, asked at the same time.
pub async fn addresses(net: &dyn Net, name: &Name) -> Addresses {
    let (v4, v6) = futures::future::join(
        addresses_of(net, name, Rtype::A),
        addresses_of(net, name, Rtype::AAAA),
    )
    .await;
    Addresses { v4, v6 }
}
