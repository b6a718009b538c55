//! From a question's message to its parts, and from a reply to octets.

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::DNSClass;
use hickory_proto::rr::rdata::opt::EdnsOption;

use super::{Asked, Question, Reply, Transport};

/// The largest answer over UDP, in octets (the DNS flag day of 2020).
pub(crate) const MAX_UDP_ANSWER: u16 = 1_232;

/// The largest answer over UDP to a question without EDNS (RFC 1035 §4.2.1).
const MAX_UDP_ANSWER_WITHOUT_EDNS: u16 = 512;

/// The code of the Extended DNS Error option (RFC 8914 §2).
const EDE_OPTION: u16 = 15;

/// The length of a message's header, in octets (RFC 1035 §4.1.1).
const HEADER_LEN: usize = 12;

/// The question of a message, or the code of the refusal it gets.
pub(crate) fn question_of(message: &Message, asked: Asked) -> Result<Question, ResponseCode> {
    if message.metadata.op_code != OpCode::Query {
        return Err(ResponseCode::NotImp);
    }
    if message.edns.as_ref().is_some_and(|edns| edns.version() > 0) {
        return Err(ResponseCode::BADVERS);
    }
    let [query] = message.queries.as_slice() else {
        return Err(ResponseCode::FormErr);
    };
    let mut name = query.name().clone();
    name.set_fqdn(true);
    let transfer = matches!(u16::from(query.query_type()), 251 | 252);
    if query.query_class() != DNSClass::IN || transfer {
        return Err(ResponseCode::Refused);
    }
    Ok(Question {
        name,
        rtype: query.query_type(),
        asked,
        checking_disabled: message.metadata.checking_disabled,
        dnssec_ok: message.edns.as_ref().is_some_and(|edns| edns.flags().dnssec_ok),
        authentic_data: message.metadata.authentic_data,
    })
}

/// The message that asks a question.
pub(crate) fn asking(question: &Question) -> Message {
    let mut message = Message::query();
    message.metadata.recursion_desired = question.asked.at.is_resolver();
    message.metadata.checking_disabled = question.checking_disabled;
    message.metadata.authentic_data = question.authentic_data;
    message.add_query(Query::query(question.name.clone(), question.rtype));
    let mut edns = Edns::new();
    edns.set_max_payload(MAX_UDP_ANSWER);
    edns.set_dnssec_ok(question.dnssec_ok);
    message.set_edns(edns);
    message
}

/// An empty answer to a message: same id, question, and EDNS where there was some.
pub(crate) fn answering(question: &Message, code: ResponseCode) -> Message {
    let mut reply = Message::response(question.metadata.id, question.metadata.op_code);
    reply.metadata.recursion_desired = question.metadata.recursion_desired;
    reply.metadata.checking_disabled = question.metadata.checking_disabled;
    reply.metadata.response_code = code;
    reply.add_queries(question.queries.iter().take(1).cloned());
    if let Some(asked) = &question.edns {
        let mut edns = Edns::new();
        edns.set_max_payload(MAX_UDP_ANSWER);
        edns.set_dnssec_ok(asked.flags().dnssec_ok);
        edns.set_rcode_high(code.high());
        reply.set_edns(edns);
    }
    reply
}

/// Adds an Extended DNS Error without text; only where the question had EDNS (RFC 8914 §3).
pub(crate) fn add_ede(reply: &mut Message, info_code: u16) {
    if let Some(edns) = &mut reply.edns {
        let option = EdnsOption::Unknown(EDE_OPTION, info_code.to_be_bytes().to_vec());
        edns.options_mut().insert(option);
    }
}

/// Reads what arrived. `Err(Some(reply))` is the FORMERR for what is no question, `Err(None)`
/// stands for what gets no answer at all.
pub(crate) fn decode(octets: &[u8]) -> Result<Message, Option<Vec<u8>>> {
    match Message::from_vec(octets) {
        // RFC 5625 §6.2 and common sense: an answer to an answer never ends.
        Ok(message) if message.metadata.message_type == MessageType::Response => Err(None),
        Ok(message) => Ok(message),
        Err(_) if octets.len() < HEADER_LEN || octets[2] & 0x80 != 0 => Err(None),
        Err(_) => {
            let id = u16::from_be_bytes([octets[0], octets[1]]);
            let reply = Message::error_msg(id, OpCode::Query, ResponseCode::FormErr);
            Err(reply.to_vec().ok())
        }
    }
}

/// The octets of a reply; over UDP cut to TC when they are more than the asker takes.
pub(crate) fn encode(reply: &Reply, question: &Message, transport: Transport) -> Option<Vec<u8>> {
    let message = match reply {
        Reply::Message(message) => message,
        Reply::Octets(octets) => return Some(octets.clone()),
        Reply::Silent | Reply::HangUp => return None,
    };
    let limit = match (transport, &question.edns) {
        (Transport::Tcp, _) => u16::MAX,
        (Transport::Udp, None) => MAX_UDP_ANSWER_WITHOUT_EDNS,
        (Transport::Udp, Some(edns)) => {
            edns.max_payload().clamp(MAX_UDP_ANSWER_WITHOUT_EDNS, MAX_UDP_ANSWER)
        }
    };
    match message.to_vec() {
        Ok(octets) if octets.len() <= usize::from(limit) => Some(octets),
        _ => message.truncate().to_vec().ok(),
    }
}
