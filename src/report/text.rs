//! The report that a person reads in a terminal: verdict first, worst first, why, how to fix.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use vigie_checks::kernel::{CheckStatus, Lang, Profile};

use super::build::{AuditReport, DomainReport, FindingReport, Summary, WhatIf};
use super::concern;
use super::grade::{Grade, State};
use super::paint::{Paper, glyph, plain, wrapped};
use super::words::{check_label, groups, record_line, say, without_group};

/// One domain, ending without an empty line.
pub fn domain(report: &DomainReport, lang: Lang, paper: Paper) -> String {
    let mut lines = head(report, lang, paper);
    lines.push(String::new());
    lines.extend(checks(report, lang, paper));
    for finding in &report.findings {
        lines.push(String::new());
        lines.extend(self::finding(finding, lang, paper));
    }
    if let Some(after) = &report.what_if {
        lines.push(String::new());
        lines.extend(what_if(report, after, lang, paper));
    }
    lines.join("\n")
}

fn head(report: &DomainReport, lang: Lang, paper: Paper) -> Vec<String> {
    let grade = format!(" {} ", report.grade);
    let mut lines = Vec::new();
    let verdict = verdict(report, lang);
    let name = plain(&report.domain);
    let room = paper.width.saturating_sub(4);
    let fits = name.chars().count() + 2 + verdict.chars().count() <= room;
    let badge = paper.state(state_of(report.grade), &grade);
    if fits {
        lines.push(format!("{badge} {}  {verdict}", paper.bold(&name)));
    } else {
        lines.push(format!("{badge} {}", paper.bold(&name)));
        lines.extend(wrapped(verdict, "    ", "    ", paper.width));
    }
    let facts = format!(
        "{} · {} · {} · {} · {}",
        purpose(report.profile, lang),
        counted(report.checks.len(), lang, ("check", "checks"), ("contrôle", "contrôles")),
        counted(report.exchanges, lang, ("exchange", "exchanges"), ("échange", "échanges")),
        seconds(report.duration_ms, lang),
        moment(report.started_at, lang),
    );
    lines.extend(wrapped(&facts, "    ", "    ", paper.width).iter().map(|line| paper.dim(line)));
    lines
}

/// A count with its noun. French takes the singular up to two.
pub fn counted(count: usize, lang: Lang, en: (&str, &str), fr: (&str, &str)) -> String {
    let noun = match lang {
        Lang::En if count == 1 => en.0,
        Lang::En => en.1,
        Lang::Fr if count < 2 => fr.0,
        Lang::Fr => fr.1,
    };
    format!("{count} {noun}")
}

pub(super) fn seconds(ms: u64, lang: Lang) -> String {
    let text = format!("{}.{} s", ms / 1000, ms % 1000 / 100);
    if lang == Lang::Fr { text.replace('.', ",") } else { text }
}

pub(super) fn moment(at: DateTime<Utc>, lang: Lang) -> String {
    moment_in(at, Tz::UTC, lang)
}

/// The same in another zone.
pub(super) fn moment_in(at: DateTime<Utc>, zone: Tz, lang: Lang) -> String {
    const FRENCH: [&str; 12] = [
        "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.",
        "déc.",
    ];
    let at = at.with_timezone(&zone);
    match lang {
        Lang::En => at.format("%-d %b %Y %H:%M %Z").to_string(),
        Lang::Fr => {
            use chrono::Datelike;
            let month = FRENCH[at.month0() as usize % 12];
            format!("{} {month} {}", at.day(), at.format("%Y %H:%M %Z"))
        }
    }
}

