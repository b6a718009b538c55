//! What a term came to, in the few words of a column.

use vigie_checks::kernel::Lang;
use vigie_checks::spf::{LOOKUP_LIMIT, SpfResult, VOID_LIMIT};

use super::tree::{LedTo, NodeStatus, TermReport};
use crate::report::grade::State;
use crate::report::words::say;

/// Columns for what a term came to.
pub(super) const OUTCOME: usize = 22;

/// How far an evaluation comes that no term matches, in the order of the lines.
#[derive(Default)]
pub(super) struct Reading {
    /// Whether the terms are those of a record that an include names: it matches, or it does not.
    pub(super) is_included: bool,
    void_lookups: usize,
    /// RFC 7208 §4.6.4, §5.2: an error ends it for whoever comes so far.
    is_ended: bool,
}

impl Reading {
    /// Counts what a term led to; what lies below it was counted before.
    pub(super) fn pass(&mut self, term: &TermReport) {
        self.void_lookups += usize::from(term.led_to == LedTo::Void);
        let is_over = term.lookup.is_some_and(|number| number > LOOKUP_LIMIT);
        let is_error = match (term.led_to, &term.record) {
            (LedTo::TooManyHosts | LedTo::Loop, _) => true,
            (LedTo::Record, Some(record)) => {
                !matches!(record.status, NodeStatus::Found | NodeStatus::Unknown)
            }
            _ => false,
        };
        self.is_ended |= is_error || is_over || self.void_lookups > VOID_LIMIT;
    }
}

/// What a term came to: for the sender if it was evaluated, and what it led to where that matters.
pub(super) fn outcome(term: &TermReport, lang: Lang, reading: &Reading) -> (String, Option<State>) {
    let trouble = match term.led_to {
        LedTo::Void => Some((say(lang, "answers nothing", "à vide").to_owned(), State::Warning)),
        LedTo::Unknown => Some((unknown(term.reason.as_deref(), lang), State::Unknown)),
        LedTo::TooManyHosts => {
            Some((say(lang, "over 10 hosts", "plus de 10 serveurs").to_owned(), State::Error))
        }
        LedTo::Loop => Some((say(lang, "a loop", "une boucle").to_owned(), State::Error)),
        LedTo::NotAsked => Some((say(lang, "not read", "non lu").to_owned(), State::Unknown)),
        LedTo::Record => term.record.as_ref().and_then(|record| {
            let state = match record.status {
                NodeStatus::Found => return None,
                NodeStatus::Unknown => State::Unknown,
                _ => State::Error,
            };
            Some((said_of(record.status, record.reason.as_deref(), lang), state))
        }),
        LedTo::NoLookup | LedTo::Found | LedTo::DependsOnMessage => None,
    };
    if let Some((word, state)) = trouble {
        return (word, Some(state));
    }
    match (term.came_to, term.led_to) {
        (Some("match"), _) => (matched(&term.term, lang), Some(State::Info)),
        (Some("no-match"), _) => (say(lang, "no match", "ne correspond pas").to_owned(), None),
        (Some(error), _) => (error.to_owned(), Some(State::Error)),
        (None, LedTo::DependsOnMessage) => {
            (say(lang, "depends on message", "selon le message").to_owned(), None)
        }
        (None, _) => (for_everybody(&term.term, lang, reading), None),
    }
}

/// What `all` says of those whom no term before it matches.
fn for_everybody(term: &str, lang: Lang, reading: &Reading) -> String {
    let (result, mechanism) = qualified(term);
    if !mechanism.eq_ignore_ascii_case("all") {
        return String::new();
    }
    let result = match (reading.is_ended, reading.is_included) {
        (true, _) => SpfResult::Permerror,
        (false, true) if result == SpfResult::Pass => return matched(term, lang),
        // RFC 7208 §5.2: then the evaluation goes on behind the include.
        (false, true) => return say(lang, "no match", "ne correspond pas").to_owned(),
        (false, false) => result,
    };
    format!("{}{result}", say(lang, "all others: ", "les autres : "))
}

pub(super) fn is_redirect(term: &str) -> bool {
    term.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("redirect="))
}

/// A match has the result of its qualifier; that of an include says only whether the include matches.
fn matched(term: &str, lang: Lang) -> String {
    let (result, mechanism) = qualified(term);
    if is_redirect(mechanism) {
        return say(lang, "followed", "suivi").to_owned();
    }
    format!("{}{result}", say(lang, "match: ", "correspond : "))
}

