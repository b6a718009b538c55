use std::net::Ipv4Addr;
use std::time::Duration;

use hickory_proto::op::{Edns, Message, OpCode, Query};
use hickory_proto::rr::{DNSClass, Name, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

use super::super::message::{asking, decode};
use super::*;

#[test]
fn what_is_no_question_is_refused() {
    let plain = asking(&question("example.com.", RecordType::A));
    let edited = |edit: fn(&mut Message)| {
        let mut message = plain.clone();
        edit(&mut message);
        say(&answer(&world(), &message, Asked::RESOLVER))
    };
    #[rustfmt::skip]
    let cases = [
        ("no question",        edited(|m| m.queries.clear()),                                     "FormErr"),
        ("two questions",      edited(|m| m.queries.push(m.queries[0].clone())),                  "FormErr"),
        ("another operation",  edited(|m| m.metadata.op_code = OpCode::Update),                   "NotImp"),
        ("another class",      edited(|m| { m.queries[0].set_query_class(DNSClass::CH); }),       "Refused"),
        ("a zone transfer",    edited(|m| { m.queries[0].set_query_type(RecordType::AXFR); }),    "Refused"),
        ("EDNS of the future", edited(|m| { m.edns.as_mut().unwrap().set_version(1); }),          "BADVERS"),
    ];
    for (rule, said, expected) in cases {
        assert_eq!(said, expected, "{rule}");
    }
}

#[test]
fn octets_that_are_no_question_never_loop() {
    let question = asking(&question("example.com.", RecordType::A)).to_vec().unwrap();
    let mut response = question.clone();
    response[2] |= 0x80;
    assert_eq!(decode(&response).unwrap_err(), None, "an answer gets no answer");
    assert_eq!(decode(&question[..11]).unwrap_err(), None, "less than a header");
    let formerr = decode(&question[..20]).unwrap_err().unwrap();
    assert_eq!(formerr[..2], question[..2], "a cut question gets FORMERR under its id");
    assert_eq!(formerr[3] & 0x0f, 1);
}

async fn ask_udp(server: &DnsServer, message: &Message) -> Message {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    socket.send_to(&message.to_vec().unwrap(), server.addr).await.unwrap();
    let mut buffer = [0; 4096];
    let read = timeout(Duration::from_secs(10), socket.recv(&mut buffer));
    let length = read.await.expect("an answer in time").unwrap();
    Message::from_vec(&buffer[..length]).unwrap()
}

async fn ask_tcp(server: &DnsServer, message: &Message) -> std::io::Result<Message> {
    let mut stream = TcpStream::connect(server.addr).await?;
    let octets = message.to_vec().unwrap();
    stream.write_u16(octets.len().try_into().unwrap()).await?;
    stream.write_all(&octets).await?;
    let length = stream.read_u16().await?;
    let mut answer = vec![0; length.into()];
    stream.read_exact(&mut answer).await?;
    Ok(Message::from_vec(&answer).unwrap())
}

#[tokio::test]
async fn a_long_answer_is_cut_over_udp_and_whole_over_tcp() {
    let world = world();
    let long = "x".repeat(250);
    let txt = |count| vec![format!("\"{long}\"\"{long}\"\"{long}\""); count];
    world
        .publish("long.example", &format!("@ TXT {}\n@ TXT {}\"more\"", txt(1)[0], txt(1)[0]))
        .unwrap();
    let server = DnsServer::start(world).await.unwrap();
    let message = asking(&question("long.example.", RecordType::TXT));
    let cut = ask_udp(&server, &message).await;
    assert!(cut.metadata.truncation);
    assert_eq!(cut.answers.len(), 0);
    let whole = ask_tcp(&server, &message).await.unwrap();
    assert!(!whole.metadata.truncation);
    assert_eq!(whole.answers.len(), 2);
    assert!(whole.metadata.recursion_available);
}

#[tokio::test]
async fn without_edns_an_answer_has_512_octets_and_no_edns() {
    let world = world();
    world
        .publish(
            "long.example",
            &format!("@ TXT {}", format!("\"{}\" ", "x".repeat(200)).repeat(3)),
        )
        .unwrap();
    let server = DnsServer::start(world).await.unwrap();
    let mut message = Message::query();
    message.add_query(Query::query(Name::from_ascii("long.example.").unwrap(), RecordType::TXT));
    let cut = ask_udp(&server, &message).await;
    assert!(cut.metadata.truncation && cut.edns.is_none());
    message.set_edns(Edns::new().set_max_payload(4096).clone());
    let whole = ask_udp(&server, &message).await;
    assert!(!whole.metadata.truncation && whole.edns.is_some());
}

#[tokio::test]
async fn the_sockets_play_faults_and_log_questions() {
    let world =
        world_with("[[faults]]\nanswer = \"truncate-and-drop-tcp\"\nname = \"mx1.example.com\"");
    let server = DnsServer::start(world.clone()).await.unwrap();
    let mx1 = asking(&question("mx1.example.com.", RecordType::A));
    assert!(ask_udp(&server, &mx1).await.metadata.truncation);
    let hung_up = ask_tcp(&server, &mx1).await.unwrap_err();
    assert_eq!(hung_up.kind(), std::io::ErrorKind::UnexpectedEof);
    world.set_faults(&[]).unwrap();
    assert_eq!(ask_udp(&server, &mx1).await.answers.len(), 1, "the fault is gone at run time");
    assert_eq!(server.queries(), 3);
    let transports: Vec<Transport> =
        server.log().iter().map(|entry| entry.asked.transport).collect();
    assert_eq!(transports, [Transport::Udp, Transport::Tcp, Transport::Udp]);
}

#[tokio::test]
async fn the_server_ends_when_dropped() {
    let server = DnsServer::start(world()).await.unwrap();
    let addr = server.addr;
    drop(server);
    let gone = async {
        while TcpStream::connect(addr).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(10), gone).await.expect("nobody listens any more");
}
