//! Who may issue certificates for a name? CAA records (RFC 8659 §4).

use serde::{Deserialize, Serialize};

use super::display::ascii_octets;

/// Tags that certificate authorities know: RFC 8659 §4.2 to §4.4, RFC 9495, and the issuewild-like
/// ones of the CA/Browser Forum.
const KNOWN_TAGS: [&str; 7] =
    ["issue", "issuewild", "iodef", "issuemail", "issuevmc", "contactemail", "contactphone"];

/// Octets of a value that are kept.
const KEPT: usize = 200;

/// RFC 5234 §B.1: WSP.
const BLANK: [char; 2] = [' ', '\t'];

/// A CAA record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Caa {
    /// An authority that does not know the tag must not issue.
    pub critical: bool,
    /// In lower case (RFC 8659 §4.1: tags have no case).
    pub tag: String,
    pub value: String,
}

impl Caa {
    /// Reads the data of a record, in hexadecimal: flags, length of the tag, tag, value (RFC 8659
    /// §4.1). Nothing if it is damaged.
    pub fn read(hex: &str) -> Option<Self> {
        let octets = octets(hex)?;
        let [flags, length, rest @ ..] = octets.as_slice() else { return None };
        let (tag, value) = rest.split_at_checked(usize::from(*length))?;
        let is_tag = !tag.is_empty() && tag.iter().all(u8::is_ascii_alphanumeric);
        is_tag.then(|| Self {
            critical: flags & 0x80 != 0,
            tag: ascii_octets(tag, KEPT).to_ascii_lowercase(),
            value: ascii_octets(value, KEPT),
        })
    }

    /// Whether an authority that does not know the tag has to refuse because of it.
    pub fn is_unknown_critical(&self) -> bool {
        self.critical && !KNOWN_TAGS.contains(&self.tag.as_str())
    }

    /// The authority that the value names, before any parameters; empty when it names none or breaks
    /// the form, so that nobody is allowed (RFC 8659 §4.2).
    pub fn issuer(&self) -> String {
        let (name, parameters) = self.value.split_once(';').unwrap_or((&self.value, ""));
        let name = name.trim_matches(BLANK);
        let is_name = name.split('.').all(is_label);
        // Of a value that was cut the end is not known.
        let is_cut = self.value.chars().count() >= KEPT;
        if is_name && (is_cut || are_parameters(parameters)) {
            name.to_ascii_lowercase()
        } else {
            String::new()
        }
    }
}

/// RFC 8659 §4.2: nothing, or `tag = value` with semicolons between.
fn are_parameters(written: &str) -> bool {
    let is_parameter = |parameter: &str| {
        parameter.split_once('=').is_some_and(|(tag, value)| {
            let value = value.trim_matches(BLANK);
            is_label(tag.trim_matches(BLANK)) && value.bytes().all(|octet| octet.is_ascii_graphic())
        })
    };
    written.trim_matches(BLANK).is_empty() || written.split(';').all(is_parameter)
}

/// Letters, digits, and hyphens inside.
fn is_label(text: &str) -> bool {
    let is_inside = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-';
    !text.is_empty()
        && text.bytes().all(is_inside)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// The authorities that a set allows for a name, or for a wildcard; nothing if it restricts nobody.
pub fn allowed(set: &[Caa], wildcard: bool) -> Option<Vec<String>> {
    let of = |tag: &str| -> Vec<String> {
        set.iter().filter(|record| record.tag == tag).map(Caa::issuer).collect()
    };
    // RFC 8659 §4.3: for a wildcard issuewild counts alone where there is one.
    let issuers = match (wildcard, of("issuewild")) {
        (true, wild) if !wild.is_empty() => wild,
        _ => of("issue"),
    };
    (!issuers.is_empty()).then(|| issuers.into_iter().filter(|name| !name.is_empty()).collect())
}

fn octets(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.chunks(2).map(pair).collect()
}
