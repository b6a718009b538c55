//! Is a list to be believed? (RFC 5782 §5)

use std::net::IpAddr;

use super::codes::{Meaning, meaning};
use super::facts::ListSeen;
use super::silence::Why;
use crate::kernel::{Blocklist, Lookup, Reason};

/// How a list did in its own test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelfTest {
    Passed,
    Refused(Why),
    /// What answered was not the list.
    Invalid,
    /// It does not hold its test point.
    Empty,
    /// It holds what it must not.
    ListsTheWorld,
}

impl SelfTest {
    /// RFC 5782 §5: a list that fails its own test says nothing about anybody.
    pub fn of(list: &Blocklist, seen: &ListSeen) -> Self {
        let points = [&seen.listed, &seen.unlisted];
        let mut found = points.iter().filter_map(|point| point.found());
        let outside = |answers: &Vec<IpAddr>| answers.iter().any(|answer| !answer.is_loopback());
        if let Some(refusal) = found.find(|answers| meaning(list, answers) == Meaning::Refused) {
            return Self::Refused(Why::of(refusal));
        }
        if points.iter().filter_map(|point| point.found()).any(outside) {
            return Self::Invalid;
        }
        match (&seen.listed, &seen.unlisted) {
            (Lookup::Unknown { reason: Reason::Refused | Reason::Servfail }, _)
            | (Lookup::Absent { .. }, _)
                if list.needs_key() =>
            {
                Self::Refused(Why::Key)
            }
            (Lookup::Unknown { reason }, _) | (_, Lookup::Unknown { reason }) => {
                Self::Refused(Why::Unanswered(*reason))
            }
            // Some lists describe 127.0.0.1 as an entry of no consequence.
            (Lookup::Found(_), Lookup::Found(answers)) if is_of_no_consequence(list, answers) => {
                Self::Passed
            }
            (_, Lookup::Found(_)) => Self::ListsTheWorld,
            (Lookup::Absent { .. }, _) => Self::Empty,
            (Lookup::Found(_), Lookup::Absent { .. }) => Self::Passed,
        }
    }
}

fn is_of_no_consequence(list: &Blocklist, answers: &[IpAddr]) -> bool {
    matches!(meaning(list, answers), Meaning::Harmless | Meaning::Allowed)
}
