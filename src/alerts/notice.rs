//! What does an event say to people? The same for every kind of channel, before any service's form.
//!
//! Pure: the octets of an event in, words out. Everything from the world is on one line each, without
//! what a screen would obey or hide; what a service reads as markup is that service's to defuse.

mod digest;
mod fitted;
mod incident;
mod several;
pub mod text;
mod told;
mod words;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::Value;
use vigie_checks::kernel::{Lang, Severity};

pub use fitted::{List, Room};
use text::clean;
pub use words::{colon, event_word};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Opened,
    Reopened,
    Worsened,
    Updated,
    Acknowledged,
    Reminder,
    Resolved,
    /// Events of many incidents.
    Several,
    Changed,
    Blind,
    /// vigie sees again.
    Recovered,
    ConfigRejected,
    AlertDead,
    Report,
    Test,
    /// Of another version; told by its type alone.
    Other,
}

/// How much it should stand out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Alarm,
    Caution,
    Good,
    Plain,
}

/// An event as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub kind: Kind,
    pub lang: Lang,
    /// Where its times are told.
    pub zone: Tz,
    /// As the contract writes it.
    pub event_type: String,
    pub severity: Option<Severity>,
    pub at: DateTime<Utc>,
    /// One line that stands alone.
    pub headline: String,
    pub facts: Vec<Fact>,
    pub parts: Vec<Part>,
    /// What is told of it where there is room; see [`Notice::fitted`].
    pub lists: Vec<List>,
    /// A page of vigie.
    pub link: Option<String>,
    /// The incident that it is about.
    pub incident: Option<String>,
    /// The check that found the cause.
    pub check: Option<String>,
    /// Every domain that it is about.
    pub domains: Vec<String>,
}

/// A short value under its label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    pub label: &'static str,
    pub value: String,
}

/// A part of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Said(String),
    Titled {
        label: &'static str,
        text: String,
    },
    /// Lines as they stand, to be shown in a fixed pitch.
    Listed {
        label: &'static str,
        lines: Vec<String>,
    },
}

/// Why the octets are no event.
#[derive(Debug, thiserror::Error)]
pub enum NoticeError {
    #[error("the event is no JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the event has no {0}")]
    Without(&'static str),
}

impl Notice {
    /// Reads an event of the outbox and tells it in a language, with the times of a zone. The words of
    /// findings are in the language that the event was written in.
    ///
    /// # Errors
    /// It is no event: no JSON, or without type or time.
    pub fn read(body: &str, lang: Lang, zone: Tz) -> Result<Self, NoticeError> {
        let event: Value = serde_json::from_str(body)?;
        let event_type = event["type"].as_str().ok_or(NoticeError::Without("type"))?;
        let at = event["timestamp"].as_str().and_then(|at| at.parse().ok());
        let mut notice = Self {
            kind: Kind::of(event_type),
            lang,
            zone,
            event_type: clean(event_type),
            severity: None,
            at: at.ok_or(NoticeError::Without("timestamp"))?,
            headline: String::new(),
            facts: Vec::new(),
            parts: Vec::new(),
            lists: Vec::new(),
            link: None,
            incident: None,
            check: None,
            domains: Vec::new(),
        };
        let data = &event["data"];
        notice.link = data["url"].as_str().filter(|url| is_page(url)).map(str::to_owned);
        match notice.kind {
            kind if kind.is_of_incident() => incident::tell(&mut notice, data),
            Kind::Several => several::tell(&mut notice, data),
            Kind::Changed => told::change(&mut notice, data),
            Kind::Blind => told::blind(&mut notice, data),
            Kind::Recovered => told::recovered(&mut notice, data),
            Kind::ConfigRejected => told::config(&mut notice, data),
            Kind::AlertDead => told::dead(&mut notice, data),
            Kind::Report if data["digest"].is_object() => digest::tell(&mut notice, data),
            Kind::Report => told::report(&mut notice, data),
            Kind::Test => told::test(&mut notice),
            _ => notice.headline.clone_from(&notice.event_type),
        }
        Ok(notice)
    }

    pub fn tone(&self) -> Tone {
        match (self.kind, self.severity) {
            (Kind::Resolved | Kind::Recovered, _) => Tone::Good,
            (Kind::Acknowledged, _) => Tone::Plain,
            (_, Some(Severity::Critical | Severity::Error)) => Tone::Alarm,
            (_, Some(Severity::Warning)) => Tone::Caution,
            (Kind::Several, None) => Tone::Good,
            (Kind::Blind | Kind::ConfigRejected | Kind::AlertDead, _) => Tone::Caution,
            _ => Tone::Plain,
        }
    }

    /// The facts and parts as plain text, a blank line between the parts.
    pub fn plain(&self) -> String {
        let facts: Vec<_> = self
            .facts
            .iter()
            .map(|fact| words::labelled(fact.label, &fact.value, self.lang))
            .collect();
        let parts = self.parts.iter().map(|part| part.plain(self.lang));
        let all = std::iter::once(facts.join("\n")).chain(parts);
        all.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
    }
}

impl Part {
    fn plain(&self, lang: Lang) -> String {
        match self {
            Self::Said(text) => text.clone(),
            Self::Titled { label, text } => words::labelled(label, text, lang),
            Self::Listed { label, lines } => {
                format!("{}\n{}", words::heading(label, lang), lines.join("\n"))
            }
        }
    }
}

impl Kind {
    fn of(event_type: &str) -> Self {
        match event_type {
            "incident.opened" => Self::Opened,
            "incident.reopened" => Self::Reopened,
            "incident.worsened" => Self::Worsened,
            "incident.updated" => Self::Updated,
            "incident.acknowledged" => Self::Acknowledged,
            "incident.reminder" => Self::Reminder,
            "incident.resolved" => Self::Resolved,
            "incident.several" => Self::Several,
            "change.detected" => Self::Changed,
            "monitor.blind" => Self::Blind,
            "monitor.recovered" => Self::Recovered,
            "config.rejected" => Self::ConfigRejected,
            "alert.dead" => Self::AlertDead,
            "report.ready" => Self::Report,
            "test" => Self::Test,
            _ => Self::Other,
        }
    }

    /// Whether it is one of the events of an incident.
    pub fn is_of_incident(self) -> bool {
        matches!(
            self,
            Self::Opened
                | Self::Reopened
                | Self::Worsened
                | Self::Updated
                | Self::Acknowledged
                | Self::Reminder
                | Self::Resolved
        )
    }
}

/// Whether a button may lead there.
fn is_page(url: &str) -> bool {
    let begins = ["https://", "http://"].iter().any(|scheme| url.starts_with(scheme));
    begins && url.len() <= 1000 && url.bytes().all(|octet| octet.is_ascii_graphic())
}

#[cfg(test)]
mod tests;
