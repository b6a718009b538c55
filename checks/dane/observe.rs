//! The questions of `dane`: TLSA of each mail host, and the conversations that `mx` began.

use std::collections::BTreeMap;
use std::net::IpAddr;

use chrono::DateTime;
use futures::future::{join, join_all};

use super::{DaneFacts, Host, Presented, TopOfChain};
use crate::kernel::{
    Answer, Certificate, Data, Name, Question, Rcode, Reason, Rtype, SmtpTranscript, Stage,
    StoppedBy, TlsSession, To, View, confirmed,
};
use crate::mx::{self, Heard, Mx, MxFacts};
use crate::records::certificate::{self, Reading};
use crate::records::issuance::is_issued_by;
use crate::records::smtp_reply;
use crate::records::tlsa::{DANE_EE, DANE_TA, Tlsa};

/// TLSA records that are read of one host.
const MOST_RECORDS: usize = 32;

/// Certificates that are read of one chain.
const LONGEST_CHAIN: usize = 10;

pub async fn observe(view: &View<'_>) -> DaneFacts {
    let Some(mx) = view.needs.facts::<Mx>() else { return DaneFacts::default() };
    let domain = &view.target.domain;
    let (mx_secure, mut hosts) =
        join(vouched_set(view, domain), join_all(mx.hosts.iter().map(|host| of_host(view, host))))
            .await;
    if hosts.iter().any(|host| host.usable().next().is_some()) && !mx.is_egress_blocked() {
        presented(view, mx, &mut hosts).await;
    }
    DaneFacts { mx_secure, hosts }
}

/// What the resolver vouches for.
enum Vouched {
    /// The records at the name, or not.
    Held(bool),
    /// That there are none, or not.
    Nothing(bool),
    Untold,
}

async fn vouched(view: &View<'_>, name: &Name, rtype: Rtype) -> Vouched {
    match view.net.dns(Question::new(name, rtype)).await {
        Answer::Message(said) if said.answers.iter().any(|r| r.data.rtype() == rtype) => {
            Vouched::Held(said.authenticated)
        }
        Answer::Message(said) if matches!(said.rcode, Rcode::NOERROR | Rcode::NXDOMAIN) => {
            Vouched::Nothing(said.authenticated)
        }
        _ => Vouched::Untold,
    }
}

/// RFC 5321 §5.1: a domain without MX is its own mail host, and its negative is vouched for or not.
async fn vouched_set(view: &View<'_>, domain: &Name) -> Option<bool> {
    match vouched(view, domain, Rtype::MX).await {
        Vouched::Held(is_secure) | Vouched::Nothing(is_secure) => Some(is_secure),
        Vouched::Untold => None,
    }
}

/// Addresses that are there count; a family without any does only where the other has none either.
async fn vouched_addresses(view: &View<'_>, host: &Name) -> Option<bool> {
    use Vouched::{Held, Nothing, Untold};
    match join(vouched(view, host, Rtype::A), vouched(view, host, Rtype::AAAA)).await {
        (Held(one), Held(other)) | (Nothing(one), Nothing(other)) => Some(one && other),
        (Held(one), _) | (_, Held(one)) => Some(one),
        (Untold, _) | (_, Untold) => None,
    }
}

async fn of_host(view: &View<'_>, host: &mx::Host) -> Host {
    let address_secure = vouched_addresses(view, &host.name).await;
    // RFC 7672 §2.2.2: the end of a signed alias is looked at first, then the name in the MX.
    let end = host.alias_of.as_ref().filter(|_| address_secure == Some(true));
    if let Some(end) = end {
        let at_end = at_base(view, &host.name, end, address_secure).await;
        if !at_end.tlsa.is_absent() {
            return Host { base: Some(end.clone()), ..at_end };
        }
    }
    at_base(view, &host.name, &host.name, address_secure).await
}

/// The records of a host that stand under `base`.
async fn at_base(view: &View<'_>, host: &Name, base: &Name, address_secure: Option<bool>) -> Host {
    let question = Question::new(&base.child("_25._tcp"), Rtype::TLSA);
    let tlsa = confirmed(view.net, question.clone()).await;
    let tlsa_secure = match view.net.dns(question.clone()).await {
        Answer::Message(said) => said.authenticated,
        Answer::Failed { .. } => false,
    };
    let fails_elsewhere = match (tlsa.reason(), view.vantage.resolvers) {
        (Some(reason), 2..) if is_failure(reason) => {
            let elsewhere = Question { to: To::OtherResolver, ..question };
            confirmed(view.net, elsewhere).await.reason().is_some_and(is_failure)
        }
        _ => false,
    };
    Host {
        name: host.clone(),
        base: None,
        address_secure,
        tlsa: tlsa.map(|records| read(&records)),
        tlsa_secure,
        fails_elsewhere,
        presented: BTreeMap::new(),
    }
}

