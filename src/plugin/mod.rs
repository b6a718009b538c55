//! Executables that behave as checks: what does this one say of a domain?
//!
//! A plugin is started without a shell, is given the target as JSON, and answers as a Nagios plugin
//! does or with findings as JSON. Whatever it does, it ends in time, and what it cannot tell is
//! indeterminate. Looking ([`Program::look`]) and judging ([`judge`]) are apart, as in a check.

mod answer;
mod judge;
mod process;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use vigie_checks::kernel::Target;

pub use judge::{FACTS_VERSION, Said, judge};

/// Plugins that run at once, however many domains are looked at.
const AT_ONCE: usize = 16;

/// A plugin as it is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The name of its check.
    pub name: String,
    /// The path of the executable and its arguments; `{domain}` in one is the domain.
    pub command: Vec<String>,
    pub timeout: Duration,
}

/// The plugins that there are.
#[derive(Debug)]
pub struct Programs {
    all: Vec<Program>,
    room: Semaphore,
}

/// How a plugin ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "kebab-case")]
pub enum End {
    Exited {
        code: i32,
    },
    Signalled,
    TookTooLong,
    PrintedTooMuch,
    NotStarted {
        error: String,
    },
    /// Evidence that is judged again does not hold it.
    NotRecorded,
}

/// What was seen of a plugin; enough to judge it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sight {
    #[serde(flatten)]
    pub end: End,
    /// Its standard output; none where it is not text.
    pub printed: Option<String>,
    /// The beginning of its standard error.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub complaint: String,
    #[serde(default)]
    pub duration_ms: u64,
}

impl Sight {
    /// Of a plugin that is not there to be looked at.
    pub fn not_recorded() -> Self {
        Self::without_output(End::NotRecorded)
    }

    fn without_output(end: End) -> Self {
        Self { end, printed: Some(String::new()), complaint: String::new(), duration_ms: 0 }
    }
}

impl Programs {
    pub fn new(all: Vec<Program>) -> Self {
        Self { all, room: Semaphore::new(AT_ONCE) }
    }

    pub fn names(&self) -> Vec<String> {
        self.all.iter().map(|program| program.name.clone()).collect()
    }

    /// Runs the plugin of that name for a target, at the latest until `until`; what comes out is
    /// always a sight.
    pub async fn look(&self, name: &str, target: &Target, until: Option<Instant>) -> Sight {
        let Some(program) = self.all.iter().find(|program| program.name == name) else {
            return Sight::not_recorded();
        };
        let looking = async {
            // The semaphore is never closed.
            let _room = self.room.acquire().await;
            let most = Instant::now() + program.timeout;
            program.look(target, until.map_or(most, |until| until.min(most))).await
        };
        match until {
            Some(until) => {
                let waited = tokio::time::timeout_at(until + process::LAST_WORDS * 2, looking);
                waited.await.unwrap_or_else(|_| Sight::without_output(End::TookTooLong))
            }
            None => looking.await,
        }
    }
}

impl Default for Programs {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}
