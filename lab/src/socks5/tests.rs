use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use hickory_proto::op::Message;
use hickory_proto::rr::{Name, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::time::timeout;
use vigie_scenario::Scenario;

use super::*;
use crate::dns::{Question, Transport};
use crate::world::{Route, World};

const WORLD: &str = r#"
name = "behind the front"
[target]
domain = "example.com"
[zones]
"example.com" = '@ MX 10 mx1'
[hosts."198.51.100.53"]
dns = { refuses_tcp = true }
[expect]
"#;

fn world() -> World {
    World::from_scenario(&Scenario::parse(WORLD).unwrap()).unwrap()
}

fn mx_question() -> Vec<u8> {
    let name = Name::from_ascii("example.com.").unwrap();
    crate::dns::asking(&Question::new(name, RecordType::MX)).to_vec().unwrap()
}

async fn in_time<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(10), future).await.expect("in time")
}

async fn agree(front: &Socks5) -> TcpStream {
    let mut stream = TcpStream::connect(front.addr).await.unwrap();
    stream.write_all(&[5, 2, 2, 0]).await.unwrap();
    let mut method = [0; 2];
    in_time(stream.read_exact(&mut method)).await.unwrap();
    assert_eq!(method, [5, 0]);
    stream
}

/// Sends a request (RFC 1928 §4) and reads the reply's code and address.
async fn request(stream: &mut TcpStream, command: u8, target: &[u8]) -> (u8, SocketAddr) {
    stream.write_all(&[&[5, command, 0], target].concat()).await.unwrap();
    let mut reply = [0; 10];
    in_time(stream.read_exact(&mut reply)).await.unwrap();
    let address = Ipv4Addr::new(reply[4], reply[5], reply[6], reply[7]);
    let port = u16::from_be_bytes([reply[8], reply[9]]);
    (reply[1], SocketAddr::from((address, port)))
}

fn v4(address: [u8; 4], port: u16) -> Vec<u8> {
    [&[1], &address[..], &port.to_be_bytes()].concat()
}

#[tokio::test]
async fn connect_carries_both_ways_and_a_half_close() {
    let world = world();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let mx1: IpAddr = "192.0.2.25".parse().unwrap();
    world.route(mx1, 25, listener.local_addr().unwrap());
    let front = Socks5::start(world).await.unwrap();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"220 ready\r\n").await.unwrap();
        let mut heard = String::new();
        stream.read_to_string(&mut heard).await.unwrap();
        stream.write_all(b"221 after the end\r\n").await.unwrap();
        heard
    });
    let mut client = agree(&front).await;
    let (code, _) = request(&mut client, 1, &v4([192, 0, 2, 25], 25)).await;
    assert_eq!(code, 0);
    client.write_all(b"QUIT\r\n").await.unwrap();
    client.shutdown().await.unwrap();
    let mut heard = String::new();
    in_time(client.read_to_string(&mut heard)).await.unwrap();
    assert_eq!(heard, "220 ready\r\n221 after the end\r\n");
    assert_eq!(in_time(server).await.unwrap(), "QUIT\r\n");
    let targets: Vec<SocketAddr> = front.connections().iter().map(|one| one.target).collect();
    assert_eq!(targets, [SocketAddr::new(mx1, 25)]);
}

#[tokio::test]
async fn what_is_not_played_is_refused_as_the_world_would() {
    let world = world();
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    world.route("192.0.2.25".parse().unwrap(), 25, closed.local_addr().unwrap());
    world.set_route("192.0.2.26".parse().unwrap(), 25, Route::Refuse);
    world.set_route("192.0.2.27".parse().unwrap(), 25, Route::Unreachable);
    world.route("192.0.2.28".parse().unwrap(), 25, "203.0.113.1:25".parse().unwrap());
    drop(closed);
    let front = Socks5::start(world).await.unwrap();
    let name = [&[3, 11][..], b"example.com", &25_u16.to_be_bytes()].concat();
    let v6 =
        [&[4][..], &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], &[0, 25]].concat();
    #[rustfmt::skip]
    let cases = [
        ("nobody plays the address",     1, v4([192, 0, 2, 99], 25),      0x04),
        ("nor in IPv6",                  1, v6,                           0x04),
        ("the server is gone",           1, v4([192, 0, 2, 25], 25),      0x05),
        ("another port of a host",       1, v4([192, 0, 2, 25], 443),     0x05),
        ("refused on purpose",           1, v4([192, 0, 2, 26], 25),      0x05),
        ("unreachable on purpose",       1, v4([192, 0, 2, 27], 25),      0x04),
        ("never beyond loopback",        1, v4([192, 0, 2, 28], 25),      0x01),
        ("a name server without TCP",    1, v4([198, 51, 100, 53], 53),   0x05),
        ("names are not resolved here",  1, name,                         0x08),
        ("BIND is not played",           2, v4([192, 0, 2, 25], 25),      0x07),
        ("an address type of the future",1, vec![9],                      0x08),
    ];
    for (rule, command, target, expected) in cases {
        let mut client = agree(&front).await;
        let (code, _) = request(&mut client, command, &target).await;
        assert_eq!(code, expected, "{rule}");
    }
}

