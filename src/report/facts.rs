//! What the checks of a domain learned, as a report tells it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use vigie_checks::kernel::{KeptFacts, Outcome};

/// The facts of each check, by its name.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Facts(BTreeMap<String, KeptFacts>);

impl Facts {
    /// The facts of these outcomes; a check that learned nothing has none.
    pub fn of<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> Self {
        let learned = outcomes.filter(|outcome| !outcome.facts.is_none());
        Self(learned.map(|outcome| (outcome.check.clone(), outcome.facts.clone())).collect())
    }

    /// What one check learned.
    pub fn get(&self, check: &str) -> Option<&KeptFacts> {
        self.0.get(check)
    }
}

impl FromIterator<(String, Value)> for Facts {
    fn from_iter<T: IntoIterator<Item = (String, Value)>>(facts: T) -> Self {
        Self(facts.into_iter().map(|(check, facts)| (check, facts.into())).collect())
    }
}
