//! The conversations that `mx` began, read for the session that STARTTLS set up; then one hello after
//! the other for what no session shows; the services of the domain; and what authorities publish.

mod authorities;
mod hellos;
mod pinned;
mod services;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use futures::future::{join, join_all};

use super::{Chain, Hellos, Host, Session, TlsFacts};
use crate::kernel::{
    Certificate, Lookup, Name, Reason, SmtpTranscript, Stage, StoppedBy, TlsSession, View,
};
use crate::mta_sts;
use crate::mx::{Heard, Mx};
use crate::records::certificate::{self, Reading, Validity};

/// Certificates by digest.
type Certificates = BTreeMap<String, Reading>;

pub async fn observe(view: &View<'_>) -> TlsFacts {
    let mut certificates = Certificates::new();
    let (mail, services) = join(mail_hosts(view), services::observe(view)).await;
    let in_mail = mail.iter().flatten().flat_map(|host| host.heard.values().filter_map(session));
    let in_services = services.iter().filter_map(|(_, seen)| seen.as_ref().ok());
    let authorities = authorities::observe(view, in_mail.chain(in_services)).await;
    let egress_blocked = mail.is_none();
    let mut hosts = Vec::new();
    for MailHost { name, heard, hellos, pinned } in mail.unwrap_or_default() {
        let sessions =
            heard.iter().map(|(address, said)| (*address, read(said, &mut certificates)));
        hosts.push(Host { name, addresses: sessions.collect(), hellos, pinned });
    }
    // It decides whether senders look at what DANE names, and what a certificate that ends soon will cost.
    let is_ending = |reading: &Reading| reading.validity(view.now) == Validity::Ending;
    let matters =
        hosts.iter().any(|host| host.pinned.is_some()) || certificates.values().any(is_ending);
    let mta_sts_enforced = match matters {
        true => Some(mta_sts::is_enforced(view).await),
        false => None,
    };
    let services = services::read(services, &mut certificates);
    TlsFacts { egress_blocked, hosts, services, certificates, authorities, mta_sts_enforced }
}

fn session(heard: &Heard) -> Option<&TlsSession> {
    match heard {
        Heard::Conversation(said) => said.tls.as_ref(),
        Heard::NoGreeting(_) => None,
    }
}

/// A mail host with what was asked of it.
struct MailHost {
    name: Name,
    heard: BTreeMap<IpAddr, Heard>,
    hellos: BTreeMap<IpAddr, Hellos>,
    pinned: Option<Lookup<BTreeSet<String>>>,
}

/// What each mail host said; nothing when port 25 is closed from here.
async fn mail_hosts(view: &View<'_>) -> Option<Vec<MailHost>> {
    let Some(mx) = view.needs.facts::<Mx>() else {
        return Some(Vec::new());
    };
    if mx.is_egress_blocked() {
        return None;
    }
    let conversations = mx.conversations(view).await;
    let hosts = conversations.into_iter().map(|(name, heard)| async {
        let pinned = async {
            let host = mx.hosts.iter().find(|host| host.name == name)?;
            pinned::observe(view, host, &heard).await
        };
        let (hellos, pinned) = join(hellos::observe(view, &name, &heard), pinned).await;
        MailHost { name, heard, hellos, pinned }
    });
    Some(join_all(hosts).await)
}

fn read(heard: &Heard, certificates: &mut Certificates) -> Session {
    match heard {
        Heard::Conversation(said) => match &said.tls {
            Some(session) => encrypted(session, certificates),
            None => Session::Untold { reason: why(said) },
        },
        Heard::NoGreeting(contact) => match contact.reason() {
            Some(reason) => Session::Untold { reason },
            None => Session::Unreachable,
        },
    }
}

fn encrypted(session: &TlsSession, certificates: &mut Certificates) -> Session {
    match chain(session, certificates) {
        Some(chain) => Session::Encrypted {
            version: session.version.clone(),
            cipher: session.cipher.clone(),
            chain,
        },
        None => Session::Untold { reason: Reason::Malformed },
    }
}

/// The chain as it was presented; nothing when its leaf cannot be read.
fn chain(session: &TlsSession, certificates: &mut Certificates) -> Option<Chain> {
    let read = |certificate: &Certificate| certificate::read(&certificate.der()?).ok();
    let leaf = read(session.chain.first()?)?;
    let mut keep = |reading: Reading| {
        let digest = reading.sha256.clone();
        certificates.insert(digest.clone(), reading);
        digest
    };
    Some(Chain {
        certificate: keep(leaf),
        above: session.chain.iter().skip(1).filter_map(read).map(keep).collect(),
        trust: session.trust,
    })
}

/// Why there is no session after a good greeting.
fn why(said: &SmtpTranscript) -> Reason {
    let last = said.reply(said.end.stage);
    match &said.end.by {
        StoppedBy::Unknown(reason) => *reason,
        StoppedBy::Closed => Reason::Network,
        StoppedBy::NotSmtp => Reason::Malformed,
        StoppedBy::Reply if last.is_some_and(|reply| reply.is_transient()) => Reason::RateLimited,
        StoppedBy::Done if said.reply(Stage::Ehlo).is_none() => Reason::Malformed,
        _ => Reason::NotOffered,
    }
}
