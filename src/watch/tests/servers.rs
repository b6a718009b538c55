//! Everything of a world but its DNS, without sockets: mail hosts, policy, registry, relay and
//! mailbox. What is wrong with each is a [`Mood`] that changes from look to look.

mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use vigie_checks::kernel::{
    Certificate, Clock, End, HelloReply, HttpsEnd, HttpsReply, HttpsRequest, MailboxError,
    MailboxQuery, MailboxReading, MailboxReport, Net, Octets, Page, Peer, Reason, Reply, Request,
    Response, SmtpScript, SmtpStep, SmtpTranscript, Stage, StoppedBy, Tape, Trust,
};
use vigie_lab::world::World;

use super::house::memory::Memory;
use crate::net::FixedClock;
use words::{EXPIRED, FOREIGN, POLICY, VALID, arrived, field, registration, session};

/// What is wrong with a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Talk {
    /// No connection comes about, or no greeting.
    Silence,
    /// The network carries nobody there.
    NoRoute,
    /// Nobody listens.
    Refused,
    /// The connection breaks, or the host hangs up.
    Reset(Stage),
    HangsUp(Stage),
    /// Each reply takes longer than anybody waits.
    Tarpit,
    /// The greeting takes 40 s.
    Slow,
    /// The greeting has no end.
    Endless,
    Says(Stage, u16, &'static str),
    /// The handshake ends with an alert.
    Alert,
    /// STARTTLS is not offered.
    Plain,
    /// 451 to the first try of every message (RFC 6647 §2.4).
    Greylists,
}

/// What is wrong with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Web {
    Silence,
    Refused,
    Reset,
    /// The handshake ends with an alert.
    Alert,
    Status(u16),
    /// Another host answers in its place, as where a network asks for a login first.
    Captured,
    /// The registry has the domain on hold.
    OnHold,
}

/// What is wrong with a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Post {
    Silence,
    Reset,
    LoginRefused,
    Alert,
    Garbage,
}

/// What is wrong with everybody at one moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Mood {
    /// Of port 25 wherever it is: our own way out.
    pub port_25: Option<Talk>,
    pub hosts: BTreeMap<IpAddr, Talk>,
    pub certificate_expired: bool,
    pub policy: Option<Web>,
    pub registry: Option<Web>,
    pub relay: Option<Talk>,
    pub mailbox: Option<Post>,
}

/// A message that was taken: when, and its header and body.
type Taken = HashMap<String, (DateTime<Utc>, String)>;

pub(super) struct Servers {
    dns: Memory,
    clock: Arc<FixedClock>,
    pub mood: Mutex<Mood>,
    /// Every fault that somebody met.
    pub met: Mutex<BTreeSet<String>>,
    taken: Mutex<Taken>,
    greylisted: Mutex<HashSet<String>>,
}

impl Servers {
    pub fn of(world: World, clock: Arc<FixedClock>) -> Self {
        Self {
            dns: Memory::of(world, &Tape::default()),
            clock,
            mood: Mutex::default(),
            met: Mutex::default(),
            taken: Mutex::default(),
            greylisted: Mutex::default(),
        }
    }

    fn meets(&self, whose: &str, fault: &impl std::fmt::Debug) {
        self.met.lock().unwrap().insert(format!("{whose} {fault:?}"));
    }

    fn smtp(&self, script: &SmtpScript) -> SmtpTranscript {
        let mood = self.mood.lock().unwrap().clone();
        let (address, fault) = match &script.peer {
            Peer::Learned { address, .. } => {
                let own = mood.hosts.get(address).copied();
                if let (Some(fault), None) = (own, mood.port_25) {
                    self.meets("a mail host:", &fault);
                }
                mood.port_25.iter().for_each(|fault| self.meets("port 25:", fault));
                (*address, mood.port_25.or(own))
            }
            Peer::Written { .. } => {
                mood.relay.iter().for_each(|fault| self.meets("the relay:", fault));
                ("192.0.2.26".parse().unwrap(), mood.relay)
            }
        };
        let fault = self.unless_known(script, fault);
        let certificate = if mood.certificate_expired { &EXPIRED } else { &VALID };
        let mut said = talk(script, fault, certificate);
        let is_reached = !matches!(said.end.by, StoppedBy::Unknown(Reason::Network));
        said.address = Some(address).filter(|_| is_reached || !said.steps.is_empty());
        if let Some(mail) = script.mail.as_ref().filter(|_| said.reply(Stage::Message).is_some()) {
            let now = self.clock.now();
            said.taken_at = Some(now);
            let id = field(&mail.message, "Message-ID");
            self.taken.lock().unwrap().insert(id, (now, mail.message.clone()));
        }
        said
    }

