//! What could not be checked, and whether the verdict is provable without it.

use std::net::IpAddr;

use vigie_checks::kernel::{Because, Finding, Lang, Outcome, Target};
use vigie_checks::mx::MxFacts;

use super::NotChecked;
use super::roles::Roles;
use super::rules::{is_about_reports, is_decisive_list};
use crate::report::words::{because_in_words, check_label, say};
use crate::report::{FindingReport, WEIGHTY};
use crate::run::Review;

/// What checks say where port 25 is closed on the way out.
const EGRESS_BLOCKED: &str = "egress-blocked";

/// Every check that could not tell of something, or was skipped for want of what it needs.
pub fn untold(review: &Review, roles: &Roles<'_>, lang: Lang) -> Vec<NotChecked> {
    let mut told = Vec::new();
    for audit in &review.audits {
        let target = &audit.target;
        let unanswered = review.unanswered.get(&target.domain).map(Vec::as_slice);
        let role = roles.role(&target.domain);
        for outcome in audit.outcomes.iter().filter(|outcome| role.rests_on(&outcome.check)) {
            told.extend(of_check(outcome, target, unanswered.unwrap_or_default(), lang));
            told.extend(unreached(outcome, target, lang));
        }
    }
    told
}

/// `unanswered` are the sending addresses that no list was able to speak of.
fn of_check(
    outcome: &Outcome,
    target: &Target,
    unanswered: &[IpAddr],
    lang: Lang,
) -> Option<NotChecked> {
    let domain = &target.domain;
    let untold: Vec<&Finding> =
        outcome.findings.iter().filter(|finding| !finding.is_failing()).collect();
    if !outcome.is_blind() && !is_shut_in(outcome) && untold.is_empty() {
        return None;
    }
    let what = format!("{} · {domain}", check_label(&outcome.check, lang));
    let lists = if outcome.check == "blocklist" { silent_lists(&untold) } else { Vec::new() };
    if !lists.is_empty() {
        // One list among others is missed by nobody, unless the verdict rests on it.
        let is_decisive = lists.iter().any(|list| is_decisive_list(list));
        let weighs = !unanswered.is_empty() || has_addresses(target) && is_decisive;
        let why = no_verdict(&lists, unanswered, lang);
        return Some(NotChecked { what, why, weighs, cautions: is_decisive });
    }
    // Where several things could not be told, that which weighs is named.
    let first = untold.iter().find(|finding| !is_about_reports(finding)).or(untold.first());
    let title = first.map(|finding| FindingReport::of(finding, domain, lang).title);
    let why = match &outcome.because {
        Some(because) => because_in_words(because, lang),
        None => title.unwrap_or_default(),
    };
    let only_reports = !untold.is_empty() && untold.iter().all(|finding| is_about_reports(finding));
    let rests_on = match outcome.check.as_str() {
        "blocklist" => !unanswered.is_empty(),
        "ip" => true,
        check => WEIGHTY.contains(&check),
    };
    // Many registries tell nobody when a domain ends.
    let cautions = outcome.check != "registration";
    Some(NotChecked { what, why, weighs: rests_on && !only_reports, cautions })
}

/// Skipped because port 25 is closed here: nothing is wrong with the domain, and nothing was seen.
fn is_shut_in(outcome: &Outcome) -> bool {
    let because = outcome.because.as_ref();
    matches!(because, Some(Because::NothingToAsk { what }) if what == EGRESS_BLOCKED)
}

/// Mail hosts that were judged from DNS alone, for port 25 is closed here.
fn unreached(outcome: &Outcome, target: &Target, lang: Lang) -> Option<NotChecked> {
    let facts: MxFacts = (outcome.check == "mx").then(|| outcome.facts.read().ok())??;
    if !facts.is_egress_blocked() || facts.hosts.is_empty() {
        return None;
    }
    let what =
        say(lang, "Whether its mail hosts answer", "La réponse de ses serveurs de messagerie");
    let because = Because::NothingToAsk { what: EGRESS_BLOCKED.to_owned() };
    let what = format!("{what} · {}", target.domain);
    let why = because_in_words(&because, lang);
    Some(NotChecked { what, why, weighs: false, cautions: true })
}

/// The titles of the lists that gave no verdict: those that the verdict rests on first.
fn silent_lists(untold: &[&Finding]) -> Vec<String> {
    let named = untold.iter().flat_map(|finding| match finding.evidence["lists"].as_array() {
        // What is the matter with all of them is said once.
        Some(lists) => lists.iter().filter_map(|list| list.as_str().map(str::to_owned)).collect(),
        None => Vec::from_iter(finding.params.get("list").cloned()),
    });
    let mut lists: Vec<String> = named.collect();
    lists.sort_by_key(|list| (!is_decisive_list(list), list.clone()));
    lists.dedup();
    lists
}

fn no_verdict(lists: &[String], unanswered: &[IpAddr], lang: Lang) -> String {
    let lists = lists.join(", ");
    let why = match lang {
        Lang::En => format!("no verdict from {lists}"),
        Lang::Fr => format!("pas de verdict de {lists}"),
    };
    if unanswered.is_empty() { why } else { no_list_for(unanswered, &why, lang) }
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
    let mut of_streams = target.streams.iter();
    let has_keys = !target.selectors.is_empty() || of_streams.any(|stream| stream.dkim.is_some());
    let unnamed = |what: (&str, &str), why: (&str, &str)| NotChecked {
        what: format!("{} · {domain}", say(lang, what.0, what.1)),
        why: say(lang, why.0, why.1).to_owned(),
        weighs: false,
        cautions: false,
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
    let addresses = (!has_addresses(target)).then(|| {
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

fn has_addresses(target: &Target) -> bool {
    !target.sending_ips.is_empty() || target.streams.iter().any(|stream| !stream.ips.is_empty())
}

/// What no audit can check: said each time, so that nobody takes it for checked.
pub fn beyond(has_sends: bool, lang: Lang) -> Vec<NotChecked> {
    let beyond = |en: (&str, &str), fr: (&str, &str)| NotChecked {
        what: say(lang, en.0, fr.0).to_owned(),
        why: say(lang, en.1, fr.1).to_owned(),
        weighs: false,
        cautions: false,
    };
    let mut all = vec![
        beyond(
            ("The message itself", "the review saw none: headers, links, unsubscribing"),
            ("Le message lui-même", "la revue n’en a vu aucun : en-têtes, liens, désabonnement"),
        ),
        beyond(
            ("The recipients", "the review saw no list: bounces and complaints to expect"),
            ("Les destinataires", "la revue n’a vu aucune liste : rebonds et plaintes à prévoir"),
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
                "aucun envoi d’essai du démon n’est connu : configurer une sonde, et laisser \
                 `vigie run` l’envoyer",
            ),
        ));
    }
    all
}
