mod datagrams;
mod encrypted;
mod relayed;
mod server;

use hickory_proto::rr::rdata::A;
use hickory_proto::rr::{RData, Record as WireRecord};
use vigie_checks::kernel::{Answer, Name, Question, Rtype};

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
