//! What does a registry say of a domain? The answer to an RDAP query (RFC 9083 §5.3).
//!
//! Reads only what deliverability rests on: dates, states, who registered it, and the delegation.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::kernel::Name;

/// Members of a list that are read.
const MOST: usize = 50;

/// Characters of a text that are kept.
const KEPT: usize = 100;

/// RFC 8056 §2: the domain is out of the zone, whatever else is right.
const HOLDS: [&str; 2] = ["client hold", "server hold"];

/// RFC 3915 §3.1: the registration is over; in the first two states it can be restored, or is about to be.
const OVER: [&str; 3] = ["redemption period", "pending restore", TO_BE_DELETED];

/// Alone, what follows the time in which a registration can be restored.
pub const TO_BE_DELETED: &str = "pending delete";

/// A registration, in one canonical form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registrar: Option<String>,
    /// When it ends; nothing where the registry does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<DateTime<Utc>>,
    /// RFC 8056 §2, in lower case, sorted.
    pub statuses: BTreeSet<String>,
    pub name_servers: BTreeSet<Name>,
    /// The DS records: key tag, algorithm, digest type, digest.
    pub ds: BTreeSet<String>,
}

impl Registration {
    /// Reads the answer for a domain; nothing if it is none.
    pub fn read(octets: &[u8]) -> Option<Self> {
        let answer: Value = serde_json::from_slice(octets).ok()?;
        if answer.get("objectClassName")?.as_str()? != "domain" {
            return None;
        }
        let statuses = list(&answer, "status").filter_map(Value::as_str).map(printable);
        let servers = list(&answer, "nameservers").filter_map(|server| text(server, "ldhName"));
        let ds = answer.get("secureDNS").into_iter().flat_map(|dns| list(dns, "dsData"));
        Some(Self {
            registrar: list(&answer, "entities").find_map(registrar),
            expires: list(&answer, "events").find_map(expiration),
            statuses: statuses.map(|status| status.to_ascii_lowercase()).collect(),
            name_servers: servers.map(|name| Name::new(&name)).collect(),
            ds: ds.map(delegation_signer).collect(),
        })
    }

    /// The state that keeps the domain out of the zone.
    pub fn hold(&self) -> Option<&'static str> {
        HOLDS.into_iter().find(|status| self.has(status))
    }

    /// The state that says that the registration is over.
    pub fn over(&self) -> Option<&'static str> {
        OVER.into_iter().find(|status| self.has(status))
    }

    /// Whether it has a state, however it is written (`client hold`, `clientHold`).
    pub fn has(&self, status: &str) -> bool {
        let bare = |text: &str| text.replace(' ', "");
        self.statuses.iter().any(|known| bare(known) == bare(status))
    }
}

fn list<'a>(object: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    object.get(name).and_then(Value::as_array).into_iter().flatten().take(MOST)
}

fn text(object: &Value, name: &str) -> Option<String> {
    object.get(name)?.as_str().map(printable)
}

fn printable(text: &str) -> String {
    let shown = |c: &char| c.is_alphanumeric() || c.is_ascii_graphic() || *c == ' ';
    text.chars().filter(shown).take(KEPT).collect()
}

/// RFC 9083 §4.5.
fn expiration(event: &Value) -> Option<DateTime<Utc>> {
    if event.get("eventAction")?.as_str()? != "expiration" {
        return None;
    }
    let date = DateTime::parse_from_rfc3339(event.get("eventDate")?.as_str()?).ok()?;
    Some(date.with_timezone(&Utc))
}

/// The name of the entity in the role of registrar (RFC 9083 §5.1, jCard of RFC 7095).
fn registrar(entity: &Value) -> Option<String> {
    list(entity, "roles").find(|role| role.as_str() == Some("registrar"))?;
    let card = entity.get("vcardArray")?.get(1)?.as_array()?;
    let name =
        card.iter().take(MOST).find(|line| line.get(0).and_then(Value::as_str) == Some("fn"));
    name?.get(3)?.as_str().map(printable)
}

fn delegation_signer(ds: &Value) -> String {
    let number = |name: &str| ds.get(name).and_then(Value::as_u64).unwrap_or_default();
    let digest = text(ds, "digest").unwrap_or_default().to_ascii_lowercase();
    format!("{} {} {} {digest}", number("keyTag"), number("algorithm"), number("digestType"))
}