fn is_failure(reason: Reason) -> bool {
    matches!(reason, Reason::Servfail | Reason::Timeout)
}

fn read(records: &[Data]) -> Vec<Tlsa> {
    let mut read: Vec<Tlsa> = records.iter().filter_map(Tlsa::read).take(MOST_RECORDS).collect();
    read.sort();
    read
}

async fn presented(view: &View<'_>, mx: &MxFacts, hosts: &mut [Host]) {
    for (name, heard) in mx.conversations(view).await {
        let Some(host) = hosts.iter_mut().find(|host| host.name == name) else { continue };
        let records: Vec<Tlsa> = host.usable().cloned().collect();
        if records.is_empty() {
            continue;
        }
        let (base, domain) = (host.base.clone(), &view.target.domain);
        let held_against =
            HeldAgainst { records: &records, host: &name, base: base.as_ref(), domain };
        host.presented = heard
            .iter()
            .map(|(address, heard)| (*address, held_against.heard(heard)))
            .collect::<BTreeMap<IpAddr, Presented>>();
    }
}

/// What a chain is held against.
pub(super) struct HeldAgainst<'a> {
    pub(super) records: &'a [Tlsa],
    pub(super) host: &'a Name,
    /// Where the records stand, if the host is an alias.
    pub(super) base: Option<&'a Name>,
    pub(super) domain: &'a Name,
}

impl HeldAgainst<'_> {
    fn heard(&self, heard: &Heard) -> Presented {
        match heard {
            Heard::Conversation(said) => match &said.tls {
                Some(session) => self.session(session),
                None => without_session(said),
            },
            Heard::NoGreeting(contact) => match contact.reason() {
                Some(reason) => Presented::Untold { reason },
                None => Presented::Unreachable,
            },
        }
    }

    pub(super) fn session(&self, session: &TlsSession) -> Presented {
        let shown = session.chain.iter().take(LONGEST_CHAIN).map(Certificate::der);
        let chain: Option<Vec<Vec<u8>>> = shown.collect();
        let chain = chain.unwrap_or_default();
        let readings: Result<Vec<Reading>, _> =
            chain.iter().map(|der| certificate::read(der)).collect();
        let Ok(readings) = readings else { return Presented::Untold { reason: Reason::Malformed } };
        let Some(leaf) = readings.first() else {
            return Presented::Untold { reason: Reason::Malformed };
        };
        let stands = |usage, der: &[u8]| {
            self.records.iter().any(|record| record.usage == usage && record.stands_for(der))
        };
        // RFC 7671 §5.2.2: the authority must be in the chain, unless the record holds it whole.
        let at = chain.iter().position(|der| stands(DANE_TA, der));
        Presented::Chain {
            leaf: leaf.sha256.clone(),
            length: chain.len(),
            matches_leaf: stands(DANE_EE, &chain[0]),
            authority: at.map(|at| self.top_of(&readings[..=at], &chain[..=at])),
            validity_days: (leaf.not_after - leaf.not_before).num_days(),
        }
    }

    fn top_of(&self, way: &[Reading], chain: &[Vec<u8>]) -> TopOfChain {
        // RFC 7672 §3.2.2: the next-hop domain is a reference name beside the host and its base.
        let mut references = [self.host, self.domain].into_iter().chain(self.base);
        TopOfChain {
            is_linked: chain.windows(2).all(|pair| is_issued_by(&pair[0], &pair[1])),
            names_host: references
                .any(|name| way.first().is_some_and(|leaf| leaf.names_host(name))),
            not_after: way.iter().map(|one| one.not_after).min().unwrap_or(DateTime::UNIX_EPOCH),
        }
    }
}

/// Why there is no session after a good greeting.
fn without_session(said: &SmtpTranscript) -> Presented {
    let reason = match (said.reply(Stage::Ehlo), &said.end.by) {
        (Some(ehlo), _) if ehlo.code == 250 && !smtp_reply::offers(ehlo, "STARTTLS") => {
            return Presented::NoStarttls;
        }
        (_, StoppedBy::Unknown(reason)) => *reason,
        (_, StoppedBy::Closed) => Reason::Network,
        _ => Reason::NotOffered,
    };
    Presented::Untold { reason }
}
