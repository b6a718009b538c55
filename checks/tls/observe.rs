//! The conversations that `mx` began, read for the session that STARTTLS set up.

use std::collections::BTreeMap;

use super::{Host, Session, TlsFacts};
use crate::kernel::{Certificate, Reason, SmtpTranscript, Stage, StoppedBy, TlsSession, View};
use crate::mx::{Heard, Mx};
use crate::records::certificate::{self, Reading};

pub async fn observe(view: &View<'_>) -> TlsFacts {
    let Some(mx) = view.needs.facts::<Mx>() else {
        return TlsFacts::default();
    };
    if mx.is_egress_blocked() {
        return TlsFacts { egress_blocked: true, ..TlsFacts::default() };
    }
    let mut certificates = BTreeMap::new();
    let mut hosts = Vec::new();
    for (name, heard) in mx.conversations(view).await {
        let sessions =
            heard.iter().map(|(address, said)| (*address, read(said, &mut certificates)));
        hosts.push(Host { name, addresses: sessions.collect() });
    }
    TlsFacts { egress_blocked: false, hosts, certificates }
}

fn read(heard: &Heard, certificates: &mut BTreeMap<String, Reading>) -> Session {
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

fn encrypted(session: &TlsSession, certificates: &mut BTreeMap<String, Reading>) -> Session {
    let leaf = session.chain.first().and_then(Certificate::der);
    let Some(reading) = leaf.and_then(|der| certificate::read(&der).ok()) else {
        return Session::Untold { reason: Reason::Malformed };
    };
    let digest = reading.sha256.clone();
    certificates.insert(digest.clone(), reading);
    Session::Encrypted {
        version: session.version.clone(),
        cipher: session.cipher.clone(),
        certificate: digest,
        trust: session.trust,
    }
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
