//! What in a DMARC record is no tag, and how was it meant? (RFC 9989 §4.7, §4.8)
//!
//! Receivers do not ask that: they pass over what they cannot read, or the whole record.

use super::dmarc::DmarcRecord;
use super::tag_list::{BLANK, TagList};

/// The tags of RFC 9989 §4.7.
pub const TAGS: [&str; 11] =
    ["v", "p", "sp", "np", "rua", "ruf", "adkim", "aspf", "fo", "t", "psd"];

/// The tags of RFC 7489 that RFC 9989 takes away.
pub const REMOVED: [&str; 3] = ["pct", "rf", "ri"];

/// For how much of the failing mail `pct` asked for the policy, in percent (RFC 7489 §6.3); nothing where it
/// cannot be read.
pub fn sample(pct: &str) -> Option<u8> {
    pct.parse().ok().filter(|share| *share <= 100)
}

/// What comes before a record by mistake.
const JUNK: [char; 8] = [' ', '\t', '"', '\'', '\u{201c}', '\u{201d}', '\u{a0}', '\u{feff}'];

/// A part of a record that receivers cannot read as it is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misread {
    pub text: String,
    /// Whether a policy or the address of the reports is in it.
    pub is_weighty: bool,
}

/// The parts that are no tag, that run several together, hold stray quotes, or come a second time.
pub fn misread(record: &str) -> Vec<Misread> {
    let list = TagList::parse(record);
    let weighty = |name: &str| ["p", "sp", "np", "rua"].contains(&name);
    let mut found: Vec<Misread> = list
        .malformed
        .iter()
        .map(|part| Misread {
            text: part.text.to_owned(),
            is_weighty: part.text.split(|c: char| !c.is_ascii_alphanumeric()).any(weighty),
        })
        .collect();
    let mut seen: Vec<&str> = Vec::new();
    for tag in &list.tags {
        let inside = split_at_tags(tag.value);
        let is_twice = seen.contains(&tag.name);
        seen.push(tag.name);
        if is_twice || inside.len() > 1 || tag.value.contains(['"', '\\']) {
            let names = inside.iter().filter_map(|part| part.split_once('=')).map(|(name, _)| name);
            let is_weighty = [tag.name].into_iter().chain(names).any(weighty);
            found.push(Misread { text: format!("{}={}", tag.name, tag.value), is_weighty });
        }
    }
    found
}

/// The tags that no standard knows, with the known one that is a slip of the finger away.
pub fn unknown_tags(record: &str) -> Vec<(String, Option<&'static str>)> {
    let list = TagList::parse(record);
    let known = |name: &str| TAGS.contains(&name) || REMOVED.contains(&name);
    let unknown = list.tags.iter().map(|tag| tag.name).filter(|name| !known(name));
    unknown
        .map(|name| {
            let meant = TAGS.into_iter().find(|tag| tag.len() > 1 && is_one_slip(name, tag));
            (name.chars().take(20).collect(), meant)
        })
        .collect()
}

/// Whether a text that is no DMARC record was meant to be one.
pub fn is_lookalike(text: &str) -> bool {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let compact = compact.to_ascii_lowercase();
    DmarcRecord::parse(text).is_none()
        && (compact.contains("v=dmarc") || compact.starts_with("dmarc1;"))
}

/// The record that was meant: the version first, one tag between semicolons, no quotes, nothing twice, the
/// addresses of all tags of a name in one; nothing where that is still not a record with a policy.
pub fn repaired(record: &str) -> Option<String> {
    let mut tags = vec![("v".to_owned(), "DMARC1".to_owned())];
    for segment in record.trim_start_matches(JUNK).split(';') {
        for part in split_at_tags(segment) {
            let part = part.replace(['"', '\\'], "");
            let Some((name, value)) = part.split_once('=') else { continue };
            let name = name.trim_matches(BLANK).to_ascii_lowercase();
            let value = value.trim_matches([' ', '\t', '\r', '\n', ',']);
            if value.is_empty() {
                continue;
            }
            match tags.iter_mut().find(|(known, _)| *known == name) {
                Some((_, uris)) if ["rua", "ruf"].contains(&name.as_str()) => add_uris(uris, value),
                Some(_) => {}
                None => tags.push((name, value.to_owned())),
            }
        }
    }
    let parts: Vec<String> = tags.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let meant = parts.join("; ");
    let read = DmarcRecord::parse(&meant)?;
    (!read.is_policy_invalid() && misread(&meant).is_empty()).then_some(meant)
}

/// Puts more URIs to a list, those that it does not have.
fn add_uris(list: &mut String, more: &str) {
    for uri in more.split(',').map(str::trim) {
        if !list.split(',').any(|known| known.trim() == uri) {
            list.push(',');
            list.push_str(uri);
        }
    }
}

/// The record without the tags of these names.
pub fn without_tags(record: &str, names: &[&str]) -> String {
    let kept = record.split(';').map(|part| part.trim_matches(BLANK)).filter(|part| {
        let name = part.split('=').next().unwrap_or_default().trim_end_matches(BLANK);
        !part.is_empty() && !names.contains(&name)
    });
    kept.collect::<Vec<_>>().join("; ")
}

/// A text cut before every known tag that follows a blank or a comma.
fn split_at_tags(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        if ![' ', '\t', ','].contains(&c) {
            continue;
        }
        let after = &text[at + 1..];
        let begins_tag = TAGS.iter().chain(&REMOVED).any(|tag| {
            after
                .strip_prefix(tag)
                .is_some_and(|rest| rest.trim_start_matches(BLANK).starts_with('='))
        });
        if begins_tag {
            let before = text[start..at].trim_matches([' ', '\t', ',']);
            if !before.is_empty() {
                parts.push(before);
            }
            start = at + 1;
        }
    }
    let last = text[start..].trim_matches(BLANK);
    if !last.is_empty() {
        parts.push(last);
    }
    parts
}

/// One letter more, less, other, or two exchanged.
fn is_one_slip(written: &str, meant: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (written.chars().collect(), meant.chars().collect());
    if a.len().abs_diff(b.len()) > 1 || written == meant {
        return false;
    }
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (rest_a, rest_b) = (&a[start..], &b[start..]);
    match (rest_a, rest_b) {
        ([x, y, left @ ..], [u, v, right @ ..]) if x == v && y == u && left == right => true,
        _ => {
            let shorter = |long: &[char], short: &[char]| long.get(1..) == Some(short);
            rest_a.get(1..).is_some_and(|left| rest_b.get(1..) == Some(left))
                || shorter(rest_a, rest_b)
                || shorter(rest_b, rest_a)
        }
    }
}
