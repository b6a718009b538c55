mod golden;
mod mail;
mod programs;
mod services;

use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::Instant;

use super::super::tests::house::{SECRET, webhook};
use super::super::tests::receiver::{PATIENCE, Receiver, Reply};
use super::super::{ChannelSettings, Network, Resolve, RetryAfter, SystemResolver};
use super::{Answer, Delivery, open};
use crate::config::Destination;
use crate::net::trust::Roots;
use crate::net::trust::authority::{Authority, self_signed};

/// Every name has these addresses.
struct Names(&'static [&'static str]);

#[async_trait]
impl Resolve for Names {
    async fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(self.0.iter().map(|text| text.parse().expect("an address")).collect())
    }
}

pub(super) fn network(addresses: &'static [&'static str]) -> Network {
    Network {
        roots: Roots::nobody(),
        own_networks: Vec::new(),
        resolver: Arc::new(Names(addresses)),
        helo: "vigie.example.net".to_owned(),
    }
}

/// One attempt with this event.
pub(super) async fn event_sent(
    settings: &ChannelSettings,
    network: &Network,
    event: &str,
) -> Answer {
    attempt(settings, network, event, PATIENCE).await
}

async fn send_within(settings: &ChannelSettings, network: &Network, within: Duration) -> Answer {
    attempt(settings, network, "{}", within).await
}

async fn attempt(
    settings: &ChannelSettings,
    network: &Network,
    body: &str,
    within: Duration,
) -> Answer {
    let delivery = Delivery {
        id: "msg_1",
        body,
        at: "2026-11-25T12:00:00Z".parse().expect("a time"),
        deadline: Instant::now() + within,
    };
    open(settings, network).expect("a channel that can be opened").send(&delivery).await
}

async fn send(settings: &ChannelSettings, network: &Network) -> Answer {
    send_within(settings, network, PATIENCE).await
}

fn error_of(answer: Answer) -> String {
    match answer {
        Answer::Failed { error, .. }
        | Answer::Gone { error, .. }
        | Answer::Refused { error, .. } => error,
        Answer::Accepted { .. } => panic!("it was accepted"),
    }
}

fn signing(url: &str, secrets: Vec<SecretString>) -> ChannelSettings {
    let destination = Destination::Webhook { url: url.into(), secrets };
    ChannelSettings { destination, ..webhook("ops", url) }
}

fn public_only(url: &str) -> ChannelSettings {
    ChannelSettings { allow_private: false, ..webhook("ops", url) }
}

#[tokio::test]
async fn special_addresses_are_refused_however_they_are_written() {
    let receiver = Receiver::start(|_, _| Reply::status(200)).await;
    let port = receiver.address.port();
    #[rustfmt::skip]
    let hosts = [
        "127.0.0.1", "127.1", "0x7f.0.0.1", "0177.0.0.1", "2130706433", "127.0.0.1.", "１２７.0.0.1",
        "[::1]", "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
        "169.254.169.254", "10.0.0.1", "0.0.0.0", "name.example",
    ];
    for host in hosts {
        let settings = public_only(&format!("http://{host}:{port}/secret-path"));
        let error = error_of(send(&settings, &network(&["127.0.0.1", "::1"])).await);
        assert!(error.contains("is not a public address"), "{host}: {error}");
        assert!(!error.contains("secret-path"), "{error}");
    }
    assert_eq!(receiver.seen(), []);
}

#[tokio::test]
async fn the_name_of_this_host_is_refused_as_the_system_resolves_it() {
    let network = Network { resolver: Arc::new(SystemResolver), ..network(&[]) };
    let error = error_of(send(&public_only("http://localhost:9/"), &network).await);
    assert!(
        error.contains("localhost: 127.0.0.1 is not") || error.contains("localhost: ::1 is not"),
        "{error}"
    );
}

#[tokio::test]
async fn of_a_name_only_public_addresses_are_left() {
    let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
    let mixed = network(&["10.0.0.1", "9.9.9.9", "::1", "2620:fe::fe"]);
    let left = mixed.reachable("name.example", false).await.expect("two are public");
    assert_eq!(left, [ip("9.9.9.9"), ip("2620:fe::fe")]);

    let own = Network { own_networks: vec!["10.0.0.0/8".parse().expect("a network")], ..mixed };
    let left = own.reachable("name.example", false).await.expect("three are");
    assert_eq!(left, [ip("10.0.0.1"), ip("9.9.9.9"), ip("2620:fe::fe")]);

    let nothing = network(&[]).reachable("name.example", true).await;
    assert_eq!(nothing.expect_err("no address").to_string(), "name.example: has no address");
}

