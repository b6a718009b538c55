use super::command::Command;
use super::{Opening, Port, Recipients, Reply, SmtpHost, SmtpManners, Stage, serve};
use crate::Resolver;
use crate::ca::{CertificateAuthority, CertificateKind};
use crate::conversation::connect;
use crate::dns::DnsServer;
use crate::mailbox::{Folder, Mailboxes};
use crate::running::Running;
use crate::world::World;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

struct Receiver {
    host: Arc<SmtpHost>,
    running: Running,
    mailboxes: Mailboxes,
    ca: Arc<CertificateAuthority>,
    _dns: DnsServer,
}

async fn receiver(manners: SmtpManners) -> Receiver {
    let dns = DnsServer::start(World::empty()).await.unwrap();
    let mailboxes = Mailboxes::default();
    let ca = Arc::new(CertificateAuthority::new().unwrap());
    let host = SmtpHost::new(
        "mx.example.net",
        Recipients::new(["probe@example.net".to_owned()]),
        mailboxes.clone(),
        Resolver::new(dns.addr).unwrap(),
        Arc::clone(&ca),
    );
    let host = Arc::new(host.with_manners(manners));
    let running = serve(Arc::clone(&host), Port::Receiver).await.unwrap();
    Receiver { host, running, mailboxes, ca, _dns: dns }
}

const ENVELOPE: [&str; 4] = [
    "EHLO client.example.com",
    "MAIL FROM:<news@example.com>",
    "RCPT TO:<probe@example.net>",
    "DATA",
];

#[tokio::test]
async fn a_conversation_goes_as_rfc_5321_says() {
    let receiver = receiver(SmtpManners::default()).await;
    let mut client = connect(receiver.running.addr()).await;
    assert_eq!(client.hear().await, "220 mx.example.net ESMTP");
    #[rustfmt::skip]
    let turns = [
        ("EHLO first",               "MAIL FROM:<a@example.com>",     "503 "),
        ("a name is needed",         "EHLO",                          "501 "),
        ("HELO is enough",           "HELO client.example.com",       "250 mx.example.net"),
        ("not a command",            "HELLO",                         "500 "),
        ("MAIL before RCPT",         "RCPT TO:<probe@example.net>",   "503 "),
        ("no brackets",              "MAIL FROM:a@example.com",       "501 "),
        ("the null sender",          "MAIL FROM:<>",                  "250 "),
        ("once only",                "MAIL FROM:<a@example.com>",     "503 "),
        ("RCPT before DATA",         "DATA",                          "503 "),
        ("an unknown mailbox",       "RCPT TO:<other@example.net>",   "550 5.1.1 "),
        ("another domain",           "RCPT TO:<probe@example.org>",   "554 5.7.1 "),
        ("a duty",                   "RCPT TO:<abuse@example.net>",   "250 "),
        ("the one without domain",   "RCPT TO:<Postmaster>",          "250 "),
        ("neither yes nor no",       "VRFY probe",                    "252 "),
        ("start over",               "RSET",                          "250 "),
        ("after RSET",               "RCPT TO:<probe@example.net>",   "503 "),
        ("nothing",                  "NOOP",                          "250 "),
        ("no login at a receiver",   "AUTH PLAIN",                    "502 "),
        ("the end",                  "QUIT",                          "221 "),
        ("after the end",            "NOOP",                          ""),
    ];
    for (name, line, start) in turns {
        let reply = client.ask(line).await;
        assert!(reply.starts_with(start), "{name}: {reply}");
        assert_eq!(reply.is_empty(), start.is_empty(), "{name}: {reply}");
    }
}

#[tokio::test]
async fn starttls_begins_the_conversation_anew() {
    let receiver = receiver(SmtpManners::default()).await;
    let mut client = connect(receiver.running.addr()).await;
    client.hear().await;
    assert!(client.ask("EHLO client.example.com").await.contains("\n250-STARTTLS\n"));
    assert!(client.ask("STARTTLS").await.starts_with("220 "));
    let mut client = client.secured("mx.example.net", &receiver.ca).await;
    assert!(client.ask(ENVELOPE[1]).await.starts_with("503 "), "EHLO is needed again");
    assert!(!client.ask(ENVELOPE[0]).await.contains("STARTTLS"));
    assert!(client.ask("STARTTLS").await.starts_with("503 "));
    client.ask_all(&ENVELOPE[1..]).await;
    let reply = client.ask("From: news@example.com\r\n\r\nhello\r\n.").await;
    assert!(reply.starts_with("250 "), "{reply}");
    let messages = receiver.mailboxes.messages("probe@example.net", Folder::Inbox);
    let message = String::from_utf8(messages[0].octets.to_vec()).unwrap();
    assert!(message.contains(" with ESMTPS id "), "{message}");
    assert!(message.contains("(client.example.com [127.0.0.1])"), "{message}");
}

