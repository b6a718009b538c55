//! Which name is meant? DNS names as they are compared and printed, and audited domains as typed.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Bilingual;

/// A DNS name: lower-case, without the final dot, in presentation form (RFC 1035 §5.1); the root is
/// `.`. Any octets a name may hold are allowed, so what the network sent can be kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Name(Arc<str>);

impl Name {
    /// The name as written, folded to lower case and without its final dot.
    pub fn new(written: &str) -> Self {
        let trimmed = written.strip_suffix('.').unwrap_or(written);
        if trimmed.is_empty() {
            return Self(".".into());
        }
        if trimmed.bytes().any(|octet| octet.is_ascii_uppercase()) {
            return Self(trimmed.to_ascii_lowercase().into());
        }
        Self(trimmed.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_root(&self) -> bool {
        self.as_str() == "."
    }

    /// The labels from left to right; none for the root. An escaped dot (`\.`) is part of its label.
    pub fn labels(&self) -> Vec<&str> {
        if self.is_root() {
            return Vec::new();
        }
        let mut labels = Vec::new();
        let mut start = 0;
        let mut escaped = false;
        for (at, octet) in self.0.bytes().enumerate() {
            match octet {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'.' => {
                    labels.push(&self.0[start..at]);
                    start = at + 1;
                }
                _ => {}
            }
        }
        labels.push(&self.0[start..]);
        labels
    }

    /// The name one label up, or `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        let labels = self.labels();
        match labels.len() {
            0 => None,
            1 => Some(Self(".".into())),
            _ => Some(Self(self.0[labels[0].len() + 1..].into())),
        }
    }

    /// The name with `label` (or several, dotted) put before it.
    pub fn child(&self, label: &str) -> Self {
        if self.is_root() {
            return Self::new(label);
        }
        Self::new(&format!("{label}.{}", self.0))
    }

    /// Whether this name is `other` or lies below it.
    pub fn is_at_or_below(&self, other: &Self) -> bool {
        other.is_root()
            || self == other
            || self
                .0
                .strip_suffix(other.as_str())
                .is_some_and(|above| above.ends_with('.') && !above.ends_with("\\."))
    }

    /// Whether a question can be asked about it: labels of 1 to 63 octets, 253 in all (RFC 1035 §2.3.4).
    pub fn is_askable(&self) -> bool {
        self.is_root()
            || (self.0.len() <= 253 && self.labels().iter().all(|l| (1..=63).contains(&l.len())))
    }

    /// The organizational domain by the public suffix list, which is what RFC 7489 receivers use;
    /// the name itself where the list knows no better.
    pub fn registrable(&self) -> Self {
        psl::domain_str(&self.0).map_or_else(|| self.clone(), Self::new)
    }

    /// The name and those above it up to its organizational domain, the closest first.
    pub fn up_to_organization(&self) -> Vec<Self> {
        let organization = self.registrable();
        let upwards = std::iter::successors(Some(self.clone()), Self::parent);
        upwards.take_while(|name| name.is_at_or_below(&organization)).collect()
    }

    /// What a name may have been meant to be that was written without its final dot in the zone of `domain`, or in
    /// one above it of the same owner: the zone's name was appended to it (RFC 1035 §5.1).
    pub fn without_appended_zone(&self, domain: &Self) -> Vec<Self> {
        let written = |zone: Self| {
            let written = self.0.strip_suffix(zone.as_str())?.strip_suffix('.')?;
            written.contains('.').then(|| Self::new(written))
        };
        domain.up_to_organization().into_iter().filter_map(written).collect()
    }

    /// Whether the public suffix list has the name as a suffix, below which others register.
    pub fn is_public_suffix(&self) -> bool {
        psl::suffix_str(&self.0) == Some(self.as_str())
    }

    /// The registrable domain, where the public suffix list really knows the suffix above it: a name
    /// that anybody may register if nobody holds it.
    pub fn registrable_by_anybody(&self) -> Option<Self> {
        let domain = psl::domain(self.0.as_bytes())?;
        let is_known = domain.suffix().is_known();
        is_known.then(|| Self::new(&String::from_utf8_lossy(domain.as_bytes())))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for Name {
    fn from(written: String) -> Self {
        Self::new(&written)
    }
}

impl From<&str> for Name {
    fn from(written: &str) -> Self {
        Self::new(written)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.as_str().to_owned()
    }
}

/// Why a text is not the name of a domain to audit.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum DomainError {
    Empty,
    Address { shown: String },
    Url { shown: String, host: String },
    Mailbox { shown: String, domain: String },
    Space { shown: String },
    Character { shown: String, character: char },
    Control { shown: String },
    EmptyLabel { shown: String },
    LabelTooLong { shown: String },
    TooLong { shown: String, octets: usize },
    SingleLabel { shown: String },
    Malformed { shown: String },
}

impl DomainError {
    /// What people are told.
    pub fn words(&self) -> Bilingual {
        let of = |shown: &String, en: &str, fr: &str| {
            Bilingual::new(format!("{shown}: {en}"), format!("{shown} : {fr}"))
        };
        match self {
            Self::Empty => Bilingual::new("the domain is empty", "le domaine est vide"),
            Self::Address { shown } => {
                of(shown, "an address is not a domain", "une adresse n’est pas un domaine")
            }
            Self::Url { shown, host } => of(
                shown,
                &format!("a URL is not a domain; write {host}"),
                &format!("une URL n’est pas un domaine ; écrire {host}"),
            ),
            Self::Mailbox { shown, domain } => of(
                shown,
                &format!("an e-mail address is not a domain; write {domain}"),
                &format!("une adresse e-mail n’est pas un domaine ; écrire {domain}"),
            ),
            Self::Space { shown } => {
                of(shown, "a domain has no spaces", "un domaine n’a pas d’espaces")
            }
            Self::Character { shown, character } => of(
                shown,
                &format!("`{character}` stands in no domain; write the name alone"),
                &format!("`{character}` n’entre dans aucun domaine ; écrire le nom seul"),
            ),
            Self::Control { shown } => of(
                shown,
                "a domain has no control or direction-changing characters",
                "un domaine n’a pas de caractère de contrôle ni de changement de sens",
            ),
            Self::EmptyLabel { shown } => {
                of(shown, "a label between the dots is empty", "il n’y a rien entre deux points")
            }
            Self::LabelTooLong { shown } => of(
                shown,
                "a label is longer than 63 octets",
                "une partie entre les points dépasse 63 octets",
            ),
            Self::TooLong { shown, octets } => of(
                shown,
                &format!("a domain has at most 253 octets, this one has {octets}"),
                &format!("un domaine a 253 octets au plus, celui-ci en a {octets}"),
            ),
            Self::SingleLabel { shown } => of(
                shown,
                "a single label is not a domain that receives mail from the world",
                "un nom sans point n’est pas un domaine qui reçoit du courrier d’Internet",
            ),
            Self::Malformed { shown } => of(
                shown,
                "not a valid internationalised name",
                "ce nom internationalisé n’est pas valide",
            ),
        }
    }
}

impl fmt::Display for DomainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().en)
    }
}

