//! The text of TXT records, octet by octet, and how JSON shows it.

use serde::{Deserialize, Serialize};

/// The character-strings of a TXT record (RFC 1035 §3.3.14): at most 255 octets each, any octet.
/// In JSON they are printable text with `\DDD` for other octets and `\\` for a backslash.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct Text {
    strings: Vec<Vec<u8>>,
}

impl Text {
    pub fn new(strings: Vec<Vec<u8>>) -> Self {
        Self { strings }
    }

    /// The strings joined without anything between (RFC 7208 §3.3, 6376 §3.6.2.2), octet by octet.
    pub fn joined(&self) -> Vec<u8> {
        self.strings.concat()
    }

    /// The joined strings as printable ASCII, other octets as `\DDD`.
    pub fn printable(&self) -> String {
        self.strings.iter().map(|string| escape(string)).collect()
    }

    pub fn strings(&self) -> &[Vec<u8>] {
        &self.strings
    }
}

fn escape(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len());
    for &octet in octets {
        match octet {
            b'\\' => text.push_str("\\\\"),
            0x20..=0x7e => text.push(char::from(octet)),
            _ => text.push_str(&format!("\\{octet:03}")),
        }
    }
    text
}

fn unescape(text: &str) -> Vec<u8> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        (rest, _) = match (first, tail) {
            (b'\\', [a, b, c, after @ ..]) if [a, b, c].iter().all(|d| d.is_ascii_digit()) => {
                let number = [a, b, c].iter().fold(0u16, |n, d| n * 10 + u16::from(**d - b'0'));
                (after, octets.push(u8::try_from(number).unwrap_or(b'?')))
            }
            (b'\\', [escaped, after @ ..]) => (after, octets.push(*escaped)),
            _ => (tail, octets.push(*first)),
        };
    }
    octets
}

impl From<Vec<String>> for Text {
    fn from(strings: Vec<String>) -> Self {
        Self { strings: strings.iter().map(|string| unescape(string)).collect() }
    }
}

impl From<Text> for Vec<String> {
    fn from(text: Text) -> Self {
        text.strings.iter().map(|string| escape(string)).collect()
    }
}
