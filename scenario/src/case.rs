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
    /// The worlds that were seen before it, newest first.
    pub before: Vec<Before>,
}

/// A world that was seen before the one that is audited.
#[derive(Debug, Clone)]
pub struct Before {
    /// For how long, in days before the audit.
    pub days: Days,
    /// The world as it was; it expects nothing.
    pub scenario: Scenario,
}

/// The same world with one edit, as it was some days ago.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastWorld {
    /// When it was so.
    pub days_ago: Days,
    /// What is changed in the text above `[expect]`.
    pub edit: Edit,
}

/// A time in the past, in days before the audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Days {
    /// The beginning.
    pub first: u32,
    /// The end.
    pub last: u32,
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
        let before = self.past.iter().map(|past| {
            let scenario = self.edited("the past", &past.edit)?;
            Ok(Before { days: past.days_ago, scenario })
        });
        let before = before.collect::<Result<Vec<Before>, ScenarioError>>()?;
        let raising = Scenario { near_misses: Vec::new(), past: Vec::new(), ..self.clone() };
        let (name, scenario) = (self.name.clone(), raising);
        let mut cases = vec![Case { name, scenario, before: before.clone() }];
        for near_miss in &self.near_misses {
            let mut scenario = self.edited(&near_miss.name, &near_miss.edit)?;
            scenario.expect =
                Expect { findings: near_miss.findings.clone(), skipped: near_miss.skipped.clone() };
            let name = format!("{}: {}", self.name, near_miss.name);
            cases.push(Case { name, scenario, before: before.clone() });
        }
        Ok(cases)
    }

    /// The world after an edit, which errors call by `name`.
    fn edited(&self, name: &str, edit: &Edit) -> Result<Scenario, ScenarioError> {
        let Edit { find, with } = edit;
        let times =
            if find.is_empty() { 0 } else { self.world_text.matches(find.as_str()).count() };
        if times != 1 {
            return Err(ScenarioError::Edit {
                near_miss: name.to_owned(),
                find: find.clone(),
                times,
            });
        }
        if find == with {
            return Err(ScenarioError::EditChangesNothing { near_miss: name.to_owned() });
        }
        let edited = self.world_text.replacen(find.as_str(), with, 1);
        Scenario::parse_world(&edited).map_err(|source| ScenarioError::NearMiss {
            near_miss: name.to_owned(),
            source: Box::new(source),
        })
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
