//! What does the answer say? Aliases are followed, and faults replace what is true.

use std::borrow::Cow;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{LowerName, Name, RData, Record, RecordType};
use vigie_scenario::FaultAnswer;

use super::answer::address_record;
use super::authority::Authority;
use super::denial::{self, Denied};
use super::lookup::{Found, Located, View, addresses_of};
use super::registry;
use super::signer::Signer;
use super::trust::{Trust, trust};
use super::{Fault, Question};
use crate::world::Snapshot;

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
    /// What a validating resolver makes of the zones that were met.
    pub trust: Trust,
    /// Signatures are wanted, and proofs of what is not there.
    signatures: bool,
    pub ede: Option<u16>,
    /// The fault that was met on the way.
    pub fault: Option<&'w Fault>,
}

impl Composed<'_> {
    fn fail(&mut self, code: ResponseCode, ede: Option<u16>) {
        self.code = code;
        self.answers.clear();
        self.authorities.clear();
        self.trust = Trust::Insecure;
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

    /// The signature over the SOA, and the proof that what is asked for is not there.
    fn prove(&mut self, speaker: &Speaker<'_>, name: &Name, denied: Denied) {
        let Some(signer) = speaker.signer.as_ref().filter(|_| self.signatures) else { return };
        if denied != Denied::CloserName {
            let soa = self.authorities.last();
            let signed =
                soa.and_then(|soa| signer.sign(std::slice::from_ref(soa), soa.name.num_labels()));
            self.authorities.extend(signed);
        }
        let name = LowerName::new(name);
        let proof = denial::prove(speaker.snapshot, speaker.authority, signer, &name, denied);
        self.authorities.extend(proof);
    }

    /// Records of one RRset under the name asked for, and their signature.
    fn answer(&mut self, speaker: Option<&Speaker<'_>>, name: &Name, records: &[Record]) {
        // A wildcard's records bear the name asked for (RFC 4592 §3.3.1).
        let own = records.iter().cloned().map(|mut record| {
            record.name = name.clone();
            record
        });
        let own: Vec<Record> = own.collect();
        let Some(speaker) = speaker.filter(|_| self.signatures) else {
            self.answers.extend(own);
            return;
        };
        let signer = speaker.signer.as_ref();
        let labels = records.first().map_or(0, |record| record.name.num_labels());
        let signature = signer.and_then(|signer| signer.sign(&own, labels));
        let is_expanded =
            records.first().is_some_and(|record| record.name.is_wildcard()) && !name.is_wildcard();
        self.answers.extend(own);
        self.answers.extend(signature);
        if is_expanded {
            self.prove(speaker, name, Denied::CloserName);
        }
    }

    /// The NS set of a child, with what its parent says of the child's key.
    fn refer(&mut self, view: View<'_>, speaker: Option<&Speaker<'_>>, ns: &[Record]) {
        self.authoritative = !self.answers.is_empty();
        self.additionals = addresses_of(view.snapshot(), ns);
        self.authorities = ns.to_vec();
        let (Some(speaker), Some(child)) = (speaker.filter(|_| self.signatures), ns.first()) else {
            return;
        };
        let child = LowerName::new(&child.name);
        let Some(signer) = &speaker.signer else { return };
        match speaker.authority.signing_records(speaker.snapshot, &child, RecordType::DS) {
            Some(ds) => {
                let ds = [ds];
                let signature = signer.sign(&ds, ds[0].name.num_labels());
                self.authorities.extend(ds.into_iter().chain(signature));
            }
            None => self.authorities.extend(denial::prove(
                speaker.snapshot,
                speaker.authority,
                signer,
                &child,
                Denied::Type,
            )),
        }
    }
}

/// The zone that speaks, and who signs for it.
struct Speaker<'w> {
    snapshot: &'w Snapshot,
    authority: &'w Authority<'w>,
    signer: Option<Signer>,
}

