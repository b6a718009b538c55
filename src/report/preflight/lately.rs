//! Records that changed so lately that receivers may still see the old ones, and where that is not known.

use chrono::TimeDelta;
use chrono_tz::Tz;
use serde::Serialize;
use vigie_checks::kernel::Lang;

use super::roles::Roles;
use super::{NotChecked, time, when};
use crate::report::words::{change_in_words, say};
use crate::run::{Lately, Review};

/// A history that is shorter cannot tell of every answer that may still live.
const LONG_ENOUGH: TimeDelta = TimeDelta::hours(48);

/// A record that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangeReport {
    /// As in a history: `TXT example.com`.
    pub what: String,
    pub before: Option<String>,
    pub after: Option<String>,
    /// When it was first seen so.
    pub seen_at: String,
    /// Until when answers from before may live.
    pub old_until: String,
}

impl ChangeReport {
    /// Its title, as people read it.
    pub fn title(&self, zone: Tz, lang: Lang) -> String {
        let what = change_in_words(&self.what, lang);
        let at = when(&self.seen_at, zone, lang);
        match lang {
            Lang::En => format!("{what} changed, seen on {at}"),
            Lang::Fr => format!("{what} a changé, vu le {at}"),
        }
    }

    /// Until when it matters.
    pub fn until(&self, zone: Tz, lang: Lang) -> String {
        let until = when(&self.old_until, zone, lang);
        match lang {
            Lang::En => format!("Answers from before may live until {until}."),
            Lang::Fr => format!("L’ancienne réponse peut subsister jusqu’au {until}."),
        }
    }

    /// Before and after under their names.
    pub fn values(&self, lang: Lang) -> [(&'static str, &str); 2] {
        let nothing = say(lang, "(nothing)", "(rien)");
        [
            (say(lang, "Before", "Avant"), self.before.as_deref().unwrap_or(nothing)),
            (say(lang, "After", "Après"), self.after.as_deref().unwrap_or(nothing)),
        ]
    }
}

/// The changes of all domains, the newest first; a record that two of them share is told once.
pub fn changes(review: &Review, roles: &Roles<'_>) -> Vec<ChangeReport> {
    let mut told: Vec<ChangeReport> = Vec::new();
    let known = review.lately.iter().filter_map(|(domain, lately)| match lately {
        Lately::Known { changes, .. } => {
            let role = roles.role(domain);
            Some(changes.iter().filter(move |change| role.rests_on(&change.check)))
        }
        Lately::NoHistory | Lately::Unreadable => None,
    });
    for change in known.flatten() {
        let report = ChangeReport {
            what: change.what.clone(),
            before: change.before.clone(),
            after: change.after.clone(),
            seen_at: time(change.seen_at),
            old_until: time(change.old_until),
        };
        let is_told = |other: &ChangeReport| {
            (&other.what, &other.before, &other.after)
                == (&report.what, &report.before, &report.after)
        };
        if !told.iter().any(is_told) {
            told.push(report);
        }
    }
    told.sort_by(|a, b| b.seen_at.cmp(&a.seen_at).then_with(|| a.what.cmp(&b.what)));
    told
}

/// Where it is not known whether a record changed.
pub fn not_known(review: &Review, zone: Tz, lang: Lang) -> Vec<NotChecked> {
    let told = review.lately.iter().filter_map(|(domain, lately)| {
        let why = match lately {
            Lately::NoHistory => say(
                lang,
                "no history is kept of it: a record that changed today does not show",
                "aucun historique conservé : un enregistrement modifié aujourd’hui ne se voit pas",
            )
            .to_owned(),
            Lately::Unreadable => {
                say(lang, "the history cannot be read", "l’historique est illisible").to_owned()
            }
            Lately::Known { since, .. } if *since > review.at - LONG_ENOUGH => {
                let since = when(&time(*since), zone, lang);
                match lang {
                    Lang::En => format!("its history begins on {since}"),
                    Lang::Fr => format!("son historique commence le {since}"),
                }
            }
            Lately::Known { .. } => return None,
        };
        let what = say(lang, "Recent changes", "Changements récents");
        let what = format!("{what} · {domain}");
        Some(NotChecked { what, why, weighs: false, cautions: false })
    });
    told.collect()
}
