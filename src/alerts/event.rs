//! What do the outbox's own events say? `alert.dead` and `test`, as the octets that are sent.
//! Events of incidents are written where incidents are kept.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

/// The data of `alert.dead`: an alert that did not reach its channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeadAlert<'a> {
    /// The message that was given up.
    pub id: &'a str,
    /// The channel that did not take it.
    pub channel: &'a str,
    /// The type of the event that was not delivered.
    pub event: &'a str,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last attempt failed; holds no address and no secret.
    pub error: &'a str,
}

#[derive(Serialize)]
struct Body<Data> {
    r#type: &'static str,
    timestamp: String,
    data: Data,
}

#[derive(Serialize)]
struct Nothing {}

/// The body of `alert.dead`.
pub fn alert_dead(dead: &DeadAlert<'_>, now: DateTime<Utc>) -> String {
    written("alert.dead", dead, now)
}

/// The body of `test`.
pub fn test(now: DateTime<Utc>) -> String {
    written("test", Nothing {}, now)
}

fn written(kind: &'static str, data: impl Serialize, now: DateTime<Utc>) -> String {
    let timestamp = now.to_rfc3339_opts(SecondsFormat::Secs, true);
    serde_json::to_string(&Body { r#type: kind, timestamp, data })
        .expect("texts and numbers can be written as JSON")
}

#[cfg(test)]
mod tests;
