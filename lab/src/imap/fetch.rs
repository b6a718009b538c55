//! What of a message does the client get? The items of FETCH (RFC 3501 §6.4.5).

use super::command::{Malformed, Token};
use crate::mailbox::Message;

/// One thing to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    Flags,
    Uid,
    InternalDate,
    Size,
    /// Octets of the message, under the name that the answer repeats.
    Octets {
        name: String,
        section: Section,
        /// Leaves `\Seen` as it is.
        peeks: bool,
        /// Start and length.
        part: Option<(usize, usize)>,
    },
}

/// A part of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Section {
    Whole,
    Header,
    Body,
    /// Only these fields, or all but these.
    Fields {
        names: Vec<String>,
        others: bool,
    },
}

/// Reads the items of a command.
pub fn parse(token: &Token) -> Result<Vec<Item>, Malformed> {
    let words: Vec<&str> = match token {
        Token::Text(word) => vec![word],
        Token::List(list) => list.iter().filter_map(Token::text).collect(),
    };
    let mut items = Vec::new();
    for word in words {
        items.extend(item(word)?);
    }
    Ok(items)
}

fn item(word: &str) -> Result<Vec<Item>, Malformed> {
    let octets = |section, peeks| Item::Octets {
        name: word.to_ascii_uppercase(),
        section,
        peeks,
        part: None,
    };
    let upper = word.to_ascii_uppercase();
    Ok(match upper.as_str() {
        "FAST" => vec![Item::Flags, Item::InternalDate, Item::Size],
        "FLAGS" => vec![Item::Flags],
        "UID" => vec![Item::Uid],
        "INTERNALDATE" => vec![Item::InternalDate],
        "RFC822.SIZE" => vec![Item::Size],
        "RFC822" => vec![octets(Section::Whole, false)],
        "RFC822.HEADER" => vec![octets(Section::Header, true)],
        "RFC822.TEXT" => vec![octets(Section::Body, false)],
        _ => vec![body(&upper)?],
    })
}

/// `BODY[…]` and `BODY.PEEK[…]`, with `<start.length>` after it.
fn body(word: &str) -> Result<Item, Malformed> {
    const UNKNOWN: Malformed = Malformed("item not supported");
    let (peeks, rest) = match word.strip_prefix("BODY.PEEK[") {
        Some(rest) => (true, rest),
        None => (false, word.strip_prefix("BODY[").ok_or(UNKNOWN)?),
    };
    let (section, rest) = rest.split_once(']').ok_or(UNKNOWN)?;
    let part = match rest {
        "" => None,
        _ => Some(part(rest).ok_or(UNKNOWN)?),
    };
    let name = match part {
        Some((start, _)) => format!("BODY[{section}]<{start}>"),
        None => format!("BODY[{section}]"),
    };
    let section = match section.split_once(" (") {
        None => match section {
            "" => Section::Whole,
            "HEADER" => Section::Header,
            "TEXT" | "1" => Section::Body,
            _ => return Err(UNKNOWN),
        },
        Some((kind, names)) => Section::Fields {
            others: match kind {
                "HEADER.FIELDS" => false,
                "HEADER.FIELDS.NOT" => true,
                _ => return Err(UNKNOWN),
            },
            names: names
                .trim_end_matches(')')
                .split_ascii_whitespace()
                .map(|name| name.trim_matches('"').to_owned())
                .collect(),
        },
    };
    Ok(Item::Octets { name, section, peeks, part })
}

fn part(text: &str) -> Option<(usize, usize)> {
    let inner = text.strip_prefix('<')?.strip_suffix('>')?;
    let (start, length) = inner.split_once('.')?;
    Some((start.parse().ok()?, length.parse().ok()?))
}

/// Whether fetching these marks the message as read.
pub fn marks_seen(items: &[Item]) -> bool {
    items.iter().any(|item| matches!(item, Item::Octets { peeks: false, .. }))
}

/// The untagged FETCH response for a message, with its CRLF.
pub fn render(number: u32, message: &Message, items: &[Item]) -> Vec<u8> {
    let mut response = format!("* {number} FETCH (").into_bytes();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            response.push(b' ');
        }
        match item {
            Item::Flags => text(&mut response, &format!("FLAGS ({})", message.flags.join(" "))),
            Item::Uid => text(&mut response, &format!("UID {}", message.uid)),
            Item::InternalDate => {
                let date = message.internal_date.format("%d-%b-%Y %H:%M:%S +0000");
                text(&mut response, &format!("INTERNALDATE \"{date}\""));
            }
            Item::Size => {
                text(&mut response, &format!("RFC822.SIZE {}", message.octets.len()));
            }
            Item::Octets { name, section, part, .. } => {
                let octets = cut(select(&message.octets, section), *part);
                text(&mut response, &format!("{name} {{{}}}\r\n", octets.len()));
                response.extend_from_slice(&octets);
            }
        }
    }
    response.extend_from_slice(b")\r\n");
    response
}

fn text(response: &mut Vec<u8>, text: &str) {
    response.extend_from_slice(text.as_bytes());
}

fn select(octets: &[u8], section: &Section) -> Vec<u8> {
    let (header, body) = split(octets);
    match section {
        Section::Whole => octets.to_vec(),
        Section::Header => header.to_vec(),
        Section::Body => body.to_vec(),
        Section::Fields { names, others } => {
            let named = |line: &[u8]| names.iter().any(|name| is_field(line, name));
            let chosen = fields(header).filter(|line| named(line) != *others);
            let mut selected = chosen.collect::<Vec<_>>().concat();
            selected.extend_from_slice(b"\r\n");
            selected
        }
    }
}

fn cut(octets: Vec<u8>, part: Option<(usize, usize)>) -> Vec<u8> {
    match part {
        Some((start, length)) => octets.into_iter().skip(start).take(length).collect(),
        None => octets,
    }
}

/// The header with the empty line that ends it, and the body.
pub fn split(octets: &[u8]) -> (&[u8], &[u8]) {
    if octets.starts_with(b"\r\n") {
        return octets.split_at(2);
    }
    match octets.windows(4).position(|window| window == b"\r\n\r\n") {
        Some(end) => octets.split_at(end + 4),
        None => (octets, &[]),
    }
}

/// The values of every header field of that name.
pub fn field<'m>(header: &'m [u8], name: &'m str) -> impl Iterator<Item = &'m [u8]> {
    fields(header).filter(move |line| is_field(line, name)).map(move |line| &line[name.len() + 1..])
}

fn is_field(line: &[u8], name: &str) -> bool {
    line.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name.as_bytes()))
        && line.get(name.len()) == Some(&b':')
}

/// Each header field with its folded lines and CRLF.
fn fields(header: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = header;
    std::iter::from_fn(move || {
        let mut end = 0;
        loop {
            let line = rest[end..].iter().position(|&b| b == b'\n')?;
            end += line + 1;
            if !matches!(rest.get(end), Some(b' ' | b'\t')) {
                break;
            }
        }
        let (field, after) = rest.split_at(end);
        rest = after;
        (field != b"\r\n").then_some(field)
    })
}
