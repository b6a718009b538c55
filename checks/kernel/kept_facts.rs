//! What a check learned, in the form in which it is kept.

use serde::de::{DeserializeOwned, Error as _, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// The facts of one look as JSON text, in one canonical form: equal worlds give equal texts.
///
/// As trees of values the facts of thousands of domains take ten times the memory, and each would be built
/// only to be written and taken down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFacts(Box<str>);

impl KeptFacts {
    /// Those of a check that did not look.
    #[must_use]
    pub fn none() -> Self {
        Self("null".into())
    }

    /// Keeps the facts of a check: plain data with text keys.
    pub fn of<F: Serialize>(facts: &F) -> Self {
        Self(serde_json::to_string(facts).expect("facts are plain data with text keys").into())
    }

    /// Takes up what [`Self::text`] gave.
    ///
    /// # Errors
    /// It is no JSON; it is handed back.
    pub fn parse(text: String) -> Result<Self, String> {
        match serde_json::from_str::<IgnoredAny>(&text) {
            Ok(_) => Ok(Self(text.into())),
            Err(_) => Err(text),
        }
    }

    /// The JSON.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Whether the check did not look.
    pub fn is_none(&self) -> bool {
        &*self.0 == "null"
    }

    /// The facts in a type of the check's own, or in one that has some of their fields.
    ///
    /// # Errors
    /// The facts are of another form.
    pub fn read<F: DeserializeOwned>(&self) -> Result<F, serde_json::Error> {
        serde_json::from_str(&self.0)
    }

    /// The facts as values, for who does not know the check.
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or_default()
    }
}

impl Default for KeptFacts {
    fn default() -> Self {
        Self::none()
    }
}

impl From<Value> for KeptFacts {
    fn from(facts: Value) -> Self {
        Self::of(&facts)
    }
}

impl Serialize for KeptFacts {
    /// Hands the text on as it is read, without values in between.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        serde_transcode::transcode(&mut serde_json::Deserializer::from_str(&self.0), to)
    }
}

impl<'de> Deserialize<'de> for KeptFacts {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(from)?;
        serde_json::to_string(&value).map(|text| Self(text.into())).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_kept_reads_back_in_the_type_it_came_from_and_as_values() {
        let facts = vec![("a".to_owned(), 1_u32), ("\u{1b}\"\\é".to_owned(), 2)];
        let kept = KeptFacts::of(&facts);
        assert_eq!(kept.read::<Vec<(String, u32)>>().unwrap(), facts);
        assert_eq!(kept.value(), json!([["a", 1], ["\u{1b}\"\\é", 2]]));
        assert_eq!(KeptFacts::parse(kept.text().to_owned()).unwrap(), kept);
        assert!(kept.read::<bool>().is_err());
    }

    #[test]
    fn a_text_that_is_no_json_is_not_taken_up() {
        for text in ["", "{", "null null", "{\"a\":1}x"] {
            assert!(KeptFacts::parse(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn they_are_part_of_a_larger_document_as_they_are() {
        let whole = json!({ "facts": { "b": [1, null], "a": "é" }, "none": null });
        let kept: std::collections::BTreeMap<String, KeptFacts> =
            serde_json::from_value(whole.clone()).unwrap();
        assert!(kept["none"].is_none() && !kept["facts"].is_none());
        assert_eq!(serde_json::to_value(&kept).unwrap(), whole);
        assert_eq!(
            serde_json::to_string_pretty(&kept["facts"]).unwrap(),
            serde_json::to_string_pretty(&whole["facts"]).unwrap()
        );
    }
}
