//! DNS messages between octets and the kernel's values (RFC 1035 §4, 6891, 8914).

use hickory_proto::op::{Edns, Message as WireMessage, MessageType, OpCode, Query};
use hickory_proto::rr::rdata::opt::EdnsOption;
use hickory_proto::rr::{Name as WireName, RData, Record as WireRecord, RecordType};
use hickory_proto::serialize::binary::{BinEncodable, BinEncoder};

use vigie_checks::kernel::{
    Data, Ede, Message, Mx, Name, Question, Rcode, Reason, Record, Rtype, Soa, Text,
};

/// Our UDP payload size: what passes without fragments (RFC 9715 §3).
const PAYLOAD: u16 = 1232;

/// Extended errors kept of one message.
const EDE_LIMIT: usize = 8;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// A message with what only the transport needs to know.
pub struct Received {
    pub message: Message,
    pub truncated: bool,
}

/// The octets of a question under the id given.
pub fn encode(question: &Question, id: u16, recursion: bool) -> Result<Vec<u8>, Reason> {
    let mut name = wire_name(&question.name).ok_or(Reason::Malformed)?;
    name.set_fqdn(true);
    let mut message = WireMessage::new(id, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = recursion;
    // RFC 6840 §5.7: a resolver is to say whether it vouches for what it answers.
    message.metadata.authentic_data = recursion;
    message.metadata.checking_disabled = question.checking_disabled;
    message.add_query(Query::query(name, RecordType::from(question.rtype.0)));
    let mut edns = Edns::new();
    edns.set_max_payload(PAYLOAD);
    edns.set_dnssec_ok(question.dnssec);
    message.set_edns(edns);
    message.to_vec().map_err(|_| Reason::Malformed)
}

/// RFC 2181 §11: any octets may stand in a name; hickory takes a text for a host name, whose labels begin
/// with no hyphen.
pub fn wire_name(name: &Name) -> Option<WireName> {
    if name.as_str().contains('\\') {
        return WireName::from_ascii(name.as_str()).ok();
    }
    WireName::from_labels(name.labels().into_iter().map(str::as_bytes)).ok()
}

/// Reads the answer to a question: its id, its question section and that it is an answer at all
/// must match, else it is somebody else's (RFC 5452 §9.1) and `None`.
pub fn decode(
    octets: &[u8],
    question: &Question,
    id: u16,
    tcp: bool,
) -> Option<Result<Received, Reason>> {
    let [high, low, ..] = octets else { return None };
    if u16::from_be_bytes([*high, *low]) != id {
        return None;
    }
    let Ok(wire) = WireMessage::from_vec(octets) else {
        return Some(Err(Reason::Malformed));
    };
    if wire.metadata.message_type != MessageType::Response {
        return None;
    }
    let asked = wire.queries.first();
    let matches = asked.is_some_and(|query| {
        name_of(query.name()) == question.name && u16::from(query.query_type()) == question.rtype.0
    });
    // FORMERR may come back without the question.
    let rcode = u16::from(wire.metadata.response_code);
    if !(matches || asked.is_none() && rcode == Rcode::FORMERR.0) {
        return None;
    }
    Some(Ok(Received {
        truncated: wire.metadata.truncation,
        message: message_of(&wire, rcode, tcp),
    }))
}

fn message_of(wire: &WireMessage, rcode: u16, tcp: bool) -> Message {
    Message {
        rcode: Rcode(rcode),
        authoritative: wire.metadata.authoritative,
        authenticated: wire.metadata.authentic_data,
        recursion_available: wire.metadata.recursion_available,
        tcp,
        answers: wire.answers.iter().filter_map(record_of).collect(),
        authority: wire.authorities.iter().filter_map(record_of).collect(),
        additional: wire.additionals.iter().filter_map(record_of).collect(),
        ede: wire.edns.as_ref().map(extended_errors).unwrap_or_default(),
    }
}

fn extended_errors(edns: &Edns) -> Vec<Ede> {
    let options = edns.options().as_ref().iter();
    let ours = options.filter(|(code, _)| u16::from(*code) == 15);
    ours.take(EDE_LIMIT)
        .filter_map(|(_, option)| match option {
            EdnsOption::Unknown(_, octets) => read_extended_error(octets),
            _ => None,
        })
        .collect()
}

/// RFC 8914 §2: a 16-bit code and UTF-8 text.
fn read_extended_error(octets: &[u8]) -> Option<Ede> {
    let [high, low, text @ ..] = octets else { return None };
    let text = String::from_utf8_lossy(text);
    let printable = text.chars().filter(|c| !c.is_control()).take(200).collect();
    Some(Ede { code: u16::from_be_bytes([*high, *low]), text: printable })
}

/// As hickory writes it, but for a hyphen that a label begins with, which needs no escape.
fn name_of(name: &WireName) -> Name {
    if let Some(plain) = plain_name(name) {
        return Name::new(&plain);
    }
    let written = Name::new(&name.to_ascii());
    if !written.as_str().contains("\\-") {
        return written;
    }
    let plain = |label: &str| match label.strip_prefix("\\-") {
        Some(rest) => format!("-{rest}"),
        None => label.to_owned(),
    };
    Name::new(&written.labels().into_iter().map(plain).collect::<Vec<_>>().join("."))
}

/// Nearly every name: labels of letters, digits, hyphens and underscores, which need no escape.
fn plain_name(name: &WireName) -> Option<String> {
    let is_plain = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
    let mut octets = Vec::with_capacity(name.len());
    for label in name.iter() {
        if !label.iter().all(is_plain) {
            return None;
        }
        if !octets.is_empty() {
            octets.push(b'.');
        }
        octets.extend_from_slice(label);
    }
    String::from_utf8(octets).ok()
}

/// A record in the kernel's form; nothing for what is not data (OPT).
pub fn record_of(record: &WireRecord) -> Option<Record> {
    Some(Record { name: name_of(&record.name), ttl: record.ttl, data: data_of(&record.data)? })
}

fn data_of(data: &RData) -> Option<Data> {
    Some(match data {
        RData::A(address) => Data::A(address.0),
        RData::AAAA(address) => Data::Aaaa(address.0),
        RData::CNAME(target) => Data::Cname(name_of(&target.0)),
        RData::NS(host) => Data::Ns(name_of(&host.0)),
        RData::PTR(host) => Data::Ptr(name_of(&host.0)),
        RData::MX(mx) => {
            Data::Mx(Mx { preference: mx.preference, exchange: name_of(&mx.exchange) })
        }
        RData::TXT(txt) => {
            Data::Txt(Text::new(txt.txt_data.iter().map(|string| string.to_vec()).collect()))
        }
        RData::SOA(soa) => Data::Soa(Soa {
            mname: name_of(&soa.mname),
            rname: name_of(&soa.rname),
            serial: soa.serial,
            refresh: soa.refresh.unsigned_abs(),
            retry: soa.retry.unsigned_abs(),
            expire: soa.expire.unsigned_abs(),
            minimum: soa.minimum,
        }),
        RData::OPT(_) => return None,
        other => Data::Other { rtype: Rtype(u16::from(other.record_type())), hex: hex_of(other)? },
    })
}

fn hex_of(data: &RData) -> Option<String> {
    let mut octets = Vec::new();
    data.emit(&mut BinEncoder::new(&mut octets)).ok()?;
    let digits = octets.iter().flat_map(|octet| [octet >> 4, octet & 0xf]);
    Some(digits.map(|digit| char::from(HEX[usize::from(digit)])).collect())
}
