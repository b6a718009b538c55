//! What the checks of a domain learned, as a report keeps it until it is printed.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::Value;

use vigie_checks::kernel::Outcome;

/// The facts of each check, by its name. They are kept as text, because as values those of
/// thousands of domains take ten times the memory.
#[derive(Clone, Debug, Default)]
pub struct Facts(BTreeMap<String, Box<str>>);

impl Facts {
    /// The facts of these outcomes; a check that learned nothing has none.
    pub fn of<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> Self {
        let learned = outcomes.filter(|outcome| !outcome.facts.is_null());
        Self(learned.map(|outcome| (outcome.check.clone(), text(&outcome.facts))).collect())
    }

    /// What one check learned.
    pub fn get(&self, check: &str) -> Option<Value> {
        self.0.get(check).map(|text| read(text))
    }
}

impl FromIterator<(String, Value)> for Facts {
    fn from_iter<T: IntoIterator<Item = (String, Value)>>(facts: T) -> Self {
        Self(facts.into_iter().map(|(check, facts)| (check, text(&facts))).collect())
    }
}

fn text(facts: &Value) -> Box<str> {
    serde_json::to_string(facts).expect("values have text keys").into()
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

impl Serialize for Facts {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|(check, text)| (check, Told(text))))
    }
}

/// JSON that is handed on as it is read, without values in between.
struct Told<'t>(&'t str);

impl Serialize for Told<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        serde_transcode::transcode(&mut serde_json::Deserializer::from_str(self.0), to)
    }
}
