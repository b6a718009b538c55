//! What a walk came to, as the message that a validating resolver would have sent.

use hickory_proto::dnssec::Proof;
use hickory_proto::dnssec::rdata::DNSSECRData;
use hickory_proto::op::{Message as WireMessage, ResponseCode};
use hickory_proto::rr::{Name as WireName, RData, Record as WireRecord};
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::recursor::RecursorError;
use vigie_checks::kernel::{Ede, Message, Question, Rcode, Reason, Record};

use crate::net::dns::wire::record_of;

/// RFC 8914 §4.7: DNSSEC bogus.
const BOGUS: u16 = 6;

/// RFC 8914 §4.23: no reachable authority.
const NO_REACHABLE_AUTHORITY: u16 = 22;

type Walked = Result<WireMessage, RecursorError>;

/// The message, or why there is none.
pub fn message(walked: Walked, question: &Question) -> Result<Message, Reason> {
    match walked {
        Ok(message) => Ok(answer(&message, question)),
        Err(RecursorError::Negative(negative)) => {
            let rcode = if negative.is_nx_domain() { Rcode::NXDOMAIN } else { Rcode::NOERROR };
            let soa = negative.soa.map(|soa| soa.into_record_of_rdata());
            let authority = negative.authorities.iter().flat_map(|records| records.iter());
            let authority: Vec<WireRecord> = soa.into_iter().chain(authority.cloned()).collect();
            Ok(denial(rcode, &authority, question))
        }
        Err(RecursorError::Net(NetError::Dns(error))) => Ok(of_dns(error, question)),
        Err(RecursorError::Timeout | RecursorError::Net(NetError::Timeout)) => Err(Reason::Timeout),
        // Referrals without an end, servers without an address, limits: nobody could be asked.
        Err(_) => Ok(failure(NO_REACHABLE_AUTHORITY)),
    }
}

fn of_dns(error: DnsError, question: &Question) -> Message {
    match error {
        DnsError::NoRecordsFound(none) => {
            let soa = none.soa.map(|soa| soa.into_record_of_rdata());
            let authority = none.authorities.iter().flat_map(|records| records.iter());
            let authority: Vec<WireRecord> = soa.into_iter().chain(authority.cloned()).collect();
            denial(Rcode(u16::from(none.response_code)), &authority, question)
        }
        DnsError::Nsec { query, response, proof, .. } => match proof {
            Proof::Insecure => plain(&response, question),
            _ if is_proven_expansion(&response, &query.name) => answer(&response, question),
            _ => failure(BOGUS),
        },
        DnsError::DnssecBogus => failure(BOGUS),
        _ => failure(NO_REACHABLE_AUTHORITY),
    }
}

fn answer(message: &WireMessage, question: &Question) -> Message {
    let proofs = || message.answers.iter().filter(|record| !is_signature(record)).map(|r| r.proof);
    // Data that were not to be checked bear no proof.
    if !question.checking_disabled && proofs().any(|proof| proof == Proof::Bogus) {
        return failure(BOGUS);
    }
    let mut said = plain(message, question);
    let is_secure = proofs().next().is_some() && proofs().all(|proof| proof.is_secure());
    said.authenticated = !question.checking_disabled && is_secure;
    said
}

/// The records, of which nothing is vouched for.
fn plain(message: &WireMessage, question: &Question) -> Message {
    Message {
        rcode: Rcode(u16::from(message.metadata.response_code)),
        recursion_available: true,
        answers: wanted(&message.answers, question),
        authority: wanted(&message.authorities, question),
        ..Message::default()
    }
}

/// RFC 3225 §3: records of DNSSEC that were not asked for come only to those who set DO.
fn wanted(records: &[WireRecord], question: &Question) -> Vec<Record> {
    let is_wanted = |record: &&WireRecord| {
        let rtype = record.record_type();
        question.dnssec || !rtype.is_dnssec() || u16::from(rtype) == question.rtype.0
    };
    records.iter().filter(is_wanted).filter_map(record_of).collect()
}

/// RFC 2308 §2: a negative answer with its SOA.
fn denial(rcode: Rcode, authority: &[WireRecord], question: &Question) -> Message {
    if rcode != Rcode::NXDOMAIN && rcode != Rcode::NOERROR {
        return failure(NO_REACHABLE_AUTHORITY);
    }
    let is_proven = authority.iter().any(|record| {
        record.proof.is_secure()
            && matches!(&record.data, RData::DNSSEC(DNSSECRData::NSEC(_) | DNSSECRData::NSEC3(_)))
    });
    Message {
        rcode,
        recursion_available: true,
        authenticated: !question.checking_disabled && is_proven,
        authority: wanted(authority, question),
        ..Message::default()
    }
}

fn failure(code: u16) -> Message {
    Message {
        rcode: Rcode::SERVFAIL,
        recursion_available: true,
        ede: vec![Ede { code, text: String::new() }],
        ..Message::default()
    }
}

fn is_signature(record: &WireRecord) -> bool {
    matches!(&record.data, RData::DNSSEC(DNSSECRData::RRSIG(_)))
}

/// Secure records from a wildcard, and a secure NSEC that denies the name asked for. Hickory also
/// wants the wildcard itself denied, which no zone can do that has it (RFC 4035 §5.3.4).
fn is_proven_expansion(message: &WireMessage, asked: &WireName) -> bool {
    let answers = || message.answers.iter().filter(|record| !is_signature(record));
    let denies = message.authorities.iter().any(|record| {
        let RData::DNSSEC(DNSSECRData::NSEC(nsec)) = &record.data else { return false };
        record.proof.is_secure()
            && record.name < *asked
            && (asked < nsec.next_domain_name()
                || *nsec.next_domain_name() <= record.name
                    && nsec.next_domain_name().zone_of(asked))
    });
    message.metadata.response_code == ResponseCode::NoError
        && answers().next().is_some()
        && answers().all(|record| record.proof.is_secure())
        && denies
}
