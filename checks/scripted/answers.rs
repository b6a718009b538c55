//! Answers of a resolver.

use crate::kernel::{Answer, Data, Message, Name, Rcode, Record, Soa};

/// NOERROR with these records at the name.
pub fn holding(name: &str, data: Vec<Data>) -> Answer {
    let record = |data| Record { name: Name::new(name), ttl: 300, data };
    Answer::from(Message { answers: data.into_iter().map(record).collect(), ..Message::default() })
}

/// An alias of a name with this address, in one answer.
pub fn alias(name: &str, to: &str, address: &str) -> Answer {
    let address = Data::A(address.parse().expect("written in a test"));
    let record = |name, data| Record { name: Name::new(name), ttl: 300, data };
    let answers = vec![record(name, Data::Cname(Name::new(to))), record(to, address)];
    Answer::from(Message { answers, ..Message::default() })
}

/// An alias of a name that does not exist, in one answer (RFC 6604 §3).
pub fn dangling(name: &str, to: &str) -> Answer {
    let answers =
        vec![Record { name: Name::new(name), ttl: 300, data: Data::Cname(Name::new(to)) }];
    let authority = vec![soa(".")];
    Answer::from(Message { rcode: Rcode::NXDOMAIN, answers, authority, ..Message::default() })
}

/// The same answer, whose signatures the resolver found to hold (RFC 4035 §3.2.3).
pub fn vouched(answer: Answer) -> Answer {
    match answer {
        Answer::Message(message) => {
            Answer::from(Message { authenticated: true, ..Message::clone(&message) })
        }
        failed @ Answer::Failed { .. } => failed,
    }
}

/// NXDOMAIN with a SOA.
pub fn nxdomain() -> Answer {
    negative(Rcode::NXDOMAIN)
}

/// NOERROR without the type, with a SOA.
pub fn nodata() -> Answer {
    negative(Rcode::NOERROR)
}

/// A response code alone.
pub fn rcode(rcode: Rcode) -> Answer {
    Answer::from(Message { rcode, ..Message::default() })
}

fn negative(rcode: Rcode) -> Answer {
    Answer::from(Message { rcode, authority: vec![soa(".")], ..Message::default() })
}

/// A SOA record at the name.
pub fn soa(name: &str) -> Record {
    let (mname, rname) = (Name::new("ns.example.net"), Name::new("hostmaster.example.net"));
    let data = Soa { mname, rname, serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 };
    Record { name: Name::new(name), ttl: 300, data: Data::Soa(data) }
}
