//! The file as a whole: read, and refused with the place that is wrong.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::case::one_or_several;
use crate::{
    Expect, Fault, FaultAnswer, Host, NearMiss, PastWorld, Probe, Reports, Resolver, SignedZone,
    Target,
};

/// A simulated world, and what must be said of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The rule it shows, in a few words.
    pub name: String,
    /// The source of the rule.
    #[serde(default)]
    pub why: String,
    /// The checks to run; empty = all.
    #[serde(default)]
    pub checks: Vec<String>,
    /// The moment of the audit; absent = the real time.
    pub now: Option<DateTime<Utc>>,
    /// What is audited.
    pub target: Target,
    /// Origin → master-file text (RFC 1035 §5); names are relative to the origin.
    #[serde(default)]
    pub zones: BTreeMap<String, String>,
    /// Origin → how the zone is signed; a zone that is not named is not signed. The root and the
    /// top-level domains always are.
    #[serde(default)]
    pub signed: BTreeMap<String, SignedZone>,
    /// Who answers at which simulated address.
    #[serde(default)]
    pub hosts: BTreeMap<IpAddr, Host>,
    /// What goes wrong with single names; the first that matches wins.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// How the resolver behaves as a whole.
    #[serde(default)]
    pub resolver: Resolver,
    /// The test send to make in place of an audit.
    pub probe: Option<Probe>,
    /// The aggregate reports on the target that were there before.
    #[serde(default)]
    pub reports: Vec<Reports>,
    /// What must be said.
    #[serde(default)]
    pub expect: Expect,
    /// The near misses.
    #[serde(default, rename = "near_miss", deserialize_with = "one_or_several")]
    pub near_misses: Vec<NearMiss>,
    /// The worlds that were seen before, newest first.
    #[serde(default)]
    pub past: Vec<PastWorld>,
    /// The file's text above `[expect]`, which the near misses edit.
    #[serde(skip)]
    pub(crate) world_text: String,
}

/// Why a scenario cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("{}: cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is read, and wrong.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: Box<ScenarioError>,
    },
    /// The text is not TOML, or has a field that the format does not know.
    #[error("line {line}, column {column}: {message}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in characters.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// No line reads `[expect]`.
    #[error("[expect]: missing, the scenario expects nothing")]
    NoExpect,
    /// A fault lacks what its answer needs.
    #[error("fault {number}: {message}")]
    Fault {
        /// Its place in the file, counted from 1.
        number: usize,
        /// What it lacks.
        message: &'static str,
    },
    /// The text to edit does not occur exactly once.
    #[error("near miss {near_miss:?}: {find:?} occurs {times} times above [expect], not once")]
    Edit {
        /// The near miss's name.
        near_miss: String,
        /// The text looked for.
        find: String,
        /// How often it occurs.
        times: usize,
    },
    /// The edit leaves the world as it is.
    #[error("near miss {near_miss:?}: the edit changes nothing")]
    EditChangesNothing {
        /// The near miss's name.
        near_miss: String,
    },
    /// The edited world does not parse.
    #[error("near miss {near_miss:?}: {source}")]
    NearMiss {
        /// The near miss's name.
        near_miss: String,
        /// What is wrong with the edited text; its lines are those of the file.
        source: Box<ScenarioError>,
    },
}

impl Scenario {
    /// Reads a scenario from its text.
    ///
    /// # Errors
    /// When the text is not a scenario; syntax errors carry line and column.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let mut scenario: Self = toml::from_str(text).map_err(|error| syntax(text, &error))?;
        let expect = start_of_expect(text).ok_or(ScenarioError::NoExpect)?;
        text[..expect].clone_into(&mut scenario.world_text);
        scenario.verify_faults()?;
        Ok(scenario)
    }

    /// Reads a scenario from a file.
    ///
    /// # Errors
    /// As [`Scenario::parse`], with the file's name; or when it cannot be read.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ScenarioError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .map_err(|source| ScenarioError::Read { path: path.to_owned(), source })?;
        Self::parse(&text).map_err(|source| ScenarioError::File {
            path: path.to_owned(),
            source: Box::new(source),
        })
    }

    /// Reads the part above `[expect]` alone.
    pub(crate) fn parse_world(text: &str) -> Result<Self, ScenarioError> {
        let mut scenario: Self = toml::from_str(text).map_err(|error| syntax(text, &error))?;
        text.clone_into(&mut scenario.world_text);
        scenario.verify_faults()?;
        Ok(scenario)
    }

    fn verify_faults(&self) -> Result<(), ScenarioError> {
        for (index, fault) in self.faults.iter().enumerate() {
            let message = match fault.answer {
                FaultAnswer::Lie if fault.address.is_none() => "a lie needs its address",
                FaultAnswer::Delay if fault.delay_ms.is_none() => "a delay needs its delay_ms",
                answer if fault.address.is_some() && answer != FaultAnswer::Lie => {
                    "only a lie has an address"
                }
                _ => continue,
            };
            return Err(ScenarioError::Fault { number: index + 1, message });
        }
        Ok(())
    }
}

/// Where the line `[expect]` starts, in octets.
fn start_of_expect(text: &str) -> Option<usize> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with("[expect]") {
            return Some(start);
        }
        start += line.len();
    }
    None
}

fn syntax(text: &str, error: &toml::de::Error) -> ScenarioError {
    let at = error.span().map_or(0, |span| span.start).min(text.len());
    let before = text.get(..at).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    ScenarioError::Syntax {
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        message: error.message().to_owned(),
    }
}
