//! A resolver that answers as each domain's name says.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use hickory_proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::rdata::{A, CNAME, MX, NS, SOA, TXT};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

/// How the servers of a domain answer.
pub const MANNERS: [&str; 12] = [
    // Not at all.
    "silent",   // With octets that are no message.
    "garbage",  // With a name that points at itself.
    "pointers", // With a header that counts 65,535 records, and none.
    "counts",   // With aliases of aliases without end.
    "aliases",  // With an alias of itself.
    "loop",     // With 64 KB of text.
    "large",    // With a text of ten thousand strings.
    "strings",  // With an SPF record that includes two others, which do the same.
    "includes", // With five hundred hosts.
    "hosts",    // One octet per second, over TCP.
    "slow",     // As they should; but the mail hosts mean harm.
    "mail",
];

/// A port that is free for both.
async fn sockets() -> (TcpListener, UdpSocket) {
    loop {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback has ports");
        // Another test may hold the same number for datagrams.
        if let Ok(udp) = UdpSocket::bind(tcp.local_addr().expect("it listens")).await {
            return (tcp, udp);
        }
    }
}

/// Starts the resolver, over UDP and TCP on one port.
pub async fn serve() -> SocketAddr {
    let (tcp, udp) = sockets().await;
    let address = tcp.local_addr().expect("it listens");
    tokio::spawn(async move {
        let mut buffer = [0; 1500];
        while let Ok((length, from)) = udp.recv_from(&mut buffer).await {
            if let Some(octets) = answer(&buffer[..length], false) {
                let _ = udp.send_to(&octets, from).await;
            }
        }
    });
    tokio::spawn(async move {
        while let Ok((stream, _)) = tcp.accept().await {
            tokio::spawn(serve_stream(stream));
        }
    });
    address
}

/// Answers the questions of one stream.
pub async fn serve_stream(mut stream: TcpStream) {
    while let Ok(length) = stream.read_u16().await {
        let mut asked = vec![0; usize::from(length)];
        if stream.read_exact(&mut asked).await.is_err() {
            return;
        }
        let Some(octets) = answer(&asked, true) else {
            std::future::pending::<()>().await;
            return;
        };
        let length = u16::try_from(octets.len()).expect("a message has at most 65,535 octets");
        let framed = [&length.to_be_bytes()[..], &octets].concat();
        let is_slow = manner(&asked).as_deref() == Some("slow");
        for part in framed.chunks(if is_slow { 1 } else { framed.len() }) {
            if stream.write_all(part).await.is_err() {
                return;
            }
            if is_slow {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// The manner of the domain that is asked about; nothing for names that are no domain of this test.
fn manner(asked: &[u8]) -> Option<String> {
    let query = Message::from_vec(asked).ok()?;
    let name = query.queries.first()?.name().to_ascii().to_ascii_lowercase();
    let domain = name.strip_suffix(".example.")?.rsplit('.').next()?;
    domain.split_once('-').map(|(manner, _)| manner.to_owned())
}

fn answer(asked: &[u8], tcp: bool) -> Option<Vec<u8>> {
    let query = Message::from_vec(asked).ok()?;
    let question = query.queries.first()?.clone();
    let (name, rtype) = (question.name().clone(), question.query_type());
    let mut reply = Message::new(query.metadata.id, MessageType::Response, OpCode::Query);
    reply.metadata.recursion_available = true;
    reply.metadata.authoritative = true;
    reply.add_query(question);
    let own = |data: RData| Record::from_rdata(name.clone(), 300, data);
    let manner = manner(asked);
    match manner.as_deref() {
        Some("silent") => return None,
        Some("garbage") => return Some([&asked[..2], &[0xff; 40]].concat()),
        Some("pointers") => return Some(pointing_at_itself(&reply)),
        Some("counts") => return Some(counting_too_many(&reply)),
        Some("large" | "strings" | "hosts" | "slow") if !tcp => reply.metadata.truncation = true,
        Some("aliases") => {
            let below = Name::from_ascii("a").and_then(|label| label.append_domain(&name));
            reply.add_answer(own(RData::CNAME(CNAME(below.unwrap_or_else(|_| Name::root())))));
        }
        Some("loop") => _ = reply.add_answer(own(RData::CNAME(CNAME(name.clone())))),
        Some("large") if rtype == RecordType::TXT => {
            let text = vec!["x".repeat(255); 250];
            reply.add_answer(own(RData::TXT(TXT::new(text))));
        }
        Some("strings") if rtype == RecordType::TXT => {
            let text = vec!["v".to_owned(); 10_000];
            reply.add_answer(own(RData::TXT(TXT::new(text))));
        }
        Some("includes") if rtype == RecordType::TXT => {
            let text = format!("v=spf1 include:a.{name} include:b.{name} -all");
            reply.add_answer(own(RData::TXT(TXT::new(vec![text]))));
        }
        Some("hosts") if matches!(rtype, RecordType::MX | RecordType::NS | RecordType::A) => {
            for number in 0..500_u16 {
                let host = Name::from_ascii(format!("h{number}.{name}")).expect("a name");
                let address = Ipv4Addr::new(192, 0, 2, number.to_be_bytes()[1]);
                reply.add_answer(own(match rtype {
                    RecordType::MX => RData::MX(MX::new(number, host)),
                    RecordType::NS => RData::NS(NS(host)),
                    _ => RData::A(A(address)),
                }));
            }
        }
        Some("mail") if matches!(rtype, RecordType::MX | RecordType::A) => {
            let host = Name::from_ascii("mx").and_then(|label| label.append_domain(&name));
            let octet = name.to_ascii().bytes().fold(0_u8, u8::wrapping_add);
            reply.add_answer(own(match rtype {
                RecordType::MX => RData::MX(MX::new(10, host.expect("a name"))),
                _ => RData::A(A(Ipv4Addr::new(192, 0, 2, octet))),
            }));
        }
        Some(_) => _ = reply.add_authority(soa(&name)),
        None => {
            reply.metadata.response_code = ResponseCode::NXDomain;
            reply.add_authority(soa(&Name::root()));
        }
    }
    reply.to_vec().ok()
}

fn soa(zone: &Name) -> Record {
    let soa = SOA::new(zone.clone(), zone.clone(), 1, 3600, 600, 86_400, 60);
    Record::from_rdata(zone.clone(), 60, RData::SOA(soa))
}

/// One answer whose owner is a pointer to itself (RFC 1035 §4.1.4).
fn pointing_at_itself(reply: &Message) -> Vec<u8> {
    let mut octets = reply.to_vec().expect("a question can be written");
    octets[7] = 1;
    let at = u16::try_from(octets.len()).expect("it is short") | 0xc000;
    octets.extend(at.to_be_bytes());
    octets.extend([0, 16, 0, 1, 0, 0, 1, 44, 0, 2, 1, b'x']);
    octets
}

fn counting_too_many(reply: &Message) -> Vec<u8> {
    let mut octets = reply.to_vec().expect("a question can be written");
    octets[6..12].fill(0xff);
    octets
}
