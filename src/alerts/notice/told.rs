//! The events that are about no incident.

use serde_json::Value;
use vigie_checks::kernel::{Lang, reason_in_words};

use super::incident::{changes, strings, text};
use super::words::{and_more, counted, few, say, told_severity, written_moment};
use super::{Fact, Notice, Part};

/// Domains that are named.
const LISTED: usize = 10;
/// Findings, or mistakes of a configuration, that are shown.
const SHOWN: usize = 20;

/// A record changed without breaking a rule.
pub(super) fn change(notice: &mut Notice, data: &Value) {
    let domain = text(&data["domain"]).unwrap_or_default();
    notice.headline = match notice.lang {
        Lang::En => format!("Records of {domain} changed"),
        Lang::Fr => format!("Des enregistrements de {domain} ont changé"),
    };
    notice.domains = vec![domain];
    changes(notice, data);
}

/// Nothing could be told for a while: it is about the monitor, not the domains.
pub(super) fn blind(notice: &mut Notice, data: &Value) {
    let lang = notice.lang;
    notice.domains = strings(&data["domains"]);
    let of = counted(
        notice.domains.len(),
        say(lang, "domain", "domaine"),
        say(lang, "domains", "domaines"),
        lang,
    );
    let sees_nothing = data["all"].as_bool().unwrap_or_default();
    notice.headline = match lang {
        Lang::En if sees_nothing => {
            "vigie sees nothing: its resolver or its network fails".to_owned()
        }
        Lang::Fr if sees_nothing => {
            "vigie ne voit plus rien\u{a0}: son résolveur ou son réseau est en panne".to_owned()
        }
        Lang::En if notice.domains.len() == 1 => format!("vigie cannot tell how {of} stands"),
        Lang::En => format!("vigie cannot tell how {of} stand"),
        Lang::Fr => format!("vigie ne voit plus l’état de {of}"),
    };
    why_and_since(notice, data);
    let mut fact = |label, value: Option<String>| {
        notice.facts.extend(value.map(|value| Fact { label, value }));
    };
    let some = |all: &[String]| Some(few(all, LISTED, lang)).filter(|all| !all.is_empty());
    fact(say(lang, "Checks", "Contrôles"), some(&strings(&data["checks"])));
    fact(say(lang, "Domains", "Domaines"), some(&notice.domains));
    notice.parts.push(Part::Said(
        say(
            lang,
            "This is about the monitor: what was last known of the domains still stands.",
            "Cela concerne la surveillance\u{a0}: le dernier état connu des domaines reste valable.",
        )
        .to_owned(),
    ));
}

/// What vigie could not see it sees again.
pub(super) fn recovered(notice: &mut Notice, data: &Value) {
    let (lang, zone) = (notice.lang, notice.zone);
    notice.headline = say(lang, "vigie sees again", "vigie voit de nouveau").to_owned();
    why_and_since(notice, data);
    let until = data["until"].as_str().map(|at| written_moment(at, zone));
    notice.facts.extend(until.map(|value| Fact { label: say(lang, "Until", "Jusqu’à"), value }));
    notice.parts.push(Part::Said(
        say(
            lang,
            "What changed meanwhile is told as it is found.",
            "Ce qui a changé entre-temps sera signalé au fil des examens.",
        )
        .to_owned(),
    ));
}

/// Why and since when vigie does not see.
fn why_and_since(notice: &mut Notice, data: &Value) {
    let (lang, zone) = (notice.lang, notice.zone);
    let reason = text(&data["reason"]);
    let reason = reason.map(|reason| reason_in_words(&reason, lang).to_owned());
    let since = data["since"].as_str().map(|at| written_moment(at, zone));
    for (label, value) in
        [(say(lang, "Reason", "Motif"), reason), (say(lang, "Since", "Depuis"), since)]
    {
        notice.facts.extend(value.map(|value| Fact { label, value }));
    }
}

