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

    /// The joined strings as they are read: UTF-8, and in place of an octet that is none a character that
    /// nobody writes, which [`Text::of_readable`] gives back as that octet. No two texts read alike.
    pub fn readable(&self) -> String {
        let joined = self.joined();
        let mut text = String::with_capacity(joined.len());
        for chunk in joined.utf8_chunks() {
            for c in chunk.valid().chars() {
                match octet_of(c) {
                    // Such a character itself is told by its octets, which none of them can be taken for.
                    Some(_) => text.extend(c.encode_utf8(&mut [0; 4]).bytes().map(stand_in)),
                    None => text.push(c),
                }
            }
            text.extend(chunk.invalid().iter().copied().map(stand_in));
        }
        text
    }

    /// What was read, or a part of it, octet by octet again.
    pub fn of_readable(text: &str) -> Self {
        let mut octets = Vec::with_capacity(text.len());
        for c in text.chars() {
            match octet_of(c) {
                Some(octet) => octets.push(octet),
                None => octets.extend(c.encode_utf8(&mut [0; 4]).bytes()),
            }
        }
        Self { strings: vec![octets] }
    }

    pub fn strings(&self) -> &[Vec<u8>] {
        &self.strings
    }
}

/// The first of the private characters that stand in for octets that are no text: U+10FE00 to U+10FEFF.
const STAND_INS: u32 = 0x10_fe00;

fn stand_in(octet: u8) -> char {
    char::from_u32(STAND_INS + u32::from(octet)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn octet_of(c: char) -> Option<u8> {
    u32::from(c).checked_sub(STAND_INS).and_then(|octet| u8::try_from(octet).ok())
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

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn what_is_read_can_be_told_octet_by_octet() {
        let cases: [(&[u8], &str); 6] = [
            (b"v=DMARC1", "v=DMARC1"),
            ("réseau ; €".as_bytes(), "réseau ; €"),
            (b"a\x9bb", "a\u{10fe9b}b"),
            (b"\xe2\x80", "\u{10fee2}\u{10fe80}"),
            ("\u{fffd}".as_bytes(), "\u{fffd}"),
            ("\u{10fe9b}".as_bytes(), "\u{10fef4}\u{10fe8f}\u{10feba}\u{10fe9b}"),
        ];
        for (octets, read) in cases {
            let text = Text::new(vec![octets.to_vec()]);
            assert_eq!(text.readable(), read, "{octets:?}");
            assert_eq!(Text::of_readable(read), text, "{octets:?}");
        }
    }
}
