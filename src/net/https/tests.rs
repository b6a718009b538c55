use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use vigie_checks::kernel::{
    HttpRequest, HttpsEnd, HttpsReply, HttpsRequest, HttpsUrl, Method, Name, Page, Posted, Reason,
    Trust,
};

use super::{HttpsClient, Timeouts};
use crate::net::proxy::Connector;
use crate::net::trust::Roots;
use crate::net::trust::authority::{Authority, self_signed};

/// A web server that takes one connection, hears one request and answers.
struct Server {
    address: SocketAddr,
    heard: JoinHandle<String>,
}

/// What the server does beside answering.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Plain,
    /// Waits for what is posted.
    Posted,
    /// Keeps the connection after its answer.
    Hangs,
}

async fn serve(config: Arc<ServerConfig>, octets: Vec<u8>, manner: Manner) -> Server {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let Ok(mut stream) = TlsAcceptor::from(config).accept(stream).await else {
            return String::new();
        };
        let mut heard = Vec::new();
        let end: &[u8] = if manner == Manner::Posted { b"a=1" } else { b"\r\n\r\n" };
        while !heard.ends_with(end) {
            match stream.read_u8().await {
                Ok(octet) => heard.push(octet),
                Err(_) => break,
            }
        }
        // The client may have hung up on an endless answer.
        let _ = stream.write_all(&octets).await;
        if manner == Manner::Hangs {
            let _ = stream.read_u8().await;
        }
        let _ = stream.shutdown().await;
        String::from_utf8(heard).unwrap()
    });
    Server { address, heard }
}

fn get(address: SocketAddr, most: u32) -> HttpsRequest {
    let mut url = HttpsUrl::new(&Name::new("www.test"), "/a?b");
    url.port = address.port();
    HttpsRequest::get(&url, address.ip(), most)
}

fn client(roots: Roots) -> HttpsClient {
    HttpsClient::new(Connector::direct(), roots)
}

/// What becomes of an answer of these octets.
async fn answered(octets: &[u8], most: u32) -> HttpsEnd {
    let server = serve(self_signed("www.test").server(), octets.to_vec(), Manner::Plain).await;
    client(Roots::nobody()).ask(&get(server.address, most)).await.end
}

fn page(end: HttpsEnd) -> (u16, String, bool) {
    match end {
        HttpsEnd::Page(page) => (page.status, String::from_utf8(page.body.0).unwrap(), page.cut),
        other => panic!("no page: {other:?}"),
    }
}