/// A name whose address changes from one question to the next.
struct Rebinding(Mutex<Vec<&'static str>>);

#[async_trait]
impl Resolve for Rebinding {
    async fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        let next = self.0.lock().expect("nobody panics with it").pop();
        Ok(vec![next.expect("asked too often").parse().expect("an address")])
    }
}

#[tokio::test]
async fn a_name_is_looked_up_and_its_address_judged_at_every_attempt() {
    let receiver = Receiver::start(|_, _| Reply::status(200)).await;
    let answers = ["127.0.0.1", "127.0.0.2", "::ffff:127.0.0.2", "10.0.0.1", "127.0.0.1"];
    let network = Network {
        // As good as a public address, without leaving this host.
        own_networks: vec!["127.0.0.1/32".parse().expect("a network")],
        resolver: Arc::new(Rebinding(Mutex::new(answers.into_iter().rev().collect()))),
        ..network(&[])
    };
    let port = receiver.address.port();
    let channel = open(&public_only(&format!("http://hooks.example:{port}/")), &network)
        .expect("a channel that can be opened");
    for address in answers {
        let delivery = Delivery {
            id: "msg_1",
            body: "{}",
            at: "2026-11-25T12:00:00Z".parse().expect("a time"),
            deadline: Instant::now() + PATIENCE,
        };
        let answer = channel.send(&delivery).await;
        if address == "127.0.0.1" {
            assert_eq!(answer, Answer::Accepted { status: 200 }, "{address}");
        } else {
            let error = error_of(answer);
            assert!(error.contains(&format!("{address} is not a public address")), "{error}");
        }
    }
    assert_eq!(receiver.seen().len(), 2);
}

#[tokio::test]
async fn a_name_is_connected_to_at_the_address_that_was_allowed() {
    let receiver = Receiver::start(|_, _| Reply::status(200)).await;
    let port = receiver.address.port();
    let settings = webhook("ops", &format!("http://hooks.example:{port}/"));
    let answer = send(&settings, &network(&["127.0.0.1"])).await;
    assert_eq!(answer, Answer::Accepted { status: 200 });
    let host = format!("hooks.example:{port}");
    assert_eq!(receiver.seen()[0].header("host"), Some(host.as_str()));
}

#[tokio::test]
async fn only_chains_that_lead_to_a_trusted_root_are_talked_to() {
    let authority = Authority::new("Test root");
    #[rustfmt::skip]
    let cases = [
        ("a trusted root",  authority.leaf("hooks.example", -1, 30),                        true),
        ("another name",    authority.leaf("other.example", -1, 30),                        false),
        ("expired",         authority.leaf("hooks.example", -30, -1),                       false),
        ("another root",    Authority::new("Other root").leaf("hooks.example", -1, 30),     false),
        ("its own root",    self_signed("hooks.example"),                                   false),
    ];
    for (rule, leaf, trusted) in cases {
        let receiver = Receiver::start_tls(leaf.server(), |_, _| Reply::status(200)).await;
        let settings =
            webhook("ops", &format!("https://hooks.example:{}/", receiver.address.port()));
        let network = Network { roots: authority.roots(), ..network(&["127.0.0.1"]) };
        let answer = send(&settings, &network).await;
        assert_eq!(answer == Answer::Accepted { status: 200 }, trusted, "{rule}: {answer:?}");
        if !trusted {
            let error = error_of(answer);
            assert!(error.contains("certificate"), "{rule}: {error}");
            assert_eq!(receiver.seen(), [], "{rule}");
        }
    }
}

