//! The TLSA records of a mail host, and whether the resolver vouches for what leads to them.

use std::collections::BTreeMap;

use futures::future::join;

use super::Host;
use crate::kernel::{Answer, Data, Name, Question, Rcode, Reason, Rtype, To, View, confirmed};
use crate::mx;
use crate::records::tlsa::Tlsa;

/// TLSA records that are read of one host.
const MOST_RECORDS: usize = 32;

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
pub async fn vouched_set(view: &View<'_>, domain: &Name) -> Option<bool> {
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

/// A host with its records; what it presents is not looked at.
pub async fn of_host(view: &View<'_>, host: &mx::Host) -> Host {
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
    matches!(reason, Reason::Servfail | Reason::Bogus | Reason::Timeout)
}

fn read(records: &[Data]) -> Vec<Tlsa> {
    let mut read: Vec<Tlsa> = records.iter().filter_map(Tlsa::read).take(MOST_RECORDS).collect();
    read.sort();
    read
}
