//! When is a failed delivery tried again? The schedule of Standard Webhooks 1.0, and what a receiver
//! asks for. Limits: says nothing about why it failed.

use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};

/// The pauses after the first, second, … failed attempt: about 75 hours in all.
pub const RETRIES: [TimeDelta; 9] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
    TimeDelta::hours(14),
    TimeDelta::hours(20),
    TimeDelta::hours(24),
];

/// A receiver may put an alert off no longer than this.
const LONGEST_WAIT: TimeDelta = TimeDelta::days(7);

/// What a receiver asked for in `Retry-After` (RFC 9110 §10.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    Delay(TimeDelta),
    Date(DateTime<Utc>),
}

impl RetryAfter {
    /// Reads seconds or an HTTP date in any of its three forms; anything else asks for nothing.
    pub fn parse(value: &str) -> Option<Self> {
        let value = value.trim_ascii();
        if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
            let seconds = value.parse().unwrap_or(i64::MAX);
            let delay = TimeDelta::try_seconds(seconds).unwrap_or(LONGEST_WAIT);
            return Some(Self::Delay(delay.min(LONGEST_WAIT)));
        }
        let date: SystemTime = httpdate::parse_http_date(value).ok()?;
        Some(Self::Date(date.into()))
    }

    fn time(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Delay(delay) => now + delay,
            Self::Date(date) => date.min(now + LONGEST_WAIT),
        }
    }
}

/// When the next attempt is due after `made` attempts, the last of which failed `now`; `None` after
/// the last retry. A receiver can only put it off, not bring it forward.
pub fn next_attempt(
    made: u32,
    now: DateTime<Utc>,
    asked: Option<RetryAfter>,
) -> Option<DateTime<Utc>> {
    let pause = RETRIES.get(usize::try_from(made).ok()?.checked_sub(1)?)?;
    let due = now + *pause;
    Some(asked.map_or(due, |asked| asked.time(now).max(due)))
}

#[cfg(test)]
mod tests;
