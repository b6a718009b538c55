//! The words of reports that no finding owns: names of checks, groups, reasons for skipping.

use vigie_checks::kernel::{Action, Because, Lang, RecordChange, Rtype};

/// One of the two sentences.
pub fn say<'a>(lang: Lang, en: &'a str, fr: &'a str) -> &'a str {
    match lang {
        Lang::En => en,
        Lang::Fr => fr,
    }
}

/// The checks in the reader's order, by group.
pub fn groups(lang: Lang) -> [(&'static str, &'static [&'static str]); 5] {
    [
        (say(lang, "Authentication", "Authentification"), &["spf", "dkim", "dmarc", "arc"]),
        (say(lang, "Sending", "Envoi"), &["ip", "blocklist", "probe"]),
        (say(lang, "Receiving", "Réception"), &["mx", "smtp", "tls", "mta-sts", "tls-rpt", "dane"]),
        (say(lang, "Name", "Nom"), &["dns", "dnssec", "registration", "caa"]),
        (say(lang, "Brand", "Marque"), &["bimi", "web"]),
    ]
}

/// A check's name as people write it.
pub fn check_label(check: &str, lang: Lang) -> String {
    match check {
        "spf" | "dkim" | "dmarc" | "ip" | "mx" | "smtp" | "tls" | "dns" | "dane" | "bimi"
        | "caa" | "arc" | "mta-sts" | "tls-rpt" => check.to_ascii_uppercase(),
        "dnssec" => "DNSSEC".to_owned(),
        "blocklist" => say(lang, "Blocklists", "Listes de blocage").to_owned(),
        "probe" => say(lang, "Test send", "Envoi d’essai").to_owned(),
        "registration" => say(lang, "Registration", "Enregistrement").to_owned(),
        "web" => "Web".to_owned(),
        other => other.to_owned(),
    }
}

/// Why a check was skipped.
pub fn because_in_words(because: &Because, lang: Lang) -> String {
    match because {
        Because::NeedUnknown { need } => match lang {
            Lang::En => format!("it needs {need}, which could not tell"),
            Lang::Fr => format!("il lui faut {need}, qui n’a pas pu conclure"),
        },
        Because::NoDomain => {
            say(lang, "the domain does not exist", "le domaine n’existe pas").to_owned()
        }
        Because::NothingToAsk { what } => nothing_to_ask(what, lang).to_owned(),
    }
}

fn nothing_to_ask(what: &str, lang: Lang) -> &str {
    match what {
        "no-selectors" => say(lang, "no selector is known", "aucun sélecteur n’est connu"),
        "no-mail-host" => say(lang, "no host takes mail", "aucun serveur ne reçoit de courrier"),
        "no-sending" => {
            say(lang, "the domain sends no mail", "le domaine n’envoie pas de courrier")
        }
        "no-website" => say(lang, "there is no website", "il n’y a pas de site web"),
        "no-host" => say(lang, "there is no host to look at", "il n’y a aucun hôte à examiner"),
        "no-rdap" => say(
            lang,
            "no service of its registry is known",
            "aucun service de son registre n’est connu",
        ),
        "no-lists" => say(lang, "no list is configured", "aucune liste n’est configurée"),
        "egress-blocked" => say(lang, "port 25 is closed from here", "le port 25 est fermé d’ici"),
        "no-test-send" => say(lang, "there was no test send", "il n’y a pas eu d’envoi d’essai"),
        other => other,
    }
}

/// A record to publish, as a line of a zone file; strings over 255 octets are split (RFC 1035 §3.3).
pub fn record_line(change: &RecordChange) -> Option<String> {
    let value = change.value.as_deref().filter(|_| change.action != Action::Delete)?;
    let value = if change.rtype == Rtype::TXT { quoted(value) } else { value.to_owned() };
    Some(format!("{}. 3600 IN {} {value}", change.name, change.rtype))
}

fn quoted(text: &str) -> String {
    let octets: Vec<char> = text.chars().collect();
    let strings = octets.chunks(255).map(|chunk| {
        let inner: String = chunk.iter().collect();
        format!("\"{}\"", inner.replace('"', "\\\""))
    });
    strings.collect::<Vec<_>>().join(" ")
}
