//! Resolvers over TLS and HTTPS, against servers of our own authority.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::server::Manner;
use super::{question, said};
use crate::net::dns::{DnsClient, RecursionSettings, Way};
use crate::net::proxy::Connector;
use crate::net::trust::Roots;
use crate::net::trust::authority::{Authority, Leaf};

/// How the server speaks inside TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speaks {
    Tls(Manner),
    Https(Manner),
    /// HTTPS with this status and a correct answer.
    Status(u16),
    /// HTTPS with a body that never ends.
    Endless,
}

struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Server {
    async fn start(leaf: &Leaf, speaks: Speaks) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let acceptor = TlsAcceptor::from(leaf.server());
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    converse(BufReader::new(stream), speaks).await;
                });
            }
        });
        Self { address, connections }
    }
}

/// Answers questions until the client leaves.
async fn converse(
    mut stream: impl AsyncRead + AsyncBufReadExt + AsyncWrite + Unpin,
    speaks: Speaks,
) -> Option<()> {
    loop {
        let framed = matches!(speaks, Speaks::Tls(_));
        let length = if framed {
            usize::from(stream.read_u16().await.ok()?)
        } else {
            content_length(&mut stream).await?
        };
        let mut asked = vec![0; length];
        stream.read_exact(&mut asked).await.ok()?;
        match speaks {
            Speaks::Tls(manner) => {
                let Some(reply) = manner.reply(&asked) else { continue };
                let length = u16::try_from(reply.len()).expect("a short answer");
                stream.write_all(&[&length.to_be_bytes()[..], &reply].concat()).await.ok()?;
            }
            Speaks::Https(manner) => {
                let Some(reply) = manner.reply(&asked) else { continue };
                stream.write_all(&http_response(200, &reply)).await.ok()?;
            }
            Speaks::Status(status) => {
                let reply = Manner::Answers.reply(&asked)?;
                stream.write_all(&http_response(status, &reply)).await.ok()?;
            }
            Speaks::Endless => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").await.ok()?;
                loop {
                    stream.write_all(&[0; 4096]).await.ok()?;
                }
            }
        }
        stream.flush().await.ok()?;
    }
}

/// The head of an HTTP/1.1 request, of which only the length of its body matters.
async fn content_length(stream: &mut (impl AsyncBufReadExt + Unpin)) -> Option<usize> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            return Some(length);
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
}

fn http_response(status: u16, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status} Said\r\ncontent-type: application/dns-message\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

async fn client(written: &str, roots: &Roots, attempt: Duration) -> DnsClient {
    let (connector, recursion) = (&Connector::direct(), &RecursionSettings::default());
    let way = Way { roots, connector, recursion };
    let mut client = DnsClient::open(&[written.parse().unwrap()], &way).await.unwrap();
    client.attempt = attempt;
    client
}

/// What a resolver written with `host` says when its certificate names `named`.
async fn outcome(host: &str, named: &str, speaks: Speaks) -> String {
    let authority = Authority::new("ours");
    let server = Server::start(&authority.leaf(named, -1, 30), speaks).await;
    let port = server.address.port();
    let written = match speaks {
        Speaks::Tls(_) => format!("tls://{host}:{port}"),
        _ => format!("https://{host}:{port}/dns-query"),
    };
    let silent = matches!(speaks, Speaks::Tls(Manner::Silent) | Speaks::Https(Manner::Silent));
    let attempt = Duration::from_millis(if silent { 300 } else { 10_000 });
    said(&client(&written, &authority.roots(), attempt).await.ask(&question()).await)
}

