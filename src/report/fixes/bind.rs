//! A zone fragment (RFC 1035 §5.1), with `;- NAME TYPE` for an RRset to remove.

use vigie_checks::kernel::{Lang, Rtype};

use super::{FixReport, SetReport};

/// The octets that one character-string holds (RFC 1035 §3.3).
const STRING: usize = 255;

pub(super) fn render(report: &FixReport, lang: Lang) -> String {
    let mut text = String::new();
    let (own, elsewhere) = report.parted();
    for set in own.into_iter().chain(elsewhere) {
        text.push_str(&set.remarks(report, ";", lang));
        if set.values.is_empty() {
            text.push_str(&format!(";- {} {}\n", absolute(set.name.as_str()), set.rtype));
        }
        for value in &set.values {
            text.push_str(&format!("{}\n", record(set, value)));
        }
        text.push('\n');
    }
    text + &report.remarks(";", lang)
}

/// One record of a set, as a zone file has it.
pub(super) fn record(set: &SetReport, value: &str) -> String {
    let name = absolute(set.name.as_str());
    format!("{name} {} IN {} {}", set.ttl, set.rtype, data(set, value))
}

pub(super) fn absolute(name: &str) -> String {
    format!("{}.", name.trim_end_matches('.'))
}

fn data(set: &SetReport, value: &str) -> String {
    if set.rtype == Rtype::TXT { quoted(value) } else { value.to_owned() }
}

/// A text as a zone file has it.
pub fn quoted(text: &str) -> String {
    let strings = strings(text).into_iter().map(|string| format!("\"{string}\""));
    strings.collect::<Vec<_>>().join(" ")
}

/// A text in parts of at most 255 octets, with quotes escaped. `\DDD` and `\\` are one octet each.
pub(super) fn strings(text: &str) -> Vec<String> {
    let (mut strings, mut octets) = (vec![String::new()], 0);
    let mut rest = text;
    while !rest.is_empty() {
        let (octet, tail) = rest.split_at(width(rest));
        if octets == STRING {
            strings.push(String::new());
            octets = 0;
        }
        if let Some(string) = strings.last_mut() {
            string.push_str(if octet == "\"" { "\\\"" } else { octet });
        }
        octets += 1;
        rest = tail;
    }
    strings
}

/// How much of the text is its first octet.
fn width(text: &str) -> usize {
    let digits = text.bytes().skip(1).take(3).filter(u8::is_ascii_digit).count();
    match text.as_bytes() {
        [b'\\', ..] if digits == 3 => 4,
        [b'\\', _, ..] => 1 + text[1..].chars().next().map_or(0, char::len_utf8),
        _ => text.chars().next().map_or(0, char::len_utf8),
    }
}
