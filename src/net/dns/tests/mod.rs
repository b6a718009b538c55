mod datagrams;
mod encrypted;
mod relayed;
mod server;

use hickory_proto::op::{Message as WireMessage, MessageType, OpCode, Query};
use hickory_proto::rr::rdata::A;
use hickory_proto::rr::{DNSClass, Name as WireName, RData, Record as WireRecord, RecordType};
use vigie_checks::kernel::{Answer, Name, Question, Reason, Rtype};

use super::wire;

fn question() -> Question {
    Question::new(&Name::new("example.com"), Rtype::A)
}

/// The answer in a word: its addresses, or the reason why there is none.
fn said(answer: &Answer) -> String {
    match answer {
        Answer::Message(message) => {
            let records = message.answers.iter().map(|record| format!("{:?}", record.data));
            records.collect::<Vec<_>>().join(" ")
        }
        Answer::Failed { reason } => reason.to_string(),
    }
}

#[test]
fn a_resolver_is_asked_whether_it_vouches_for_its_answer_and_a_server_is_not() {
    for recursion in [true, false] {
        let octets = wire::encode(&question(), 7, recursion).unwrap();
        let (desired, authentic) = (octets[2] & 1 != 0, octets[3] & 0x20 != 0);
        assert_eq!((desired, authentic), (recursion, recursion));
    }
}

/// Of any names and options, what goes out is read by another implementation as it was meant.
#[test]
fn a_question_is_written_as_the_protocol_has_it() {
    let names =
        [".", "com", "_25._tcp.MX-1.example.com", "-lead.example.com", "a\\.b.example.com", "é.fr"];
    let longest = [&*"a".repeat(63); 3].join(".") + "." + &"b".repeat(61);
    for (number, written) in names.into_iter().chain([&*longest]).enumerate() {
        for flags in 0..8 {
            let [checking_disabled, dnssec, recursion] =
                [flags & 1 != 0, flags & 2 != 0, flags & 4 != 0];
            let question = Question {
                checking_disabled,
                dnssec,
                ..Question::new(&Name::new(written), Rtype(250 + flags))
            };
            let id = u16::try_from(number).unwrap() * 251;
            let octets = wire::encode(&question, id, recursion).unwrap();
            let read = WireMessage::from_vec(&octets).unwrap();
            assert_eq!(read.metadata.id, id);
            assert_eq!(read.metadata.message_type, MessageType::Query);
            assert_eq!(read.metadata.op_code, OpCode::Query);
            assert_eq!(read.metadata.checking_disabled, checking_disabled);
            assert_eq!(read.metadata.recursion_desired, recursion);
            assert_eq!(read.metadata.authentic_data, recursion);
            assert_eq!((read.queries.len(), read.answers.len()), (1, 0));
            let mut name = wire::wire_name(&question.name).unwrap();
            name.set_fqdn(true);
            assert_eq!(read.queries[0].name(), &name);
            assert_eq!(u16::from(read.queries[0].query_type()), question.rtype.0);
            assert_eq!(read.queries[0].query_class(), DNSClass::IN);
            let edns = read.edns.as_ref().unwrap();
            assert_eq!((edns.max_payload(), edns.version()), (1232, 0));
            assert_eq!(edns.flags().dnssec_ok, dnssec);
            assert_eq!(read.to_vec().unwrap(), octets, "{written}");
        }
    }
    let too_long = [longest.as_str(), "c"].join(".");
    for written in ["a..b", &"a".repeat(64), &too_long] {
        let question = Question::new(&Name::new(written), Rtype::A);
        assert_eq!(wire::encode(&question, 1, true), Err(Reason::Malformed), "{written}");
    }
}

/// RFC 5452 §9.1: only an answer that repeats the question is one to it.
#[test]
fn an_answer_to_another_name_is_none() {
    let answers = |asked: &str, labels: &[&[u8]]| {
        let question = Question::new(&Name::new(asked), Rtype::A);
        let name = WireName::from_labels(labels.iter().copied()).unwrap();
        let mut reply = WireMessage::new(7, MessageType::Response, OpCode::Query);
        reply.add_query(Query::query(name.clone(), RecordType::A));
        reply.add_answer(WireRecord::from_rdata(name, 60, RData::A(A::new(192, 0, 2, 1))));
        let decoded = wire::decode(&reply.to_vec().unwrap(), &question, 7, false);
        let received = decoded?.unwrap_or_else(|reason| panic!("{asked}: {reason}"));
        assert_eq!(received.message.answers[0].name, question.name);
        Some(())
    };
    let com: &[u8] = b"com";
    assert_eq!(answers(".", &[]), Some(()));
    assert_eq!(answers(".", &[com]), None);
    assert_eq!(answers("com", &[]), None);
    assert_eq!(answers("a.com", &[b"A", b"Com"]), Some(()), "case says nothing");
    for other in
        [&[b"b".as_slice(), com][..], &[com], &[b"a", b"a", com], &[b"a", com, b"x"], &[b"a.com"]]
    {
        assert_eq!(answers("a.com", other), None, "{other:?}");
    }
    assert_eq!(answers("a\\.b.com", &[b"a.b", com]), Some(()));
    assert_eq!(answers("a\\.b.com", &[b"a\\", b"b", com]), None, "a dot that ends a label");
}

#[test]
fn a_name_comes_back_from_the_wire_as_it_went() {
    for written in
        [".", "example.com", "_25._tcp.MX-1.example.com", "-lead.example.com", "a\\.b.example.com"]
    {
        let name = Name::new(written);
        let on_the_wire = wire::wire_name(&name).unwrap();
        let record = WireRecord::from_rdata(on_the_wire, 60, RData::A(A::new(192, 0, 2, 1)));
        assert_eq!(wire::record_of(&record).unwrap().name, name);
    }
}
