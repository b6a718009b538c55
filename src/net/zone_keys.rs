//! Which secret label stands before the zone of a list? Only here and on the wire: questions and answers
//! name it `_key`.
//!
//! A key is put before its own zone alone, so no name learned from the world can carry it elsewhere.

use std::collections::HashMap;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use vigie_checks::kernel::{Answer, KEY_LABEL, Name, Question, Reason};

/// Keys by the zone that they stand before; the zone begins with [`KEY_LABEL`].
#[derive(Clone, Default)]
pub struct ZoneKeys(HashMap<Name, SecretString>);

impl From<HashMap<Name, SecretString>> for ZoneKeys {
    fn from(keys: HashMap<Name, SecretString>) -> Self {
        Self(keys)
    }
}

impl fmt::Debug for ZoneKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl ZoneKeys {
    /// The question as the list wants it, with the key that its answer has to be cleared of; nothing
    /// for names outside the zones that have one.
    pub fn reveal(&self, question: &Question) -> Option<(Question, &SecretString)> {
        let (zone, key) = self.0.iter().find(|(zone, _)| question.name.is_at_or_below(zone))?;
        let before = question.name.as_str().strip_suffix(zone.as_str())?;
        let after = zone.as_str().strip_prefix(KEY_LABEL)?;
        let name = Name::new(&format!("{before}{}{after}", key.expose_secret()));
        Some((Question { name, ..question.clone() }, key))
    }
}

/// The answer without the key, wherever it stands in it.
pub fn conceal(answer: &Answer, key: &SecretString) -> Answer {
    let written = serde_json::to_string(answer).ok();
    let cleared = written.map(|text| without(&text, key.expose_secret()));
    let read = cleared.and_then(|text| serde_json::from_str(&text).ok());
    read.unwrap_or(Answer::Failed { reason: Reason::Malformed })
}

/// `text` with `key` replaced in whatever case.
fn without(text: &str, key: &str) -> String {
    let (low, key) = (text.to_ascii_lowercase(), key.to_ascii_lowercase());
    let mut cleared = String::with_capacity(text.len());
    let mut from = 0;
    for (at, _) in low.match_indices(&key) {
        cleared.push_str(&text[from..at]);
        cleared.push_str(KEY_LABEL);
        from = at + key.len();
    }
    cleared.push_str(&text[from..]);
    cleared
}

#[cfg(test)]
mod tests;
