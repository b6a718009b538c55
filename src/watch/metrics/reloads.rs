//! Was the configuration that was read last adopted, and when was one?

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

/// How reading the configuration again went.
#[derive(Debug)]
pub struct Reloads(Mutex<(bool, DateTime<Utc>)>);

impl Reloads {
    /// The daemon began with one that holds.
    pub fn since(now: DateTime<Utc>) -> Self {
        Self(Mutex::new((true, now)))
    }

    pub fn adopted(&self, now: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (true, now);
    }

    pub fn refused(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0 = false;
    }

    /// Whether the last one was adopted, and when one was.
    pub fn last(&self) -> (bool, DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
