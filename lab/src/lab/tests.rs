use super::Lab;
use crate::conversation::{Conversation, connect, connect_tls};
use crate::mailbox::Folder;
use crate::submission::DkimSigning;
use crate::world::Route;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::net::{IpAddr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use vigie_scenario::Scenario;

const SCENARIO: &str = r#"
name = "a newsletter"
why = "the lab's own hosts"

[target]
domain = "example.com"

[zones]
"example.com" = '''
@      IN TXT "v=spf1 ip4:192.0.2.10 -all"
bounce IN TXT "v=spf1 ip4:192.0.2.10 -all"
_dmarc IN TXT "v=DMARC1; p=reject"
smtp   IN A 192.0.2.10
'''
"example.net" = '''
@    IN MX 10 mx
mx   IN A 198.51.100.25
imap IN A 198.51.100.143
'''
"null.example" = '''
@ IN MX 0 .
'''

[hosts."192.0.2.10".smtp]
name = "smtp.example.com"
submission = { users = { news = "correct horse" }, sends_from = "192.0.2.10" }

[hosts."198.51.100.25".smtp]
name = "mx.example.net"
mailboxes = ["probe@example.net"]
judges = "JUDGES"

[hosts."198.51.100.143".imap]
name = "imap.example.net"
users = { probe = "battery staple" }

[expect]
findings = []
"#;

const SENDER: &str = "192.0.2.10";
const RECEIVER: &str = "198.51.100.25";
const OTHER_PROVIDER: &str = "203.0.113.45";

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

async fn lab(judges: &str) -> Lab {
    let scenario = Scenario::parse(&SCENARIO.replace("JUDGES", judges)).unwrap();
    Lab::start(&scenario).await.unwrap()
}

impl Lab {
    fn server(&self, address: &str, port: u16) -> SocketAddr {
        match self.world().route_to(ip(address), port) {
            Route::To(server) => server,
            route => panic!("{address}:{port} leads to {route:?}"),
        }
    }

    async fn log_in(&self, password: &str) -> (Conversation<TlsStream<TcpStream>>, String) {
        let server = self.server(SENDER, 465);
        let mut client = connect_tls(server, "smtp.example.com", self.ca()).await;
        client.hear().await;
        client.ask("EHLO desk.example.com").await;
        let credentials = STANDARD.encode(format!("\0news\0{password}"));
        let reply = client.ask(&format!("AUTH PLAIN {credentials}")).await;
        (client, reply)
    }

    /// Submits a message from that reverse path, and returns the reply to its end.
    async fn submit(&self, mail_from: &str, to: &str) -> String {
        let (mut client, reply) = self.log_in("correct horse").await;
        assert!(reply.starts_with("235 "), "{reply}");
        let mail = format!("MAIL FROM:<{mail_from}> BODY=8BITMIME");
        let rcpt = format!("RCPT TO:<{to}>");
        let replies = client.ask_all(&[&mail, &rcpt, "DATA"]).await;
        assert!(replies[2].starts_with("354 "), "{replies:?}");
        client
            .ask(
                "From: News <news@example.com>\r\nTo: probe@example.net\r\nSubject: test\r\n\
                 Date: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@example.com>\r\n\r\n\
                 ..dot\r\n.",
            )
            .await
    }

    fn delivered(&self, folder: Folder) -> Vec<String> {
        let messages = self.mailboxes().messages("probe@example.net", folder);
        let text = |octets: &[u8]| String::from_utf8(octets.to_vec()).unwrap();
        messages.iter().map(|message| text(&message.octets)).collect()
    }

    fn move_sender(&self, address: &str) {
        let host = self.smtp(ip(SENDER)).unwrap();
        host.submission().unwrap().set_sends_from(ip(address));
    }
}

#[tokio::test]
async fn an_accepted_message_bears_where_it_came_from_and_who_vouches_for_it() {
    let lab = lab("nobody").await;
    let reply = lab.submit("news@bounce.example.com", "probe@example.net").await;
    assert!(reply.starts_with("250 2.0.0 Ok: queued as "), "{reply}");
    let message = lab.delivered(Folder::Inbox).pop().unwrap();
    let expected = [
        "Return-Path: <news@bounce.example.com>\r\n",
        "Authentication-Results: mx.example.net;\r\n\tspf=pass smtp.mailfrom=news@bounce.example.com;\r\n\
         \tdkim=none;\r\n\tdmarc=pass header.from=example.com\r\n",
        "Received: from smtp.example.com (smtp.example.com [192.0.2.10])\r\n\tby mx.example.net with ESMTPS id ",
        "\r\n\tfor <probe@example.net>;",
        "Received: from desk.example.com (desk.example.com [127.0.0.1])\r\n\tby smtp.example.com with ESMTPSA id ",
        "\r\n\r\n.dot\r\n",
    ];
    let mut rest = message.as_str();
    for part in expected {
        let at = rest.find(part);
        rest = &rest[at.unwrap_or_else(|| panic!("{part:?} in {message}")) + part.len()..];
    }
    assert!(message.starts_with("Return-Path:"));
}

#[tokio::test]
async fn a_receiver_that_insists_on_spf_refuses_until_the_record_is_published() {
    let lab = lab("spf").await;
    let accepted = lab.submit("news@bounce.example.com", "probe@example.net").await;
    assert!(accepted.starts_with("250 "), "{accepted}");
    lab.move_sender(OTHER_PROVIDER);
    let refused = lab.submit("news@bounce.example.com", "probe@example.net").await;
    assert_eq!(
        refused,
        "550 5.7.23 SPF validation failed: bounce.example.com does not designate 203.0.113.45 as \
         permitted sender"
    );
    let record = ["\"v=spf1 ip4:192.0.2.10 ip4:203.0.113.45 -all\""];
    lab.world().replace_rrset("bounce.example.com", "TXT", &record).unwrap();
    let accepted = lab.submit("news@bounce.example.com", "probe@example.net").await;
    assert!(accepted.starts_with("250 "), "{accepted}");
    assert_eq!(lab.delivered(Folder::Inbox).len(), 2);
}

#[tokio::test]
async fn a_receiver_that_insists_on_dmarc_does_as_the_policy_says() {
    #[rustfmt::skip]
    let cases = [
        ("reject refuses",         "v=DMARC1; p=reject",     "550 5.7.26 ", None),
        ("quarantine files apart", "v=DMARC1; p=quarantine", "250 ",        Some(Folder::Junk)),
        ("none takes it",          "v=DMARC1; p=none",       "250 ",        Some(Folder::Inbox)),
    ];
    for (name, record, start, folder) in cases {
        let lab = lab("dmarc").await;
        lab.move_sender(OTHER_PROVIDER);
        let record = [format!("\"{record}\"")];
        let record = record.each_ref().map(String::as_str);
        lab.world().replace_rrset("_dmarc.example.com", "TXT", &record).unwrap();
        let reply = lab.submit("news@bounce.example.com", "probe@example.net").await;
        assert!(reply.starts_with(start), "{name}: {reply}");
        for each in [Folder::Inbox, Folder::Junk] {
            let expected = usize::from(folder == Some(each));
            assert_eq!(lab.delivered(each).len(), expected, "{name}: {each:?}");
        }
    }
}

#[tokio::test]
async fn a_receiver_that_files_failures_as_junk_takes_them() {
    let lab = lab("junk").await;
    lab.move_sender(OTHER_PROVIDER);
    let reply = lab.submit("news@bounce.example.com", "probe@example.net").await;
    assert!(reply.starts_with("250 "), "{reply}");
    let message = lab.delivered(Folder::Junk).pop().unwrap();
    assert!(message.contains("spf=fail ") && message.contains("dmarc=fail "), "{message}");
}

#[tokio::test]
async fn a_signature_of_the_lab_is_verified_through_its_published_key() {
    let signing =
        "sends_from = \"203.0.113.45\", dkim = { domain = \"example.com\", selector = \"s1\" }";
    let scenario =
        SCENARIO.replace("JUDGES", "dmarc").replace("sends_from = \"192.0.2.10\"", signing);
    let lab = Lab::start(&Scenario::parse(&scenario).unwrap()).await.unwrap();
    let refused = lab.submit("news@bounce.example.com", "probe@example.net").await;
    assert!(refused.starts_with("550 5.7.26 "), "no key is published: {refused}");
    let name = "s1._domainkey.example.com";
    lab.world().replace_rrset(name, "TXT", &[DkimSigning::record()]).unwrap();
    let accepted = lab.submit("news@bounce.example.com", "probe@example.net").await;
    assert!(accepted.starts_with("250 "), "{accepted}");
    let message = lab.delivered(Folder::Inbox).pop().unwrap();
    let results = "dkim=pass header.d=example.com header.s=s1;\r\n\tdmarc=pass";
    assert!(message.contains(results), "{message}");
}

#[tokio::test]
async fn a_judgement_that_needs_a_lost_answer_is_put_off() {
    let lab = lab("spf").await;
    let fault = "[[faults]]\nname = \"bounce.example.com\"\nanswer = \"servfail\"\n";
    let faulty = SCENARIO.replace("JUDGES", "spf").replace("[expect]", &format!("{fault}[expect]"));
    let faulty = Scenario::parse(&faulty).unwrap();
    lab.world().set_faults(&faulty.faults).unwrap();
    let reply = lab.submit("news@bounce.example.com", "probe@example.net").await;
    assert!(reply.starts_with("451 4.7.24 "), "{reply}");
}

#[tokio::test]
async fn the_submitter_hears_why_a_receiver_is_not_reached() {
    let lab = lab("nobody").await;
    #[rustfmt::skip]
    let cases = [
        ("an unknown mailbox",     "nobody@example.net",   "550 5.1.1 "),
        ("no such domain",         "a@nowhere.example",    "550 5.1.2 "),
        ("a domain with null MX",  "a@null.example",       "556 5.1.10 "),
    ];
    for (name, to, start) in cases {
        let reply = lab.submit("news@example.com", to).await;
        assert!(reply.starts_with(start), "{name}: {reply}");
    }
    #[rustfmt::skip]
    let routes = [
        (Route::Refuse,      "451 4.4.1 connect to mx.example.net[198.51.100.25]:25: Connection refused"),
        (Route::Drop,        "451 4.4.1 connect to mx.example.net[198.51.100.25]:25: Connection timed out"),
        (Route::Unreachable, "451 4.4.1 connect to mx.example.net[198.51.100.25]:25: No route to host"),
    ];
    for (route, expected) in routes {
        lab.world().set_route(ip(RECEIVER), 25, route);
        let reply = lab.submit("news@example.com", "probe@example.net").await;
        assert_eq!(reply, expected, "{route:?}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_nothing_can_be_sent() {
    let lab = lab("nobody").await;
    let (mut client, reply) = lab.log_in("wrong").await;
    assert!(reply.starts_with("535 5.7.8 "), "{reply}");
    let reply = client.ask("MAIL FROM:<news@example.com>").await;
    assert!(reply.starts_with("530 5.7.0 "), "{reply}");
}

#[tokio::test]
async fn submission_on_587_wants_tls_before_a_login() {
    let lab = lab("nobody").await;
    let mut client = connect(lab.server(SENDER, 587)).await;
    client.hear().await;
    let greeting = client.ask("EHLO desk.example.com").await;
    assert!(!greeting.contains("AUTH") && greeting.contains("STARTTLS"), "{greeting}");
    let replies = client.ask_all(&["AUTH LOGIN", "MAIL FROM:<a@example.com>", "STARTTLS"]).await;
    assert!(replies[0].starts_with("538 5.7.11 "), "{replies:?}");
    assert!(replies[1].starts_with("530 5.7.0 "), "{replies:?}");
    let mut client = client.secured("smtp.example.com", lab.ca()).await;
    assert!(client.ask("EHLO desk.example.com").await.contains("AUTH PLAIN LOGIN"));
    let (user, password) = (STANDARD.encode("news"), STANDARD.encode("correct horse"));
    let replies = client.ask_all(&["AUTH LOGIN", &user, &password]).await;
    assert!(replies[2].starts_with("235 "), "{replies:?}");
}

#[tokio::test]
async fn mail_is_read_where_the_account_points() {
    let lab = lab("nobody").await;
    lab.submit("news@example.com", "probe@example.net").await;
    let server = lab.server("198.51.100.143", 993);
    let mut client = connect_tls(server, "imap.example.net", lab.ca()).await;
    client.hear().await;
    let replies =
        client.ask_all(&["a LOGIN probe \"battery staple\"", "b STATUS INBOX (MESSAGES)"]);
    let replies = replies.await;
    assert!(replies[0].starts_with("a OK "), "{replies:?}");
    assert_eq!(replies[1], "* STATUS \"INBOX\" (MESSAGES 1)");
}

#[tokio::test]
async fn a_simulated_address_is_reached_through_the_front() {
    let lab = lab("nobody").await;
    let proxy = lab.proxy();
    let mut stream = TcpStream::connect(proxy.trim_start_matches("socks5://")).await.unwrap();
    // RFC 1928: no authentication, then CONNECT to the control host at port 25.
    stream.write_all(&[5, 1, 0]).await.unwrap();
    let mut method = [0; 2];
    stream.read_exact(&mut method).await.unwrap();
    stream.write_all(&[5, 1, 0, 1, 192, 0, 2, 250, 0, 25]).await.unwrap();
    let mut reply = [0; 10];
    stream.read_exact(&mut reply).await.unwrap();
    assert_eq!((method, reply[1]), ([5, 0], 0));
    let mut greeting = [0; 4];
    stream.read_exact(&mut greeting).await.unwrap();
    assert_eq!(&greeting, b"220 ");
}

#[tokio::test]
async fn a_host_without_mailboxes_takes_mail_for_the_domains_it_is_the_mx_of() {
    let scenario = SCENARIO.replace("mailboxes = [\"probe@example.net\"]\n", "");
    let scenario = Scenario::parse(&scenario.replace("JUDGES", "nobody")).unwrap();
    let lab = Lab::start(&scenario).await.unwrap();
    let mut client = connect(lab.server(RECEIVER, 25)).await;
    client.hear().await;
    client.ask_all(&["EHLO a.example", "MAIL FROM:<a@example.com>"]).await;
    #[rustfmt::skip]
    let cases = [
        ("its own domain",        "anybody@example.net",    "250 "),
        ("another's domain",      "anybody@example.com",    "554 5.7.1 "),
        ("a domain without mail", "anybody@none.example",   "554 5.7.1 "),
    ];
    for (name, to, start) in cases {
        let reply = client.ask(&format!("RCPT TO:<{to}>")).await;
        assert!(reply.starts_with(start), "{name}: {reply}");
    }
}

#[tokio::test]
async fn what_the_scenario_says_of_a_host_is_how_it_behaves() {
    #[rustfmt::skip]
    let cases = [
        ("a greeting of its own", "greeting = \"554 no service\"",          "554 no service"),
        ("another port",          "ports = [25, 2525]",                     "220 mx.example.net ESMTP"),
        ("nothing listens",       "refuse = true",                          "Refuse"),
        ("never answered",        "drop = true",                            "Drop"),
    ];
    for (name, option, expected) in cases {
        let scenario = SCENARIO.replace("judges = \"JUDGES\"", option);
        let lab = Lab::start(&Scenario::parse(&scenario).unwrap()).await.unwrap();
        let port = if option.contains("2525") { 2525 } else { 25 };
        let seen = match lab.world().route_to(ip(RECEIVER), port) {
            Route::To(server) => connect(server).await.hear().await,
            route => format!("{route:?}"),
        };
        assert_eq!(seen, expected, "{name}");
    }
}

#[tokio::test]
async fn faults_of_the_conversation_are_keys_of_the_scenario() {
    #[rustfmt::skip]
    let cases = [
        ("greylisting",    "greylists = true",       &["250 2", "451 4.7.1 ", "250 2"][..]),
        ("RCPT hangs up",  "hangs_up_at = \"rcpt\"", &["250 2", ""]),
        ("MAIL hangs up",  "hangs_up_at = \"mail\"", &[""]),
        ("a tarpit",       "delay_ms = 20",          &["250 2", "250 2"]),
    ];
    for (name, option, expected) in cases {
        let scenario = SCENARIO.replace("judges = \"JUDGES\"", option);
        let lab = Lab::start(&Scenario::parse(&scenario).unwrap()).await.unwrap();
        let delays = !lab.smtp(ip(RECEIVER)).unwrap().manners().delay.is_zero();
        assert_eq!(delays, option.starts_with("delay"), "{name}");
        let mut client = connect(lab.server(RECEIVER, 25)).await;
        client.hear().await;
        client.ask("EHLO client.example").await;
        let rcpt = "RCPT TO:<probe@example.net>";
        let asked = ["MAIL FROM:<a@example.com>", rcpt, rcpt];
        let replies = client.ask_all(&asked[..expected.len()]).await;
        for (reply, start) in replies.iter().zip(expected) {
            let same = if start.is_empty() { reply.is_empty() } else { reply.starts_with(start) };
            assert!(same, "{name}: {replies:?}");
        }
    }
}

#[tokio::test]
async fn a_greeting_without_end_is_a_key_of_the_scenario() {
    let scenario = SCENARIO.replace("judges = \"JUDGES\"", "endless = true");
    let lab = Lab::start(&Scenario::parse(&scenario).unwrap()).await.unwrap();
    let octets = connect(lab.server(RECEIVER, 25)).await.octets(10_000).await;
    let text = String::from_utf8(octets).unwrap();
    let line = "220-mx.example.net ESMTP, and so on";
    assert!(text.lines().all(|heard| line.starts_with(heard)), "{text}");
}

#[tokio::test]
async fn a_reply_to_data_in_a_scenario_is_the_reply_to_the_message() {
    let own = "replies = { data = \"452 4.3.1 disk full\" }";
    let scenario = SCENARIO.replace("judges = \"JUDGES\"", own);
    let lab = Lab::start(&Scenario::parse(&scenario).unwrap()).await.unwrap();
    let reply = lab.submit("news@example.com", "probe@example.net").await;
    assert_eq!(reply, "452 4.3.1 disk full");
}

#[tokio::test]
async fn everything_ends_with_the_lab() {
    let lab = lab("nobody").await;
    let server = lab.server(RECEIVER, 25);
    let mut client = connect(server).await;
    client.hear().await;
    drop(lab);
    assert_eq!(client.hear().await, "", "the conversation ends");
    while TcpStream::connect(server).await.is_ok() {
        tokio::task::yield_now().await;
    }
}
