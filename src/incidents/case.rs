//! Is a failing finding believed? It takes two looks to believe it, and two to believe it is gone.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use vigie_checks::kernel::{Finding, Name, Severity};

/// A failing finding at warning or above, followed from look to look.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    pub domain: Name,
    pub check: String,
    /// Empty, or the name of the probe.
    pub instance: String,
    /// As it was seen last.
    pub finding: Finding,
    /// The severity that is believed.
    pub severity: Severity,
    pub phase: Phase,
    /// It was wrong already when its check first looked, and has not grown since.
    pub baseline: bool,
    /// When it was listed among what was wrong at the start.
    pub reported_at: Option<DateTime<Utc>>,
    pub incident: Option<String>,
    /// Nobody looks at it for the time; only what was wrong at the start is kept so long.
    pub retired: bool,
    /// Digests of what could not be told beside it when it was seen last.
    pub beside: BTreeSet<String>,
    pub first_seen: DateTime<Utc>,
    pub last_seen: DateTime<Utc>,
}

/// How far a case is; every phase but `Standing` waits for a second look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Seen, not yet believed.
    Suspected { since: DateTime<Utc> },
    /// Believed.
    Standing,
    /// Believed, and then seen at another severity.
    Shifting { since: DateTime<Utc>, to: Severity },
    /// Believed, and then not seen.
    Healing { since: DateTime<Utc> },
}

impl Phase {
    /// Since when a second look is waited for.
    pub fn undecided_since(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Standing => None,
            Self::Suspected { since } | Self::Shifting { since, .. } | Self::Healing { since } => {
                Some(since)
            }
        }
    }

    /// The same, undecided since `now` at the latest: a clock that was set back makes no second look wait
    /// for the future.
    pub(super) fn no_later_than(self, now: DateTime<Utc>) -> Self {
        match self {
            Self::Standing => Self::Standing,
            Self::Suspected { since } => Self::Suspected { since: since.min(now) },
            Self::Shifting { since, to } => Self::Shifting { since: since.min(now), to },
            Self::Healing { since } => Self::Healing { since: since.min(now) },
        }
    }
}

/// Check, instance, finding id and subject: what identifies a case among those of its domain.
pub(super) type Identity = (String, String, String, String);

/// What a look does to a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Stays(Phase),
    /// A suspicion is believed now.
    Confirmed,
    /// The severity is another one now.
    Shifted(Severity),
    /// A suspicion was nothing.
    Dropped,
    Healed,
}

impl Case {
    pub(super) fn identity(&self) -> Identity {
        let Finding { id, subject, .. } = &self.finding;
        (self.check.clone(), self.instance.clone(), id.clone(), subject.clone())
    }

    pub(super) fn is_believed(&self) -> bool {
        !matches!(self.phase, Phase::Suspected { .. })
    }

    /// The turn that a definite look gives. `seen` is the severity it was seen at, if it was;
    /// `confirms` says whether this look counts as the second one after a time.
    pub(super) fn turn(
        &self,
        seen: Option<Severity>,
        confirms: impl Fn(DateTime<Utc>) -> bool,
        now: DateTime<Utc>,
    ) -> Turn {
        let believed = |seen: Severity| match seen == self.severity {
            true => Turn::Stays(Phase::Standing),
            false => Turn::Stays(Phase::Shifting { since: now, to: seen }),
        };
        match (self.phase, seen) {
            (Phase::Suspected { .. }, None) => Turn::Dropped,
            (Phase::Suspected { since }, Some(_)) if confirms(since) => Turn::Confirmed,
            (Phase::Suspected { .. }, Some(_)) => Turn::Stays(self.phase),
            (Phase::Healing { since }, None) if confirms(since) => Turn::Healed,
            (Phase::Healing { .. }, None) => Turn::Stays(self.phase),
            (Phase::Standing | Phase::Shifting { .. }, None) => {
                Turn::Stays(Phase::Healing { since: now })
            }
            (Phase::Shifting { since, to }, Some(seen)) if seen == to => match confirms(since) {
                true => Turn::Shifted(to),
                false => Turn::Stays(self.phase),
            },
            (Phase::Standing | Phase::Shifting { .. } | Phase::Healing { .. }, Some(seen)) => {
                believed(seen)
            }
        }
    }
}
