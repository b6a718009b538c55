//! What is it that runs: a check of a domain, and of one probe where the check has several.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Utc};
use vigie_checks::kernel::Name;
use vigie_checks::names;

/// Identity of what is due.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    pub domain: Name,
    pub check: Cow<'static, str>,
    /// The probe's name; empty for checks that a domain has once.
    pub instance: Box<str>,
}

impl Key {
    pub fn new(domain: &Name, check: &str) -> Self {
        Self { domain: domain.clone(), check: names::shared(check), instance: Box::default() }
    }

    /// The same check for one probe.
    #[must_use]
    pub fn of_probe(mut self, probe: &str) -> Self {
        self.instance = probe.into();
        self
    }

    /// What it is of its domain.
    pub(super) fn part(&self) -> (&str, &str) {
        (&self.check, &self.instance)
    }

    /// What shares a run: the checks of a domain do; a probe, which takes its time, and a plugin, which
    /// may hang, run beside them.
    pub(super) fn lane(&self) -> Lane {
        let is_plugin = !names::is_built_in(&self.check);
        let of: &str = if is_plugin { &self.check } else { &self.instance };
        Lane { domain: self.domain.clone(), of: of.to_owned(), is_plugin }
    }

    /// What decides where in a period it runs: checks of a domain with the same period run together,
    /// so that what they need is observed once.
    pub(super) fn phase(&self) -> String {
        format!("{} {}", self.domain, self.instance)
    }
}

/// Runs in a lane come one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Lane {
    pub domain: Name,
    /// The probe or plugin; empty for the checks.
    pub of: String,
    pub is_plugin: bool,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.domain, self.check)?;
        if self.instance.is_empty() { Ok(()) } else { write!(f, " {}", self.instance) }
    }
}

/// Why something runs; what weighs more sorts last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Look {
    /// By its schedule.
    Scheduled,
    /// To confirm what an earlier run saw; past the cache.
    Second,
    /// A person asked.
    Asked,
}

/// Something that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    pub key: Key,
    pub look: Look,
    /// Since when.
    pub at: DateTime<Utc>,
}
