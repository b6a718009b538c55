//! Our tree walk beside a plain reading of RFC 9989 §4.10 over the whole zone, and beside mail-auth's:
//! over generated zones all three come to the same policy, and the first two to the same organization.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::FutureExt;
use hickory_proto::op::ResponseCode;
use mail_auth::common::parse::TxtRecordParser;
use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::dmarc::{Dmarc as TheirRecord, Policy as Theirs};
use mail_auth::{AuthenticatedMessage, DnsError, Error, MessageAuthenticator, SpfOutput, Txt};
use proptest::prelude::*;
use vigie_checks::dmarc::{Dmarc, DmarcFacts};
use vigie_checks::kernel::{
    Answer, Check, Clock, Data, Lookup, Message, Name, Needs, Net, Question, Rcode, Reason, Record,
    Request, Response, Rtype, Soa, Target, Text, Vantage, View,
};
use vigie_checks::records::dmarc::Policy;

use super::verifier::{Texts, asking, verifier};

const CASES: u32 = 2_000;

/// The most labels that a generated name has: more than the walk goes through one by one.
const MOST_LABELS: usize = 12;

/// What may stand at a `_dmarc` name, and what the RFC makes of it. Policies are always valid: what a
/// wrong one comes to is not a question of the walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Written {
    text: &'static str,
    counts: bool,
    psd: Option<bool>,
    /// Of the domain itself, and of those below.
    policies: (Policy, Policy),
}

const fn counted(text: &'static str, psd: Option<bool>, policies: (Policy, Policy)) -> Written {
    Written { text, counts: true, psd, policies }
}

const fn other(text: &'static str) -> Written {
    Written { text, counts: false, psd: None, policies: (Policy::None, Policy::None) }
}

const RECORDS: [Written; 10] = [
    counted("v=DMARC1; p=reject", None, (Policy::Reject, Policy::Reject)),
    counted("v=DMARC1; p=none; sp=quarantine", None, (Policy::None, Policy::Quarantine)),
    counted("v = DMARC1; p=quarantine; psd=u", None, (Policy::Quarantine, Policy::Quarantine)),
    counted("v=DMARC1;p=reject;sp=none;psd=n", Some(false), (Policy::Reject, Policy::None)),
    counted("v=DMARC1; psd=n; p=none", Some(false), (Policy::None, Policy::None)),
    counted("v=DMARC1; p=quarantine; psd=y", Some(true), (Policy::Quarantine, Policy::Quarantine)),
    counted("v=DMARC1; p=none; sp=reject; psd=y", Some(true), (Policy::None, Policy::Reject)),
    other("v=spf1 -all"),
    other("v=DMARC1x; p=reject"),
    other("p=reject; v=DMARC1"),
];

/// The TXT records at the `_dmarc` name of each domain that has any.
type Zone = BTreeMap<Name, Vec<Written>>;

/// A domain, with what stands at it and above it. Most names have nothing or one record.
fn zones() -> impl Strategy<Value = (Name, Zone)> {
    let one = || prop::sample::select(RECORDS.to_vec());
    let at_name = prop_oneof![
        4 => Just(Vec::new()),
        4 => one().prop_map(|record| vec![record]),
        // Never the same twice: an RRset has no doubles (RFC 2181 §5).
        1 => prop::sample::subsequence(RECORDS.to_vec(), 2..=3),
    ];
    prop::collection::vec(at_name, 2..=MOST_LABELS).prop_map(|texts| {
        let labels: Vec<String> = (0..texts.len()).map(|at| format!("l{at}")).collect();
        let names = (0..labels.len()).map(|at| Name::new(&labels[at..].join(".")));
        let zone: Zone = names.clone().zip(texts).collect();
        (Name::new(&labels.join(".")), zone)
    })
}

/// RFC 9989 §4.10, step by step, over the whole zone.
struct Reference<'z> {
    zone: &'z Zone,
    start: Name,
}

impl Reference<'_> {
    /// Steps 2 and 6: what does not begin with the version is discarded, and so are several records.
    fn record(&self, at: &Name) -> Option<Written> {
        let kept: Vec<Written> =
            self.zone.get(at).into_iter().flatten().filter(|one| one.counts).copied().collect();
        match kept[..] {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Steps 1 to 7: the domains with a record, in the order of the questions.
    fn walk(&self) -> Vec<(Name, Written)> {
        let labels: Vec<&str> = self.start.as_str().split('.').collect();
        let mut found = Vec::new();
        let mut left = labels.len();
        loop {
            let at = Name::new(&labels[labels.len() - left..].join("."));
            if let Some(record) = self.record(&at) {
                found.push((at, record));
                if record.psd.is_some() {
                    break;
                }
            }
            left = if left >= 8 { 7 } else { left - 1 };
            if left == 0 {
                break;
            }
        }
        found
    }

    /// §4.10.2.
    fn organization(&self) -> Name {
        let found = self.walk();
        if let Some((at, _)) = found.iter().find(|(_, record)| record.psd == Some(false)) {
            return at.clone();
        }
        let is_suffix =
            |(at, record): &&(Name, Written)| record.psd == Some(true) && *at != self.start;
        if let Some((suffix, _)) = found.iter().find(is_suffix) {
            let labels: Vec<&str> = self.start.as_str().split('.').collect();
            let below = suffix.as_str().split('.').count() + 1;
            return Name::new(&labels[labels.len() - below..].join("."));
        }
        let fewest = found.iter().min_by_key(|(at, _)| at.as_str().split('.').count());
        fewest.map_or_else(|| self.start.clone(), |(at, _)| at.clone())
    }

    /// §4.10.1: the record of the domain, else of the organizational domain, else of the suffix.
    fn policy(&self) -> Option<(Name, Policy)> {
        if let Some(own) = self.record(&self.start) {
            return Some((self.start.clone(), own.policies.0));
        }
        let found = self.walk();
        let organization = self.organization();
        let of_organization = found.iter().find(|(at, _)| *at == organization);
        let of_suffix = || found.iter().find(|(_, record)| record.psd == Some(true));
        let (at, record) = of_organization.or_else(of_suffix)?;
        Some((at.clone(), record.policies.1))
    }
}

/// The zone as a resolver tells it.
struct World<'z>(&'z Zone);