/// One sentence that a manager can repeat.
pub fn verdict(report: &DomainReport, lang: Lang) -> &'static str {
    if report.findings.iter().any(|finding| finding.id == "dns.nxdomain") {
        return say(lang, "This domain does not exist.", "Ce domaine n’existe pas.");
    }
    match report.grade {
        Grade::F => say(
            lang,
            "Mail of this domain is being lost, or anyone can forge it, now.",
            "Du courrier de ce domaine se perd, ou n’importe qui peut l’usurper, en ce moment.",
        ),
        Grade::D => concern::of_errors(report, lang),
        Grade::A if report.only_chosen => say(
            lang,
            "The chosen checks find nothing in the way of its mail.",
            "Les contrôles choisis ne trouvent rien qui s’oppose à son courrier.",
        ),
        Grade::B if report.only_chosen => say(
            lang,
            "The chosen checks find something at risk.",
            "Les contrôles choisis trouvent un point fragile.",
        ),
        Grade::Unknown
            if !report.blind
                && report.checks.iter().all(|check| check.status == CheckStatus::Skipped) =>
        {
            say(lang, "Nothing was there to be looked at.", "Il n’y avait rien à examiner.")
        }
        Grade::B => say(
            lang,
            "Its mail arrives; something is at risk.",
            "Son courrier arrive ; un point est fragile.",
        ),
        Grade::A => {
            say(lang, "Nothing stands in the way of its mail.", "Rien ne s’oppose à son courrier.")
        }
        Grade::Unknown => say(
            lang,
            "It could not be told whether its mail arrives.",
            "Impossible de dire si son courrier arrive.",
        ),
    }
}

fn purpose(profile: Profile, lang: Lang) -> &'static str {
    match profile {
        Profile::Both => say(lang, "sends and receives", "émet et reçoit"),
        Profile::Sender => say(lang, "sends", "émet"),
        Profile::Receiver => say(lang, "receives", "reçoit"),
        Profile::Parked => say(lang, "no mail", "sans messagerie"),
    }
}

pub fn state_of(grade: Grade) -> State {
    match grade {
        Grade::A => State::Ok,
        Grade::B => State::Warning,
        Grade::D => State::Error,
        Grade::F => State::Critical,
        Grade::Unknown => State::Unknown,
    }
}

/// Every check on a line per group, and why those that were skipped were.
fn checks(report: &DomainReport, lang: Lang, paper: Paper) -> Vec<String> {
    let plugins = without_group(report.checks.iter().map(|check| check.name.as_str()));
    let groups = groups(lang).into_iter().chain([(say(lang, "Plugins", "Greffons"), &*plugins)]);
    let groups: Vec<(&str, &[&str])> = groups.collect();
    let widest = groups.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let mut lines = Vec::new();
    for (name, members) in groups {
        let seen = members
            .iter()
            .filter_map(|member| report.checks.iter().find(|check| check.name == *member));
        let cells: Vec<String> = seen
            .map(|check| {
                let label = format!("{} {}", glyph(check.state), check_label(&check.name, lang));
                if check.state == State::Ok { label } else { paper.state(check.state, &label) }
            })
            .collect();
        if !cells.is_empty() {
            lines.push(format!("  {name:<widest$}  {}", cells.join("  ")));
        }
    }
    lines.extend(skipped(report, lang, paper));
    lines.extend(seen_before(report, lang, paper));
    lines
}

/// What was seen earlier than in this audit, and when.
fn seen_before(report: &DomainReport, lang: Lang, paper: Paper) -> Vec<String> {
    let dated = report.checks.iter().filter_map(|check| {
        let at = check.seen_at.as_deref()?.parse().ok()?;
        let label = check_label(&check.name, lang);
        let text = match lang {
            Lang::En => format!("{label}: as of {}", moment(at, lang)),
            Lang::Fr => format!("{label} : état du {}", moment(at, lang)),
        };
        Some(paper.dim(&format!("  {text}")))
    });
    dated.collect()
}

/// Why checks were skipped, a line per reason.
fn skipped(report: &DomainReport, lang: Lang, paper: Paper) -> Vec<String> {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for check in &report.checks {
        let Some(because) = check.because.as_deref() else { continue };
        let label = check_label(&check.name, lang);
        match reasons.iter_mut().find(|(reason, _)| *reason == because) {
            Some((_, labels)) => labels.push(label),
            None => reasons.push((because, vec![label])),
        }
    }
    let colon = say(lang, ":", " :");
    let line = |(because, labels): (&str, Vec<String>)| {
        let text = format!("– {}{colon} {because}", labels.join(", "));
        wrapped(&text, "  ", "    ", paper.width)
    };
    reasons.into_iter().flat_map(line).map(|line| paper.dim(&line)).collect()
}

