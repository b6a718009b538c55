//! What a report says, and what counts as another message than the one that was sent.

use super::super::bounce::bounce;
use super::super::compare::{altered, is_unaltered};
use super::super::facts::Bounce;
use super::super::message::{Outgoing, outgoing};
use super::{probe, scripted};
use crate::kernel::{FoundMessage, HttpsUrl, Stream, Vantage};

pub const REPORT: &str = "From: <mailer-daemon@mx.quay.example>\r\n\
    Content-Type: multipart/report; report-type=delivery-status; boundary=\"part\"\r\n\r\n\
    --part\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\
    --part\r\nContent-Type: message/delivery-status\r\n\r\n\
    Reporting-MTA: dns; mx.quay.example\r\n\r\n\
    Final-Recipient: rfc822; other@quay.example\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\n\
    Final-Recipient: rfc822; seed@quay.example\r\nAction: Failed\r\nStatus: 5.1.1\r\n\
    Diagnostic-Code: smtp; 550 5.1.1 no\r\n such user\r\n\r\n--part--\r\n";

#[test]
fn a_report_counts_where_it_says_failed() {
    let said = Bounce {
        status: Some("5.1.1".to_owned()),
        reply: "550 5.1.1 no such user".to_owned(),
        reporter: Some("mx.quay.example".to_owned()),
    };
    assert_eq!(bounce(REPORT), Some(said));
    let without_words = REPORT.replace("Diagnostic-Code: smtp; 550 5.1.1 no\r\n such user\r\n", "");
    assert_eq!(bounce(&without_words).map(|bounce| bounce.reply), Some("5.1.1".to_owned()));
    let cases = [
        ("it is late", REPORT.replace("Action: Failed", "Action: delayed")),
        ("words alone", REPORT.replace("message/delivery-status", "text/plain")),
        ("no recipient", REPORT.replace("Action: Failed", "Act: failed")),
        ("nothing", String::new()),
        ("cut off", REPORT[..260].to_owned()),
    ];
    for (rule, report) in cases {
        assert_eq!(bounce(&report), None, "{rule}");
    }
}

#[test]
fn what_a_report_says_is_kept_short_and_plain() {
    let long = REPORT.replace("550 5.1.1 no", &format!("550 \u{1b}[31m{}", "x".repeat(10_000)));
    let reply = bounce(&long).expect("it says failed").reply;
    assert!(reply.len() <= 300 && !reply.contains('\u{1b}'), "{reply:?}");
}

fn sent() -> Outgoing {
    let probe = probe();
    outgoing(&probe, None, &probe.seeds[0], &Vantage::default(), chrono::DateTime::UNIX_EPOCH)
}

fn arrived(header: &str, body: Option<String>) -> FoundMessage {
    FoundMessage {
        folder: "INBOX".to_owned(),
        junk: false,
        stored_at: chrono::DateTime::UNIX_EPOCH,
        header: header.to_owned(),
        body,
        tab: None,
    }
}

#[test]
fn a_message_is_the_same_but_for_blanks_and_encoding() {
    let body = sent().body;
    let line = body.trim_end().to_owned();
    let plain = "Subject: vigie test send\r\n\r\n";
    #[rustfmt::skip]
    let cases = [
        ("as it was sent",          plain, Some(body.clone()), ""),
        ("empty lines below",       plain, Some(format!("{body}\r\n \r\n")), ""),
        ("wider blanks",            plain, Some(body.replace("can be", "can  \tbe")), ""),
        ("bare line ends",          plain, Some(format!("{line}\n")), ""),
        ("an encoded subject",      "Subject: =?utf-8?q?vigie_test_send?=\r\n\r\n", Some(body.clone()), ""),
        ("nobody gave the body",    plain, None, ""),
        ("no header either",        "", None, ""),
        ("a footer",                plain, Some(format!("{body}-- \r\nthe quay\r\n")), "body"),
        ("another encoding",        plain, Some(body.replace('.', "=2E")), "body"),
        ("no body at all",          plain, Some(String::new()), "body"),
        ("a tag in the subject",    "Subject: [extern] vigie test send\r\n\r\n", Some(body.clone()), "subject"),
        ("no subject",              "X: y\r\n\r\n", Some(body.clone()), "subject"),
        ("both",                    "Subject: hello\r\n\r\n", Some("hello".to_owned()), "subject body"),
    ];
    for (rule, header, body, expected) in cases {
        let found = arrived(header, body);
        assert_eq!(altered(&sent(), &found).join(" "), expected, "{rule}");
    }
}

#[test]
fn a_test_send_of_bulk_mail_bears_the_fields_of_the_click_without_its_token() {
    let probe = probe();
    let stream = |bulk| Stream {
        bulk,
        one_click: HttpsUrl::parse("https://click.example.com/u?token=1").ok(),
        ..scripted::stream("newsletter", "example.com")
    };
    let written = |stream: &Stream| {
        let now = chrono::DateTime::UNIX_EPOCH;
        let sent = outgoing(&probe, Some(stream), &probe.seeds[0], &Vantage::default(), now);
        sent.script.mail.expect("it is a message").message
    };
    let fields = "List-Unsubscribe: <https://click.example.com/u>\r\n\
        List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
    assert!(written(&stream(true)).contains(fields), "{}", written(&stream(true)));
    assert!(!written(&stream(false)).contains("List-Unsubscribe"));
}

#[test]
fn a_message_is_unaltered_where_every_field_and_the_body_are_as_they_were_sent() {
    let sent = sent();
    let message = sent.script.mail.as_ref().expect("it sends one").message.clone();
    let (header, body) = message.split_once("\r\n\r\n").expect("a header ends");
    let trace = "Received: from a by b; x\r\n";
    #[rustfmt::skip]
    let cases = [
        ("with trace fields above",     format!("{trace}{header}\r\n"),                              Some(body.to_owned()),           true),
        ("in another order",            header.rsplit("\r\n").collect::<Vec<_>>().join("\r\n"), Some(body.to_owned()),           true),
        ("blanks and names in capitals", header.replace("Subject: ", "SUBJECT:  "),                   Some(body.replace("\r\n", " \r\n")), true),
        ("another encoding",            header.replace("charset=utf-8", "charset=us-ascii"),          Some(body.to_owned()),           false),
        ("a field is gone",             header.replace("MIME-Version: 1.0\r\n", ""),                 Some(body.to_owned()),           false),
        ("a footer",                    header.to_owned(),                                            Some(format!("{body}--\r\n")),  false),
        ("no body was given",           header.to_owned(),                                            None,                            false),
    ];
    for (rule, header, body, expected) in cases {
        assert_eq!(is_unaltered(&sent, &arrived(&header, body)), expected, "{rule}");
    }
}