#[tokio::test]
async fn what_was_said_before_the_handshake_is_forgotten() {
    let receiver = receiver(SmtpManners::default()).await;
    let mut client = connect(receiver.running.addr()).await;
    client.hear().await;
    client.ask(ENVELOPE[0]).await;
    client.write(b"STARTTLS\r\nNOOP\r\n").await;
    assert!(client.hear().await.starts_with("220 "));
    let mut client = client.secured("mx.example.net", &receiver.ca).await;
    let reply = client.ask("EHLO client.example.com").await;
    assert!(reply.starts_with("250-mx.example.net greets"), "{reply}");
}

#[tokio::test]
async fn a_host_answers_its_own_way_where_it_is_told_to() {
    #[rustfmt::skip]
    let cases = [
        (Stage::Ehlo,    "550 5.7.1 not today", 0),
        (Stage::Mail,    "421 4.7.0 too busy",  1),
        (Stage::Rcpt,    "550-no\n550 never",   2),
        (Stage::Rcpt,    "251 forwarded",       2),
        (Stage::Data,    "451 4.3.0 later",     3),
        (Stage::Message, "554 5.7.1 spam",      4),
        (Stage::Message, "this is no reply",    4),
    ];
    for (stage, own, index) in cases {
        let manners = SmtpManners {
            replies: HashMap::from([(stage, own.to_owned())]),
            ..SmtpManners::default()
        };
        let receiver = receiver(manners).await;
        let mut client = connect(receiver.running.addr()).await;
        client.hear().await;
        let mut replies = client.ask_all(&ENVELOPE[..=index.min(3)]).await;
        if stage == Stage::Message {
            replies.push(client.ask("From: a@example.com\r\n\r\nx\r\n.").await);
        }
        assert_eq!(replies[index], own, "{stage:?}");
        assert!(replies[..index].iter().all(|reply| reply.starts_with(['2', '3'])), "{replies:?}");
        assert!(receiver.mailboxes.messages("probe@example.net", Folder::Inbox).is_empty());
    }
}

#[tokio::test]
async fn a_host_hangs_up_where_it_is_told_to() {
    for (stage, index) in [(Stage::Ehlo, 0), (Stage::Mail, 1), (Stage::Rcpt, 2), (Stage::Data, 3)] {
        let manners = SmtpManners { disconnects_at: Some(stage), ..SmtpManners::default() };
        let receiver = receiver(manners).await;
        let mut client = connect(receiver.running.addr()).await;
        client.hear().await;
        let replies = client.ask_all(&ENVELOPE[..=index]).await;
        assert_eq!(replies[index], "", "{stage:?}");
    }
}

#[tokio::test]
async fn greylisting_puts_off_the_first_of_each_triplet() {
    let manners = SmtpManners { greylists: true, ..SmtpManners::default() };
    let receiver = receiver(manners).await;
    let mut client = connect(receiver.running.addr()).await;
    client.hear().await;
    client.ask_all(&ENVELOPE[..2]).await;
    let first = client.ask(ENVELOPE[2]).await;
    assert!(first.starts_with("451 4.7.1 "), "{first}");
    assert!(client.ask(ENVELOPE[2]).await.starts_with("250 "));
    client.ask_all(&["RSET", "MAIL FROM:<other@example.com>"]).await;
    let other = client.ask(ENVELOPE[2]).await;
    assert!(other.starts_with("451 "), "another sender is another triplet: {other}");
}

#[tokio::test]
async fn openings_differ() {
    let greeting =
        |text: &str| SmtpManners { greeting: Some(text.to_owned()), ..SmtpManners::default() };
    let refusing = receiver(greeting("554 no service here")).await;
    let mut client = connect(refusing.running.addr()).await;
    assert_eq!(client.hear().await, "554 no service here");
    assert!(client.ask("EHLO a.example").await.starts_with("503 "));
    assert!(client.ask("QUIT").await.starts_with("221 "));

    let nonsense = receiver(greeting("OK ready")).await;
    assert_eq!(connect(nonsense.running.addr()).await.hear().await, "OK ready");

    let endless = SmtpManners { opening: Opening::Endless, ..SmtpManners::default() };
    let endless = receiver(endless).await;
    let octets = connect(endless.running.addr()).await.octets(100_000).await;
    let text = String::from_utf8(octets).unwrap();
    assert!(text.lines().all(|line| "220-mx.example.net ESMTP, and so on".starts_with(line)));
}

