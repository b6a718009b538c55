//! What becomes of a message that was taken: footers, tags, seals, and reports that it comes back.

use crate::smtp::{Envelope, SmtpHost};
use std::fmt::Write;
use vigie_scenario::{Handling, Seal};

/// The message as it is filed.
pub(super) fn changed(handling: &Handling, message: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(message);
    let (header, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let mut filed = handling.seal.as_ref().map(arc_set).unwrap_or_default();
    match &handling.subject_prefix {
        Some(prefix) => {
            filed.push_str(&header.replacen("Subject: ", &format!("Subject: {prefix} "), 1));
        }
        None => filed.push_str(header),
    }
    filed.push_str("\r\n\r\n");
    filed.push_str(body);
    if let Some(footer) = &handling.footer {
        let _ = write!(filed, "{footer}\r\n");
    }
    filed.into_bytes()
}

/// RFC 8617 §4.1, the first instance.
fn arc_set(seal: &Seal) -> String {
    let Seal { domain, selector, cv } = seal;
    format!(
        "ARC-Seal: i=1; a=rsa-sha256; t=1767225600; cv={cv};\r\n\td={domain}; s={selector}; b=c2VhbA==\r\n\
         ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed;\r\n\td={domain}; s={selector}; \
         h=from:subject; bh=Ym9keQ==; b=bWVzc2FnZQ==\r\n\
         ARC-Authentication-Results: i=1; {domain}; spf=pass\r\n"
    )
}

/// The report that goes to MAIL FROM (RFC 3464), where the host makes one and there is a return path.
pub(super) fn report(
    host: &SmtpHost,
    handling: &Handling,
    envelope: &Envelope,
    message: &[u8],
) -> Option<Vec<u8>> {
    let (action, reply) = match &handling.bounces {
        Some(reply) => ("failed", reply.as_str()),
        None if handling.warns_of_delay => ("delayed", "451 4.4.1 No answer from the next host"),
        None => return None,
    };
    let to = Some(&envelope.mail_from).filter(|address| !address.is_empty())?;
    let name = host.name();
    let status = reply.split(' ').nth(1).unwrap_or("5.0.0");
    let text = String::from_utf8_lossy(message);
    let header = text.split("\r\n\r\n").next().unwrap_or_default();
    let recipient = envelope.recipients.first().map_or("", String::as_str);
    let date = host.mailboxes().clock().now().to_rfc2822();
    Some(
        format!(
            "Return-Path: <>\r\nFrom: <mailer-daemon@{name}>\r\nTo: <{to}>\r\n\
             Subject: Delivery Status Notification\r\nDate: {date}\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"part\"\r\n\r\n\
             --part\r\nContent-Type: text/plain\r\n\r\nYour message: {action}.\r\n\
             --part\r\nContent-Type: message/delivery-status\r\n\r\n\
             Reporting-MTA: dns; {name}\r\n\r\n\
             Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n\
             Diagnostic-Code: smtp; {reply}\r\n\r\n\
             --part\r\nContent-Type: text/rfc822-headers\r\n\r\n{header}\r\n\r\n--part--\r\n"
        )
        .into_bytes(),
    )
}