/// Reads a domain to audit as a person types it: U-labels, capitals and a final dot are fine.
///
/// # Errors
/// Says which rule of the contract the text breaks; the text is shown shortened and escaped.
pub fn parse_domain(typed: &str) -> Result<Name, DomainError> {
    let typed = typed.trim_matches([' ', '\t', '\r', '\n']);
    let shown = shorten(typed);
    if typed.is_empty() || typed == "." {
        return Err(DomainError::Empty);
    }
    refuse_what_is_no_domain(typed, &shown)?;
    let bare = typed.strip_suffix(['.', '。']).unwrap_or(typed);
    if bare.len() > 1024 {
        return Err(DomainError::TooLong { shown, octets: bare.len() });
    }
    if bare.split(['.', '。']).any(str::is_empty) {
        return Err(DomainError::EmptyLabel { shown });
    }
    let ascii = to_ascii(bare).ok_or_else(|| DomainError::Malformed { shown: shown.clone() })?;
    if ascii.split('.').any(|label| label.len() > 63) {
        return Err(DomainError::LabelTooLong { shown });
    }
    if ascii.len() > 253 {
        return Err(DomainError::TooLong { shown, octets: ascii.len() });
    }
    if !ascii.contains('.') {
        return Err(DomainError::SingleLabel { shown });
    }
    Ok(Name::new(&ascii))
}

fn refuse_what_is_no_domain(typed: &str, shown: &str) -> Result<(), DomainError> {
    let shown = shown.to_owned();
    if typed.chars().any(|c| c.is_control() || is_direction_mark(c)) {
        return Err(DomainError::Control { shown });
    }
    if let Some((_, rest)) = typed.split_once("://") {
        let host = rest.split(['/', ':', '?', '#']).next().unwrap_or(rest);
        return Err(DomainError::Url { shown, host: shorten(host) });
    }
    if typed.parse::<std::net::IpAddr>().is_ok() || (typed.starts_with('[') && typed.ends_with(']'))
    {
        return Err(DomainError::Address { shown });
    }
    if let Some((_, domain)) = typed.rsplit_once('@') {
        return Err(DomainError::Mailbox { shown, domain: shorten(domain) });
    }
    if typed.chars().any(char::is_whitespace) {
        return Err(DomainError::Space { shown });
    }
    let is_foreign = |c: &char| c.is_ascii_punctuation() && !matches!(c, '-' | '_' | '.');
    if let Some(character) = typed.chars().find(is_foreign) {
        return Err(DomainError::Character { shown, character });
    }
    let last = typed.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    // A last label of digits alone is read as an address by URL parsers, and is no TLD (RFC 3696 §2).
    if !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()) {
        return Err(DomainError::Address { shown });
    }
    Ok(())
}

/// The A-label form; underscores are kept, for service names are audited too.
fn to_ascii(bare: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let ascii = if bare.is_ascii() && !bare.to_ascii_lowercase().contains("xn--") {
        bare.to_ascii_lowercase()
    } else {
        idna::domain_to_ascii(bare).ok()?
    };
    ascii.chars().all(allowed).then_some(ascii)
}

fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{061c}')
}

/// At most 60 characters, with everything a terminal might obey written as an escape.
fn shorten(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(60)
        .flat_map(|c| {
            if c.is_control() || is_direction_mark(c) {
                c.escape_unicode().collect::<Vec<_>>()
            } else {
                vec![c]
            }
        })
        .collect();
    if text.chars().count() > 60 {
        shown.push('…');
    }
    shown
}
