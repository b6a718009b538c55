//! What does delivery count of itself?

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::metrics::Histogram;

/// Seconds that an attempt takes; more than 15 it may not.
const LONG: &[f64] = &[0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0];

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum End {
    Delivered,
    /// It is made again later.
    Failed,
    GivenUp,
}

/// How delivery does.
#[derive(Debug)]
pub struct Figures {
    /// How long each attempt took.
    pub took: Histogram,
    ends: Mutex<BTreeMap<(String, End), u64>>,
}

impl Default for Figures {
    fn default() -> Self {
        Self { took: Histogram::new(LONG), ends: Mutex::default() }
    }
}

impl Figures {
    /// Attempts of each channel by how they ended.
    pub fn ends(&self) -> BTreeMap<(String, End), u64> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn ended(&self, channel: &str, end: End) {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        *ends.entry((channel.to_owned(), end)).or_default() += 1;
    }

    /// Counts no more for channels that there are no longer, and from nothing for those that are new.
    pub(super) fn keep<'a>(&self, channels: impl Iterator<Item = &'a str>) {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::take(&mut *ends);
        for channel in channels {
            for end in [End::Delivered, End::Failed, End::GivenUp] {
                let key = (channel.to_owned(), end);
                let count = before.get(&key).copied().unwrap_or_default();
                ends.insert(key, count);
            }
        }
    }
}
