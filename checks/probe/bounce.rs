//! Did the message come back? What a report of failed delivery says (RFC 3464).

use mail_parser::{MessageParser, MimeHeaders, PartType};

use super::facts::Bounce;

/// Characters kept of what a host says.
const KEPT: usize = 300;

/// What a report says of the message, if it says that it could not be delivered. A report of delay, of
/// success or of another form says nothing.
pub fn bounce(report: &str) -> Option<Bounce> {
    let message = MessageParser::default().parse(report.as_bytes())?;
    let is_status = |part: &&mail_parser::MessagePart<'_>| {
        part.content_type().is_some_and(|kind| {
            kind.ctype().eq_ignore_ascii_case("message")
                && kind.subtype().is_some_and(|sub| {
                    ["delivery-status", "global-delivery-status"]
                        .iter()
                        .any(|known| sub.eq_ignore_ascii_case(known))
                })
        })
    };
    let part = message.parts.iter().find(is_status)?;
    let text = match &part.body {
        PartType::Text(text) => text.as_ref(),
        _ => std::str::from_utf8(part.contents()).ok()?,
    };
    let mut groups = groups(text);
    let of_message = groups.next()?;
    let failed = groups.find(|group| {
        value(group, "action").is_some_and(|action| action.eq_ignore_ascii_case("failed"))
    })?;
    let status = value(&failed, "status").map(|status| kept(&status));
    let reply = value(&failed, "diagnostic-code").map(|code| kept(after_type(&code)));
    Some(Bounce {
        reply: reply.or_else(|| status.clone()).unwrap_or_else(|| "failed".to_owned()),
        status,
        reporter: value(&of_message, "reporting-mta").map(|mta| kept(after_type(&mta))),
    })
}

/// The groups of fields, parted by empty lines (RFC 3464 §2.1): of the message, then of each recipient.
fn groups(text: &str) -> impl Iterator<Item = Vec<(String, String)>> {
    let mut lines = text.lines().map(str::trim_end).peekable();
    std::iter::from_fn(move || {
        while lines.next_if(|line| line.is_empty()).is_some() {}
        lines.peek()?;
        let mut group: Vec<(String, String)> = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.is_empty()) {
            match (line.split_once(':'), group.last_mut()) {
                (_, Some((_, value))) if line.starts_with([' ', '\t']) => {
                    value.push(' ');
                    value.push_str(line.trim());
                }
                (Some((name, value)), _) => {
                    group.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
                }
                (None, _) => {}
            }
        }
        Some(group)
    })
}

fn value(group: &[(String, String)], name: &str) -> Option<String> {
    group.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone())
}

/// `smtp; 550 5.1.1 …` without its type (RFC 3464 §2.1.2).
fn after_type(value: &str) -> &str {
    value.split_once(';').map_or(value, |(_, rest)| rest.trim())
}

fn kept(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(KEPT).collect()
}
