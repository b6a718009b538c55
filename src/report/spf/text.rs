//! The tree as a person reads it in a terminal, and the result below it.

use vigie_checks::kernel::Lang;
use vigie_checks::spf::{LOOKUP_LIMIT, SpfResult};

use super::tree::{LedTo, NodeReport, NodeStatus, SpfReport, TermReport};
use crate::report::grade::State;
use crate::report::paint::{Paper, plain, wrapped};
use crate::report::words::say;

/// Columns for what a term came to, and for the number of its lookup.
const OUTCOME: usize = 22;
const NUMBER: usize = 4;

/// Records that are shown where there are several.
const RECORDS: usize = 5;

impl SpfReport {
    /// The whole report, without a last line end.
    pub fn text(&self, lang: Lang, paper: Paper) -> String {
        let mut lines = Vec::new();
        if let Some(tree) = &self.tree {
            lines.push(self.head(tree, lang, paper));
            branches(tree, "", &mut lines, &Page { lang, paper });
            lines.push(String::new());
        }
        lines.extend(self.foot(lang, paper));
        if self.tree.is_none() {
            let text = match lang {
                Lang::En => {
                    "is no domain name that DNS could be asked for: no receiver finds a record"
                }
                Lang::Fr => {
                    "n’est pas un nom que l’on puisse demander au DNS : aucun destinataire n’y trouve d’enregistrement"
                }
            };
            lines.extend(wrapped(&format!("{} {text}", plain(&self.domain)), "", "", paper.width));
        }
        lines.join("\n")
    }

    fn head(&self, tree: &NodeReport, lang: Lang, paper: Paper) -> String {
        let name = plain(&tree.domain);
        let state = match tree.status {
            NodeStatus::Found | NodeStatus::Permerror => "v=spf1".to_owned(),
            status => said_of(status, tree.reason.as_deref(), lang),
        };
        let title = say(lang, "lookups", "requêtes");
        let used = name.chars().count() + 2 + state.chars().count();
        let gap = paper.width.saturating_sub(used + title.len()).max(2);
        format!("{}  {state}{}{}", paper.bold(&name), " ".repeat(gap), paper.dim(title))
    }

    fn foot(&self, lang: Lang, paper: Paper) -> Vec<String> {
        let mut rows: Vec<(&str, String)> = Vec::new();
        if let Some(result) = self.result {
            let word = paper.state(state_of(result), &result.to_string());
            rows.push((say(lang, "Result", "Résultat"), format!("{word}   {}", self.whom(lang))));
        }
        let is_void =
            |tree: &NodeReport| matches!(tree.status, NodeStatus::Permerror | NodeStatus::Multiple);
        if self.result.is_none() && self.tree.as_ref().is_some_and(is_void) {
            let word = paper.state(State::Error, "permerror");
            let whom = say(lang, "for every sender", "pour tout expéditeur");
            rows.push((say(lang, "Result", "Résultat"), format!("{word}   {whom}")));
        }
        if let Some(matched) = &self.matched {
            rows.push((say(lang, "Term", "Terme"), plain(matched)));
        }
        if let Some(explanation) = &self.explanation {
            rows.push((say(lang, "Says", "Motif"), plain(explanation)));
        }
        if self.tree.is_some() {
            rows.push((say(lang, "Lookups", "Requêtes"), self.counts(lang)));
        }
        if let Some(path) = &self.breaks_limit {
            rows.push((say(lang, "Breaks", "Rupture"), plain(&path.join(" › "))));
        }
        let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0) + 2;
        let row = |(name, text): &(&str, String)| {
            wrapped(text, &format!("{name:<width$}"), &" ".repeat(width), paper.width)
        };
        rows.iter().flat_map(row).collect()
    }

    /// `for 192.0.2.1, MAIL FROM <>, HELO mx.example.com`.
    fn whom(&self, lang: Lang) -> String {
        let Some(sender) = &self.sender else { return String::new() };
        let mail_from = if sender.mail_from.is_empty() { "<>" } else { sender.mail_from.as_str() };
        let mut text =
            format!("{} {}, MAIL FROM {}", say(lang, "for", "pour"), sender.ip, plain(mail_from));
        if sender.mail_from.is_empty() {
            text.push_str(&format!(", HELO {}", plain(&sender.helo)));
        }
        if sender.domain != self.domain {
            let by = say(lang, "by the record of", "d’après l’enregistrement de");
            text.push_str(&format!(", {by} {}", plain(&sender.domain)));
        }
        text
    }

    /// `■■■■□□□□□□  4 of 10, 0 void`.
    fn counts(&self, lang: Lang) -> String {
        let full = self.lookups.min(LOOKUP_LIMIT);
        let bar = format!("{}{}", "■".repeat(full), "□".repeat(LOOKUP_LIMIT - full));
        let least = if self.complete { "" } else { say(lang, "at least ", "au moins ") };
        let (lookups, void) = (self.lookups, self.void_lookups);
        let counted = match (lang, void) {
            (Lang::En, _) => format!("{lookups} of {LOOKUP_LIMIT}, {void} void"),
            (Lang::Fr, 0) => format!("{lookups} sur {LOOKUP_LIMIT}, aucune à vide"),
            (Lang::Fr, _) => format!("{lookups} sur {LOOKUP_LIMIT}, dont {void} à vide"),
        };
        format!("{bar}  {least}{counted}")
    }
}

struct Page {
    lang: Lang,
    paper: Paper,
}

