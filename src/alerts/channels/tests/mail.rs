//! Mails: what a submission host says, how they hang together, and what stands in them.

use mail_parser::MessageParser;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use vigie_checks::kernel::Lang;

use super::super::Answer;
use super::golden::{EVENTS, channel, hostile};
use super::{event_sent, network};
use crate::alerts::ChannelSettings;
use crate::config::{Destination, MailAccount};

/// A submission host that answers the message with this line, and gives what it got.
async fn host(verdict: &'static str) -> (u16, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("a bound socket").port();
    let (sender, mails) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = BufReader::new(stream);
            stream.write_all(b"220 mail.example.org ESMTP\r\n").await.expect("a greeting");
            let (mut line, mut mail, mut in_mail) = (String::new(), String::new(), false);
            while stream.read_line(&mut line).await.is_ok_and(|octets| octets > 0) {
                let said = std::mem::take(&mut line);
                let reply = match said.as_str() {
                    ".\r\n" if in_mail => {
                        in_mail = false;
                        sender.send(std::mem::take(&mut mail)).expect("somebody reads");
                        verdict
                    }
                    _ if in_mail => {
                        mail.push_str(&said);
                        continue;
                    }
                    "DATA\r\n" => {
                        in_mail = true;
                        "354 go on"
                    }
                    _ => "250 fine",
                };
                stream.write_all(format!("{reply}\r\n").as_bytes()).await.expect("a reply");
            }
        }
    });
    (port, mails)
}

fn mailbox(port: u16, from: &str, to: &str) -> ChannelSettings {
    let url = format!("smtp://127.0.0.1:{port}?tls=none").parse().expect("a submission");
    let submit = MailAccount { url, password: None };
    let (from, to) = (from.to_owned(), to.to_owned());
    ChannelSettings {
        destination: Destination::Email { submit, from, to },
        ..channel("email", "", Lang::En)
    }
}

async fn mailed(event: &str, from: &str, to: &str) -> String {
    let (port, mut mails) = host("250 taken").await;
    let answer = event_sent(&mailbox(port, from, to), &network(&[]), event).await;
    assert_eq!(answer, Answer::Accepted { status: 250 });
    mails.recv().await.expect("a mail")
}

const FROM: &str = "vigie@alerts.example.net";
const TO: &str = "postmaster@example.net";

fn event(name: &str) -> &'static str {
    EVENTS.iter().find(|(event, _)| *event == name).expect("an event").1
}

#[tokio::test]
async fn what_a_host_says_decides() {
    let cases = [("250 taken", None), ("451 later", Some(false)), ("554 never", Some(true))];
    for (verdict, is_final) in cases {
        let (port, _mails) = host(verdict).await;
        let answer = event_sent(&mailbox(port, FROM, TO), &network(&[]), EVENTS[0].1).await;
        match (is_final, &answer) {
            (None, Answer::Accepted { status: 250 }) => {}
            (Some(false), Answer::Failed { status: Some(451), error, .. })
            | (Some(true), Answer::Refused { status: Some(554), error }) => {
                assert_eq!(error, &format!("at message: {verdict}"));
            }
            _ => panic!("{verdict}: {answer:?}"),
        }
    }
}

#[tokio::test]
async fn a_host_that_does_not_listen_is_tried_again() {
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = closed.local_addr().expect("a bound socket").port();
    drop(closed);
    let answer = event_sent(&mailbox(port, FROM, TO), &network(&[]), EVENTS[0].1).await;
    assert!(
        matches!(&answer, Answer::Failed { status: None, error, .. } if error == "at connect: connection refused"),
        "{answer:?}"
    );
}

#[tokio::test]
async fn the_mails_of_an_incident_are_one_thread() {
    let opened = mailed(event("01-opened"), FROM, TO).await;
    let mail = mailed(event("06-resolved"), FROM, TO).await;
    let root = "01JDQ8Z5V7T4W3N2M1K0H9G8F7@alerts.example.net";
    let parser = MessageParser::default();
    let (opened, resolved) =
        (parser.parse(&opened).expect("a mail"), parser.parse(&mail).expect("a mail"));
    assert_eq!(opened.message_id(), Some(root));
    assert_eq!(resolved.message_id(), Some("msg_1@alerts.example.net"));
    assert_eq!(resolved.in_reply_to().as_text(), Some(root));
    assert_eq!(resolved.references().as_text(), Some(root));
    assert!(mail.contains("\r\nAuto-Submitted: auto-generated\r\n") && !mail.contains("List-"));
}

