//! Which reports do messages carry, and what else comes to the same mailbox?

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::ingest::mailbox::Messages;

const HEAD: &str = "Return-Path: <r@receiver.example>\r\nFrom: r@receiver.example\r\nTo: d@example.com\r\n\
    Subject: Report Domain: example.com\r\nMIME-Version: 1.0\r\n";

fn attachment(kind: &str, name: &str, content: &[u8]) -> String {
    format!(
        "--b\r\nContent-Type: {kind}\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}\r\n",
        STANDARD.encode(content)
    )
}

fn message(parts: &[&str]) -> Vec<u8> {
    let text = "--b\r\nContent-Type: text/plain\r\n\r\nThis is an aggregate report.\r\n";
    let mixed = "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n";
    format!("{HEAD}{mixed}{text}{}--b--\r\n", parts.concat()).into_bytes()
}

fn alone(kind: &str, encoding: &str, body: &str) -> Vec<u8> {
    format!("{HEAD}Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}\r\n")
        .into_bytes()
}

fn reported(kind: &str) -> Vec<u8> {
    let mixed =
        format!("Content-Type: multipart/report; report-type={kind}; boundary=\"b\"\r\n\r\n");
    format!("{HEAD}{mixed}--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--b--\r\n").into_bytes()
}

#[test]
fn reports_are_found_however_they_are_attached() {
    let (one, two) = (xml("1"), xml("2"));
    let zipped = attachment("application/zip", "a.zip", &zip(&[("one.xml", one.as_bytes())]));
    let gzipped = attachment("application/gzip", "a.xml.gz", &gzip(one.as_bytes()));
    let plain = attachment("text/xml", "two.xml", two.as_bytes());
    let picture = attachment("image/png", "logo.png", b"\x89PNG\r\n\x1a\n");
    let damaged = attachment("application/gzip", "b.xml.gz", &gzip(two.as_bytes())[..80]);
    let tls =
        attachment("application/tlsrpt+gzip", "t.json.gz", &gzip(b"{\"organization-name\":\"x\"}"));
    let forwarded = [
        "--b\r\nContent-Type: message/rfc822\r\n\r\n".to_owned(),
        String::from_utf8(message(&[&zipped]))
            .unwrap()
            .replace("--b", "--c")
            .replace("\"b\"", "\"c\""),
    ];
    #[rustfmt::skip]
    let cases: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("a ZIP",                     message(&[&zipped]),                       &["1"]),
        ("gzip",                      message(&[&gzipped]),                      &["1"]),
        ("XML as text",               message(&[&plain]),                        &["2"]),
        ("two, and a picture",        message(&[&gzipped, &picture, &plain]), &["1", "2"]),
        ("of an unknown type",        message(&[&attachment("application/x-unknown", "r", &gzip(one.as_bytes()))]), &["1"]),
        ("forwarded",                 message(&[&forwarded.concat()]),                   &["1"]),
        ("the whole body is a ZIP",   alone("application/zip", "base64", &STANDARD.encode(zip(&[("a.xml", one.as_bytes())]))), &["1"]),
        ("the whole body is XML",     alone("text/xml", "8bit", &one),                  &["1"]),
        ("damaged beside a whole one", message(&[&gzipped, &damaged]),                    &["1", "damaged-gzip"]),
        ("what is no gzip",           message(&[&attachment("application/gzip", "c.xml.gz", b"\x00\x01")]), &["damaged-gzip"]),
        ("what is no gzip by its name", message(&[&gzipped, &attachment("application/octet-stream", "C.XML.GZ", b"\x00")]), &["1", "damaged-gzip"]),
        ("what is no ZIP",            message(&[&attachment("application/zip", "d.zip", b"\x00\x01")]), &["damaged-zip"]),
        ("a letter",                  alone("text/plain", "7bit", "Hello <you>"),       &["no-report"]),
        ("a picture",                 message(&[&picture]),                              &["no-report"]),
        ("a page",                    alone("text/html", "7bit", "<html><p>Hello</p></html>"), &["no-report"]),
        ("a report of TLS",           message(&[&tls]),                                  &["tls-report"]),
        ("a delivery status",         reported("delivery-status"),                      &["delivery-status"]),
        ("a complaint",               reported("\"Feedback-Report\""),                  &["complaint"]),
        ("a read receipt",            reported("disposition-notification"),             &["no-report"]),
    ];
    for (rule, content, expected) in cases {
        assert_eq!(said(&content), expected, "{rule}");
    }
    let named = found(&message(&[&zipped]));
    let inside = ["a.zip", "one.xml"].map(|name| Inside::Named(name.to_owned()));
    assert_eq!(named[0].0.inside, inside);
}

#[test]
fn what_is_no_message_is_known_by_sight() {
    #[rustfmt::skip]
    let cases = [
        ("a report of TLS",    "{\"organization-name\": \"x\", \"policies\": []}",                       "tls-report"),
        ("other JSON",         "{\"a\": 1}",                                                             "unknown"),
        ("the log of Postfix", "Nov 26 06:00:00 mx1 postfix/smtp[123]: ABC: to=<a@example.com>\n",     "mail-log"),
        ("the log of Exim",    "2026-11-26 06:00:00 1abc-23-4d <= a@example.com H=x\n",                "mail-log"),
        ("a note",             "note: buy milk\n",                                                       "unknown"),
        ("nothing",            " \n",                                                                    "empty"),
    ];
    for (rule, content, expected) in cases {
        assert_eq!(said(content.as_bytes()), [expected], "{rule}");
    }
}

#[test]
fn a_mailbox_is_read_message_by_message() {
    let split = |text: &str| -> Vec<String> {
        let messages = Messages::of(text.as_bytes());
        messages.map(|one| String::from_utf8(one.unwrap()).unwrap()).collect()
    };
    let two =
        ["From a Mon\nSubject: 1\n\nHi.\nFrom here on.\n\n", "From b Tue\nSubject: 2\n\nHello\n"];
    assert_eq!(split(&two.concat()), two, "only after an empty line, and not within one");
    assert_eq!(split(""), [""; 0]);
    let long = format!("From a\n\n{}\n\n", "x".repeat(200_000));
    assert_eq!(split(&format!("{long}From b\n")), [long.as_str(), "From b\n"]);
    let windows = ["From a\r\nSubject: 1\r\n\r\n", "From b\r\n\r\n"];
    assert_eq!(split(&windows.concat()), windows);
}

#[test]
fn a_message_larger_than_anybody_sends_is_left_out() {
    use std::io::{BufReader, Read};
    let large = std::io::repeat(b'x').take(super::super::content::LARGEST + 1);
    let text = "From a\n\n".as_bytes().chain(large).chain("\n\nFrom b\nSubject: 2\n".as_bytes());
    let told: Vec<_> = Messages::of(BufReader::new(text)).collect();
    assert_eq!(told.len(), 2);
    assert_eq!(told[0], Err(Fault::TooLarge { megabytes: 64 }));
    assert_eq!(told[1].as_deref(), Ok("From b\nSubject: 2\n".as_bytes()));
}