#[tokio::test]
async fn a_silent_host_takes_the_connection_and_says_nothing() {
    let manners = SmtpManners { opening: Opening::Silent, ..SmtpManners::default() };
    let receiver = receiver(manners).await;
    let mut client = connect(receiver.running.addr()).await;
    client.write(b"EHLO client.example.com\r\n").await;
    let heard = tokio::time::timeout(Duration::from_millis(100), client.hear()).await;
    assert!(heard.is_err(), "{heard:?}");
}

#[tokio::test]
async fn manners_change_while_the_host_runs() {
    let receiver = receiver(SmtpManners::default()).await;
    let mut client = connect(receiver.running.addr()).await;
    client.hear().await;
    receiver.host.set_manners(SmtpManners {
        starttls: false,
        delay: Duration::from_millis(30),
        ..SmtpManners::default()
    });
    let asked = Instant::now();
    let reply = client.ask(ENVELOPE[0]).await;
    assert!(!reply.contains("STARTTLS"), "{reply}");
    assert!(asked.elapsed() >= Duration::from_millis(30), "a tarpit");
    assert!(client.ask("STARTTLS").await.starts_with("502 "));
}

#[tokio::test]
async fn the_certificate_shown_is_of_the_kind_asked_for() {
    for (kind, failure) in [
        (Some(CertificateKind::Expired), "expired"),
        (Some(CertificateKind::WrongName), "not valid for name"),
        (None, "HandshakeFailure"),
    ] {
        let manners = SmtpManners { certificate: kind, ..SmtpManners::default() };
        let receiver = receiver(manners).await;
        let mut client = connect(receiver.running.addr()).await;
        client.hear().await;
        client.ask_all(&["EHLO client.example.com", "STARTTLS"]).await;
        let error = client.try_secured("mx.example.net", &receiver.ca).await.err().unwrap();
        assert!(error.contains(failure), "{kind:?}: {error}");
    }
}

#[tokio::test]
async fn what_has_no_end_is_cut() {
    let receiver = receiver(SmtpManners::default()).await;
    let mut client = connect(receiver.running.addr()).await;
    client.hear().await;
    let reply = client.ask(&format!("EHLO {}", "a".repeat(20_000))).await;
    assert!(reply.starts_with("500 5.5.2 "), "{reply}");

    let mut client = connect(receiver.running.addr()).await;
    client.hear().await;
    let mut mistakes = 0;
    while !client.ask("NONSENSE").await.starts_with("421 ") {
        mistakes += 1;
        assert!(mistakes < 100);
    }
}

#[test]
fn a_path_is_read_strictly() {
    #[rustfmt::skip]
    let cases = [
        ("plain",               "RCPT TO:<a@b.example>",              Command::Rcpt("a@b.example".to_owned())),
        ("any case, a space",   "rcpt to: <a@b.example>",             Command::Rcpt("a@b.example".to_owned())),
        ("a source route",      "RCPT TO:<@x.example:a@b.example>",   Command::Rcpt("a@b.example".to_owned())),
        ("parameters",          "MAIL FROM:<a@b.example> SIZE=1",     Command::Mail("a@b.example".to_owned())),
        ("null to somebody",    "RCPT TO:<>",                         Command::Malformed),
        ("no domain",           "RCPT TO:<a@>",                       Command::Malformed),
        ("a space inside",      "RCPT TO:<a b@c.example>",            Command::Malformed),
        ("not closed",          "RCPT TO:<a@b.example",               Command::Malformed),
        ("glued parameters",    "MAIL FROM:<a@b.example>SIZE=1",      Command::Malformed),
        ("beyond ASCII",        "MAIL FROM:<é@b.example>",            Command::Malformed),
        ("a control character", "MAIL FROM:<a\u{1}@b.example>",       Command::Unknown),
    ];
    for (name, line, command) in cases {
        assert_eq!(Command::parse(line.as_bytes()), command, "{name}");
    }
}

#[test]
fn a_reply_has_the_code_of_its_last_line() {
    #[rustfmt::skip]
    let cases = [
        ("one line",     "250 ok",            Some(250), true),
        ("many lines",   "220-a\n550 b",      Some(550), false),
        ("no digits",    "SSH-2.0",           None,      false),
        ("too short",    "25",                None,      false),
    ];
    for (name, text, code, positive) in cases {
        let reply = Reply::from(text);
        assert_eq!((reply.code(), reply.is_positive()), (code, positive), "{name}");
    }
    assert_eq!(Reply::from("220-a\n220 b").to_wire(), b"220-a\r\n220 b\r\n");
}
