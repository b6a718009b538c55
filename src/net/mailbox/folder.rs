//! Which folder of an account is which? Names as people read them, junk, and where to look first.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// Names that mean junk where the server marks no folder (RFC 6154 is younger than many servers).
const JUNK_NAMES: [&str; 10] = [
    "junk",
    "spam",
    "junk e-mail",
    "junk email",
    "bulk mail",
    "courrier indésirable",
    "courriers indésirables",
    "indésirables",
    "pourriel",
    "pourriels",
];

/// Places in the order of looking.
pub(super) const INBOX: u8 = 0;
pub(super) const JUNK: u8 = 1;

/// Characters kept of a folder's name.
const NAME_LIMIT: usize = 200;

/// A folder that can be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Folder {
    /// As the server wrote it, and wants it back.
    pub written: String,
    /// As people read it.
    pub name: String,
    pub junk: bool,
}

impl Folder {
    /// `marked` says that the server calls it the folder for junk (RFC 6154 §2).
    pub fn new(written: &str, delimiter: Option<&str>, marked: bool) -> Self {
        let name = readable(written);
        let last = match delimiter.filter(|delimiter| !delimiter.is_empty()) {
            Some(delimiter) => name.rsplit(delimiter).next().unwrap_or_default(),
            None => name.as_str(),
        };
        let junk = marked || JUNK_NAMES.contains(&last.to_lowercase().as_str());
        Self { written: written.to_owned(), name, junk }
    }

    /// Its place in the order of looking: the inbox, junk, everything else.
    pub fn place(&self) -> u8 {
        match self {
            Self { junk: true, .. } => JUNK,
            _ if self.written.eq_ignore_ascii_case("INBOX") => INBOX,
            _ => JUNK + 1,
        }
    }
}

/// Modified UTF-7 (RFC 3501 §5.1.3) as text; what is not well-formed stays as it is written.
fn readable(written: &str) -> String {
    let decoded = decoded(written).unwrap_or_else(|| written.to_owned());
    let shown = decoded.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c });
    shown.take(NAME_LIMIT).collect()
}

fn decoded(written: &str) -> Option<String> {
    let mut parts = written.split('&');
    let mut text = parts.next()?.to_owned();
    for part in parts {
        let (shifted, plain) = part.split_once('-')?;
        if shifted.is_empty() {
            text.push('&');
        } else {
            let octets = STANDARD_NO_PAD.decode(shifted.replace(',', "/")).ok()?;
            let (units, rest) = octets.as_chunks::<2>();
            let units: Vec<u16> = units.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
            if !rest.is_empty() {
                return None;
            }
            text.push_str(&String::from_utf16(&units).ok()?);
        }
        text.push_str(plain);
    }
    Some(text)
}
