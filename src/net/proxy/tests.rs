use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinHandle;
use vigie_checks::kernel::Reason;

use super::{ConnectError, Connector, Proxy, ProxyError};

const WITHIN: Duration = Duration::from_secs(5);
const FAR: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 25)), 25);

#[test]
fn a_proxy_is_read_as_a_url_and_shown_without_its_login() {
    #[rustfmt::skip]
    let cases = [
        ("an address",              "socks5://127.0.0.1:9050",        Ok("socks5://127.0.0.1:9050")),
        ("the usual port",          "socks5://proxy.test",            Ok("socks5://proxy.test:1080")),
        ("an IPv6 address",         "SOCKS5://[::1]:1081/",           Ok("socks5://[::1]:1081")),
        ("a login is not shown",    "socks5://me:s%3Acret@proxy.test", Ok("socks5://proxy.test:1080")),
        ("another scheme",          "http://proxy.test:3128",         Err(ProxyError::Scheme)),
        ("no scheme",               "proxy.test:1080",                Err(ProxyError::Scheme)),
        ("no host",                 "socks5://:1080",                 Err(ProxyError::Host)),
        ("a path",                  "socks5://proxy.test/x",          Err(ProxyError::Host)),
        ("a port out of range",     "socks5://proxy.test:70000",      Err(ProxyError::Port)),
        ("port 0",                  "socks5://proxy.test:0",          Err(ProxyError::Port)),
        ("a user without password", "socks5://me@proxy.test",         Err(ProxyError::Login)),
        ("a broken escape",         "socks5://a:%zz@proxy.test",      Err(ProxyError::Encoding)),
    ];
    for (rule, written, expected) in cases {
        let read = written.parse::<Proxy>().map(|proxy| proxy.to_string());
        assert_eq!(read, expected.map(str::to_owned), "{rule}");
    }
    let proxy: Proxy = "socks5://me:s3cret@proxy.test".parse().unwrap();
    assert!(!format!("{proxy:?}").contains("s3cret"));
}

/// A proxy that takes one connection, answers each message of the client with the next of
/// `replies`, and then hands over the connection and what it heard.
async fn proxy(
    login: &str,
    replies: Vec<Vec<u8>>,
) -> (Connector, JoinHandle<(TcpStream, Vec<Vec<u8>>)>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = Vec::new();
        for reply in replies {
            let mut message = vec![0; 600];
            let length = stream.read(&mut message).await.unwrap();
            heard.push(message[..length].to_vec());
            stream.write_all(&reply).await.unwrap();
        }
        (stream, heard)
    });
    let written = format!("socks5://{login}127.0.0.1:{port}");
    (Connector::through(written.parse().unwrap()), task)
}

fn replied(code: u8) -> Vec<u8> {
    vec![5, code, 0, 1, 0, 0, 0, 0, 0, 0]
}

#[tokio::test]
async fn a_connection_through_the_proxy_asks_for_the_address_and_is_then_transparent() {
    let (connector, task) = proxy("", vec![vec![5, 0], replied(0)]).await;
    let mut stream = connector.connect(FAR, WITHIN).await.unwrap();
    let (mut far, heard) = task.await.unwrap();
    assert_eq!(heard, [vec![5, 1, 0], vec![5, 1, 0, 1, 192, 0, 2, 25, 0, 25]]);

    far.write_all(b"220 hello").await.unwrap();
    let mut greeting = [0; 9];
    stream.read_exact(&mut greeting).await.unwrap();
    assert_eq!(&greeting, b"220 hello");
}

#[tokio::test]
async fn a_login_is_offered_and_given_when_the_proxy_wants_it() {
    let (connector, task) = proxy("me:s3cret@", vec![vec![5, 2], vec![1, 0], replied(0)]).await;
    let v6: SocketAddr = "[2001:db8::25]:25".parse().unwrap();
    connector.connect(v6, WITHIN).await.unwrap();
    let (_, heard) = task.await.unwrap();
    assert_eq!(heard[0], [5, 2, 0, 2]);
    assert_eq!(heard[1], b"\x01\x02me\x06s3cret");
    assert_eq!(heard[2][..4], [5, 1, 0, 4]);
}