    /// A greylisting host takes the second try.
    fn unless_known(&self, script: &SmtpScript, fault: Option<Talk>) -> Option<Talk> {
        let (Some(Talk::Greylists), Some(mail)) = (fault, &script.mail) else { return fault };
        let is_new = self.greylisted.lock().unwrap().insert(field(&mail.message, "Message-ID"));
        is_new.then_some(Talk::Says(Stage::Rcpt, 451, "4.7.1 Greylisted, come back later"))
    }

    fn https(&self, request: &HttpsRequest) -> HttpsReply {
        let mood = self.mood.lock().unwrap().clone();
        let is_policy = request.target.ends_with("mta-sts.txt");
        let (whose, fault) =
            if is_policy { ("the policy:", mood.policy) } else { ("the registry:", mood.registry) };
        fault.iter().for_each(|fault| self.meets(whose, fault));
        let certificate: &[Certificate] =
            if fault == Some(Web::Captured) { &FOREIGN } else { &VALID };
        let status = match fault {
            Some(Web::Silence) => return HttpsReply::failed(Reason::Timeout),
            Some(Web::Refused) => return HttpsReply::ended(HttpsEnd::ConnectionRefused),
            Some(Web::Reset) => return HttpsReply::ended(HttpsEnd::Closed),
            Some(Web::Alert) => {
                return HttpsReply::ended(HttpsEnd::TlsFailed("HandshakeFailure".to_owned()));
            }
            Some(Web::Status(status)) => status,
            Some(Web::Captured | Web::OnHold) | None => 200,
        };
        let body = match status {
            200 if is_policy => POLICY.to_owned(),
            200 => registration(&request.target, fault == Some(Web::OnHold)),
            _ => "nothing to see".to_owned(),
        };
        let content_type = if is_policy { "text/plain" } else { "application/rdap+json" };
        let trust =
            if fault == Some(Web::Captured) { Trust::UnknownIssuer } else { Trust::Trusted };
        let page = Page {
            status,
            content_type: Some(content_type.to_owned()),
            body: Octets(body.into_bytes()),
            ..Page::default()
        };
        HttpsReply { tls: Some(session(certificate, trust)), end: HttpsEnd::Page(page) }
    }

    fn mailbox(&self, query: &MailboxQuery) -> MailboxReading {
        let fault = self.mood.lock().unwrap().mailbox;
        fault.iter().for_each(|fault| self.meets("the mailbox:", fault));
        let failed = |error| MailboxReading::Failed { error };
        match fault {
            Some(Post::Silence) => return MailboxReading::failed(Reason::Timeout),
            Some(Post::Reset) => return MailboxReading::failed(Reason::Network),
            Some(Post::LoginRefused) => return failed(MailboxError::Login),
            Some(Post::Alert) => return failed(MailboxError::Tls("alert".to_owned())),
            Some(Post::Garbage) => return failed(MailboxError::Protocol("no IMAP".to_owned())),
            None => {}
        }
        let taken = self.taken.lock().unwrap();
        let found = taken.get(&query.message_id).filter(|_| query.sought.copies());
        let found = found.map(|(at, message)| arrived(*at, message)).into_iter().collect();
        MailboxReading::Read(MailboxReport { found, ..MailboxReport::default() })
    }
}

#[async_trait]
impl Net for Servers {
    async fn exchange(&self, request: Request) -> Response {
        match &request {
            Request::Dns(_) => self.dns.exchange(request).await,
            Request::Smtp(script) => Response::Smtp(self.smtp(script).into()),
            Request::Https(request) => Response::Https(Box::new(self.https(request))),
            Request::Mailbox(query) => Response::Mailbox(Box::new(self.mailbox(query))),
            Request::Trust(_) => Response::Trust(Trust::Trusted),
            Request::Tls(_) | Request::Http(_) => Response::failed(&request, Reason::Timeout),
        }
    }
}