#[tokio::test]
async fn an_encrypted_resolver_is_believed_only_when_it_is_the_one_written() {
    use Manner::*;
    use Speaks::*;
    #[rustfmt::skip]
    let cases = [
        ("TLS, by its name",                    "localhost", "localhost",  Tls(Answers),           "A(192.0.2.1)"),
        ("TLS, by its address",                 "127.0.0.1", "127.0.0.1",  Tls(Answers),           "A(192.0.2.1)"),
        ("TLS, a certificate of another name",  "localhost", "dns.test",   Tls(Answers),           "network"),
        ("TLS, the name but not the address",   "127.0.0.1", "localhost",  Tls(Answers),           "network"),
        ("TLS, another id",                     "localhost", "localhost",  Tls(AnotherId),         "malformed"),
        ("TLS, another question",               "localhost", "localhost",  Tls(AnotherQuestion),   "malformed"),
        ("TLS, no DNS",                         "localhost", "localhost",  Tls(Garbage),           "malformed"),
        ("TLS, silence",                        "localhost", "localhost",  Tls(Silent),            "timeout"),
        ("HTTPS, by its name",                  "localhost", "localhost",  Https(Answers),         "A(192.0.2.1)"),
        ("HTTPS, by its address",               "127.0.0.1", "127.0.0.1",  Https(Answers),         "A(192.0.2.1)"),
        ("HTTPS, a certificate of another name","localhost", "dns.test",   Https(Answers),         "network"),
        ("HTTPS, another question",             "localhost", "localhost",  Https(AnotherQuestion), "malformed"),
        ("HTTPS, no DNS",                       "localhost", "localhost",  Https(Garbage),         "malformed"),
        ("HTTPS, silence",                      "localhost", "localhost",  Https(Silent),          "timeout"),
        ("HTTPS, a failure",                    "localhost", "localhost",  Status(503),            "network"),
        ("HTTPS, a redirect is not followed",   "localhost", "localhost",  Status(302),            "network"),
        ("HTTPS, without an end",               "localhost", "localhost",  Endless,                "malformed"),
    ];
    for (rule, host, named, speaks, expected) in cases {
        assert_eq!(outcome(host, named, speaks).await, expected, "{rule}");
    }
}

#[tokio::test]
async fn an_authority_that_is_not_trusted_here_is_not_believed() {
    let stranger = Authority::new("stranger");
    let roots = Authority::new("ours").roots();
    for (scheme, speaks) in
        [("tls", Speaks::Tls(Manner::Answers)), ("https", Speaks::Https(Manner::Answers))]
    {
        let server = Server::start(&stranger.leaf("localhost", -1, 30), speaks).await;
        let written = format!("{scheme}://localhost:{}", server.address.port());
        let client = client(&written, &roots, Duration::from_secs(10)).await;
        assert_eq!(said(&client.ask(&question()).await), "network", "{scheme}");
    }
}

#[tokio::test]
async fn questions_one_after_another_share_a_session() {
    let authority = Authority::new("ours");
    for (scheme, speaks) in
        [("tls", Speaks::Tls(Manner::Answers)), ("https", Speaks::Https(Manner::Answers))]
    {
        let server = Server::start(&authority.leaf("localhost", -1, 30), speaks).await;
        let written = format!("{scheme}://localhost:{}", server.address.port());
        let client = client(&written, &authority.roots(), Duration::from_secs(10)).await;
        for _ in 0..10 {
            assert_eq!(said(&client.ask(&question()).await), "A(192.0.2.1)", "{scheme}");
        }
        assert_eq!(server.connections.load(Ordering::Relaxed), 1, "{scheme}");
    }
}

/// A server that speaks HTTP/2 alone, and answers.
async fn serve_http2(leaf: &Leaf) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut config = Arc::unwrap_or_clone(leaf.server());
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let stream = acceptor.accept(stream).await.unwrap();
        let mut connection = h2::server::handshake(stream).await.unwrap();
        while let Some(Ok((request, mut respond))) = connection.accept().await {
            tokio::spawn(async move {
                let mut body = request.into_body();
                let mut asked = Vec::new();
                while let Some(Ok(part)) = body.data().await {
                    asked.extend_from_slice(&part);
                }
                let reply = Manner::Answers.reply(&asked).unwrap();
                let mut stream =
                    respond.send_response(axum::http::Response::new(()), false).unwrap();
                stream.send_data(reply.into(), true).unwrap();
            });
        }
    });
    address
}

#[tokio::test]
async fn a_resolver_that_speaks_http2_alone_is_understood() {
    let authority = Authority::new("ours");
    let address = serve_http2(&authority.leaf("localhost", -1, 30)).await;
    let written = format!("https://localhost:{}/dns-query", address.port());
    let client = client(&written, &authority.roots(), Duration::from_secs(10)).await;
    let question = question();
    let answers = futures::future::join_all((0..20).map(|_| client.ask(&question))).await;
    assert!(answers.iter().all(|answer| said(answer) == "A(192.0.2.1)"), "{answers:?}");
}