fn qualified(term: &str) -> (SpfResult, &str) {
    let qualifiers = [
        ('+', SpfResult::Pass),
        ('-', SpfResult::Fail),
        ('~', SpfResult::Softfail),
        ('?', SpfResult::Neutral),
    ];
    let written = qualifiers
        .into_iter()
        .find_map(|(sign, result)| term.strip_prefix(sign).map(|mechanism| (result, mechanism)));
    written.unwrap_or((SpfResult::Pass, term))
}

pub(super) fn said_of(status: NodeStatus, reason: Option<&str>, lang: Lang) -> String {
    match status {
        NodeStatus::Found => String::new(),
        NodeStatus::None => say(lang, "no SPF record", "pas de SPF").to_owned(),
        NodeStatus::Multiple => say(lang, "several records", "plusieurs SPF").to_owned(),
        NodeStatus::Permerror => "permerror".to_owned(),
        NodeStatus::Unknown => unknown(reason, lang),
    }
}

/// Why something could not be told, in the few words that a column holds.
fn unknown(reason: Option<&str>, lang: Lang) -> String {
    let (en, fr) = match reason.unwrap_or_default() {
        "timeout" => ("no answer in time", "pas de réponse"),
        "servfail" => ("SERVFAIL", "SERVFAIL"),
        "bogus" => ("DNSSEC is broken", "DNSSEC défaillant"),
        "refused" => ("REFUSED", "REFUSED"),
        "formerr" => ("FORMERR", "FORMERR"),
        "notimp" => ("NOTIMP", "NOTIMP"),
        "rcode" => ("an unusual code", "code inhabituel"),
        "truncated" => ("cut short", "réponse tronquée"),
        "malformed" => ("unreadable", "réponse illisible"),
        "referral" => ("a mere referral", "simple renvoi"),
        "network" => ("the network failed", "panne de réseau"),
        "resolver-blocked" => ("filtered", "nom filtré"),
        "rewritten-answer" => ("an invented answer", "réponse inventée"),
        "rate-limited" => ("refused for now", "refus passager"),
        "too-large" => ("too much to read", "trop de données"),
        "not-recorded" => ("not in the evidence", "absent des preuves"),
        _ => ("could not tell", "indéterminé"),
    };
    format!("? {}", say(lang, en, fr))
}

pub(super) fn state_of(result: SpfResult) -> State {
    match result {
        SpfResult::Pass => State::Ok,
        SpfResult::Fail | SpfResult::Permerror => State::Error,
        SpfResult::Softfail | SpfResult::Neutral | SpfResult::None => State::Warning,
        SpfResult::Temperror => State::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::{Lang, NodeStatus, OUTCOME, Reading, for_everybody, matched, said_of, unknown};

    #[test]
    fn what_a_term_came_to_fits_its_column() {
        let reasons = [
            "timeout",
            "servfail",
            "bogus",
            "refused",
            "formerr",
            "notimp",
            "rcode",
            "truncated",
            "malformed",
            "referral",
            "network",
            "resolver-blocked",
            "rewritten-answer",
            "rate-limited",
            "too-large",
            "not-recorded",
            "private-address",
        ];
        for lang in [Lang::En, Lang::Fr] {
            let untold = reasons.map(|reason| unknown(Some(reason), lang));
            let all = ["+all", "-all", "~all", "?all"];
            let ended = Reading { is_ended: true, ..Reading::default() };
            let included = Reading { is_included: true, ..Reading::default() };
            let readings = [Reading::default(), ended, included];
            let results = all.iter().flat_map(|all| {
                let told = readings.iter().map(|reading| for_everybody(all, lang, reading));
                told.chain([matched(all, lang)])
            });
            let statuses = [NodeStatus::None, NodeStatus::Multiple, NodeStatus::Permerror];
            let nodes = statuses.map(|status| said_of(status, None, lang));
            for word in untold.into_iter().chain(results).chain(nodes) {
                assert!(word.chars().count() <= OUTCOME, "{word}");
            }
        }
        assert_eq!(unknown(Some("resolver-blocked"), Lang::Fr), "? nom filtré");
        assert_eq!(for_everybody("~all", Lang::Fr, &Reading::default()), "les autres : softfail");
    }
}