/// The stages that a script goes through, each with its reply.
fn stages(script: &SmtpScript) -> Vec<(Stage, u16, &'static str)> {
    let mut stages =
        vec![(Stage::Greeting, 220, "mail host"), (Stage::Ehlo, 250, "at your service")];
    if script.mail.is_none() {
        stages.push((Stage::Starttls, 220, "2.0.0 ready"));
        stages.push((Stage::EhloTls, 250, "at your service"));
    } else {
        stages.push((Stage::Auth, 235, "2.7.0 welcome"));
        stages.push((Stage::Mail, 250, "2.1.0 ok"));
        stages.push((Stage::Rcpt, 250, "2.1.5 ok"));
        stages.push((Stage::Data, 354, "go on"));
        stages.push((Stage::Message, 250, "2.0.0 queued"));
    }
    stages.push((Stage::Quit, 221, "2.0.0 bye"));
    stages
}

/// The conversation of a script with a host that has a fault.
fn talk(script: &SmtpScript, fault: Option<Talk>, certificate: &[Certificate]) -> SmtpTranscript {
    let unknown = |reason| StoppedBy::Unknown(reason);
    match fault {
        Some(Talk::Silence) => {
            return SmtpTranscript::ended(Stage::Connect, unknown(Reason::Timeout));
        }
        Some(Talk::NoRoute) => {
            return SmtpTranscript::ended(Stage::Connect, unknown(Reason::Network));
        }
        Some(Talk::Refused) => {
            return SmtpTranscript::ended(Stage::Connect, StoppedBy::ConnectionRefused);
        }
        Some(Talk::Endless) => return SmtpTranscript::ended(Stage::Greeting, StoppedBy::NotSmtp),
        _ => {}
    }
    let mut said = SmtpTranscript::ended(Stage::Quit, StoppedBy::Done);
    for (stage, code, words) in stages(script) {
        let stopped = match fault {
            Some(Talk::Reset(at)) if at == stage => Some(unknown(Reason::Network)),
            Some(Talk::HangsUp(at)) if at == stage => Some(StoppedBy::Closed),
            Some(Talk::Tarpit) if stage == Stage::Ehlo => Some(unknown(Reason::Timeout)),
            _ => None,
        };
        if let Some(by) = stopped {
            said.end = End { stage, by };
            return said;
        }
        if fault == Some(Talk::Plain) && matches!(stage, Stage::Starttls | Stage::EhloTls) {
            continue;
        }
        let other = match fault {
            Some(Talk::Says(at, code, words)) if at == stage => Some((code, words)),
            _ => None,
        };
        let (code, words) = other.unwrap_or((code, words));
        let reply = reply(stage, code, words, fault);
        let ms = if fault == Some(Talk::Slow) && stage == Stage::Greeting { 40_000 } else { 5 };
        said.steps.push(SmtpStep { stage, sent: None, reply, ms });
        if other.is_some() {
            said.end = End { stage, by: StoppedBy::Reply };
            return said;
        }
        if stage == Stage::Starttls
            && let Some(by) = handshake(script, fault, certificate, &mut said)
        {
            said.end = End { stage: Stage::Handshake, by };
            return said;
        }
    }
    said
}

/// What ends the conversation at the handshake, if anything does.
fn handshake(
    script: &SmtpScript,
    fault: Option<Talk>,
    certificate: &[Certificate],
    said: &mut SmtpTranscript,
) -> Option<StoppedBy> {
    match fault {
        Some(Talk::Reset(Stage::Handshake)) => Some(StoppedBy::Unknown(Reason::Network)),
        Some(Talk::HangsUp(Stage::Handshake)) => Some(StoppedBy::Closed),
        Some(Talk::Alert) => Some(StoppedBy::TlsFailed("HandshakeFailure".to_owned())),
        _ if script.hello.is_some() => {
            // protocol_version (RFC 8446 §6.2).
            said.hello = Some(HelloReply::Alert { description: 70 });
            Some(StoppedBy::Done)
        }
        _ => {
            said.tls = Some(session(certificate, Trust::Trusted));
            None
        }
    }
}

fn reply(stage: Stage, code: u16, words: &str, fault: Option<Talk>) -> Reply {
    let mut lines = vec![words.to_owned()];
    if matches!(stage, Stage::Ehlo | Stage::EhloTls) && code == 250 {
        lines.extend(["PIPELINING", "SIZE 10485760", "8BITMIME"].map(str::to_owned));
        if stage == Stage::Ehlo && fault != Some(Talk::Plain) {
            lines.push("STARTTLS".to_owned());
        }
    }
    Reply { code, lines }
}