#[tokio::test]
async fn a_mail_says_the_same_twice_as_text_and_as_html() {
    let mail = mailed(event("01-opened"), FROM, TO).await;
    assert!(mail.lines().all(|line| line.len() <= 78 && line.is_ascii()), "{mail}");
    assert_eq!(mail, mailed(event("01-opened"), FROM, TO).await, "the same octets every time");
    let parsed = MessageParser::default().parse(&mail).expect("a mail");
    let subject = "[error] Opened: SPF needs more than 10 DNS lookups (example.com and 2 more)";
    assert_eq!(parsed.subject(), Some(subject));
    assert_eq!((parsed.text_body_count(), parsed.html_body_count()), (1, 1));
    let (text, html) = (parsed.body_text(0).expect("text"), parsed.body_html(0).expect("html"));
    for said in [
        "receivers stop at 10",
        "v=spf1 include:_spf.example.net -all",
        "https://vigie.example.net/",
    ] {
        assert!(text.contains(said) && html.contains(said), "{said}");
    }
    assert!(!html.contains("<img") && !html.contains("<script"));
}

#[tokio::test]
async fn a_mail_that_needs_the_broken_domain_says_so() {
    let warning = "This mail passes over";
    #[rustfmt::skip]
    let cases = [
        ("from the domain",         "01-opened",   "vigie@example.com",      TO,                        true),
        ("to the domain",           "01-opened",   FROM,                     "me@example.org",          true),
        ("to a subdomain",          "01-opened",   FROM,                     "me@in.example.com",       true),
        ("a name that ends alike",  "01-opened",   FROM,                     "me@notexample.com",       false),
        ("over other domains",      "01-opened",   FROM,                     TO,                        false),
        ("what is over",            "06-resolved", "vigie@example.com",      TO,                        false),
        ("no incident",             "11-report",   "vigie@example.com",      TO,                        false),
    ];
    for (rule, name, from, to, expected) in cases {
        let mail = mailed(event(name), from, to).await;
        let parsed = MessageParser::default().parse(&mail).expect("a mail");
        let text = parsed.body_text(0).expect("text");
        assert_eq!(text.contains(warning), expected, "{rule}: {text}");
    }
}

#[tokio::test]
async fn hostile_text_adds_no_header_and_no_markup() {
    let mail = mailed(&hostile(), FROM, TO).await;
    assert!(mail.lines().all(|line| line.len() <= 78 && line.is_ascii()));
    let parsed = MessageParser::default().parse(&mail).expect("a mail");
    assert!(parsed.bcc().is_none() && parsed.attachment_count() == 0);
    let html = parsed.body_html(0).expect("html");
    assert!(!html.contains("<script") && !html.contains("</b>") && html.contains("&lt;script&gt;"));
    let obeyed = |c: char| c != '\n' && c != '\r' && (c.is_control() || c == '\u{202e}');
    assert!(!html.contains(obeyed) && !parsed.subject().expect("a subject").contains(obeyed));
}

#[tokio::test]
async fn a_long_subject_in_any_script_is_read_back_whole() {
    for title in ["été ".repeat(30), "記録".repeat(40), "=?utf-8?Q?x?=".to_owned(), "a ".repeat(80)]
    {
        let data = json!({ "title": title, "severity": "error" });
        let time = "2026-11-25T12:00:00Z";
        let event = json!({ "type": "incident.opened", "timestamp": time, "data": data });
        let mail = mailed(&event.to_string(), FROM, TO).await;
        let parsed = MessageParser::default().parse(&mail).expect("a mail");
        let subject = parsed.subject().expect("a subject");
        let kept = subject.trim_start_matches("[error] Opened: ").trim_end_matches('…').trim_end();
        assert!(title.starts_with(kept) && !kept.is_empty(), "{subject}");
        assert!(mail.lines().all(|line| line.len() <= 78));
    }
}
