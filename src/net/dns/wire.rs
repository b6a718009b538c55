//! DNS messages between octets and the kernel's values (RFC 1035 §4, 6891, 8914).

use hickory_proto::op::{Edns, Message as WireMessage, MessageType};
use hickory_proto::rr::rdata::opt::EdnsOption;
use hickory_proto::rr::{Name as WireName, RData, Record as WireRecord};
use hickory_proto::serialize::binary::{BinEncodable, BinEncoder};

use vigie_checks::kernel::{
    Data, Ede, Message, Mx, Name, Question, Rcode, Reason, Record, Rtype, Soa, Text,
};

/// Our UDP payload size: what passes without fragments (RFC 9715 §3).
const PAYLOAD: u16 = 1232;

const CLASS_IN: u16 = 1;
const TYPE_OPT: u16 = 41;

/// Octets of a name on the wire (RFC 1035 §2.3.4).
const LONGEST_NAME: usize = 255;

/// Extended errors kept of one message.
const EDE_LIMIT: usize = 8;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// A message with what only the transport needs to know.
pub struct Received {
    pub message: Message,
    pub truncated: bool,
}

/// The octets of a question under the id given (RFC 1035 §4.1, RFC 6891 §6.1.2). Written by ourselves: of
/// all that an audit does in itself, a general encoder takes a fourteenth.
pub fn encode(question: &Question, id: u16, recursion: bool) -> Result<Vec<u8>, Reason> {
    // RD; and AD: a resolver is to say whether it vouches for what it answers (RFC 6840 §5.7).
    let flags = if recursion { 0x0120 } else { 0 };
    let checking_disabled = if question.checking_disabled { 0x0010 } else { 0 };
    let dnssec_ok = if question.dnssec { 0x8000 } else { 0 };
    let mut octets = Vec::with_capacity(LONGEST_NAME + 32);
    // One question, and one additional record.
    put(&mut octets, &[id, flags | checking_disabled, 1, 0, 0, 1]);
    put_name(&mut octets, &question.name)?;
    put(&mut octets, &[question.rtype.0, CLASS_IN]);
    octets.push(0);
    put(&mut octets, &[TYPE_OPT, PAYLOAD, 0, dnssec_ok, 0]);
    Ok(octets)
}

fn put(octets: &mut Vec<u8>, fields: &[u16]) {
    octets.extend(fields.iter().flat_map(|field| field.to_be_bytes()));
}

fn put_name(octets: &mut Vec<u8>, name: &Name) -> Result<(), Reason> {
    if name.as_str().contains('\\') {
        let mut name = wire_name(name).ok_or(Reason::Malformed)?;
        name.set_fqdn(true);
        octets.extend(name.to_bytes().map_err(|_| Reason::Malformed)?);
        return Ok(());
    }
    let begin = octets.len();
    for label in name.as_str().split('.').filter(|_| !name.is_root()) {
        let length = u8::try_from(label.len()).ok().filter(|length| (1..=63).contains(length));
        octets.push(length.ok_or(Reason::Malformed)?);
        octets.extend_from_slice(label.as_bytes());
    }
    octets.push(0);
    if octets.len() - begin > LONGEST_NAME {
        return Err(Reason::Malformed);
    }
    Ok(())
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
        is(query.name(), &question.name) && u16::from(query.query_type()) == question.rtype.0
    });
    // FORMERR may come back without the question.
    let rcode = u16::from(wire.metadata.response_code);
    if !(matches || asked.is_none() && rcode == Rcode::FORMERR.0) {
        return None;
    }
    Some(Ok(Received {
        truncated: wire.metadata.truncation,
        message: message_of(&wire, &question.name, rcode, tcp),
    }))
}

fn message_of(wire: &WireMessage, asked: &Name, rcode: u16, tcp: bool) -> Message {
    // Most records of an answer have the name that was asked for.
    let name = |record: &WireRecord| match is(&record.name, asked) {
        true => asked.clone(),
        false => name_of(&record.name),
    };
    let kept = |records: &[WireRecord]| {
        records.iter().filter_map(|record| record_named(name(record), record)).collect()
    };
    Message {
        rcode: Rcode(rcode),
        authoritative: wire.metadata.authoritative,
        authenticated: wire.metadata.authentic_data,
        recursion_available: wire.metadata.recursion_available,
        tcp,
        answers: kept(&wire.answers),
        authority: kept(&wire.authorities),
        additional: kept(&wire.additionals),
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

/// Whether a name on the wire is this one.
fn is(wire: &WireName, name: &Name) -> bool {
    let written = name.as_str();
    if name.is_root() || written.contains('\\') {
        return name_of(wire) == *name;
    }
    let mut labels = written.split('.');
    let is_next = |label: &[u8]| {
        labels.next().is_some_and(|next| next.as_bytes().eq_ignore_ascii_case(label))
    };
    wire.iter().all(is_next) && labels.next().is_none()
}

/// As hickory writes it, but for a hyphen that a label begins with, which needs no escape.
fn name_of(name: &WireName) -> Name {
    if let Some(plain) = plain_name(name) {
        return plain;
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
fn plain_name(name: &WireName) -> Option<Name> {
    let is_plain = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
    let mut text = [b'.'; LONGEST_NAME];
    let mut length = 0;
    for label in name.iter() {
        if !label.iter().all(is_plain) {
            return None;
        }
        let begin = if length == 0 { 0 } else { length + 1 };
        length = begin + label.len();
        text.get_mut(begin..length)?.copy_from_slice(label);
    }
    std::str::from_utf8(&text[..length]).ok().map(Name::new)
}

/// A record in the kernel's form; nothing for what is not data (OPT).
pub fn record_of(record: &WireRecord) -> Option<Record> {
    record_named(name_of(&record.name), record)
}

fn record_named(name: Name, record: &WireRecord) -> Option<Record> {
    Some(Record { name, ttl: record.ttl, data: data_of(&record.data)? })
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
