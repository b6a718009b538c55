//! The cases of a scenario: the world that raises its findings, and each near miss.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::{Expect, ExpectedFinding, Scenario, ScenarioError};

/// One world to audit and what must be said of it (`scenario.expect`).
#[derive(Debug, Clone)]
pub struct Case {
    /// The scenario's name; a near miss appends its own after a colon.
    pub name: String,
    /// The world and the expectations of this case alone; it has no near misses.
    pub scenario: Scenario,
}

/// The same world with one edit, which must not raise the scenario's finding.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NearMiss {
    /// The rule that the near miss proves.
    pub name: String,
    /// What is changed in the text above `[expect]`.
    pub edit: Edit,
    /// All that may still be said.
    #[serde(default)]
    pub findings: Vec<ExpectedFinding>,
    /// The checks that must be skipped; absent = any may be.
    pub skipped: Option<Vec<String>>,
}

/// A change of text; `find` must occur exactly once.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// The text to replace.
    pub find: String,
    /// What stands there instead.
    pub with: String,
}

impl Scenario {
    /// The raising case first, then each near miss in the file's order.
    ///
    /// # Errors
    /// When an edit does not occur exactly once, changes nothing, or leaves a world that does
    /// not parse.
    pub fn cases(&self) -> Result<Vec<Case>, ScenarioError> {
        let raising = Scenario { near_misses: Vec::new(), ..self.clone() };
        let mut cases = vec![Case { name: self.name.clone(), scenario: raising }];
        for near_miss in &self.near_misses {
            cases.push(self.missed(near_miss)?);
        }
        Ok(cases)
    }

    fn missed(&self, near_miss: &NearMiss) -> Result<Case, ScenarioError> {
        let Edit { find, with } = &near_miss.edit;
        let times =
            if find.is_empty() { 0 } else { self.world_text.matches(find.as_str()).count() };
        if times != 1 {
            return Err(ScenarioError::Edit {
                near_miss: near_miss.name.clone(),
                find: find.clone(),
                times,
            });
        }
        if find == with {
            return Err(ScenarioError::EditChangesNothing { near_miss: near_miss.name.clone() });
        }
        let edited = self.world_text.replacen(find.as_str(), with, 1);
        let mut scenario = Scenario::parse_world(&edited).map_err(|source| {
            ScenarioError::NearMiss { near_miss: near_miss.name.clone(), source: Box::new(source) }
        })?;
        scenario.expect =
            Expect { findings: near_miss.findings.clone(), skipped: near_miss.skipped.clone() };
        Ok(Case { name: format!("{}: {}", self.name, near_miss.name), scenario })
    }
}

/// Reads `[near_miss]` and `[[near_miss]]` alike.
pub(crate) fn one_or_several<'de, D>(deserializer: D) -> Result<Vec<NearMiss>, D::Error>
where
    D: Deserializer<'de>,
{
    struct OneOrSeveral;

    impl<'de> Visitor<'de> for OneOrSeveral {
        type Value = Vec<NearMiss>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a table [near_miss] or tables [[near_miss]]")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            NearMiss::deserialize(MapAccessDeserializer::new(map)).map(|one| vec![one])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(seq))
        }
    }

    deserializer.deserialize_any(OneOrSeveral)
}
