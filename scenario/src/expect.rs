//! What must be said of a scenario's world, exactly.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, de::Error as _};

/// The findings and skipped checks that an audit of this world must give.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Every finding at info and above, and every indeterminate one; no other may be said.
    #[serde(default)]
    pub findings: Vec<ExpectedFinding>,
    /// The checks that must be skipped; absent = any may be.
    pub skipped: Option<Vec<String>>,
}

/// One finding, written `severity id subject` (`error spf.too-many-lookups example.com`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExpectedFinding {
    /// Its severity, or that it is indeterminate.
    pub severity: Severity,
    /// Its id, such as `spf.too-many-lookups`.
    pub id: String,
    /// What it is about; may hold blanks.
    pub subject: String,
}

/// How bad a finding is, most severe first; `indet.` is the status `indeterminate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// `critical`
    Critical,
    /// `error`
    Error,
    /// `warning`
    Warning,
    /// `info`
    Info,
    /// `indet.`: it could not be told
    Indeterminate,
}

impl Severity {
    const WORDS: [(Self, &'static str); 5] = [
        (Self::Critical, "critical"),
        (Self::Error, "error"),
        (Self::Warning, "warning"),
        (Self::Info, "info"),
        (Self::Indeterminate, "indet."),
    ];
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = Self::WORDS
            .iter()
            .find_map(|(severity, word)| (severity == self).then_some(*word))
            .expect("every severity has its word above");
        f.write_str(word)
    }
}

impl FromStr for ExpectedFinding {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(3, ' ');
        let (Some(severity), Some(id), Some(subject)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(format!("finding {text:?}: not \"severity id subject\""));
        };
        let severity = Severity::WORDS
            .iter()
            .find_map(|(known, word)| (*word == severity).then_some(*known))
            .ok_or_else(|| format!("finding {text:?}: unknown severity {severity:?}"))?;
        let well_formed = id.split_once('.').is_some_and(|(check, condition)| {
            let kebab = |part: &str| {
                !part.is_empty()
                    && part
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            };
            kebab(check) && kebab(condition)
        });
        if !well_formed {
            return Err(format!("finding {text:?}: id {id:?} is not check.condition"));
        }
        if subject.trim() != subject || subject.is_empty() {
            return Err(format!("finding {text:?}: the subject has stray blanks"));
        }
        Ok(Self { severity, id: id.to_owned(), subject: subject.to_owned() })
    }
}

impl fmt::Display for ExpectedFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.severity, self.id, self.subject)
    }
}

impl<'de> Deserialize<'de> for ExpectedFinding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
