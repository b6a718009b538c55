//! What do the outbox's own events say? `alert.dead` and `test`, as the octets that are sent, and many
//! events that became one message.
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
    /// How many messages were given up with it, as they had become one; itself among them.
    #[serde(skip_serializing_if = "is_alone")]
    pub messages: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes what it asks about")]
fn is_alone(messages: &u64) -> bool {
    *messages == 1
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

/// The body of a message that carries others: their bodies as they are; of one alone, that one.
pub fn several(mut bodies: Vec<String>, last: DateTime<Utc>) -> String {
    if bodies.len() == 1 {
        return bodies.remove(0);
    }
    let timestamp = last.to_rfc3339_opts(SecondsFormat::Millis, true);
    let events = bodies.join(",");
    format!(
        r#"{{"type":"incident.several","timestamp":"{timestamp}","data":{{"events":[{events}]}}}}"#
    )
}

fn written(kind: &'static str, data: impl Serialize, now: DateTime<Utc>) -> String {
    let timestamp = now.to_rfc3339_opts(SecondsFormat::Secs, true);
    serde_json::to_string(&Body { r#type: kind, timestamp, data })
        .expect("texts and numbers can be written as JSON")
}

#[cfg(test)]
mod tests;
