//! Which reports does a message carry? (RFC 9990 §3.5.2: as an attachment, of whatever structure)

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders, PartType};

use super::content::{Found, Search, beginning};
use super::{Fault, Kind, Place, Unread};

/// Whether a text begins as a message does: with a field (RFC 5322 §2.2), or with the line that a mailbox
/// puts before it.
pub fn is_message(text: &str) -> bool {
    if text.starts_with("From ") {
        return true;
    }
    let line = text.lines().next().unwrap_or_default();
    let Some((name, _)) = line.split_once(':') else { return false };
    let is_field = |c: char| c.is_ascii_graphic();
    !name.is_empty() && name.len() <= 76 && name.chars().all(is_field) && has_fields(text)
}

/// Whether a mail program wrote it, and not somebody who puts a colon after a word.
fn has_fields(text: &str) -> bool {
    const USUAL: [&str; 6] =
        ["from", "received", "return-path", "message-id", "mime-version", "subject"];
    let fields = text.lines().take(100).take_while(|line| !line.is_empty());
    let names = fields.filter_map(|line| line.split_once(':')).map(|(name, _)| name);
    names.into_iter().any(|name| USUAL.iter().any(|usual| name.eq_ignore_ascii_case(usual)))
}

/// Looks into everything that a message carries.
pub fn look(search: &mut Search, content: &[u8], place: &Place, depth: usize) {
    let content = without_envelope(content);
    let Some(message) = MessageParser::default().parse(content) else {
        return search.note(place, Unread::Other(Kind::Unknown));
    };
    let before = search.found.len();
    for part in &message.parts {
        let name = part.attachment_name().unwrap_or_default();
        let place = if name.is_empty() { place.clone() } else { place.named(name) };
        match &part.body {
            PartType::Binary(octets) | PartType::InlineBinary(octets) => {
                let found = search.found.len();
                search.look(octets, &place, depth + 1);
                if let Some(fault) = claimed(part)
                    && search.found[found..].iter().all(is_no_report)
                {
                    search.found.truncate(found);
                    search.note(&place, fault);
                }
            }
            // What people read has no report in it; what programs read may be declared as text.
            PartType::Text(text) if is_for_programs(text) => {
                search.look(text.as_bytes(), &place, depth + 1);
            }
            PartType::Message(inner) => search.look(inner.raw_message(), &place, depth + 1),
            PartType::Text(_) | PartType::Html(_) | PartType::Multipart(_) => {}
        }
    }
    // Pictures, signatures and the like are no loss.
    let mut rest = search.found.split_off(before);
    rest.retain(|one| !is_no_report(one));
    if rest.is_empty() {
        let found = kind(&message).map_or(Found::NoReport, |kind| Unread::Other(kind).into());
        rest.push((place.clone(), found));
    }
    search.found.extend(rest);
}

fn is_no_report((_, found): &(Place, Found)) -> bool {
    match found {
        Found::Not(Unread::Other(kind)) => !kind.is_report(),
        Found::NoReport => true,
        Found::Report(_) | Found::Not(Unread::Faulty(_)) => false,
    }
}

/// How a part is damaged that calls itself what reports come in, and is not (RFC 9990 §3.5.2, RFC 8460 §5.3).
fn claimed(part: &MessagePart<'_>) -> Option<Fault> {
    let name = part.attachment_name().unwrap_or_default().to_ascii_lowercase();
    let subtype = part.content_type().and_then(|kind| kind.subtype()).unwrap_or_default();
    let is = |kinds: &[&str]| kinds.iter().any(|kind| subtype.eq_ignore_ascii_case(kind));
    if name.ends_with(".gz") || is(&["gzip", "x-gzip", "tlsrpt+gzip"]) {
        Some(Fault::DamagedGzip)
    } else if name.ends_with(".zip") || is(&["zip", "x-zip-compressed"]) {
        Some(Fault::DamagedZip)
    } else {
        None
    }
}

fn is_for_programs(text: &str) -> bool {
    let begins = beginning(text);
    begins.starts_with("<?xml") || begins.starts_with("<feedback") || begins.starts_with('{')
}

/// What kind of report a message is that carries no other (RFC 6522).
fn kind(message: &Message<'_>) -> Option<Kind> {
    let kind = message.content_type()?;
    if !kind.subtype().is_some_and(|subtype| subtype.eq_ignore_ascii_case("report")) {
        return None;
    }
    match kind.attribute("report-type")?.to_ascii_lowercase().as_str() {
        "delivery-status" => Some(Kind::DeliveryStatus),
        "feedback-report" => Some(Kind::Complaint),
        "tlsrpt" => Some(Kind::TlsReport),
        _ => None,
    }
}

fn without_envelope(content: &[u8]) -> &[u8] {
    if !content.starts_with(b"From ") {
        return content;
    }
    let end = content.iter().position(|octet| *octet == b'\n');
    end.map_or(content, |end| &content[end + 1..])
}
