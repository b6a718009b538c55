//! What a name server of these tests says to octets that it was sent.

use hickory_proto::op::{Message, MessageType, OpCode, Query};
use hickory_proto::rr::rdata::A;
use hickory_proto::rr::{Name, RData, Record, RecordType};

/// How an answer is made, or spoilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    Answers,
    /// Bears another id.
    AnotherId,
    /// Repeats another question.
    AnotherQuestion,
    /// Sends the question back.
    Echoes,
    /// Is no DNS message.
    Garbage,
    /// Never comes.
    Silent,
}

impl Manner {
    /// The octets of the answer; none when it never comes.
    pub fn reply(self, asked: &[u8]) -> Option<Vec<u8>> {
        let query = Message::from_vec(asked).expect("vigie asks in DNS");
        let mut id = query.metadata.id;
        let mut question = query.queries[0].clone();
        match self {
            Self::Answers => {}
            Self::AnotherId => id = id.wrapping_add(1),
            Self::AnotherQuestion => {
                question = Query::query(Name::from_ascii("example.net.").unwrap(), RecordType::A);
            }
            Self::Echoes => return Some(asked.to_vec()),
            Self::Garbage => return Some(b"HTTP/1.1 400 Bad Request".to_vec()),
            Self::Silent => return None,
        }
        let mut reply = Message::new(id, MessageType::Response, OpCode::Query);
        reply.metadata.recursion_available = true;
        let data = RData::A(A::new(192, 0, 2, 1));
        reply.add_answer(Record::from_rdata(question.name().clone(), 300, data));
        reply.add_query(question);
        Some(reply.to_vec().expect("an answer can be written"))
    }
}
