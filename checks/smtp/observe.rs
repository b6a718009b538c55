//! The conversations that `mx` began, read up to the answer to EHLO.

use super::{Host, Session, SmtpFacts};
use crate::kernel::{Reason, Reply, SmtpTranscript, Stage, StoppedBy, View};
use crate::mx::{Contact, Heard, Mx};
use crate::records::smtp_reply;

/// Extensions that are kept of a host's answer to EHLO.
const MOST_EXTENSIONS: usize = 40;

pub async fn observe(view: &View<'_>) -> SmtpFacts {
    let Some(mx) = view.needs.facts::<Mx>() else {
        return SmtpFacts::default();
    };
    if mx.is_egress_blocked() {
        return SmtpFacts { egress_blocked: true, hosts: Vec::new() };
    }
    let conversations = mx.conversations(view).await;
    let hosts = conversations.into_iter().map(|(name, heard)| Host {
        name,
        addresses: heard.iter().map(|(address, said)| (*address, read(said))).collect(),
    });
    SmtpFacts { egress_blocked: false, hosts: hosts.collect() }
}

fn read(heard: &Heard) -> Session {
    match heard {
        Heard::Conversation(said) => after_greeting(said),
        Heard::NoGreeting(Contact::Blocked) => Session::Blocked,
        Heard::NoGreeting(Contact::NoRoute) => Session::NoRoute,
        Heard::NoGreeting(contact) => match contact.reason() {
            Some(reason) => Session::Untold { reason },
            None => Session::Unreachable,
        },
    }
}

fn after_greeting(said: &SmtpTranscript) -> Session {
    let reason = match said.reply(Stage::Ehlo) {
        Some(ehlo) if ehlo.code == 250 => return offered(ehlo),
        Some(ehlo) if smtp_reply::blames_client(ehlo) => return Session::Blocked,
        Some(ehlo) if ehlo.is_transient() => Reason::RateLimited,
        Some(_) => Reason::NotOffered,
        None => match said.end.by {
            StoppedBy::Unknown(reason) => reason,
            StoppedBy::Closed => Reason::Network,
            _ => Reason::Malformed,
        },
    };
    Session::Untold { reason }
}

fn offered(ehlo: &Reply) -> Session {
    if smtp_reply::offers(ehlo, "STARTTLS") {
        return Session::Starttls;
    }
    let keyword = |line: &String| line.split([' ', '=']).next().map(str::to_ascii_uppercase);
    let mut extensions: Vec<String> =
        ehlo.lines.iter().skip(1).filter_map(keyword).take(MOST_EXTENSIONS).collect();
    extensions.sort();
    extensions.dedup();
    Session::NoStarttls { extensions }
}
