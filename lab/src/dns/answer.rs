//! What is answered to one question, faults included?

use std::net::IpAddr;
use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use vigie_scenario::FaultAnswer;

use super::Fault;
use super::compose::{Composed, compose};
use super::lookup::View;
use super::message::{add_ede, answering, asking, question_of};
use super::trust::Trust;
use crate::world::{Snapshot, World};

/// How a question travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// A datagram.
    Udp,
    /// A stream (RFC 7766).
    Tcp,
}

/// Who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The recursive resolver.
    Resolver,
    /// A zone's own server at this simulated address.
    Server(IpAddr),
}

impl At {
    /// Whether the resolver is asked.
    #[must_use]
    pub fn is_resolver(self) -> bool {
        self == Self::Resolver
    }
}

/// Who is asked, and how the question travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Who is asked.
    pub at: At,
    /// How the question travels.
    pub transport: Transport,
}

impl Asked {
    /// The resolver, by a datagram.
    pub const RESOLVER: Self = Self { at: At::Resolver, transport: Transport::Udp };
}

/// A question put to the world in memory.
#[derive(Debug, Clone)]
pub struct Question {
    /// The name; its case comes back.
    pub name: Name,
    /// The type.
    pub rtype: RecordType,
    /// Who is asked, and how.
    pub asked: Asked,
    /// CD: bogus data are wanted too (RFC 4035 §3.2.2).
    pub checking_disabled: bool,
    /// DO: DNSSEC records are understood (RFC 3225).
    pub dnssec_ok: bool,
    /// AD: the flag is understood (RFC 6840 §5.7).
    pub authentic_data: bool,
}

impl Question {
    /// A plain question to the resolver.
    #[must_use]
    pub fn new(name: Name, rtype: RecordType) -> Self {
        Self {
            name,
            rtype,
            asked: Asked::RESOLVER,
            checking_disabled: false,
            dnssec_ok: false,
            authentic_data: false,
        }
    }
}

/// What comes back.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A message; over UDP the sockets cut it to what the asker takes.
    Message(Box<Message>),
    /// Octets that are no message.
    Octets(Vec<u8>),
    /// Nothing.
    Silent,
    /// The stream is closed without an answer; over UDP nothing.
    HangUp,
}

impl Reply {
    fn message(message: Message) -> Self {
        Self::Message(Box::new(message))
    }
}

/// What comes back, and when.
#[derive(Debug, Clone)]
pub struct Answer {
    /// How long it takes.
    pub after: Duration,
    /// What comes back.
    pub reply: Reply,
}

impl Answer {
    fn at_once(reply: Reply) -> Self {
        Self { after: Duration::ZERO, reply }
    }
}

/// Answers a question without a socket.
#[must_use]
pub fn resolve(world: &World, question: &Question) -> Answer {
    respond(world, &asking(question), question)
}

/// Answers a question's message; the sockets and the world in memory share it.
#[must_use]
pub fn answer(world: &World, message: &Message, asked: Asked) -> Answer {
    match question_of(message, asked) {
        Ok(question) => respond(world, message, &question),
        Err(code) => Answer::at_once(Reply::message(answering(message, code))),
    }
}

pub(crate) fn respond(world: &World, message: &Message, question: &Question) -> Answer {
    let snapshot = world.snapshot();
    let view = match question.asked.at {
        At::Resolver if snapshot.resolver.silent => return Answer::at_once(Reply::Silent),
        At::Resolver => View::Resolver(&snapshot),
        At::Server(address) => {
            if let Some(reply) = unreached(&snapshot, address, question.asked.transport) {
                return Answer::at_once(reply);
            }
            View::Server(&snapshot, address)
        }
    };
    let mut composed = compose(view, question);
    if question.asked.at.is_resolver() {
        apply_manners(view, question, &mut composed);
    }
    let fault = composed.fault;
    let after = fault.map_or(Duration::ZERO, |fault| fault.after);
    let reply = write(message, question, composed, snapshot.resolver.validates);
    Answer {
        after,
        reply: match fault {
            Some(fault) => spoil(fault, question.asked.transport, reply),
            None => Reply::message(reply),
        },
    }
}

/// What comes back from an address where no name server is, or not over this transport.
fn unreached(snapshot: &Snapshot, address: IpAddr, transport: Transport) -> Option<Reply> {
    match transport {
        _ if !snapshot.is_name_server(address) => Some(match transport {
            Transport::Udp => Reply::Silent,
            Transport::Tcp => Reply::HangUp,
        }),
        Transport::Tcp if snapshot.refuses_tcp(address) => Some(Reply::HangUp),
        _ => None,
    }
}

/// What a resolver does to every answer.
fn apply_manners(view: View<'_>, question: &Question, composed: &mut Composed<'_>) {
    let manners = &view.snapshot().resolver;
    if let Some(address) = manners.rewrites_nxdomain
        && composed.code == ResponseCode::NXDomain
    {
        composed.code = ResponseCode::NoError;
        composed.authorities.clear();
        composed.trust = Trust::Insecure;
        composed.answers.extend(address_record(&question.name, question.rtype, address));
    }
    if manners.strips_soa {
        composed.authorities.clear();
    }
}

fn write(
    message: &Message,
    question: &Question,
    composed: Composed<'_>,
    validates: bool,
) -> Message {
    let mut reply = answering(message, composed.code);
    let resolver = question.asked.at.is_resolver();
    reply.metadata.recursion_available = resolver;
    reply.metadata.authoritative = composed.authoritative;
    // RFC 6840 §5.8: AD only for those who show that they understand it.
    reply.metadata.authentic_data = resolver
        && validates
        && composed.trust == Trust::Secure
        && !question.checking_disabled
        && (question.dnssec_ok || question.authentic_data);
    reply.answers = composed.answers;
    reply.authorities = composed.authorities;
    reply.additionals = composed.additionals;
    if let Some(info_code) = composed.ede {
        add_ede(&mut reply, info_code);
    }
    reply
}

/// The faults that lie in the message or its way, not in what it says.
fn spoil(fault: &Fault, transport: Transport, mut reply: Message) -> Reply {
    match (fault.answer, transport) {
        (FaultAnswer::Timeout, _) => Reply::Silent,
        (FaultAnswer::TruncateAndDropTcp, Transport::Tcp) => Reply::HangUp,
        (FaultAnswer::TruncateAndDropTcp | FaultAnswer::Truncate, Transport::Udp) => {
            Reply::message(reply.truncate())
        }
        (FaultAnswer::WrongId, _) => {
            reply.metadata.id = !reply.metadata.id;
            Reply::message(reply)
        }
        (FaultAnswer::NotAuthoritative, _) => {
            reply.metadata.authoritative = false;
            Reply::message(reply)
        }
        (FaultAnswer::Garbage, _) => {
            let [high, low] = reply.metadata.id.to_be_bytes();
            // A response that promises a question and an answer, and ends in a pointer to itself.
            Reply::Octets(vec![high, low, 0x80, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0xc0, 12])
        }
        _ => Reply::message(reply),
    }
}

/// The address as a record, when its family is the one asked for.
pub(crate) fn address_record(name: &Name, rtype: RecordType, address: IpAddr) -> Option<Record> {
    let data = match (address, rtype) {
        (IpAddr::V4(v4), RecordType::A) => RData::A(A(v4)),
        (IpAddr::V6(v6), RecordType::AAAA) => RData::AAAA(AAAA(v6)),
        _ => return None,
    };
    Some(Record::from_rdata(name.clone(), super::zone::DEFAULT_TTL, data))
}