#[tokio::test]
async fn a_body_ends_where_its_header_says() {
    #[rustfmt::skip]
    let cases: [(&str, &str, (u16, &str, bool)); 12] = [
        ("a length",              "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd",                                (200, "abc", false)),
        ("no length",             "HTTP/1.1 200 OK\r\n\r\nabc",                                                      (200, "abc", false)),
        ("a length of ten",       "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789",                         (200, "0123456789", false)),
        ("longer than wanted",    "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n0123456789a",                        (200, "0123456789", true)),
        ("endless, longer",       "HTTP/1.1 200 OK\r\n\r\n0123456789a",                                              (200, "0123456789", true)),
        ("chunks",                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nab\r\n1\r\nc\r\n0\r\n\r\n", (200, "abc", false)),
        ("chunks, longer",        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n01234567\r\n8\r\n89abcdef\r\n0\r\n\r\n", (200, "0123456789", true)),
        ("chunks before length",  "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", (200, "ab", false)),
        ("the same length twice", "HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\nabc",                              (200, "abc", false)),
        ("none for 204",          "HTTP/1.1 204 None\r\n\r\nabc",                                                    (204, "", false)),
        ("after interim ones",    "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 404\r\nContent-Length: 0\r\n\r\n",  (404, "", false)),
        ("lines of bare LF",      "HTTP/1.0 200 OK\nContent-Length: 3\n\nabc",                                       (200, "abc", false)),
    ];
    for (rule, octets, (status, body, cut)) in cases {
        let seen = page(answered(octets.as_bytes(), 10).await);
        assert_eq!(seen, (status, body.to_owned(), cut), "{rule}");
    }
}

#[tokio::test]
async fn what_is_no_response_is_no_page() {
    let endless = [b"HTTP/1.1 200 OK\r\n".as_slice(), &b"A: b\r\n".repeat(20_000)].concat();
    let line =
        b"HTTP/1.1 200 OK\r\nA: ".iter().copied().chain([b'a'; 200_000]).collect::<Vec<u8>>();
    let interim = b"HTTP/1.1 100 Continue\r\n\r\n".repeat(100);
    #[rustfmt::skip]
    let cases: [(&str, &[u8], HttpsEnd); 11] = [
        ("nothing",                 b"",                                                            HttpsEnd::Closed),
        ("half a header",           b"HTTP/1.1 200 OK\r\nA: b",                                     HttpsEnd::Closed),
        ("half a body",             b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",             HttpsEnd::Closed),
        ("half a chunk",            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nab", HttpsEnd::Closed),
        ("another protocol",        b"220 mx.test ESMTP\r\n\r\n",                                   HttpsEnd::NotHttp),
        ("a status of four digits", b"HTTP/1.1 2000 OK\r\n\r\n",                                    HttpsEnd::NotHttp),
        ("two lengths",             b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", HttpsEnd::NotHttp),
        ("a coding we lack",        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab",        HttpsEnd::NotHttp),
        ("an endless header",       &endless,                                                       HttpsEnd::NotHttp),
        ("an endless line",         &line,                                                          HttpsEnd::NotHttp),
        ("interim for ever",        &interim,                                                       HttpsEnd::NotHttp),
    ];
    for (rule, octets, expected) in cases {
        assert_eq!(answered(octets, 10).await, expected, "{rule}");
    }
}

#[tokio::test]
async fn the_fields_that_are_judged_are_kept_and_harmless() {
    let octets =
        b"HTTP/1.1 301 Moved\r\nLocation: https://other.test/\x1b[2J\r\nX: y\r\n folded\r\n\
        content-TYPE:  text/html; charset=utf-8 \r\nRetry-After: 120\r\nContent-Encoding: gzip\r\n\
        Content-Length: 0\r\n\r\n";
    let HttpsEnd::Page(page) = answered(octets, 10).await else { panic!("no page") };
    assert_eq!(
        page,
        Page {
            status: 301,
            location: Some("https://other.test/\u{fffd}[2J".to_owned()),
            content_type: Some("text/html; charset=utf-8".to_owned()),
            retry_after: Some("120".to_owned()),
            content_encoding: Some("gzip".to_owned()),
            ..Page::default()
        }
    );
}

#[tokio::test]
async fn the_request_names_its_host_and_asks_for_no_coding() {
    let ok = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec();
    let server = serve(self_signed("www.test").server(), ok.clone(), Manner::Plain).await;
    let asked = HttpsRequest { accept: Some("text/plain".to_owned()), ..get(server.address, 10) };
    client(Roots::nobody()).ask(&asked).await;
    let heard = server.heard.await.unwrap();
    let host = format!("\r\nHost: www.test:{}\r\n", server.address.port());
    for part in ["GET /a?b HTTP/1.1\r\n", &host, "\r\nAccept: text/plain\r\n", "identity\r\n"] {
        assert!(heard.contains(part), "{part:?} is not in {heard:?}");
    }

    let server = serve(self_signed("www.test").server(), ok, Manner::Posted).await;
    let media_type = "application/x-www-form-urlencoded".to_owned();
    let posted = Some(Posted { media_type, text: "a=1".to_owned() });
    let asked = HttpsRequest { method: Method::Post, posted, ..get(server.address, 10) };
    client(Roots::nobody()).ask(&asked).await;
    let heard = server.heard.await.unwrap();
    assert!(heard.starts_with("POST /a?b ") && heard.ends_with("Content-Length: 3\r\n\r\na=1"));
}

#[tokio::test]
async fn a_head_has_no_body_whatever_its_length_says() {
    let octets = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".to_vec();
    let server = serve(self_signed("www.test").server(), octets, Manner::Hangs).await;
    let asked = HttpsRequest { method: Method::Head, ..get(server.address, 10) };
    assert_eq!(page(client(Roots::nobody()).ask(&asked).await.end), (200, String::new(), false));
}

#[tokio::test]
async fn any_certificate_is_accepted_and_shown() {
    let ours = Authority::new("ours");
    let ok = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    #[rustfmt::skip]
    let cases = [
        ("trusted",      ours.leaf("www.test", -1, 30),  Trust::Trusted),
        ("another name", ours.leaf("else.test", -1, 30), Trust::Trusted),
        ("self-signed",  self_signed("www.test"),        Trust::SelfSigned),
    ];
    for (rule, leaf, expected) in cases {
        let server = serve(leaf.server(), ok.to_vec(), Manner::Plain).await;
        let reply = client(ours.roots()).ask(&get(server.address, 10)).await;
        let HttpsReply { tls: Some(tls), end: HttpsEnd::Page(_) } = reply else {
            panic!("{rule}: {reply:?}")
        };
        assert_eq!((tls.trust, tls.chain.len()), (expected, 1), "{rule}");
    }
}

#[tokio::test]
async fn silence_and_refusal_are_told_apart() {
    let server =
        serve(self_signed("www.test").server(), b"HTTP/1.1 200 ".to_vec(), Manner::Hangs).await;
    let mut hasty = client(Roots::nobody());
    hasty.timeouts = Timeouts { whole: Duration::from_millis(300), ..Timeouts::default() };
    let reply = hasty.ask(&get(server.address, 10)).await;
    assert_eq!(reply.end, HttpsEnd::Unknown(Reason::Timeout));

    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap();
    let reply = client(Roots::nobody()).ask(&get(closed, 10)).await;
    assert_eq!(reply, HttpsReply::ended(HttpsEnd::ConnectionRefused));
}

#[tokio::test]
async fn a_plain_server_fails_the_handshake() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let plain = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad\r\n\r\n").await.unwrap();
        // Until the client hangs up, so that nothing is reset under its eyes.
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    let end = client(Roots::nobody()).ask(&get(address, 10)).await.end;
    assert!(matches!(end, HttpsEnd::TlsFailed(_)), "{end:?}");
    plain.await.unwrap();
}

#[tokio::test]
async fn a_request_cannot_be_split_in_two() {
    let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
    let target = |target: &str| HttpsRequest { target: target.to_owned(), ..get(nowhere, 10) };
    let accept =
        |accept: &str| HttpsRequest { accept: Some(accept.to_owned()), ..get(nowhere, 10) };
    for asked in [target("/a\r\nX: y"), target("/a b"), target("a"), accept("*/*\r\nX: y")] {
        let end = client(Roots::nobody()).ask(&asked).await.end;
        assert_eq!(end, HttpsEnd::Unknown(Reason::Malformed), "{asked:?}");
    }
}

/// A server without TLS that hears one request and answers.
async fn serve_plain(octets: &'static [u8]) -> Server {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = Vec::new();
        while !heard.ends_with(b"\r\n\r\n") {
            heard.push(stream.read_u8().await.unwrap());
        }
        // The client may have hung up on a long answer.
        let _ = stream.write_all(octets).await;
        String::from_utf8(heard).unwrap()
    });
    Server { address, heard }
}

fn plain(address: SocketAddr, target: &str, most: u32) -> HttpRequest {
    let (host, target) = (Name::new("crl.test"), target.to_owned());
    HttpRequest { address: address.ip(), host, target, most }
}

#[tokio::test]
async fn a_file_comes_without_tls_and_within_its_bounds() {
    const LIST: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\x00\xff\x00\xff";
    const MOVED: &[u8] =
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n";
    #[rustfmt::skip]
    let cases = [
        ("a file",                     LIST,  4, (200, &b"\x00\xff\x00\xff"[..], false)),
        ("longer than wanted",         LIST,  3, (200, b"\x00\xff\x00",          true)),
        ("a redirect is not followed", MOVED, 4, (302, b"",                      false)),
    ];
    for (rule, octets, most, (status, body, cut)) in cases {
        let server = serve_plain(octets).await;
        let asked = plain(server.address, "/a.crl", most);
        let end = client(Roots::nobody()).ask_plain_at(&asked, server.address.port()).await.end;
        let HttpsEnd::Page(page) = end else { panic!("{rule}: {end:?}") };
        assert_eq!((page.status, &*page.body.0, page.cut), (status, body, cut), "{rule}");
        let heard = server.heard.await.unwrap();
        assert!(heard.starts_with("GET /a.crl HTTP/1.1\r\nHost: crl.test:"), "{rule}: {heard}");
    }
}

#[tokio::test]
async fn a_file_that_does_not_come_is_no_file() {
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap();
    let ask = async |target: &str| {
        let asked = plain(closed, target, 10);
        client(Roots::nobody()).ask_plain_at(&asked, closed.port()).await.end
    };
    assert_eq!(ask("/a.crl").await, HttpsEnd::ConnectionRefused);
    assert_eq!(ask("/a\r\nX: y").await, HttpsEnd::Unknown(Reason::Malformed));
    let server = serve_plain(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc").await;
    let asked = plain(server.address, "/a.crl", 10);
    let end = client(Roots::nobody()).ask_plain_at(&asked, server.address.port()).await.end;
    assert_eq!(end, HttpsEnd::Closed);
}