/// One finding.
pub fn finding(finding: &FindingReport, lang: Lang, paper: Paper) -> Vec<String> {
    let (why, fix) = (say(lang, "Why", "Pourquoi"), say(lang, "Fix", "Remède"));
    let column = if lang == Lang::Fr { 10 } else { 6 };
    let indent = " ".repeat(2 + column);
    let state = finding.state();
    let word = badge(state, lang);
    let title = plain(&finding.title);
    let mut lines = titled(word, &title, state, paper);
    let detail = plain(&finding.detail);
    let reason = plain(&finding.why);
    let body =
        if detail.is_empty() || detail == title { reason } else { format!("{detail} {reason}") };
    lines.extend(wrapped(&body, &format!("  {why:<column$}"), &indent, paper.width));
    lines.extend(wrapped(
        &plain(&finding.remedy),
        &format!("  {fix:<column$}"),
        &indent,
        paper.width,
    ));
    for record in finding.fix.iter().filter_map(record_line) {
        // A record is never wrapped nor indented, so that it can be copied.
        lines.extend([String::new(), plain(&record), String::new()]);
    }
    let source = [vec![finding.id.clone()], finding.references.clone()].concat().join(" · ");
    lines.extend(
        wrapped(&plain(&source), &indent, &indent, paper.width).iter().map(|line| paper.dim(line)),
    );
    lines
}

fn titled(word: &str, title: &str, state: State, paper: Paper) -> Vec<String> {
    let word = if state == State::Critical { format!(" {word} ") } else { word.to_owned() };
    let gap = if state == State::Critical { " " } else { "  " };
    let placeholder = format!("{word}{gap}");
    let wrapped = wrapped(title, &placeholder, "  ", paper.width);
    let mut lines = wrapped.into_iter();
    let first = lines.next().unwrap_or_default();
    let rest = first.strip_prefix(&placeholder).unwrap_or(&first);
    let mut titled = vec![format!("{}{gap}{}", paper.state(state, &word), paper.bold(rest))];
    titled.extend(lines.map(|line| paper.bold(&line)));
    titled
}

/// The word of a state, in capitals.
pub fn badge(state: State, lang: Lang) -> &'static str {
    match state {
        State::Critical => say(lang, "CRITICAL", "CRITIQUE"),
        State::Error => say(lang, "ERROR", "ERREUR"),
        State::Warning => say(lang, "WARNING", "AVERTISSEMENT"),
        State::Info => "INFO",
        State::Unknown => say(lang, "COULD NOT TELL", "INDÉTERMINÉ"),
        State::Ok => "OK",
        State::Skipped => say(lang, "SKIPPED", "NON DEMANDÉ"),
    }
}

fn what_if(report: &DomainReport, after: &WhatIf, lang: Lang, paper: Paper) -> Vec<String> {
    let title = say(lang, "WITH THE OVERLAY PUBLISHED", "AVEC LES ENREGISTREMENTS PROPOSÉS");
    let before = paper.state(state_of(report.grade), &format!(" {} ", report.grade));
    let then = paper.state(state_of(after.grade), &format!(" {} ", after.grade));
    let mut lines = vec![format!("{}  {before} → {then}", paper.bold(title))];
    if after.removed.is_empty() && after.added.is_empty() {
        lines.push(format!("  {}", say(lang, "Nothing changes.", "Rien ne change.")));
        return lines;
    }
    let stays = |finding: &&FindingReport| {
        let is_it = |other: &FindingReport| other.fingerprint == finding.fingerprint;
        !after.added.iter().any(is_it)
    };
    let kept: Vec<&FindingReport> = after.findings.iter().filter(stays).collect();
    let rows = (after.removed.iter().map(|finding| (Some(finding), None)))
        .chain(after.added.iter().map(|finding| (None, Some(finding))))
        .chain(kept.into_iter().map(|finding| (Some(finding), Some(finding))));
    let mut table = Columns { paper, lines };
    table.head(say(lang, "Before", "Avant"), say(lang, "After", "Après"));
    for (before, then) in rows {
        table.row(before, then, lang);
    }
    table.lines
}

