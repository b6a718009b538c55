//! PagerDuty: Events API v2. One alert for an incident, by its `dedup_key`: repeated messages change
//! nothing, and what is over closes it.
//!
//! What calls nobody out (a report, a record that changed) is a change event, which pages nobody.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use vigie_checks::kernel::Severity;

use super::http::{Door, Request};
use super::service::{Service, page};
use crate::alerts::notice::text::{Measure, cut};
use crate::alerts::notice::{Kind, Notice, Part, Room, Tone};

// developer.pagerduty.com, "Send an Alert Event" and "Send a Change Event".
const SUMMARY: usize = 1024;
const KEY: usize = 255;
const DETAIL: usize = 20_000;

pub(super) struct PagerDuty {
    pub routing_key: SecretString,
}

impl Service for PagerDuty {
    fn room(&self) -> Room {
        Room::of(DETAIL, Measure::Octets)
    }

    fn body(&self, notice: &Notice) -> Value {
        let mut payload = json!({
            "summary": cut(&notice.headline, SUMMARY, Measure::Characters),
            "source": notice.domains.first().map_or("vigie", String::as_str),
            "timestamp": notice.at.to_rfc3339(),
            "custom_details": details(notice),
        });
        let links: Vec<Value> = page(notice)
            .map(|(url, label)| json!({ "href": url.as_str(), "text": label }))
            .into_iter()
            .collect();
        if !is_alert(notice.kind) {
            return json!({ "payload": payload, "links": links });
        }
        payload["severity"] = severity(notice).into();
        payload["component"] = notice.check.as_deref().into();
        payload["class"] = notice.event_type.as_str().into();
        json!({
            "event_action": action(notice.kind),
            "dedup_key": cut(&dedup_key(notice), KEY, Measure::Characters),
            "client": "vigie",
            "client_url": notice.link,
            "payload": payload,
            "links": links,
        })
    }

    fn request(&self, door: &Door, mut body: Value, notice: &Notice, _: &str) -> Request {
        body["routing_key"] = self.routing_key.expose_secret().trim().into();
        let path: &[&str] = match is_alert(notice.kind) {
            true => &["v2", "enqueue"],
            false => &["v2", "change", "enqueue"],
        };
        Request::post(door.below(path), body.to_string())
    }
}

fn is_alert(kind: Kind) -> bool {
    !matches!(kind, Kind::Report | Kind::Changed | Kind::Other)
}

fn action(kind: Kind) -> &'static str {
    match kind {
        Kind::Acknowledged => "acknowledge",
        Kind::Resolved | Kind::Recovered => "resolve",
        _ => "trigger",
    }
}

fn dedup_key(notice: &Notice) -> String {
    match &notice.incident {
        Some(incident) => format!("vigie/{incident}"),
        // That it is over closes what said that it began.
        None if notice.kind == Kind::Recovered => "vigie/monitor.blind".to_owned(),
        // News of one kind about the monitor are one alert, closed by hand.
        None => format!("vigie/{}", notice.event_type),
    }
}

fn severity(notice: &Notice) -> &'static str {
    match (notice.severity, notice.tone()) {
        (Some(severity), _) => severity.into(),
        (None, Tone::Caution) => Severity::Warning.into(),
        (None, _) => Severity::Info.into(),
    }
}

fn details(notice: &Notice) -> Value {
    let facts = notice.facts.iter().map(|fact| (fact.label, fact.value.clone()));
    let parts = notice.parts.iter().map(|part| match part {
        Part::Said(text) => ("", text.clone()),
        Part::Titled { label, text } => (*label, text.clone()),
        Part::Listed { label, lines } => (*label, lines.join("\n")),
    });
    let mut details = Map::new();
    for (label, text) in facts.chain(parts) {
        let label = if label.is_empty() { notice.event_type.as_str() } else { label };
        details.insert(label.to_owned(), cut(&text, DETAIL, Measure::Octets).into());
    }
    details.into()
}