#[tokio::test]
async fn a_dropped_attempt_is_never_answered() {
    let world = world();
    world.set_route("192.0.2.25".parse().unwrap(), 25, Route::Drop);
    let front = Socks5::start(world).await.unwrap();
    let mut client = agree(&front).await;
    client.write_all(&[&[5, 1, 0][..], &v4([192, 0, 2, 25], 25)].concat()).await.unwrap();
    in_time(async {
        while front.connections().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    // Whatever a task of the front does with the attempt, it does before a later client is served.
    let mut later = agree(&front).await;
    assert_eq!(request(&mut later, 1, &v4([192, 0, 2, 99], 25)).await.0, 0x04);
    let answer = client.try_read(&mut [0; 1]);
    let nothing = answer.as_ref().is_err_and(|e| e.kind() == std::io::ErrorKind::WouldBlock);
    assert!(nothing, "nothing comes back, and the stream stays open: {answer:?}");
}

#[tokio::test]
async fn clients_that_want_authentication_or_another_version_are_sent_away() {
    let front = Socks5::start(world()).await.unwrap();
    #[rustfmt::skip]
    let cases = [
        ("a password only", &[5, 1, 2][..], &[5, 0xff][..]),
        ("SOCKS4",          &[4, 1][..],    &[][..]),
    ];
    for (rule, greeting, expected) in cases {
        let mut stream = TcpStream::connect(front.addr).await.unwrap();
        stream.write_all(greeting).await.unwrap();
        let mut heard = Vec::new();
        // Octets that were not read may turn the end into a reset.
        let _ = in_time(stream.read_to_end(&mut heard)).await;
        assert_eq!(heard, expected, "{rule}");
    }
}

#[tokio::test]
async fn a_name_server_answers_over_tcp_with_authority() {
    let front = Socks5::start(world()).await.unwrap();
    let mut client = agree(&front).await;
    assert_eq!(request(&mut client, 1, &v4([192, 0, 2, 53], 53)).await.0, 0);
    let question = mx_question();
    client.write_u16(question.len().try_into().unwrap()).await.unwrap();
    client.write_all(&question).await.unwrap();
    let mut answer = vec![0; in_time(client.read_u16()).await.unwrap().into()];
    in_time(client.read_exact(&mut answer)).await.unwrap();
    let answer = Message::from_vec(&answer).unwrap();
    assert!(answer.metadata.authoritative && !answer.metadata.recursion_available);
    assert_eq!(answer.answers.len(), 1);
    assert_eq!(front.questions()[0].asked.transport, Transport::Tcp);
}

#[tokio::test]
async fn a_name_server_answers_datagrams_until_the_control_connection_ends() {
    let front = Socks5::start(world()).await.unwrap();
    let mut control = agree(&front).await;
    let (code, relay) = request(&mut control, 3, &v4([0, 0, 0, 0], 0)).await;
    assert_eq!(code, 0);
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let header = |fragment, address, port| [&[0, 0, fragment][..], &v4(address, port)].concat();
    #[rustfmt::skip]
    let unanswered = [
        header(0, [192, 0, 2, 99], 53),
        header(0, [192, 0, 2, 53], 5353),
        header(1, [192, 0, 2, 53], 53),
        vec![0, 0, 0, 3, 1],
        vec![0],
    ];
    for header in unanswered {
        socket.send_to(&[header, mx_question()].concat(), relay).await.unwrap();
    }
    // Datagrams on loopback keep their order, so the first answer is this one's.
    let asked = header(0, [198, 51, 100, 53], 53);
    socket.send_to(&[asked.clone(), mx_question()].concat(), relay).await.unwrap();
    let mut buffer = [0; 4096];
    let length = in_time(socket.recv(&mut buffer)).await.unwrap();
    let answer = buffer[..length].strip_prefix(asked.as_slice()).expect("under the same header");
    let answer = Message::from_vec(answer).unwrap();
    assert!(answer.metadata.authoritative);
    assert_eq!(answer.answers.len(), 1);

    drop(control);
    in_time(async {
        while UdpSocket::bind(relay).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