#[tokio::test]
async fn what_the_proxy_replies_is_mapped_to_what_it_means_for_the_host() {
    let network = Some(Reason::Network);
    #[rustfmt::skip]
    let cases = [
        ("refused is definite",      vec![vec![5, 0], replied(5)], None),
        ("general failure",          vec![vec![5, 0], replied(1)], network),
        ("not allowed",              vec![vec![5, 0], replied(2)], network),
        ("network unreachable",      vec![vec![5, 0], replied(3)], network),
        ("host unreachable",         vec![vec![5, 0], replied(4)], network),
        ("TTL expired",              vec![vec![5, 0], replied(6)], Some(Reason::Timeout)),
        ("no acceptable login",      vec![vec![5, 0xff]],          network),
        ("a login nobody gave",      vec![vec![5, 2]],             network),
        ("not SOCKS at all",         vec![b"HT".to_vec()],         network),
    ];
    for (rule, replies, expected) in cases {
        let (connector, _task) = proxy("", replies).await;
        let error = connector.connect(FAR, WITHIN).await.unwrap_err();
        assert_eq!(error.reason(), expected, "{rule}: {error}");
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_there_says_nothing_of_the_host() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let gone = Connector::through(format!("socks5://127.0.0.1:{port}").parse().unwrap());
    let error = gone.connect(FAR, WITHIN).await.unwrap_err();
    assert!(matches!(error, ConnectError::Proxy { .. }), "{error}");

    let (silent, _task) = proxy("", vec![vec![5, 0], vec![]]).await;
    let error = silent.connect(FAR, Duration::from_millis(50)).await.unwrap_err();
    assert!(matches!(error, ConnectError::Timeout { .. } | ConnectError::Proxy { .. }), "{error}");
}

#[tokio::test]
async fn datagrams_go_through_the_relay_with_their_address() {
    let relay = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = relay.local_addr().unwrap().port().to_be_bytes();
    let bound = vec![5, 0, 0, 1, 0, 0, 0, 0, port[0], port[1]];
    let (connector, _task) = proxy("", vec![vec![5, 0], bound]).await;
    let datagrams = connector.associate(WITHIN).await.unwrap().unwrap();

    let server: SocketAddr = "192.0.2.53:53".parse().unwrap();
    datagrams.send_to(b"question", server).await.unwrap();
    let mut buffer = [0; 100];
    let (length, client) = relay.recv_from(&mut buffer).await.unwrap();
    assert_eq!(&buffer[..length], b"\0\0\0\x01\xc0\0\x02\x35\0\x35question");

    relay.send_to(b"\0\0\x01\x01\xc0\0\x02\x35\0\x35fragment", client).await.unwrap();
    relay.send_to(b"short", client).await.unwrap();
    relay.send_to(b"\0\0\0\x01\xc0\0\x02\x35\0\x35answer", client).await.unwrap();
    let mut answer = [0; 10 + 4];
    let (length, from) = datagrams.recv_from(&mut answer).await.unwrap();
    assert_eq!((from, &answer[..length]), (server, &b"answ"[..]));
}

#[tokio::test]
async fn a_proxy_without_datagrams_is_told_apart() {
    #[rustfmt::skip]
    let cases = [
        ("command not known",   vec![vec![5, 0], replied(7)], true),
        ("not allowed",         vec![vec![5, 0], replied(2)], true),
        ("closed when asked",   vec![vec![5, 0], vec![]],     true),
        ("no acceptable login", vec![vec![5, 0xff]],          false),
    ];
    for (rule, replies, expected) in cases {
        let (connector, task) = proxy("", replies).await;
        let hang_up = tokio::spawn(async move { drop(task.await) });
        let error = connector.associate(WITHIN).await.unwrap_err();
        assert_eq!(
            matches!(error, ConnectError::UdpNotOffered { .. }),
            expected,
            "{rule}: {error}"
        );
        hang_up.await.unwrap();
    }
    assert!(Connector::direct().associate(WITHIN).await.unwrap().is_none());
}