/// A changed configuration is wrong; the one before keeps running.
pub(super) fn config(notice: &mut Notice, data: &Value) {
    let lang = notice.lang;
    let file = text(&data["file"]).unwrap_or_default();
    notice.headline = match lang {
        Lang::En => format!("The configuration {file} was refused"),
        Lang::Fr => format!("La configuration {file} a été refusée"),
    };
    notice.parts.push(Part::Said(
        say(
            lang,
            "The configuration before it keeps running.",
            "La configuration précédente reste en service.",
        )
        .to_owned(),
    ));
    let errors = data["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut lines: Vec<String> = errors
        .iter()
        .take(SHOWN)
        .filter_map(|error| {
            let message = text(&error["message"])?;
            Some(match (error["line"].as_u64(), error["column"].as_u64()) {
                (Some(line), Some(column)) => format!("{line}:{column} {message}"),
                _ => message,
            })
        })
        .collect();
    if errors.len() > SHOWN {
        lines.push(and_more(errors.len() - SHOWN, lang));
    }
    let label = say(lang, "Mistakes", "Erreurs");
    notice.parts.push(Part::Listed { label, lines });
}

/// Another channel did not take an alert.
pub(super) fn dead(notice: &mut Notice, data: &Value) {
    let lang = notice.lang;
    let channel = text(&data["channel"]).unwrap_or_default();
    notice.headline = match lang {
        Lang::En => format!("An alert did not reach the channel {channel}"),
        Lang::Fr => format!("Une alerte n’a pas atteint le canal {channel}"),
    };
    let mut fact = |label, value: Option<String>| {
        notice.facts.extend(value.map(|value| Fact { label, value }));
    };
    fact(say(lang, "Event", "Événement"), text(&data["event"]));
    fact(say(lang, "Attempts", "Tentatives"), data["attempts"].as_u64().map(|n| n.to_string()));
    let messages = data["messages"].as_u64().map(|n| n.to_string());
    fact(say(lang, "Messages", "Messages"), messages);
    fact(say(lang, "Last error", "Dernière erreur"), text(&data["error"]));
    if let Some(id) = text(&data["id"]) {
        let label = say(lang, "To send it again", "Pour la renvoyer");
        notice.parts.push(Part::Listed { label, lines: vec![format!("vigie alerts resend {id}")] });
    }
}

/// The first look at domains is done.
pub(super) fn report(notice: &mut Notice, data: &Value) {
    let lang = notice.lang;
    notice.domains = strings(&data["domains"]);
    let findings = data["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
    let total = data["total"].as_u64().and_then(|total| usize::try_from(total).ok());
    let total = total.unwrap_or(findings.len());
    let found =
        counted(total, say(lang, "finding", "constat"), say(lang, "findings", "constats"), lang);
    let of = counted(
        notice.domains.len(),
        say(lang, "domain", "domaine"),
        say(lang, "domains", "domaines"),
        lang,
    );
    notice.headline = match lang {
        Lang::En => format!("First look done: {found} on {of}"),
        Lang::Fr => format!("Premier examen terminé\u{a0}: {found} sur {of}"),
    };
    let mut lines: Vec<String> = findings.iter().take(SHOWN).map(|one| line(one, lang)).collect();
    if total > lines.len() {
        lines.push(and_more(total - lines.len(), lang));
    }
    if !lines.is_empty() {
        notice.parts.push(Part::Listed { label: say(lang, "Found", "Constaté"), lines });
    }
}

fn line(finding: &Value, lang: Lang) -> String {
    let severity = told_severity(finding, lang);
    let domain = text(&finding["domain"]).unwrap_or_default();
    let title = text(&finding["title"]).unwrap_or_default();
    format!("{severity}  {domain}  {title}")
}

/// Does the channel work?
pub(super) fn test(notice: &mut Notice) {
    let lang = notice.lang;
    notice.headline = say(lang, "Test of this channel", "Essai de ce canal").to_owned();
    notice.parts.push(Part::Said(
        say(
            lang,
            "Alerts of vigie arrive here. Nothing is wrong.",
            "Les alertes de vigie arrivent ici. Aucun problème à signaler.",
        )
        .to_owned(),
    ));
}
