//! What does a receiver write on top of a message? `Return-Path` and `Received` (RFC 5321 §4.4) and
//! `Authentication-Results` (RFC 8601).

use super::judge::Verdict;
use crate::smtp::Envelope;
use chrono::{DateTime, Utc};
use std::fmt::Write;
use std::net::IpAddr;

/// `Return-Path`, with its CRLF.
pub(crate) fn return_path(envelope: &Envelope) -> String {
    format!("Return-Path: <{}>\r\n", envelope.mail_from)
}

/// `Received`, with its CRLF.
pub(crate) fn received(name: &str, envelope: &Envelope, id: &str, at: DateTime<Utc>) -> String {
    let helo = &envelope.helo;
    let client = address_literal(envelope.client);
    let protocol = envelope.protocol;
    let date = at.to_rfc2822();
    let recipient = match envelope.recipients.as_slice() {
        // RFC 5321 §7.2: several recipients must not learn of one another.
        [only] => format!("\r\n\tfor <{only}>"),
        _ => String::new(),
    };
    format!(
        "Received: from {helo} ({helo} {client})\r\n\tby {name} with {protocol} id {id}{recipient};\
         \r\n\t{date}\r\n"
    )
}

/// `Authentication-Results` by the host of that name, with its CRLF.
pub(super) fn authentication_results(name: &str, envelope: &Envelope, verdict: &Verdict) -> String {
    let mut field = format!("Authentication-Results: {name};\r\n\tspf={}", verdict.spf);
    let identity = match envelope.mail_from.as_str() {
        "" => format!(" smtp.helo={}", value(&envelope.helo)),
        from => format!(" smtp.mailfrom={}", value(from)),
    };
    field.push_str(&identity);
    if verdict.dkim.is_empty() {
        field.push_str(";\r\n\tdkim=none");
    }
    for signature in &verdict.dkim {
        let _ = write!(field, ";\r\n\tdkim={}", signature.result);
        if let Some(domain) = &signature.domain {
            let _ = write!(field, " header.d={}", value(domain));
        }
        if let Some(selector) = &signature.selector {
            let _ = write!(field, " header.s={}", value(selector));
        }
    }
    let _ = write!(field, ";\r\n\tdmarc={}", verdict.dmarc);
    if !verdict.header_from.is_empty() {
        let _ = write!(field, " header.from={}", value(&verdict.header_from));
    }
    field.push_str("\r\n");
    field
}

/// RFC 5321 §4.1.3.
fn address_literal(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => format!("[{address}]"),
        IpAddr::V6(address) => format!("[IPv6:{address}]"),
    }
}

/// A value of RFC 8601 §2.2: bare where it may be, quoted where it must, bounded, printable.
fn value(text: &str) -> String {
    let text: String = text.chars().filter(char::is_ascii_graphic).take(320).collect();
    let bare = |b: u8| b.is_ascii_alphanumeric() || b"-._+=@".contains(&b);
    if !text.is_empty() && text.bytes().all(bare) {
        return text;
    }
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}
