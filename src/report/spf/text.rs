//! The tree as a person reads it in a terminal, and the result below it.

use vigie_checks::kernel::Lang;
use vigie_checks::spf::LOOKUP_LIMIT;

use super::outcome::{OUTCOME, Reading, is_redirect, outcome, said_of, state_of};
use super::tree::{NodeReport, NodeStatus, SpfReport, TermReport};
use crate::report::grade::State;
use crate::report::paint::{Paper, plain, wrapped};
use crate::report::words::say;

/// Columns for the number of a term's lookup.
const NUMBER: usize = 4;

/// Records that are shown where there are several.
const RECORDS: usize = 5;

impl SpfReport {
    /// The whole report, without a last line end.
    pub fn text(&self, lang: Lang, paper: Paper) -> String {
        let mut lines = Vec::new();
        if let Some(tree) = &self.tree {
            lines.push(self.head(tree, lang, paper));
            branches(tree, "", &mut lines, &Page { lang, paper }, &mut Reading::default());
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
        rows.extend(self.spent(lang).map(|spent| (say(lang, "Message", "Message"), spent)));
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

    /// What the evaluation of this message cost, where that is more than the tree shows.
    fn spent(&self, lang: Lang) -> Option<String> {
        let sender = self.sender.as_ref().filter(|sender| {
            sender.lookups > self.lookups || sender.void_lookups > self.void_lookups
        })?;
        let (lookups, void) = (sender.lookups, sender.void_lookups);
        Some(match lang {
            Lang::En => format!("{lookups} lookups for this sender, {void} void"),
            Lang::Fr => format!("{lookups} requêtes pour cet expéditeur, dont {void} à vide"),
        })
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

fn branches(
    node: &NodeReport,
    indent: &str,
    lines: &mut Vec<String>,
    page: &Page,
    reading: &mut Reading,
) {
    let all = in_order(node);
    // RFC 7208 §4.6: then no term is evaluated.
    let is_void = !node.faults.is_empty();
    for (at, one) in all.iter().enumerate() {
        let (branch, below) =
            if at + 1 == all.len() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        let (first, next) = (format!("{indent}{branch}"), format!("{indent}{below}"));
        match one {
            Branch::Term(term) => {
                lines.push(line(&first, term, is_void, page, reading));
                if let Some(record) = &term.record {
                    let was_included = reading.is_included;
                    reading.is_included |= !is_redirect(&term.term);
                    branches(record, &next, lines, page, reading);
                    reading.is_included = was_included;
                }
                reading.pass(term);
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

fn line(before: &str, term: &TermReport, is_void: bool, page: &Page, reading: &Reading) -> String {
    let provider = term.record.as_ref().and_then(|record| record.provider);
    let mut left = format!("{before}{}", plain(&term.term));
    if let Some(provider) = provider {
        left.push_str(&format!("  ({provider})"));
    }
    let (word, state) = match is_void {
        true => (say(page.lang, "not evaluated", "non évalué").to_owned(), None),
        false => outcome(term, page.lang, reading),
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
