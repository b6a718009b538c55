//! Was this TXT record meant to be SPF? (RFC 7208 §4.5, §12)
//!
//! Receivers do not ask that: what does not begin with exactly `v=spf1` and a space is no SPF to them.

use super::spf::{is_spf, parse};

/// What a record begins with that does not belong there: spaces, quotes, marks of the byte order.
const JUNK: [char; 10] =
    [' ', '\t', '"', '\'', '\u{201c}', '\u{201d}', '\u{201e}', '\u{a0}', '\u{feff}', '\u{200b}'];

/// Versions as people mistype them, after blanks are taken out.
const VERSIONS: [&str; 5] = ["v=spf1", "v=spf2", "spf1", "v=spf", "vspf1"];

/// Whether a record resembles SPF without being selected as such. `v=spf10` is another version, and
/// `spf2.0/` is Sender ID.
pub fn is_lookalike(octets: &[u8]) -> bool {
    !is_spf(octets) && rest(&String::from_utf8_lossy(octets)).is_some()
}

/// The record that was meant, where it can be read without a fault.
pub fn corrected(octets: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(octets);
    let terms = rest(&text)?.trim_end_matches(JUNK).replace([';', ','], " ");
    let words: Vec<&str> = terms.split_whitespace().collect();
    let record = [&["v=spf1"], words.as_slice()].concat().join(" ");
    parse(record.as_bytes()).faults.is_empty().then_some(record)
}

/// What follows the version.
fn rest(text: &str) -> Option<&str> {
    let bare = text.trim_start_matches(JUNK);
    VERSIONS.iter().find_map(|version| {
        let after = without_blanks(bare, version)?;
        let next = after.chars().next();
        let ends = match *version {
            // Words that stand alone in other records too need an end of their own.
            "spf1" | "v=spf" | "vspf1" => next.is_none_or(|c| " ;,".contains(c)),
            _ => next.is_none_or(|c| !c.is_ascii_digit() && !".-_".contains(c)),
        };
        ends.then_some(after)
    })
}

/// What follows `version` in `text`, its case and blanks inside it passed over.
fn without_blanks<'a>(text: &'a str, version: &str) -> Option<&'a str> {
    let mut rest = text;
    for (at, wanted) in version.chars().enumerate() {
        if at > 0 {
            rest = rest.trim_start_matches([' ', '\t', '\u{a0}']);
        }
        let first = rest.chars().next()?;
        if !first.eq_ignore_ascii_case(&wanted) {
            return None;
        }
        rest = &rest[first.len_utf8()..];
    }
    Some(rest)
}
