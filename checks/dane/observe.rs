//! The questions of `dane`: TLSA of each mail host, and the conversations that `mx` began.

use std::collections::BTreeMap;
use std::net::IpAddr;

use chrono::DateTime;
use futures::future::{join, join_all};

use super::published::{of_host, vouched_set};
use super::{DaneFacts, Host, Presented, TopOfChain};
use crate::kernel::{Certificate, Name, Reason, TlsSession, View};
use crate::mx::{Heard, Mx, MxFacts, Unencrypted};
use crate::records::certificate::{self, Reading};
use crate::records::issuance::is_issued_by;
use crate::records::tlsa::{DANE_EE, DANE_TA, Tlsa};

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
        let presented = heard.into_iter().map(|(address, heard)| {
            let held_against = &held_against;
            async move { (address, held_against.heard(view, address, &heard).await) }
        });
        host.presented =
            join_all(presented).await.into_iter().collect::<BTreeMap<IpAddr, Presented>>();
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
    async fn heard(&self, view: &View<'_>, address: IpAddr, heard: &Heard) -> Presented {
        match heard {
            Heard::Conversation(said) => match &said.tls {
                Some(session) => self.session(session),
                None => match Unencrypted::of(view, self.host, address, said).await {
                    Unencrypted::NotOffered => Presented::NoStarttls,
                    Unencrypted::Refused => Presented::StarttlsRefused,
                    Unencrypted::HandshakeFails => Presented::HandshakeFails,
                    Unencrypted::Untold(reason) => Presented::Untold { reason },
                },
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
        // RFC 7671 §5.2: a record of usage 2 names what issued the leaf, never the leaf; it must be in
        // the chain, unless the record holds it whole.
        let above = chain.iter().skip(1).position(|der| stands(DANE_TA, der));
        Presented::Chain {
            leaf: leaf.sha256.clone(),
            length: chain.len(),
            matches_leaf: stands(DANE_EE, &chain[0]),
            names_leaf: stands(DANE_TA, &chain[0]),
            authority: above.map(|at| self.top_of(&readings[..=at + 1], &chain[..=at + 1])),
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
