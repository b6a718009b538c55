//! What was a record meant to be? Slips of copying that leave the key whole.

use crate::records::dkim_key::{DkimKey, KeyState};
use crate::records::tag_list::{BLANK, TagList};

/// What the tags of a key record are called (RFC 6376 §3.6.1), without the notes, in which anything may stand.
const TAGS: [&str; 7] = ["g", "h", "k", "p", "s", "t", "v"];

/// The lines of a key file around the key.
const ARMOUR: [&str; 4] = [
    "-----BEGIN PUBLIC KEY-----",
    "-----END PUBLIC KEY-----",
    "-----BEGIN RSA PUBLIC KEY-----",
    "-----END RSA PUBLIC KEY-----",
];

/// A slip, by the case that tells it.
#[derive(Debug, PartialEq, Eq)]
pub struct Slip {
    pub case: &'static str,
    /// The record without it, where a verifier can read the key in that.
    pub meant: Option<String>,
}

/// The first slip in a record as it is printed, where a backslash is written twice.
pub fn respelled(record: &str) -> Option<Slip> {
    let unescaped = record.replace("\\\\;", ";");
    let bare = ARMOUR.iter().fold(unescaped.clone(), |text, line| text.replace(line, ""));
    let parted = parted(&bare);
    let case = if unescaped != record {
        "backslash"
    } else if bare != unescaped {
        "armour"
    } else if parted != bare {
        "semicolons"
    } else {
        return None;
    };
    Some(Slip { case, meant: read(&parted) })
}

/// With a semicolon before each tag that follows another after a blank alone.
fn parted(text: &str) -> String {
    if TagList::parse(text).tag("n").is_some() {
        return text.to_owned();
    }
    let mut parted = String::with_capacity(text.len());
    for word in text.split_inclusive(BLANK) {
        let before = parted.trim_end_matches(BLANK).len();
        let tag = parted[..before].rsplit(';').next().unwrap_or_default().trim_matches(BLANK);
        if begins_tag(word) && begins_tag(tag) {
            parted.insert(before, ';');
        }
        parted.push_str(word);
    }
    parted
}

/// Whether a word is a tag's name with the beginning of its value; the end of base64 is none.
fn begins_tag(word: &str) -> bool {
    let Some((name, value)) = word.split_once('=') else { return false };
    TAGS.contains(&name) && value.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '*')
}

/// The tags as everybody writes them, where they are a key that can be read and nothing else is left over.
fn read(text: &str) -> Option<String> {
    let key = DkimKey::parse(text);
    let is_sound = key.state == KeyState::Usable && key.weakness.is_none();
    let is_whole = is_sound && key.misread.is_none() && !text.contains('\\');
    let tags = TagList::parse(text).tags;
    let written = tags.iter().map(|tag| format!("{}={}", tag.name, tag.value));
    is_whole.then(|| written.collect::<Vec<String>>().join("; "))
}
