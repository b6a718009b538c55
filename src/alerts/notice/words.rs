//! The words around what is told, in English and French.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::Value;
use vigie_checks::kernel::{Lang, Severity};

use super::Kind;

/// One of two sentences.
pub(super) fn say<'a>(lang: Lang, en: &'a str, fr: &'a str) -> &'a str {
    match lang {
        Lang::En => en,
        Lang::Fr => fr,
    }
}

/// What happened, in a word or two.
pub fn event_word(kind: Kind, lang: Lang) -> &'static str {
    match kind {
        Kind::Opened => say(lang, "Opened", "Ouvert"),
        Kind::Reopened => say(lang, "Reopened", "Rouvert"),
        Kind::Worsened => say(lang, "Worsened", "Aggravé"),
        Kind::Updated => say(lang, "Updated", "Mis à jour"),
        Kind::Acknowledged => say(lang, "Acknowledged", "Pris en charge"),
        Kind::Reminder => say(lang, "Still open", "Toujours ouvert"),
        Kind::Resolved => say(lang, "Resolved", "Résolu"),
        Kind::Several => say(lang, "Several incidents", "Plusieurs incidents"),
        Kind::Changed => say(lang, "Changed", "Modifié"),
        Kind::Blind => say(lang, "Nothing can be told", "Rien n’est visible"),
        Kind::Recovered => say(lang, "Sight is back", "Visibilité rétablie"),
        Kind::ConfigRejected => say(lang, "Configuration refused", "Configuration refusée"),
        Kind::AlertDead => say(lang, "Alert not delivered", "Alerte non remise"),
        Kind::Report => say(lang, "Report", "Rapport"),
        Kind::Test => say(lang, "Test", "Essai"),
        Kind::Other => "",
    }
}

/// What happened to so many incidents: `300 incidents opened`.
pub(super) fn titled_event(kind: Kind, count: usize, lang: Lang) -> String {
    let word = event_word(kind, lang).to_lowercase();
    // `Mis à jour` stays as it is.
    let is_plural = lang == Lang::Fr && count > 1 && kind != Kind::Updated;
    if is_plural { word + "s" } else { word }
}

/// The `severity` of an incident or a finding.
pub(super) fn severity_of(told: &Value) -> Option<Severity> {
    told["severity"].as_str()?.parse().ok()
}

/// As people say it; empty where there is none.
pub(super) fn told_severity(told: &Value, lang: Lang) -> &'static str {
    severity_of(told).map_or("", |severity| severity.word(lang))
}

/// A colon with its spaces: French wants one before it too.
pub fn colon(lang: Lang) -> &'static str {
    say(lang, ": ", "\u{a0}: ")
}

/// `Since: yesterday`.
pub(super) fn labelled(label: &str, value: &str, lang: Lang) -> String {
    format!("{label}{}{value}", colon(lang))
}

/// `What changed:`.
pub(super) fn heading(label: &str, lang: Lang) -> String {
    labelled(label, "", lang).trim_end_matches(' ').to_owned()
}

/// A time as events write it, as people read it in a zone; anything else as it is.
pub(super) fn written_moment(at: &str, zone: Tz) -> String {
    let told = |at: DateTime<Utc>| at.with_timezone(&zone).format("%Y-%m-%d %H:%M %Z").to_string();
    at.parse().map_or_else(|_| super::clean(at), told)
}

/// The first few, and how many are left out.
pub(super) fn few(all: &[String], most: usize, lang: Lang) -> String {
    let shown = all.iter().take(most).map(String::as_str).collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} {}", and_more(more, lang)),
    }
}

pub(super) fn and_more(more: usize, lang: Lang) -> String {
    match (lang, more) {
        (Lang::En, _) => format!("and {more} more"),
        (Lang::Fr, 1) => "et 1 autre".to_owned(),
        (Lang::Fr, _) => format!("et {more} autres"),
    }
}

/// `1 domain`, `2 domains`; in French zero is singular too.
pub(super) fn counted(count: usize, one: &str, many: &str, lang: Lang) -> String {
    let is_one = count == 1 || (count == 0 && lang == Lang::Fr);
    format!("{count} {}", if is_one { one } else { many })
}