#[tokio::test]
async fn what_a_receiver_repeats_of_the_address_is_not_kept() {
    let receiver = Receiver::start(|request, _| {
        let body = format!("Cannot POST {}\u{1b}[31m\n\u{202e}\"no\" {SECRET}", request.path);
        Reply::full(404, "", &body)
    })
    .await;
    let url = receiver.url("/services/T0123456/long-token?key=0123456789");
    let error = error_of(send(&webhook("ops", &url), &network(&[])).await);
    assert_eq!(error, r#"HTTP 404: Cannot POST [hidden]\u{1b}[31m\n\u{202e}"no" [hidden]"#);
}

#[tokio::test]
async fn a_long_reply_is_cut() {
    let receiver = Receiver::start(|_, _| Reply::full(500, "", &"x".repeat(1_000_000))).await;
    let error = error_of(send(&webhook("ops", &receiver.url("/")), &network(&[])).await);
    assert_eq!(error, format!("HTTP 500: {}…", "x".repeat(500)));
}

#[tokio::test]
async fn a_status_stands_when_its_body_never_comes() {
    let head = |status: u16| {
        format!("HTTP/1.1 {status} Said\r\nretry-after: 60\r\ncontent-length: 99\r\n\r\n")
    };
    let asked = Some(RetryAfter::Delay(chrono::TimeDelta::seconds(60)));
    let cases = [
        (200, Answer::Accepted { status: 200 }),
        (410, Answer::Gone { status: 410, error: "HTTP 410: in part".to_owned() }),
        (
            503,
            Answer::Failed {
                status: Some(503),
                error: "HTTP 503: in part".to_owned(),
                retry_after: asked,
            },
        ),
    ];
    for (status, expected) in cases {
        let stalled = Reply::Stalls(head(status) + "in part");
        let receiver = Receiver::start(move |_, _| stalled.clone()).await;
        let settings = webhook("ops", &receiver.url("/"));
        let answer = send_within(&settings, &network(&[]), Duration::from_millis(500)).await;
        assert_eq!(answer, expected);
    }
}

#[tokio::test]
async fn each_secret_signs_and_without_one_nothing_is_signed() {
    let receiver = Receiver::start(|_, _| Reply::status(200)).await;
    for count in [0, 1, 2] {
        let secrets = vec![SecretString::from(SECRET); count];
        let settings = signing(&receiver.url("/"), secrets);
        send(&settings, &network(&[])).await;
    }
    let signed: Vec<_> = receiver
        .seen()
        .iter()
        .map(|request| request.header("webhook-signature").map_or(0, |v| v.split(' ').count()))
        .collect();
    assert_eq!(signed, [0, 1, 2]);
}

/// A SOCKS5 proxy that plays the receiver itself and gives the request to connect (RFC 1928 §4).
async fn proxy() -> (u16, tokio::task::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("a bound socket").port();
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let mut greeting = [0; 3];
        stream.read_exact(&mut greeting).await.expect("a greeting");
        stream.write_all(&[5, 0]).await.expect("no authentication");
        let mut connect = vec![0; 10];
        stream.read_exact(&mut connect).await.expect("a request for an IPv4 address");
        stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.expect("a yes");
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await.expect("a POST");
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.expect("a reply");
        connect
    });
    (port, task)
}

#[tokio::test]
async fn a_proxy_gets_the_address_that_was_allowed_not_the_name() {
    let (port, task) = proxy().await;
    let proxied = |url: &str| ChannelSettings {
        proxy: Some(SecretString::from(format!("socks5://127.0.0.1:{port}"))),
        ..public_only(url)
    };
    let special = send(&proxied("http://hooks.example/"), &network(&["10.0.0.1"])).await;
    assert!(error_of(special).contains("is not a public address"));

    let answer = send(&proxied("http://hooks.example/"), &network(&["9.9.9.9"])).await;
    assert_eq!(answer, Answer::Accepted { status: 200 });
    assert_eq!(task.await.expect("the proxy ends"), [5, 1, 0, 1, 9, 9, 9, 9, 0, 80]);
}

#[test]
fn a_channel_that_cannot_work_is_refused_by_name_without_its_secrets() {
    let good = || webhook("ops", "https://hooks.example/hidden-path");
    let secret = |text: &str| signing("https://hooks.example/hidden-path", vec![text.into()]);
    let proxy = |text: &str| ChannelSettings { proxy: Some(text.into()), ..good() };
    let url = "channel ops: url is not an http or https address";
    let socks = "channel ops: proxy is not socks5://HOST:PORT";
    #[rustfmt::skip]
    let cases = [
        ("no URL",                     webhook("ops", "hidden"),             url),
        ("no host",                    webhook("ops", "https://"),           url),
        ("another scheme",             webhook("ops", "ftp://host/hidden"),  url),
        ("a secret of another kind",   secret("hidden"),                     "channel ops: secret does not start with whsec_"),
        ("a short secret",             secret("whsec_aGlkZGVu"),             "channel ops: secret has 6 bytes; 24 to 64 are needed"),
        ("a proxy that resolves",      proxy("socks5h://hidden:1080"),       socks),
        ("a proxy of another kind",    proxy("http://hidden:3128"),          socks),
        ("a proxy without its port",   proxy("socks5://hidden"),             socks),
    ];
    for (rule, settings, expected) in cases {
        let refused = open(&settings, &network(&[])).err().map(|error| error.to_string());
        assert_eq!(refused.as_deref(), Some(expected), "{rule}");
        assert!(!format!("{settings:?}").contains("hidden"), "{rule}");
    }
}
