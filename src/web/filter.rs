//! Which domains does an address ask for? By name, tag and state, a page at a time.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;
use vigie_checks::kernel::parse_domain;

use super::Watched;
use super::mishap::Refusal;
use crate::report::State;
use crate::store::{CheckState, DomainState, Domains};

/// Another word than that of a state.
pub const NO_STANDING: Refusal = Refusal::new(
    "`state` is broken, warning, unknown, fine or new",
    "« state » est broken, warning, unknown, fine ou new",
);

/// Rows of one page of the overview.
pub const PAGE: usize = 100;

/// What an address may ask for; what it leaves out or leaves empty asks for everything.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Part of the name.
    pub q: String,
    pub tag: String,
    /// A word of [`Standing`].
    pub state: String,
    /// From 1; what is no page is the first.
    pub page: String,
}

/// How a domain stands, as the filters name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub enum Standing {
    /// Something is critical or an error.
    Broken,
    Warning,
    Unknown,
    Fine,
    /// Nothing was seen of it yet.
    New,
}

impl Standing {
    pub const ALL: [Self; 5] = [Self::Broken, Self::Warning, Self::Unknown, Self::Fine, Self::New];

    fn of(worst: State) -> Self {
        match worst {
            State::Critical | State::Error => Self::Broken,
            State::Warning => Self::Warning,
            State::Unknown => Self::Unknown,
            State::Info | State::Ok => Self::Fine,
            State::Skipped => Self::New,
        }
    }

    /// The state whose glyph it bears.
    pub fn state(self) -> State {
        match self {
            Self::Broken => State::Error,
            Self::Warning => State::Warning,
            Self::Unknown => State::Unknown,
            Self::Fine => State::Ok,
            Self::New => State::Skipped,
        }
    }
}

/// A watched domain with the last word of its checks.
pub struct Candidate {
    pub watched: Arc<Watched>,
    known: Option<Arc<DomainState>>,
    /// The heaviest state of its checks; skipped where there is none.
    pub worst: State,
}

/// What is watched, each with what history knows of it, the worst first.
pub fn candidates(watched: &[Arc<Watched>], known: &Domains) -> Vec<Candidate> {
    let mut all: Vec<Candidate> = watched
        .iter()
        .map(|watched| {
            let known = known.get(&watched.name).cloned();
            let checks = known.iter().flat_map(|known| &known.checks);
            let states = checks.map(|check| State::of_status(check.status, check.worst));
            let worst = states.max().unwrap_or(State::Skipped);
            Candidate { watched: Arc::clone(watched), known, worst }
        })
        .collect();
    all.sort_by(|a, b| b.worst.cmp(&a.worst).then_with(|| a.watched.name.cmp(&b.watched.name)));
    all
}

/// Every tag that a watched domain bears.
pub fn tags(watched: &[Arc<Watched>]) -> BTreeSet<&str> {
    watched.iter().flat_map(|watched| &watched.tags).map(String::as_str).collect()
}

impl Candidate {
    /// The last word of each check.
    pub fn checks(&self) -> &[CheckState] {
        self.known.as_ref().map_or(&[], |known| &known.checks)
    }

    pub fn standing(&self) -> Standing {
        Standing::of(self.worst)
    }
}

impl Filter {
    /// Whether name and tag fit.
    pub fn names(&self, candidate: &Candidate) -> bool {
        let part = self.q.trim().to_lowercase();
        let tagged = self.tag.is_empty() || candidate.watched.tags.contains(&self.tag);
        let name = &candidate.watched.name;
        // `été.example` finds the name that stands in the DNS.
        let whole = || parse_domain(&part).is_ok_and(|whole| whole == *name);
        tagged && (name.as_str().contains(&part) || whole())
    }

    /// Whether it asks for a state that there is, or for none.
    pub fn is_of_a_state(&self) -> bool {
        self.state.is_empty() || Standing::ALL.iter().any(|known| known.to_string() == self.state)
    }

    /// Whether the state fits.
    pub fn admits(&self, candidate: &Candidate) -> bool {
        self.state.is_empty() || candidate.standing().to_string() == self.state
    }

    /// The number of the page, from 0, among pages of so many rows.
    pub fn page_of(&self, rows: usize) -> usize {
        let asked: usize = self.page.parse().unwrap_or(1);
        asked.clamp(1, rows.div_ceil(PAGE).max(1)) - 1
    }

    /// The address with this name and tag, another state and another page, from 0.
    pub fn address(&self, state: &str, page: usize) -> String {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("q", self.q.trim()), ("tag", &self.tag), ("state", state)] {
            if !value.is_empty() {
                pairs.append_pair(name, value);
            }
        }
        if page > 0 {
            pairs.append_pair("page", &(page + 1).to_string());
        }
        format!("/?{}", pairs.finish())
    }
}
