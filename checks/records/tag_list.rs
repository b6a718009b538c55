//! Which tags does a tag-list hold, and where? The form that DKIM keys and DMARC records share
//! (RFC 6376 §3.2, RFC 9989 §4.8); what the tags mean is for those who read them.

/// A tag with its value, white space around both removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag<'a> {
    pub name: &'a str,
    pub value: &'a str,
    /// Octets before the name.
    pub at: usize,
}

/// A part between semicolons that is no tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed<'a> {
    pub text: &'a str,
    /// Octets before the text.
    pub at: usize,
}

/// A tag-list in its order. Nothing that stands between semicolons is lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagList<'a> {
    pub tags: Vec<Tag<'a>>,
    pub malformed: Vec<Malformed<'a>>,
}

impl<'a> TagList<'a> {
    /// Reads any text; empty parts, as after a final semicolon, are legal and left out.
    pub fn parse(text: &'a str) -> Self {
        let mut list = Self::default();
        let mut start = 0;
        for part in text.split(';') {
            let trimmed = part.trim_matches(BLANK);
            let at = start + (part.len() - part.trim_start_matches(BLANK).len());
            start += part.len() + 1;
            if trimmed.is_empty() {
                continue;
            }
            match trimmed.split_once('=') {
                Some((name, value)) if is_tag_name(name.trim_end_matches(BLANK)) => {
                    let name = name.trim_end_matches(BLANK);
                    list.tags.push(Tag { name, value: value.trim_start_matches(BLANK), at });
                }
                _ => list.malformed.push(Malformed { text: trimmed, at }),
            }
        }
        list
    }

    /// The first tag of the name. Names are case-sensitive (RFC 6376 §3.2).
    pub fn tag(&self, name: &str) -> Option<Tag<'a>> {
        self.tags.iter().find(|tag| tag.name == name).copied()
    }
}

/// The white space of a tag-list; folded lines keep their CR and LF in a TXT record.
pub const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

/// RFC 6376 §3.2: `tag-name = ALPHA *ALNUMPUNC`.
fn is_tag_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'_')
}