impl World<'_> {
    fn answer(&self, question: &Question) -> Answer {
        let domain = question.name.as_str().strip_prefix("_dmarc.").map(Name::new);
        let texts = domain.and_then(|domain| self.0.get(&domain)).map_or(&[][..], Vec::as_slice);
        let texts = texts.iter().filter(|_| question.rtype == Rtype::TXT);
        let record = |one: &Written| Record {
            name: question.name.clone(),
            ttl: 300,
            data: Data::Txt(Text::new(vec![one.text.as_bytes().to_vec()])),
        };
        let answers: Vec<Record> = texts.map(record).collect();
        let name = Name::new("ns.invalid");
        let soa = Soa {
            mname: name.clone(),
            rname: name.clone(),
            serial: 1,
            refresh: 1,
            retry: 1,
            expire: 1,
            minimum: 1,
        };
        let soa = Record { name: Name::new("."), ttl: 300, data: Data::Soa(soa) };
        let rcode = if answers.is_empty() { Rcode::NXDOMAIN } else { Rcode::NOERROR };
        let authority = if answers.is_empty() { vec![soa] } else { Vec::new() };
        Answer::from(Message { rcode, answers, authority, ..Message::default() })
    }
}

#[async_trait]
impl Net for World<'_> {
    async fn exchange(&self, request: Request) -> Response {
        match request {
            Request::Dns(question) => Response::Dns(self.answer(&question)),
            other => Response::failed(&other, Reason::NotRecorded),
        }
    }
}

#[async_trait]
impl Clock for World<'_> {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    async fn sleep_until(&self, _: DateTime<Utc>) {}
}

fn ours(zone: &Zone, domain: &Name) -> DmarcFacts {
    let world = World(zone);
    let (target, vantage, needs) =
        (Target::new(domain.clone()), Vantage::default(), Needs::default());
    let now = DateTime::UNIX_EPOCH;
    let view =
        View { target: &target, vantage: &vantage, needs: &needs, net: &world, clock: &world, now };
    Dmarc::observe(&view).now_or_never().expect("this world answers at once")
}

/// What mail-auth applies to mail of the domain. Every question is answered from the zone, so nobody is
/// asked.
fn theirs(authenticator: &MessageAuthenticator, zone: &Zone, domain: &Name) -> Theirs {
    let text = format!("From: a@{domain}\r\n\r\n");
    let message = AuthenticatedMessage::parse(text.as_bytes()).expect("a From field is a message");
    let spf = SpfOutput::default();
    let texts = Texts(|is_asked: &dyn Fn(&str) -> bool| {
        let is_at = |domain: &&Name| is_asked(&format!("_dmarc.{domain}."));
        let reference = |domain: &Name| Reference { zone, start: domain.clone() };
        let found = zone.keys().find(is_at).and_then(|domain| reference(domain).record(domain));
        match found.map(|one| TheirRecord::parse(one.text.as_bytes())) {
            Some(Ok(record)) => Txt::Dmarc(Arc::new(record)),
            Some(Err(error)) => Txt::Error(error),
            None => Txt::Error(Error::Dns(DnsError::RecordNotFound(ResponseCode::NXDomain))),
        }
    });
    let parameters = asking(DmarcParameters::new(&message, &[], "", &spf), &texts);
    let verified = authenticator.verify_dmarc(parameters).now_or_never();
    verified.expect("this world answers at once").policy()
}

/// That no record counts is the policy `none` there.
fn in_their_words(policy: Option<Policy>) -> Theirs {
    match policy {
        None | Some(Policy::None) => Theirs::None,
        Some(Policy::Quarantine) => Theirs::Quarantine,
        Some(Policy::Reject) => Theirs::Reject,
    }
}

#[test]
fn a_walk_comes_to_the_record_and_the_organization_that_the_rfc_names() {
    let (runtime, authenticator) = verifier();
    let _inside = runtime.enter();
    let config =
        ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |((domain, zone) in zones())| {
        let reference = Reference { zone: &zone, start: domain.clone() };
        let facts = ours(&zone, &domain);
        let expected = reference.policy();
        let found_at = expected.as_ref().map(|(at, _)| at.child("_dmarc"));
        let policy = expected.map(|(_, policy)| policy);
        prop_assert_eq!(&facts.found_at, &found_at, "the record of {}: {:?}", domain, zone);
        prop_assert_eq!(facts.policy, policy, "the policy of {}: {:?}", domain, zone);
        prop_assert_eq!(
            theirs(&authenticator, &zone, &domain),
            in_their_words(policy),
            "mail-auth's policy of {}: {:?}", domain, zone
        );
        let organization = reference.organization();
        // A long walk may skip the name, and then nothing is known of its record.
        let held = reference.walk().into_iter().find(|(at, _)| *at == organization);
        let told = facts.of_organization(&domain).map(|told| match told {
            Lookup::Found((name, text)) => (name, text.printable()),
            other => panic!("everything was answered: {other:?}"),
        });
        let expected = held.filter(|_| organization != domain);
        let expected = expected.map(|(at, record)| (at, record.text.to_owned()));
        prop_assert_eq!(told, expected, "the organization of {}: {:?}", domain, zone);
    });
}
