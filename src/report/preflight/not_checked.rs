//! What could not be checked, and whether the verdict is provable without it.

use std::net::IpAddr;

use vigie_checks::kernel::{Finding, Lang, Name, Outcome, Target};

use super::NotChecked;
use super::rules::is_about_reports;
use crate::report::words::{because_in_words, check_label, say};
use crate::report::{FindingReport, WEIGHTY};
use crate::run::Review;

/// Every check that could not tell of something, or was skipped for want of what it needs.
pub fn untold(review: &Review, lang: Lang) -> Vec<NotChecked> {
    let mut told = Vec::new();
    for audit in &review.audits {
        let domain = &audit.target.domain;
        let unanswered = review.unanswered.get(domain).map(Vec::as_slice).unwrap_or_default();
        told.extend(audit.outcomes.iter().filter_map(|outcome| {
            let addresses = if outcome.check == "blocklist" { unanswered } else { &[] };
            of_check(outcome, domain, addresses, lang)
        }));
    }
    told
}

/// `unanswered` are the sending addresses that no list was able to speak of.
fn of_check(
    outcome: &Outcome,
    domain: &Name,
    unanswered: &[IpAddr],
    lang: Lang,
) -> Option<NotChecked> {
    let untold: Vec<&Finding> =
        outcome.findings.iter().filter(|finding| !finding.is_failing()).collect();
    if !outcome.is_blind() && untold.is_empty() {
        return None;
    }
    // Where several things could not be told, that which weighs is named.
    let first = untold.iter().find(|finding| !is_about_reports(finding)).or(untold.first());
    let title = first.map(|finding| FindingReport::of(finding, domain, lang).title);
    let why = match &outcome.because {
        Some(because) => because_in_words(because, lang),
        None => title.unwrap_or_default(),
    };
    let what = format!("{} · {domain}", check_label(&outcome.check, lang));
    let why = if unanswered.is_empty() { why } else { no_list_for(unanswered, &why, lang) };
    let only_reports = !untold.is_empty() && untold.iter().all(|finding| is_about_reports(finding));
    let rests_on = match outcome.check.as_str() {
        // One list among others is missed by nobody.
        "blocklist" => !unanswered.is_empty(),
        "ip" => true,
        check => WEIGHTY.contains(&check),
    };
    Some(NotChecked { what, why, weighs: rests_on && !only_reports })
}

fn no_list_for(addresses: &[IpAddr], why: &str, lang: Lang) -> String {
    let named = addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match lang {
        Lang::En => format!("no list could be asked about {named}: {why}"),
        Lang::Fr => format!("aucune liste n’a pu être interrogée sur {named} : {why}"),
    }
}

/// What a campaign rests on, and nobody has named: the keys that sign it and the addresses it leaves from.
pub fn unnamed(target: &Target, lang: Lang) -> Vec<NotChecked> {
    let domain = &target.domain;
    let of_stream = || target.streams.iter();
    let has_keys = !target.selectors.is_empty() || of_stream().any(|stream| stream.dkim.is_some());
    let has_addresses =
        !target.sending_ips.is_empty() || of_stream().any(|stream| !stream.ips.is_empty());
    let unnamed = |what: (&str, &str), why: (&str, &str)| NotChecked {
        what: format!("{} · {domain}", say(lang, what.0, what.1)),
        why: say(lang, why.0, why.1).to_owned(),
        weighs: false,
    };
    let keys = (!has_keys).then(|| {
        unnamed(
            ("The key that signs it", "La clé qui le signe"),
            (
                "no selector is named: --selector, or a stream of the configuration",
                "aucun sélecteur n’est indiqué : --selector, ou un flux de la configuration",
            ),
        )
    });
    let addresses = (!has_addresses).then(|| {
        unnamed(
            ("The addresses it leaves from", "Les adresses d’où il part"),
            (
                "none is named: --ip, or a stream of the configuration",
                "aucune n’est indiquée : --ip, ou un flux de la configuration",
            ),
        )
    });
    keys.into_iter().chain(addresses).collect()
}

/// What no audit can check: said each time, so that nobody takes it for checked.
pub fn beyond(has_sends: bool, lang: Lang) -> Vec<NotChecked> {
    let beyond = |en: (&str, &str), fr: (&str, &str)| NotChecked {
        what: say(lang, en.0, fr.0).to_owned(),
        why: say(lang, en.1, fr.1).to_owned(),
        weighs: false,
    };
    let mut all = vec![
        beyond(
            ("The message itself", "the review saw none: headers, links, unsubscribing"),
            ("Le message lui-même", "la revue n’en a vu aucun : en-têtes, liens, désinscription"),
        ),
        beyond(
            ("The recipients", "the review saw no list: bounces and complaints to expect"),
            ("Les destinataires", "la revue n’a vu aucune liste : rejets et plaintes à prévoir"),
        ),
        beyond(
            ("The volume", "whether so much at once is usual for these addresses"),
            ("Le volume", "si un tel volume est habituel pour ces adresses"),
        ),
    ];
    if !has_sends {
        all.push(beyond(
            (
                "Inbox or spam folder",
                "no test send of the daemon is known: configure a probe, and let \
                 `vigie run` send it",
            ),
            (
                "Boîte de réception ou indésirables",
                "aucun envoi d’essai du service n’est connu : configurez une sonde, et laissez \
                 `vigie run` l’envoyer",
            ),
        ));
    }
    all
}
