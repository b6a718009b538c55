//! The words of reports that no finding owns: names of checks, groups, reasons for skipping.

use vigie_checks::kernel::{Action, Because, Lang, RecordChange, Rtype};

use super::fixes::quoted;

/// One of the two sentences.
pub fn say<'a>(lang: Lang, en: &'a str, fr: &'a str) -> &'a str {
    match lang {
        Lang::En => en,
        Lang::Fr => fr,
    }
}

/// The sentence with the spaces that no line may break at: French has them before these marks, and inside
/// its quotes.
pub fn glued(sentence: &str) -> String {
    let opened = sentence.replace("« ", "«\u{a0}");
    [" :", " ;", " ?", " !", " %", " »"]
        .iter()
        .fold(opened, |sentence, mark| sentence.replace(mark, &mark.replace(' ', "\u{a0}")))
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

/// The checks that stand in no group: plugins, in the order in which they are told.
pub fn without_group<'a>(checks: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let grouped = groups(Lang::En);
    checks.filter(|check| !grouped.iter().any(|(_, members)| members.contains(check))).collect()
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

/// Each check and the question that it answers, in English and French.
#[rustfmt::skip]
const QUESTIONS: [(&str, &str, &str); 19] = [
    (
        "arc",
        "Do forwarders keep the proof that a message was authenticated?",
        "Les services de redirection conservent-ils la preuve qu’un message a été authentifié ?",
    ),
    (
        "bimi",
        "Can mailboxes show the brand’s logo, and do they trust it?",
        "Les messageries peuvent-elles afficher le logo de la marque, et lui font-elles confiance ?",
    ),
    (
        "blocklist",
        "Does a blocklist name the domain or the addresses it sends from?",
        "Une liste de blocage cite-t-elle le domaine ou ses adresses d’envoi ?",
    ),
    (
        "caa",
        "Which authorities may issue certificates for the domain?",
        "Quelles autorités peuvent émettre des certificats pour le domaine ?",
    ),
    (
        "dane",
        "Do the published TLSA records match what the mail hosts present?",
        "Les enregistrements TLSA publiés correspondent-ils à ce que présentent les serveurs ?",
    ),
    (
        "dkim",
        "Are the signing keys published, strong and readable?",
        "Les clés de signature sont-elles publiées, solides et lisibles ?",
    ),
    (
        "dmarc",
        "Is there one policy that receivers can apply, and does somebody read the reports?",
        "Y a-t-il une seule politique, que les destinataires peuvent appliquer, et quelqu’un lit-il les rapports ?",
    ),
    (
        "dns",
        "Does the domain exist, and can its names be asked?",
        "Le domaine existe-t-il, et peut-on interroger ses noms ?",
    ),
    (
        "dnssec",
        "Is the zone signed, and does the chain of trust hold?",
        "La zone est-elle signée, et la chaîne de confiance tient-elle ?",
    ),
    (
        "ip",
        "Do the addresses that send have names that lead back to them?",
        "Les adresses d’envoi ont-elles des noms qui ramènent à elles ?",
    ),
    (
        "mta-sts",
        "Do senders find a policy that insists on encryption, and do the hosts honour it?",
        "Les émetteurs trouvent-ils une politique qui exige le chiffrement, et les serveurs la respectent-ils ?",
    ),
    (
        "mx",
        "Which hosts take mail for the domain, and do they answer?",
        "Quels serveurs reçoivent le courrier du domaine, et répondent-ils ?",
    ),
    (
        "probe",
        "Does a test message arrive in the mailbox, in time and authenticated?",
        "Un message d’essai arrive-t-il dans la boîte, à temps et authentifié ?",
    ),
    (
        "registration",
        "Is the domain registered, until when, and is it locked?",
        "Le domaine est-il enregistré, jusqu’à quand, et est-il verrouillé ?",
    ),
    (
        "smtp",
        "Do the mail hosts speak SMTP as they should, with encryption?",
        "Les serveurs de messagerie parlent-ils SMTP comme il se doit, avec chiffrement ?",
    ),
    (
        "spf",
        "Is there exactly one record, and can every receiver evaluate it?",
        "Y a-t-il un seul enregistrement, et tout destinataire peut-il l’évaluer ?",
    ),
    (
        "tls",
        "Are the certificates of the mail hosts valid, for how long, and for their names?",
        "Les certificats des serveurs de messagerie sont-ils valides, jusqu’à quand, et pour leurs noms ?",
    ),
    (
        "tls-rpt",
        "Do senders know where to report that encryption failed?",
        "Les émetteurs savent-ils où signaler un échec du chiffrement ?",
    ),
    (
        "web",
        "Does the domain’s web site harm its mail?",
        "Le site web du domaine nuit-il à son courrier ?",
    ),
];

/// The question that a check answers; of a check of another version, its name.
pub fn check_question(check: &str, lang: Lang) -> &str {
    let known = QUESTIONS.iter().find(|(name, ..)| *name == check);
    known.map_or(check, |(_, en, fr)| say(lang, en, fr))
}

/// What changed, as people say it: the record's type and name are the same in every language.
pub fn change_in_words(what: &str, lang: Lang) -> String {
    const FRENCH: [(&str, &str); 4] = [
        ("sending IP of ", "adresse d’envoi de "),
        ("certificate of ", "certificat de "),
        ("addresses of ", "adresses de "),
        ("MTA-STS policy of ", "politique MTA-STS de "),
    ];
    let said = FRENCH.iter().find_map(|(en, fr)| Some(format!("{fr}{}", what.strip_prefix(en)?)));
    said.filter(|_| lang == Lang::Fr).unwrap_or_else(|| what.to_owned())
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
        "no-record" => say(lang, "there is no record", "il n’y a pas d’enregistrement"),
        "logo-declined" => say(lang, "the domain wants no logo", "le domaine ne veut pas de logo"),
        "no-host" => say(lang, "there is no host to look at", "il n’y a aucun hôte à examiner"),
        "no-rdap" => say(
            lang,
            "no RDAP service of its registry is known",
            "aucun service RDAP de son registre n’est connu",
        ),
        "no-lists" => say(lang, "no list is configured", "aucune liste n’est configurée"),
        "egress-blocked" => say(lang, "port 25 is closed from here", "le port 25 est fermé d’ici"),
        "unreachable" => {
            say(lang, "no mail host can be reached", "aucun serveur de messagerie n’est joignable")
        }
        "no-addresses" => {
            say(lang, "no sending address is known", "aucune adresse d’envoi n’est connue")
        }
        "not-secure" => say(
            lang,
            "no mail host has a signed name",
            "aucun serveur de messagerie n’a de nom signé",
        ),
        "no-zone" => say(lang, "its zone could not be found", "sa zone n’a pas été trouvée"),
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
