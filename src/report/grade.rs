//! The grade of a domain, and what an audit ends with.

use serde::Serialize;

use vigie_checks::kernel::{CheckStatus, Finding, Outcome, Severity, Status, worst};

use crate::run::Selection;

/// A nothing above info, B worst is a warning, D an error, F critical, `?` could not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, strum::Display)]
pub enum Grade {
    A,
    B,
    D,
    F,
    #[serde(rename = "?")]
    #[strum(serialize = "?")]
    Unknown,
}

impl Grade {
    /// The grade that findings give; `?` takes the place of A and B when a check that weighs is blind.
    pub fn of<'a>(findings: impl Iterator<Item = &'a Finding>, blind: bool) -> Self {
        Self::of_worst(worst(findings), blind)
    }

    /// The same, where the heaviest failing finding is known.
    pub fn of_worst(worst: Option<Severity>, blind: bool) -> Self {
        match worst {
            Some(Severity::Critical) => Self::F,
            Some(Severity::Error) => Self::D,
            _ if blind => Self::Unknown,
            Some(Severity::Warning) => Self::B,
            Some(Severity::Info) | None => Self::A,
        }
    }
}

/// The checks that decide whether mail arrives: when one of them is blind, nothing can be promised.
pub const WEIGHTY: [&str; 5] = ["dns", "mx", "spf", "dkim", "dmarc"];

/// How an audit ends, as its exit code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing at or above the threshold: 0.
    Fine,
    /// Nothing is, yet a check that weighs could not tell: 3.
    CouldNotTell,
    /// Something is at or above the threshold: 1.
    Failing,
}

impl Verdict {
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Failing => 1,
            Self::CouldNotTell => 3,
        }
    }
}

/// Whether a check's blindness weighs: the five that decide whether mail arrives, or one that was
/// named. `dkim` without selectors has nothing to ask, which is not blindness.
pub fn weighs(outcome: &Outcome, selection: &Selection) -> bool {
    let weighty = WEIGHTY.contains(&outcome.check.as_str());
    let chosen = selection.chosen.contains(outcome.check.as_str());
    outcome.is_blind() && chosen && (weighty || selection.named)
}

/// The findings that are printed and weigh: those of chosen checks, `dns.nxdomain`, and what
/// stopped a chosen check.
pub fn told<'a>(outcomes: &'a [Outcome], selection: &Selection) -> Vec<&'a Finding> {
    let stoppers = stoppers(outcomes, selection);
    let mut told = Vec::new();
    for outcome in outcomes {
        let chosen = selection.chosen.contains(outcome.check.as_str());
        let stops = stoppers.contains(&outcome.check.as_str());
        told.extend(outcome.findings.iter().filter(|finding| {
            chosen || finding.id == "dns.nxdomain" || (stops && !finding.is_failing())
        }));
    }
    told.sort_by_key(|finding| std::cmp::Reverse((finding.is_failing(), finding.severity)));
    told
}

/// The checks whose blindness made a chosen check skip, through all that stood between.
fn stoppers<'a>(outcomes: &'a [Outcome], selection: &Selection) -> Vec<&'a str> {
    use vigie_checks::kernel::Because;
    let need_of = |outcome: &'a Outcome| match &outcome.because {
        Some(Because::NeedUnknown { need }) => Some(need.as_str()),
        _ => None,
    };
    let chosen =
        outcomes.iter().filter(|outcome| selection.chosen.contains(outcome.check.as_str()));
    let mut stoppers: Vec<&str> = chosen.filter_map(need_of).collect();
    let mut at = 0;
    while let Some(name) = stoppers.get(at).copied() {
        let further = outcomes.iter().find(|outcome| outcome.check == name).and_then(need_of);
        if let Some(further) = further.filter(|further| !stoppers.contains(further)) {
            stoppers.push(further);
        }
        at += 1;
    }
    stoppers
}

/// The status of a check as a single severity-like state, for glyphs and matrices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Skipped,
    Ok,
    Info,
    Unknown,
    Warning,
    Error,
    Critical,
}

impl State {
    /// Its class in the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Info => "info",
            Self::Warning => "warn",
            Self::Error => "error",
            Self::Critical => "crit",
            Self::Unknown => "unk",
            Self::Skipped => "skip",
        }
    }

    pub fn of(outcome: &Outcome) -> Self {
        Self::of_status(outcome.status, worst(&outcome.findings))
    }

    /// The state of a check that ended so, with its heaviest failing finding.
    pub fn of_status(status: CheckStatus, worst: Option<Severity>) -> Self {
        match (status, worst) {
            (_, Some(Severity::Critical)) => Self::Critical,
            (_, Some(Severity::Error)) => Self::Error,
            (_, Some(Severity::Warning)) => Self::Warning,
            (CheckStatus::Indeterminate, _) => Self::Unknown,
            (CheckStatus::Skipped, _) => Self::Skipped,
            (_, Some(Severity::Info)) => Self::Info,
            (_, None) => Self::Ok,
        }
    }

    pub fn of_finding(finding: &Finding) -> Self {
        Self::of_weight(finding.status, finding.severity)
    }

    /// The state of a finding of this status and severity.
    pub fn of_weight(status: Status, severity: Severity) -> Self {
        match severity {
            _ if status == Status::Indeterminate => Self::Unknown,
            Severity::Critical => Self::Critical,
            Severity::Error => Self::Error,
            Severity::Warning => Self::Warning,
            Severity::Info => Self::Info,
        }
    }
}