/// Answers from the world as it stands, or as the faults twist it.
pub(crate) fn compose<'w>(view: View<'w>, question: &Question) -> Composed<'w> {
    let mut composed = Composed {
        code: ResponseCode::NoError,
        answers: Vec::new(),
        authorities: Vec::new(),
        additionals: Vec::new(),
        authoritative: view.server().is_some(),
        trust: Trust::Secure,
        signatures: question.dnssec_ok,
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
        let met = located.authority.as_ref().map(|zone| trust(view.snapshot(), &zone.origin()));
        composed.trust = composed.trust.max(met.unwrap_or(Trust::Insecure));
        match step(view, located, &name, &mut composed) {
            Some(target) => name = target,
            None => return validated(view, question, composed),
        }
    }
    composed.fail(ResponseCode::ServFail, None);
    composed
}

/// RFC 4035 §5.5: a validating resolver gives no bogus data, unless it is asked not to check.
fn validated<'w>(view: View<'w>, question: &Question, mut composed: Composed<'w>) -> Composed<'w> {
    let validates = view.server().is_none() && view.snapshot().resolver.validates;
    match composed.trust {
        Trust::Bogus(ede) if validates && !question.checking_disabled => {
            composed.fail(ResponseCode::ServFail, Some(ede));
        }
        _ => {}
    }
    composed
}

/// Takes in what was found at one name; gives the alias's target when there is more to look up.
fn step(
    view: View<'_>,
    located: Located<'_>,
    name: &Name,
    composed: &mut Composed<'_>,
) -> Option<Name> {
    let snapshot = view.snapshot();
    let signs = composed.signatures;
    let speaker = located.authority.as_ref().map(|authority| Speaker {
        snapshot,
        authority,
        signer: signs.then(|| authority.signer(snapshot)).flatten(),
    });
    let speaker = speaker.as_ref();
    match located.found {
        Found::Records(records) => {
            composed.answer(speaker, name, &records);
            // Who asks a registry for its servers needs their addresses (RFC 1034 §4.3.2).
            if speaker.is_some_and(|speaker| matches!(speaker.authority, Authority::Registry(_))) {
                composed.additionals = addresses_of(snapshot, &records);
            }
        }
        Found::Alias(alias) => {
            composed.answer(speaker, name, std::slice::from_ref(alias));
            if let RData::CNAME(target) = &alias.data {
                return Some(target.0.clone());
            }
        }
        Found::NoData | Found::NxDomain => {
            let (code, denied) = match located.found {
                Found::NxDomain => (ResponseCode::NXDomain, Denied::Name),
                _ => (ResponseCode::NoError, Denied::Type),
            };
            composed.deny(code, located.authority.as_ref().map(Authority::soa));
            if let Some(speaker) = speaker {
                composed.prove(speaker, name, denied);
            }
        }
        Found::Delegation(ns) => match view {
            View::Server(..) => composed.refer(view, speaker, &ns),
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
    let located = || view.lookup(&LowerName::new(name), question.rtype);
    let soa = || located().authority.as_ref().map(Authority::soa);
    match fault.answer {
        FaultAnswer::Servfail => composed.fail(ResponseCode::ServFail, fault.ede),
        FaultAnswer::Refused => composed.fail(ResponseCode::Refused, fault.ede),
        FaultAnswer::Formerr => composed.fail(ResponseCode::FormErr, fault.ede),
        FaultAnswer::Notimp => composed.fail(ResponseCode::NotImp, fault.ede),
        FaultAnswer::Nxdomain => {
            composed.trust = Trust::Insecure;
            composed.deny(ResponseCode::NXDomain, soa());
        }
        FaultAnswer::Nodata => {
            composed.trust = Trust::Insecure;
            composed.deny(ResponseCode::NoError, soa());
        }
        FaultAnswer::Lie => {
            composed.trust = Trust::Insecure;
            let lie =
                fault.address.and_then(|address| address_record(name, question.rtype, address));
            match lie {
                Some(record) => composed.answers.push(record),
                None => composed.deny(ResponseCode::NoError, soa()),
            }
        }
        FaultAnswer::Bogus => {
            composed.trust = Trust::Insecure;
            composed.ede = None;
            let refused = view.snapshot().resolver.validates
                && view.server().is_none()
                && !question.checking_disabled;
            if refused {
                composed.fail(ResponseCode::ServFail, fault.ede.or(Some(EDE_BOGUS)));
            }
            return refused;
        }
        FaultAnswer::UpwardReferral => {
            composed.authoritative = false;
            composed.authorities = registry::name_servers(&LowerName::new(&Name::root()));
        }
        _ => return false,
    }
    true
}
