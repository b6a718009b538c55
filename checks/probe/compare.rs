//! Is the message that arrived the one that was sent?

use std::collections::BTreeSet;

use mail_parser::MessageParser;

use super::message::{Outgoing, SUBJECT};
use crate::kernel::FoundMessage;
use crate::records::canonical::{Canonicalization, canonical_body, header_fields};

/// What of it is not as it was sent. Blanks do not count, nor does the way in which a subject is
/// encoded; of what the mailbox did not give nothing is said.
pub fn altered(sent: &Outgoing, found: &FoundMessage) -> Vec<String> {
    let parsed = MessageParser::default().parse_headers(found.header.as_bytes());
    let subject = parsed.as_ref().and_then(|message| message.subject());
    let has_other_subject =
        !found.header.is_empty() && subject.is_none_or(|subject| !is_same(subject, SUBJECT));
    let has_other_body = found.body.as_ref().is_some_and(|body| !is_same(body, &sent.body));
    let said = [(has_other_subject, "subject"), (has_other_body, "body")];
    said.into_iter().filter(|(is_so, _)| *is_so).map(|(_, what)| what.to_owned()).collect()
}

/// Whether every field that was sent is there as it was, and the body, in the relaxed forms (RFC 6376
/// §3.4): a signature of them that fails was wrong from the start.
pub fn is_unaltered(sent: &Outgoing, found: &FoundMessage) -> bool {
    let Some(mail) = &sent.script.mail else { return false };
    let Some((header, body)) = mail.message.split_once("\r\n\r\n") else { return false };
    let form = Canonicalization::Relaxed;
    let there: BTreeSet<String> =
        header_fields(&found.header).iter().map(|field| field.canonical(form)).collect();
    let has_fields = header_fields(header).iter().all(|sent| there.contains(&sent.canonical(form)));
    let found_body = found.body.as_deref().map(|body| canonical_body(body, form));
    has_fields && found_body == Some(canonical_body(body, form))
}

/// In the relaxed form of a body (RFC 6376 §3.4.4), however lines end.
fn is_same(one: &str, other: &str) -> bool {
    let form = |text: &str| {
        let lines: Vec<&str> = text.lines().collect();
        canonical_body(&lines.join("\r\n"), Canonicalization::Relaxed)
    };
    form(one) == form(other)
}
