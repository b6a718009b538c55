//! The conversations that `mx` began, read beyond their greeting; and, with the owner's consent, one
//! more with each host.

use std::collections::BTreeMap;
use std::net::IpAddr;

use futures::future::{join, join_all};

use super::consent::{self, Answers};
use super::{Host, Offer, Service, Session, SmtpFacts, Starttls};
use crate::kernel::{
    Name, Reason, Reply, ServiceTls, SmtpScript, SmtpTranscript, Stage, StoppedBy, View,
};
use crate::mx::{Contact, Heard, Mx, MxFacts};
use crate::records::smtp_reply;

/// Extensions that are kept of a host's answer to EHLO.
const MOST_EXTENSIONS: usize = 40;

/// Characters of a failed handshake's words that are kept.
const LONGEST_WORDS: usize = 120;

/// A greeting that takes longer is missed by many clients, though RFC 5321 §4.5.3.2.1 has them wait
/// five minutes.
const SLOW_MS: u64 = 30_000;

pub async fn observe(view: &View<'_>) -> SmtpFacts {
    let Some(mx) = view.needs.facts::<Mx>() else {
        return SmtpFacts::default();
    };
    let egress_blocked = mx.is_egress_blocked();
    let (hosts, services) = join(hosts(view, mx), services(view)).await;
    SmtpFacts { egress_blocked, hosts, services }
}

async fn hosts(view: &View<'_>, mx: &MxFacts) -> Vec<Host> {
    if mx.is_egress_blocked() {
        return Vec::new();
    }
    let conversations = mx.conversations(view).await;
    join_all(conversations.into_iter().map(|(name, heard)| host(view, name, heard))).await
}

/// What users meet where they hand in mail: not port 25, so the way out does not matter.
async fn services(view: &View<'_>) -> BTreeMap<String, Service> {
    let services = view.target.services_asked();
    let asked = services.filter(|service| service.tls == ServiceTls::SmtpStarttls);
    let asked = asked.map(|service| async {
        let script = SmtpScript::of_service(service, &view.vantage.helo);
        let said = view.net.smtp(script).await;
        (service.url.clone(), service_of(&read(&Heard::of(said))))
    });
    join_all(asked).await.into_iter().collect()
}

/// A service without a word is not known to have none: it may be down for an hour.
fn service_of(session: &Session) -> Service {
    let reason = match session {
        Session::Open(offer) => return Service::Open { plain_auth: offer.plain_auth },
        Session::Untold { reason } => *reason,
        Session::Blocked => Reason::RateLimited,
        Session::NotSmtp => Reason::Malformed,
        Session::NoRoute => Reason::Network,
        Session::Unreachable | Session::Rejects | Session::EhloRefused { .. } => Reason::NotOffered,
    };
    Service::Untold { reason }
}

async fn host(view: &View<'_>, name: Name, heard: BTreeMap<IpAddr, Heard>) -> Host {
    let addresses: BTreeMap<IpAddr, Session> =
        heard.iter().map(|(address, said)| (*address, read(said))).collect();
    let open = addresses.iter().find(|(_, session)| matches!(session, Session::Open(_)));
    let answers = match open {
        Some((address, _)) if view.target.intrusive => {
            let domain = &view.target.domain;
            let asks = consent::questions(domain, view.vantage);
            let script = SmtpScript::question(*address, &name, &view.vantage.helo, asks);
            let said = view.net.smtp(script).await;
            Some(Answers::of(&said, domain, view.vantage))
        }
        _ => None,
    };
    Host { name, addresses, answers }
}

fn read(heard: &Heard) -> Session {
    match heard {
        Heard::Conversation(said) => after_greeting(said),
        Heard::NoGreeting(contact) => match contact {
            Contact::Blocked => Session::Blocked,
            Contact::NoRoute => Session::NoRoute,
            Contact::Rejects => Session::Rejects,
            Contact::NotSmtp => Session::NotSmtp,
            other => match other.reason() {
                Some(reason) => Session::Untold { reason },
                None => Session::Unreachable,
            },
        },
    }
}

fn after_greeting(said: &SmtpTranscript) -> Session {
    let reason = match said.reply(Stage::Ehlo) {
        Some(ehlo) if ehlo.code == 250 => return Session::Open(offered(said, ehlo)),
        Some(ehlo) if smtp_reply::blames_client(ehlo, said.address) => return Session::Blocked,
        Some(ehlo) if ehlo.is_permanent() => return Session::EhloRefused { code: ehlo.code },
        Some(ehlo) if ehlo.is_transient() => Reason::RateLimited,
        Some(_) => return Session::NotSmtp,
        None => match said.end.by {
            StoppedBy::NotSmtp => return Session::NotSmtp,
            StoppedBy::Unknown(reason) => reason,
            StoppedBy::Closed => Reason::Network,
            _ => Reason::Malformed,
        },
    };
    Session::Untold { reason }
}

fn offered(said: &SmtpTranscript, ehlo: &Reply) -> Offer {
    let keyword = |line: &String| line.split([' ', '=']).next().map(str::to_ascii_uppercase);
    let mut extensions: Vec<String> =
        ehlo.lines.iter().skip(1).filter_map(keyword).take(MOST_EXTENSIONS).collect();
    extensions.sort();
    extensions.dedup();
    let size = smtp_reply::parameters(ehlo, "SIZE").and_then(|words| words.first()?.parse().ok());
    let greeting = said.steps.iter().find(|step| step.stage == Stage::Greeting);
    Offer {
        extensions,
        size,
        starttls: starttls(said, ehlo),
        plain_auth: takes_passwords(ehlo),
        slow_greeting: greeting.is_some_and(|step| step.ms > SLOW_MS),
    }
}

fn takes_passwords(ehlo: &Reply) -> bool {
    let mechanisms = smtp_reply::parameters(ehlo, "AUTH").unwrap_or_default();
    mechanisms.iter().any(|mechanism| matches!(mechanism.as_str(), "PLAIN" | "LOGIN"))
}

fn starttls(said: &SmtpTranscript, ehlo: &Reply) -> Starttls {
    if !smtp_reply::offers(ehlo, "STARTTLS") {
        return Starttls::NotOffered;
    }
    if said.tls.is_some() {
        return Starttls::Works;
    }
    match (said.reply(Stage::Starttls), &said.end.by) {
        // RFC 3207 §4: 454 says that TLS is not available, for whoever asks.
        (Some(reply), _) if reply.code == 454 => Starttls::Refused { code: 454 },
        (Some(reply), _)
            if smtp_reply::blames_client(reply, said.address) || reply.is_transient() =>
        {
            Starttls::Untold { reason: Reason::RateLimited }
        }
        (Some(reply), _) if reply.code != 220 => Starttls::Refused { code: reply.code },
        (_, StoppedBy::TlsFailed(words)) if words.contains("ProtocolVersion") => {
            Starttls::OtherVersions
        }
        (_, StoppedBy::TlsFailed(words)) => {
            Starttls::Fails { words: words.chars().take(LONGEST_WORDS).collect() }
        }
        (_, StoppedBy::Unknown(reason)) => Starttls::Untold { reason: *reason },
        (_, StoppedBy::NotSmtp) => Starttls::Untold { reason: Reason::Malformed },
        _ => Starttls::Untold { reason: Reason::Network },
    }
}