/// Two columns where they fit, else one under the other with `-`, `+` and `=`.
struct Columns {
    paper: Paper,
    lines: Vec<String>,
}

/// Narrower than this, two columns hold a word or two each.
const TWO_COLUMNS: usize = 72;

impl Columns {
    fn head(&mut self, before: &str, after: &str) {
        if self.paper.width >= TWO_COLUMNS {
            let left = format!("{before:<width$}", width = self.column());
            self.lines.push(self.paper.dim(&format!("  {left}   {after}")));
        }
    }

    fn column(&self) -> usize {
        (self.paper.width - 7) / 2
    }

    fn row(&mut self, before: Option<&FindingReport>, after: Option<&FindingReport>, lang: Lang) {
        let (sign, state) = match (before, after) {
            (Some(_), None) => ("-", State::Ok),
            (None, _) => ("+", State::Error),
            (Some(_), Some(_)) => ("=", State::Skipped),
        };
        let told = |finding: &FindingReport| format!("{} ({})", plain(&finding.title), finding.id);
        if self.paper.width < TWO_COLUMNS {
            let text = after.or(before).map(told).unwrap_or_default();
            let wrapped = wrapped(&text, &format!("  {sign} "), "    ", self.paper.width);
            self.lines.extend(wrapped.iter().map(|line| self.paper.state(state, line)));
            return;
        }
        let healed = || say(lang, "healed", "corrigé").to_owned();
        let width = self.column();
        let left = wrapped(&before.map(told).unwrap_or_default(), "", "", width);
        let right = wrapped(&after.map_or_else(healed, told), "", "", width);
        for at in 0..left.len().max(right.len()) {
            let cell = |lines: &[String]| lines.get(at).cloned().unwrap_or_default();
            let sign = if at == 0 { sign } else { " " };
            let line = format!("  {:<width$} {sign} {}", cell(&left), cell(&right));
            self.lines.push(self.paper.state(state, line.trim_end()));
        }
    }
}

/// The last lines: what there was, and the exit code.
pub fn summary(report: &AuditReport, exit_code: u8, lang: Lang, paper: Paper) -> String {
    let code = match lang {
        Lang::En => format!("exit code {exit_code}"),
        Lang::Fr => format!("sortie {exit_code}"),
    };
    let domains = match (report.domains.len(), lang) {
        (1, _) => String::new(),
        (count, Lang::En) => format!("{count} domains: "),
        (count, Lang::Fr) => format!("{count} domaines : "),
    };
    let before = counts(report.summary, lang);
    let told = match report.after() {
        Some(after) => format!("{before} → {}", counts(after, lang)),
        None => before,
    };
    wrapped(&format!("{domains}{told}   {code}"), "", "", paper.width).join("\n")
}

fn counts(summary: Summary, lang: Lang) -> String {
    let words = [
        (summary.critical, ("critical", "critical"), ("critique", "critiques")),
        (summary.error, ("error", "errors"), ("erreur", "erreurs")),
        (summary.warning, ("warning", "warnings"), ("avertissement", "avertissements")),
        (summary.info, ("info", "info"), ("info", "infos")),
        (
            summary.indeterminate,
            ("could not tell", "could not tell"),
            ("indéterminé", "indéterminés"),
        ),
    ];
    let some: Vec<String> = words
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, en, fr)| counted(usize::try_from(count).unwrap_or(usize::MAX), lang, en, fr))
        .collect();
    if some.is_empty() {
        say(lang, "no finding", "aucun constat").to_owned()
    } else {
        some.join(" · ")
    }
}