/// What stands below a name, a branch of the tree each.
enum Branch<'a> {
    Term(&'a TermReport),
    Fault(&'a str),
    /// One of several records.
    Record(&'a str),
    /// So many records more.
    More(usize),
}

/// The branches in the order in which the record has them; `redirect`, which is looked at last, comes last.
fn in_order(node: &NodeReport) -> Vec<Branch<'_>> {
    let mut terms = node.terms.iter().peekable();
    // A modifier that stands twice can be read; that it does is told at the end.
    let is_readable = |fault: &String| node.terms.iter().any(|term| term.term == *fault);
    let (twice, unreadable): (Vec<_>, Vec<_>) =
        node.faults.iter().partition(|fault| is_readable(fault));
    let mut faults = unreadable.into_iter().peekable();
    let mut branches = Vec::new();
    for word in node.record.iter().flat_map(|record| record.split(' ').skip(1)) {
        if let Some(fault) = faults.next_if(|fault| *fault == word) {
            branches.push(Branch::Fault(fault));
        } else if let Some(term) = terms.next_if(|term| term.term == word) {
            branches.push(Branch::Term(term));
        }
    }
    branches.extend(terms.map(Branch::Term));
    branches.extend(faults.chain(twice).map(|fault| Branch::Fault(fault)));
    branches.extend(node.records.iter().take(RECORDS).map(|record| Branch::Record(record)));
    let more = node.records.len().saturating_sub(RECORDS);
    branches.extend((more > 0).then_some(Branch::More(more)));
    branches
}

fn branches(node: &NodeReport, indent: &str, lines: &mut Vec<String>, page: &Page) {
    let all = in_order(node);
    // RFC 7208 §4.6: then no term is evaluated.
    let is_void = !node.faults.is_empty();
    for (at, one) in all.iter().enumerate() {
        let (branch, below) =
            if at + 1 == all.len() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        let (first, next) = (format!("{indent}{branch}"), format!("{indent}{below}"));
        match one {
            Branch::Term(term) => {
                lines.push(line(&first, term, is_void, page));
                if let Some(record) = &term.record {
                    branches(record, &next, lines, page);
                }
            }
            Branch::Fault(fault) => {
                let word = say(page.lang, "cannot be read", "illisible");
                let text = columns(&format!("{first}{}", plain(fault)), word, "", page.paper);
                lines.push(page.paper.state(State::Error, &text));
            }
            Branch::Record(record) => {
                lines.extend(wrapped(&plain(record), &first, &next, page.paper.width));
            }
            Branch::More(count) => {
                lines.push(format!("{first}… {count} {}", say(page.lang, "more", "de plus")));
            }
        }
    }
}

fn line(before: &str, term: &TermReport, is_void: bool, page: &Page) -> String {
    let provider = term.record.as_ref().and_then(|record| record.provider);
    let mut left = format!("{before}{}", plain(&term.term));
    if let Some(provider) = provider {
        left.push_str(&format!("  ({provider})"));
    }
    let (word, state) = match is_void {
        true => (say(page.lang, "not evaluated", "non évalué").to_owned(), None),
        false => outcome(term, page.lang),
    };
    let number = term.lookup.map(|number| number.to_string()).unwrap_or_default();
    let text = columns(&left, &word, &number, page.paper);
    match state {
        Some(state) => page.paper.state(state, &text),
        None if term.lookup.is_some_and(|number| number > LOOKUP_LIMIT) => {
            page.paper.state(State::Error, &text)
        }
        None => text,
    }
}

/// The three columns; a term too long for its own keeps its line, and what follows is pushed on.
fn columns(left: &str, word: &str, number: &str, paper: Paper) -> String {
    let room = paper.width.saturating_sub(OUTCOME + NUMBER).max(20);
    format!("{left:<room$} {word:<OUTCOME$}{number:>3}").trim_end().to_owned()
}

/// What a term came to: for the sender if it was evaluated, and what it led to where that matters.
fn outcome(term: &TermReport, lang: Lang) -> (String, Option<State>) {
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
        (None, _) => (for_everybody(&term.term, lang), None),
    }
}

/// What `all` says of those whom no term before it matches.
fn for_everybody(term: &str, lang: Lang) -> String {
    let (result, mechanism) = qualified(term);
    if !mechanism.eq_ignore_ascii_case("all") {
        return String::new();
    }
    format!("{}{result}", say(lang, "all others: ", "les autres : "))
}

/// A match has the result of its qualifier; that of an include says only whether the include matches.
fn matched(term: &str, lang: Lang) -> String {
    let (result, mechanism) = qualified(term);
    if mechanism.to_ascii_lowercase().starts_with("redirect=") {
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

fn said_of(status: NodeStatus, reason: Option<&str>, lang: Lang) -> String {
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

fn state_of(result: SpfResult) -> State {
    match result {
        SpfResult::Pass => State::Ok,
        SpfResult::Fail | SpfResult::Permerror => State::Error,
        SpfResult::Softfail | SpfResult::Neutral | SpfResult::None => State::Warning,
        SpfResult::Temperror => State::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::{Lang, NodeStatus, OUTCOME, for_everybody, matched, said_of, unknown};

    #[test]
    fn what_a_term_came_to_fits_its_column() {
        let reasons = [
            "timeout",
            "servfail",
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
            let results = all.iter().flat_map(|all| [for_everybody(all, lang), matched(all, lang)]);
            let statuses = [NodeStatus::None, NodeStatus::Multiple, NodeStatus::Permerror];
            let nodes = statuses.map(|status| said_of(status, None, lang));
            for word in untold.into_iter().chain(results).chain(nodes) {
                assert!(word.chars().count() <= OUTCOME, "{word}");
            }
        }
        assert_eq!(unknown(Some("resolver-blocked"), Lang::Fr), "? nom filtré");
        assert_eq!(for_everybody("~all", Lang::Fr), "les autres : softfail");
    }
}
