use super::{Page, PagesHost, Request, Response, Webhook, WebhookManner, serve};
use crate::ca::{CertificateAuthority, CertificateKind};
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A server may close without the TLS goodbye; what came before it counts.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

fn post(body: &str) -> String {
    let length = body.len();
    format!(
        "POST /hook HTTP/1.1\r\nHost: lab\r\nWebhook-Id: 7\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

fn address(webhook: &Webhook) -> SocketAddr {
    let url = webhook.url();
    let host = url.trim_start_matches("http://").trim_end_matches('/');
    host.parse().unwrap()
}

async fn send(webhook: &Webhook, request: &str) -> String {
    let stream = TcpStream::connect(address(webhook)).await.unwrap();
    exchange(stream, request).await
}

#[tokio::test]
async fn a_webhook_is_kept_whole() {
    let webhook = Webhook::start(None).await.unwrap();
    let answer = send(&webhook, &post("{\"type\":\"test\"}")).await;
    assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    let deliveries = webhook.deliveries();
    let request: &Request = &deliveries[0].request;
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/hook"));
    assert_eq!(request.header("webhook-id"), Some("7"));
    assert_eq!(request.body, b"{\"type\":\"test\"}");
    assert!(deliveries[0].is_accepted());
}

#[tokio::test]
async fn a_webhook_receiver_fails_as_it_is_told() {
    let webhook = Webhook::start(None).await.unwrap();
    let slow =
        WebhookManner::Slow { response: Response::of(200), after: Duration::from_millis(20) };
    let drip = WebhookManner::Drip {
        response: Response::of(200),
        gap: Duration::ZERO,
        hold: Duration::from_millis(20),
    };
    #[rustfmt::skip]
    let cases = [
        ("a status",      WebhookManner::status(503),            "HTTP/1.1 503 ", false),
        ("retry later",   WebhookManner::retry_after(429, "60"), "HTTP/1.1 429 Lab\r\nRetry-After: 60\r\n", false),
        ("no answer",     WebhookManner::HangUp,                 "",              false),
        ("slow",          slow,                                  "HTTP/1.1 200 ", true),
        ("drop by drop",  drip,                                  "HTTP/1.1 200 ", true),
    ];
    for (index, (name, manner, start, accepted)) in cases.into_iter().enumerate() {
        webhook.set_manner(manner);
        let answer = send(&webhook, &post("x")).await;
        assert!(answer.starts_with(start), "{name}: {answer}");
        assert_eq!(answer.is_empty(), start.is_empty(), "{name}");
        assert_eq!(webhook.deliveries()[index].is_accepted(), accepted, "{name}");
    }
}

#[tokio::test]
async fn the_last_octet_is_held_back() {
    let webhook = Webhook::start(None).await.unwrap();
    webhook.set_manner(WebhookManner::Drip {
        response: Response::of(200),
        gap: Duration::ZERO,
        hold: Duration::from_secs(3600),
    });
    let mut stream = TcpStream::connect(address(&webhook)).await.unwrap();
    stream.write_all(post("x").as_bytes()).await.unwrap();
    let whole = Response::of(200).to_wire(false);
    let mut answer = vec![0; whole.len() - 1];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, whole[..whole.len() - 1]);
    assert!(webhook.deliveries()[0].is_accepted());
}

#[tokio::test]
async fn a_receiver_that_never_answers_has_still_read() {
    let webhook = Webhook::start(None).await.unwrap();
    webhook.set_manner(WebhookManner::NeverAnswer);
    let mut stream = TcpStream::connect(address(&webhook)).await.unwrap();
    stream.write_all(post("x").as_bytes()).await.unwrap();
    assert!(webhook.wait_for(1, Duration::from_secs(10)).await);
    assert_eq!(webhook.deliveries()[0].status, None);
}

#[tokio::test]
async fn an_accepted_webhook_is_in_the_journal_before_its_answer() {
    let path = std::env::temp_dir().join(format!("vigie-lab-journal-{}", rand::random::<u64>()));
    let webhook = Webhook::start(Some(&path)).await.unwrap();
    send(&webhook, &post("taken")).await;
    webhook.set_manner(WebhookManner::status(500));
    send(&webhook, &post("refused")).await;
    let journal = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let lines: Vec<serde_json::Value> =
        journal.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["body"], "taken");
    assert_eq!(lines[0]["headers"]["webhook-id"], "7");
}

#[tokio::test]
async fn what_is_no_request_is_refused_by_status() {
    let webhook = Webhook::start(None).await.unwrap();
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(200));
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(20_000));
    #[rustfmt::skip]
    let cases = [
        ("no version",          "GET /\r\n\r\n",                                           "400"),
        ("another protocol",    "GET / SSH/2\r\n\r\n",                                     "505"),
        ("chunks",              "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",   "411"),
        ("a huge body",         "POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",     "413"),
        ("a length that is no", "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",            "400"),
        ("too many fields",     many.as_str(),                                             "431"),
        ("a line without end",  long.as_str(),                                             "431"),
    ];
    for (name, request, status) in cases {
        let answer = send(&webhook, request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{name}: {answer}");
    }
    assert!(webhook.deliveries().is_empty());
}

#[tokio::test]
async fn a_page_is_served_under_the_host_s_certificate() {
    let ca = Arc::new(CertificateAuthority::new().unwrap());
    let name = "mta-sts.example.com";
    let host = PagesHost::new(name, Some(CertificateKind::Valid), Arc::clone(&ca));
    let host = Arc::new(host);
    let running = serve(Arc::clone(&host)).await.unwrap();
    let policy = Response { body: b"version: STSv1\r\n".to_vec(), ..Response::of(200) };
    let page = Page { response: policy, ..Page::default() };
    host.set_page("/.well-known/mta-sts.txt", page);
    #[rustfmt::skip]
    let cases = [
        ("a page",         "GET /.well-known/mta-sts.txt?x HTTP/1.1\r\n\r\n", "200", true),
        ("its header",     "HEAD /.well-known/mta-sts.txt HTTP/1.1\r\n\r\n",  "200", false),
        ("no such page",   "GET /other HTTP/1.1\r\n\r\n",                     "404", false),
        ("another method", "POST / HTTP/1.1\r\n\r\n",                         "405", false),
    ];
    for (case, request, status, policy) in cases {
        let tcp = TcpStream::connect(running.addr()).await.unwrap();
        let server = ServerName::try_from(name).unwrap();
        let connector = TlsConnector::from(ca.client_config().unwrap());
        let answer = exchange(connector.connect(server, tcp).await.unwrap(), request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{case}: {answer}");
        assert_eq!(answer.ends_with("version: STSv1\r\n"), policy, "{case}");
    }
}

#[tokio::test]
async fn without_a_certificate_the_handshake_fails_at_once() {
    let ca = Arc::new(CertificateAuthority::new().unwrap());
    let host = Arc::new(PagesHost::new("www.example.com", None, Arc::clone(&ca)));
    let running = serve(host).await.unwrap();
    let tcp = TcpStream::connect(running.addr()).await.unwrap();
    let server = ServerName::try_from("www.example.com").unwrap();
    let connector = TlsConnector::from(ca.client_config().unwrap());
    let began = Instant::now();
    let error = connector.connect(server, tcp).await.unwrap_err();
    assert!(error.to_string().contains("HandshakeFailure"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(10));
}
