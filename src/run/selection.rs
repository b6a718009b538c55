//! Which checks run, and which of them speak?

use std::collections::BTreeSet;

use vigie_checks::kernel::{Bilingual, CheckEntry};
use vigie_checks::registry::CHECKS;

/// The checks of a run. What a chosen check needs runs too but stays silent.
#[derive(Clone, Debug)]
pub struct Selection {
    /// What runs, in the order of the registry.
    pub running: Vec<&'static str>,
    /// The plugins that run, in the order of the configuration.
    pub plugins: Vec<String>,
    /// What is printed and weighs.
    pub chosen: BTreeSet<String>,
    /// `--checks` was given, so that every chosen check weighs.
    pub named: bool,
}

/// Why there is nothing to run.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{}", self.words().en)]
pub enum SelectionError {
    Unknown { name: String, known: String },
    Nothing,
}

impl SelectionError {
    /// What people are told.
    pub fn words(&self) -> Bilingual {
        match self {
            Self::Unknown { name, known } => Bilingual::new(
                format!("there is no check `{name}`"),
                format!("il n’y a pas de contrôle `{name}`"),
            )
            .and(Bilingual::there_are(known)),
            Self::Nothing => Bilingual::new(
                "every check is skipped: nothing is left to look at",
                "tous les contrôles sont écartés : il ne reste rien à regarder",
            ),
        }
    }
}

impl Selection {
    /// The checks named in `only` (all, if empty) without those named in `skip`.
    ///
    /// # Errors
    /// A name is no check; no check is left.
    pub fn of(only: &[String], skip: &[String]) -> Result<Self, SelectionError> {
        Self::among(only, skip, &[])
    }

    /// The same, where there are `plugins` beside the checks.
    ///
    /// # Errors
    /// A name is neither; nothing is left.
    pub fn among(
        only: &[String],
        skip: &[String],
        plugins: &[String],
    ) -> Result<Self, SelectionError> {
        let known = |names: &[String]| {
            names.iter().map(|name| known(name, plugins)).collect::<Result<BTreeSet<String>, _>>()
        };
        let (only, skip) = (known(only)?, known(skip)?);
        let named = !only.is_empty();
        let all = CHECKS.iter().map(|entry| entry.name.to_owned()).chain(plugins.iter().cloned());
        let chosen: BTreeSet<String> =
            if named { only } else { all.collect() }.difference(&skip).cloned().collect();
        if chosen.is_empty() {
            return Err(SelectionError::Nothing);
        }
        let mut waiting: Vec<&'static str> =
            chosen.iter().filter_map(|name| entry(name)).map(|entry| entry.name).collect();
        let mut needed: BTreeSet<&'static str> = waiting.iter().copied().collect();
        while let Some(name) = waiting.pop() {
            for need in entry(name).map_or(&[][..], |entry| entry.needs) {
                if needed.insert(need) {
                    waiting.push(need);
                }
            }
        }
        let running =
            CHECKS.iter().map(|entry| entry.name).filter(|name| needed.contains(name)).collect();
        let plugins = plugins.iter().filter(|name| chosen.contains(*name)).cloned().collect();
        Ok(Self { running, plugins, chosen, named })
    }

    /// Every check; `probe` sends nothing for a target without a probe.
    pub fn everything() -> Self {
        Self::of(&[], &[]).expect("no name was given, so none is wrong")
    }

    pub fn entries(&self) -> impl Iterator<Item = &'static CheckEntry> {
        self.running.iter().filter_map(|name| entry(name))
    }
}

fn entry(name: &str) -> Option<&'static CheckEntry> {
    CHECKS.iter().find(|entry| entry.name == name)
}

fn known(name: &str, plugins: &[String]) -> Result<String, SelectionError> {
    let name = name.trim();
    let of_plugins = plugins.iter().map(String::as_str);
    let all = CHECKS.iter().map(|entry| entry.name).chain(of_plugins);
    all.clone().find(|known| *known == name).map(str::to_owned).ok_or_else(|| {
        SelectionError::Unknown {
            name: name.chars().filter(|c| !c.is_control()).take(60).collect(),
            known: all.collect::<Vec<_>>().join(", "),
        }
    })
}
