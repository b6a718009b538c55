//! What do a TXT record and a policy of MTA-STS say? (RFC 8461 §3.1, §3.2)
//!
//! Unknown fields and keys are passed over, as senders do.

use serde::{Deserialize, Serialize};

use super::display::ascii;
use crate::kernel::Name;

/// The longest `max_age`, in seconds: about a year (RFC 8461 §3.2).
pub const LONGEST_AGE: u32 = 31_557_600;

/// What a record begins with; all others are passed over (RFC 8461 §3.1).
const VERSION: &str = "v=STSv1;";

/// Patterns of a policy that are read.
const MOST_PATTERNS: usize = 200;

/// Characters of a wrong part that are kept.
const SHOWN: usize = 60;

/// Whether a TXT record counts as one of MTA-STS, right or wrong.
pub fn is_record(text: &str) -> bool {
    text.starts_with(VERSION)
}

/// Whether a TXT record was meant as one of MTA-STS, and senders pass it over.
pub fn resembles(text: &str) -> bool {
    let start: String =
        text.chars().filter(|c| !c.is_whitespace() && !"\"'".contains(*c)).take(7).collect();
    !is_record(text) && start.eq_ignore_ascii_case("v=STSv1")
}

/// The `id` of a record: 1 to 32 letters and digits; nothing if there is no valid one. The first
/// counts.
pub fn id(record: &str) -> Option<&str> {
    let mut fields = record.strip_prefix(VERSION)?.split(';').map(str::trim);
    let id = fields.find_map(|field| field.strip_prefix("id="))?;
    let is_id = (1..=32).contains(&id.len()) && id.bytes().all(|o| o.is_ascii_alphanumeric());
    is_id.then_some(id)
}

/// What senders do when the policy cannot be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Mode {
    /// They do not deliver.
    Enforce,
    /// They deliver and report.
    Testing,
    /// They act as if there were no policy.
    None,
}

/// A policy, as far as it could be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    pub mode: Option<Mode>,
    /// Seconds that senders keep it.
    pub max_age: Option<u32>,
    /// The patterns of mail hosts, in lower case, in their order.
    pub mx: Vec<String>,
    /// Why senders treat it as no policy at all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<PolicyFault>,
}

/// A part of a policy that makes it invalid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyFault {
    /// No line reads `version: STSv1`.
    Version,
    /// `mode` is missing or none of the three words.
    Mode,
    /// `max_age` is missing, no number, or too long.
    MaxAge,
    /// The policy asks something of mail hosts and names none.
    NoMx,
    /// An `mx` is neither a host name nor `*.` and a name.
    Mx(String),
}

impl PolicyFault {
    /// The part as the policy writes it.
    pub fn part(&self) -> String {
        match self {
            Self::Version => "version".to_owned(),
            Self::Mode => "mode".to_owned(),
            Self::MaxAge => "max_age".to_owned(),
            Self::NoMx => "mx".to_owned(),
            Self::Mx(pattern) => format!("mx: {pattern}"),
        }
    }
}

impl Policy {
    /// Reads a policy. Lines end with LF or CRLF; the first of a key counts, `mx` may repeat.
    pub fn parse(text: &str) -> Self {
        let lines = || {
            text.lines().filter_map(|line| {
                let (key, value) = line.split_once(':')?;
                Some((key.trim(), value.trim()))
            })
        };
        let first = |wanted: &str| lines().find(|(key, _)| *key == wanted).map(|(_, value)| value);
        let mut faults = Vec::new();
        if first("version") != Some("STSv1") {
            faults.push(PolicyFault::Version);
        }
        let mode = first("mode").and_then(mode);
        if mode.is_none() {
            faults.push(PolicyFault::Mode);
        }
        let max_age = first("max_age").and_then(max_age);
        if max_age.is_none() {
            faults.push(PolicyFault::MaxAge);
        }
        let patterns = lines().filter(|(key, _)| *key == "mx").take(MOST_PATTERNS);
        let mut mx = Vec::new();
        for (_, written) in patterns {
            match is_pattern(written) {
                true => mx.push(Name::new(written).as_str().to_owned()),
                false => faults.push(PolicyFault::Mx(ascii(written.chars(), SHOWN))),
            }
        }
        if mx.is_empty() && mode.is_some_and(|mode| mode != Mode::None) {
            faults.push(PolicyFault::NoMx);
        }
        Self { mode, max_age, mx, faults }
    }

    /// The mode that senders apply; nothing if the policy is invalid.
    pub fn applied(&self) -> Option<Mode> {
        self.mode.filter(|_| self.faults.is_empty())
    }

    /// Whether a pattern matches the mail host (RFC 8461 §4.1): `*.` stands for exactly one label.
    pub fn covers(&self, host: &Name) -> bool {
        self.mx.iter().any(|pattern| match pattern.strip_prefix("*.") {
            Some(below) => host.parent().is_some_and(|parent| parent.as_str() == below),
            None => pattern == host.as_str(),
        })
    }
}

fn mode(written: &str) -> Option<Mode> {
    match written {
        "enforce" => Some(Mode::Enforce),
        "testing" => Some(Mode::Testing),
        "none" => Some(Mode::None),
        _ => None,
    }
}

/// RFC 8461 §3.2: one to ten digits.
fn max_age(written: &str) -> Option<u32> {
    let is_number =
        (1..=10).contains(&written.len()) && written.bytes().all(|o| o.is_ascii_digit());
    let age = is_number.then(|| written.parse().ok()).flatten()?;
    (age <= LONGEST_AGE).then_some(age)
}

fn is_pattern(written: &str) -> bool {
    let name = Name::new(written.strip_prefix("*.").unwrap_or(written));
    let is_label = |label: &&str| {
        label.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_".contains(&octet))
    };
    !name.is_root() && name.is_askable() && name.labels().iter().all(is_label)
}
