//! What does the answer say? Aliases are followed, and faults replace what is true.

use std::borrow::Cow;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{LowerName, Name, RData, Record};
use vigie_scenario::FaultAnswer;

use super::answer::address_record;
use super::lookup::{Found, Located, View, addresses_of};
use super::{Fault, Question};

/// The longest chain of aliases that is followed.
const MAX_ALIASES: usize = 16;

/// RFC 8914 §4.7: DNSSEC bogus.
const EDE_BOGUS: u16 = 6;

/// RFC 8914 §4.23: no reachable authority.
const EDE_NO_REACHABLE_AUTHORITY: u16 = 22;

/// The contents of a reply.
pub(crate) struct Composed<'w> {
    pub code: ResponseCode,
    pub answers: Vec<Record>,
    pub authorities: Vec<Record>,
    pub additionals: Vec<Record>,
    pub authoritative: bool,
    pub secure: bool,
    pub ede: Option<u16>,
    /// The fault that was met on the way.
    pub fault: Option<&'w Fault>,
}

impl Composed<'_> {
    fn fail(&mut self, code: ResponseCode, ede: Option<u16>) {
        self.code = code;
        self.answers.clear();
        self.secure = false;
        self.authoritative = false;
        self.ede = ede;
    }

    /// RFC 2308 §3: the SOA goes with a negative answer, under the smaller of its two TTLs.
    fn deny(&mut self, code: ResponseCode, soa: Option<Cow<'_, Record>>) {
        self.code = code;
        self.authorities.extend(soa.map(|soa| {
            let mut soa = soa.into_owned();
            if let RData::SOA(data) = &soa.data {
                soa.ttl = soa.ttl.min(data.minimum);
            }
            soa
        }));
    }

    fn refer(&mut self, view: View<'_>, ns: Cow<'_, [Record]>) {
        self.authoritative = !self.answers.is_empty();
        self.additionals = addresses_of(view.snapshot(), &ns);
        self.authorities = ns.into_owned();
    }
}

/// Answers from the world as it stands, or as the faults twist it.
pub(crate) fn compose<'w>(view: View<'w>, question: &Question) -> Composed<'w> {
    let mut composed = Composed {
        code: ResponseCode::NoError,
        answers: Vec::new(),
        authorities: Vec::new(),
        additionals: Vec::new(),
        authoritative: view.server().is_some(),
        secure: true,
        ede: None,
        fault: None,
    };
    let mut name = question.name.clone();
    for _ in 0..=MAX_ALIASES {
        let key = LowerName::new(&name);
        if composed.fault.is_none() {
            composed.fault = view.snapshot().fault(&key, question.rtype, view.server());
            if let Some(fault) = composed.fault {
                composed.ede = fault.ede;
                if twist(fault, view, question, &name, &mut composed) {
                    return composed;
                }
            }
        }
        let located = view.lookup(&key, question.rtype);
        composed.secure &= located.secure;
        match step(view, located, &name, &mut composed) {
            Some(target) => name = target,
            None => return composed,
        }
    }
    composed.fail(ResponseCode::ServFail, None);
    composed
}

/// Takes in what was found at one name; gives the alias's target when there is more to look up.
fn step(
    view: View<'_>,
    located: Located<'_>,
    name: &Name,
    composed: &mut Composed<'_>,
) -> Option<Name> {
    // A wildcard's records bear the name asked for (RFC 4592 §3.3.1).
    let own = |record: &Record| {
        let mut record = record.clone();
        record.name = name.clone();
        record
    };
    match located.found {
        Found::Records(records) => composed.answers.extend(records.iter().map(own)),
        Found::Alias(alias) => {
            composed.answers.push(own(alias));
            if let RData::CNAME(target) = &alias.data {
                return Some(target.0.clone());
            }
        }
        Found::NoData => composed.deny(ResponseCode::NoError, located.soa),
        Found::NxDomain => composed.deny(ResponseCode::NXDomain, located.soa),
        Found::Delegation(ns) => match view {
            View::Server(..) => composed.refer(view, ns),
            View::Resolver(_) => {
                composed.fail(ResponseCode::ServFail, Some(EDE_NO_REACHABLE_AUTHORITY));
            }
        },
        // An alias that leads out of what the server serves ends there (RFC 1034 §4.3.2).
        Found::NotServed if composed.answers.is_empty() => {
            composed.fail(ResponseCode::Refused, None);
        }
        Found::NotServed => {}
    }
    None
}

/// Says what the fault says in place of the truth; `false` when the fault lies elsewhere.
fn twist(
    fault: &Fault,
    view: View<'_>,
    question: &Question,
    name: &Name,
    composed: &mut Composed<'_>,
) -> bool {
    let soa = || view.lookup(&LowerName::new(name), question.rtype).soa;
    match fault.answer {
        FaultAnswer::Servfail => composed.fail(ResponseCode::ServFail, fault.ede),
        FaultAnswer::Refused => composed.fail(ResponseCode::Refused, fault.ede),
        FaultAnswer::Formerr => composed.fail(ResponseCode::FormErr, fault.ede),
        FaultAnswer::Notimp => composed.fail(ResponseCode::NotImp, fault.ede),
        FaultAnswer::Nxdomain => {
            composed.secure = false;
            composed.deny(ResponseCode::NXDomain, soa());
        }
        FaultAnswer::Nodata => {
            composed.secure = false;
            composed.deny(ResponseCode::NoError, soa());
        }
        FaultAnswer::Lie => {
            composed.secure = false;
            let lie =
                fault.address.and_then(|address| address_record(name, question.rtype, address));
            match lie {
                Some(record) => composed.answers.push(record),
                None => composed.deny(ResponseCode::NoError, soa()),
            }
        }
        FaultAnswer::Bogus => {
            composed.secure = false;
            composed.ede = None;
            let refused = view.snapshot().resolver.validates
                && view.server().is_none()
                && !question.checking_disabled;
            if refused {
                composed.fail(ResponseCode::ServFail, fault.ede.or(Some(EDE_BOGUS)));
            }
            return refused;
        }
        _ => return false,
    }
    true
}
