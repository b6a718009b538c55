//! Where in its period does something run? Decided by its key, so a restart keeps the phase and
//! thousands of keys do not run at once.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

/// The first time after `after` at the phase of `key`, counted from 1970; none beyond the calendar.
pub(super) fn next_every(
    period: Duration,
    key: &str,
    after: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let period = i64::try_from(period.as_micros()).ok().filter(|micros| *micros > 0)?;
    let digest = Sha256::digest(key);
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    let phase = (i64::from_be_bytes(first)).rem_euclid(period);
    let passed = (after.timestamp_micros().checked_sub(phase)?).rem_euclid(period);
    let next = after.timestamp_micros().checked_add(period - passed)?;
    DateTime::from_timestamp_micros(next)
}
