//! Is the message that arrived the one that was sent?

use mail_parser::MessageParser;

use super::message::{Outgoing, SUBJECT};
use crate::kernel::FoundMessage;

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

/// As the relaxed canonical form has it (RFC 6376 §3.4.4): runs of blanks are one, blanks at the end of
/// a line and empty lines at the end of the body are none.
fn is_same(one: &str, other: &str) -> bool {
    let lines = |text: &str| {
        let mut lines: Vec<String> = text
            .lines()
            .map(|line| {
                let inside = line.split([' ', '\t']).filter(|word| !word.is_empty());
                let leads = if line.starts_with([' ', '\t']) { " " } else { "" };
                format!("{leads}{}", inside.collect::<Vec<_>>().join(" "))
            })
            .map(|line| line.trim_end().to_owned())
            .collect();
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        lines
    };
    lines(one) == lines(other)
}
