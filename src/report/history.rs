//! What is told of a domain's history: `vigie.history/1`, and the page of a terminal.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use vigie_checks::kernel::{Lang, Severity, Status, reason_in_words};

use super::build::FindingReport;
use super::grade::State;
use super::paint::{Paper, glyph, plain, wrapped};
use super::text::{badge, moment};
use super::words::{change_in_words, check_label, say};
use crate::run::{DomainHistory, Period, Spell, Thing, Untold};

/// What a terminal is shown of one record, of the findings, and of what could not be told.
const PERIODS: usize = 10;
const SPELLS: usize = 40;
const UNTOLD: usize = 20;

/// The history of one domain; everywhere the newest comes first.
#[derive(Clone, Debug, Serialize)]
pub struct HistoryReport {
    pub schema: &'static str,
    pub version: &'static str,
    pub domain: String,
    /// The first and the last look that is kept; null before the first.
    pub first_seen: Option<String>,
    pub last_seen: Option<String>,
    pub records: Vec<RecordReport>,
    pub findings: Vec<SpellReport>,
    /// When a check could not tell.
    pub untold: Vec<UntoldReport>,
    pub changes: Vec<ChangeReport>,
    #[serde(skip)]
    bounds: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// A record, host or certificate.
#[derive(Clone, Debug, Serialize)]
pub struct RecordReport {
    pub what: String,
    pub check: String,
    /// Empty, or the name of the probe.
    pub instance: String,
    pub periods: Vec<PeriodReport>,
}

/// A time over which it looked the same.
#[derive(Clone, Debug, Serialize)]
pub struct PeriodReport {
    /// Null where there was nothing.
    pub value: Option<String>,
    pub first_seen: String,
    pub last_seen: String,
    /// The last look that could tell saw it so.
    pub stands: bool,
    #[serde(skip)]
    bounds: (DateTime<Utc>, DateTime<Utc>),
}

/// A time over which a finding stood.
#[derive(Clone, Debug, Serialize)]
pub struct SpellReport {
    pub id: String,
    pub check: String,
    pub instance: String,
    pub severity: Severity,
    pub subject: String,
    pub title: String,
    pub fingerprint: String,
    pub first_seen: String,
    pub last_seen: String,
    pub stands: bool,
    #[serde(skip)]
    bounds: (DateTime<Utc>, DateTime<Utc>),
}

/// A time over which a check could not tell.
#[derive(Clone, Debug, Serialize)]
pub struct UntoldReport {
    pub check: String,
    pub instance: String,
    pub reason: String,
    pub first_seen: String,
    pub last_seen: String,
    #[serde(skip)]
    bounds: (DateTime<Utc>, DateTime<Utc>),
}

/// A change, as in webhooks.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeReport {
    pub what: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub seen_at: String,
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

impl HistoryReport {
    /// Tells a history in one language.
    pub fn of(history: DomainHistory, lang: Lang) -> Self {
        let domain = &history.domain;
        let findings = history.findings.into_iter().map(|spell| {
            let Spell { check, instance, finding, first_seen, last_seen, stands } = spell;
            let told = FindingReport::of(&finding, domain, lang);
            SpellReport {
                id: told.id,
                check,
                instance,
                severity: told.severity,
                subject: told.subject,
                title: told.title,
                fingerprint: told.fingerprint,
                first_seen: written(first_seen),
                last_seen: written(last_seen),
                stands,
                bounds: (first_seen, last_seen),
            }
        });
        let changes = history.changes.into_iter().map(|change| ChangeReport {
            what: change.what,
            before: change.before,
            after: change.after,
            seen_at: written(change.seen_at),
        });
        Self {
            schema: "vigie.history/1",
            version: env!("CARGO_PKG_VERSION"),
            domain: domain.to_string(),
            first_seen: history.seen.map(|(first, _)| written(first)),
            last_seen: history.seen.map(|(_, last)| written(last)),
            records: history.things.into_iter().map(record).collect(),
            findings: findings.collect(),
            untold: history.untold.into_iter().map(untold).collect(),
            changes: changes.collect(),
            bounds: history.seen,
        }
    }

    /// As a person reads it in a terminal, without its last line end.
    pub fn text(&self, lang: Lang, paper: Paper) -> String {
        let mut lines = vec![paper.bold(&plain(&self.domain))];
        let kept = self.bounds.map(|bounds| time(bounds, false, lang));
        let kept = kept.map(|kept| format!("{} {kept}", say(lang, "seen", "vu")));
        let kept = kept.unwrap_or_default();
        lines.extend(wrapped(&kept, "    ", "    ", paper.width).iter().map(|l| paper.dim(l)));
        let sections = [
            (
                say(
                    lang,
                    "Records, hosts and certificates",
                    "Enregistrements, serveurs et certificats",
                ),
                self.record_lines(lang, paper),
            ),
            (say(lang, "Findings", "Constats"), self.finding_lines(lang, paper)),
            (say(lang, "Could not tell", "Impossible de conclure"), self.untold_lines(lang, paper)),
        ];
        let mut nothing = true;
        for (title, told) in sections {
            if !told.is_empty() {
                nothing = false;
                lines.extend([String::new(), paper.bold(title)]);
                lines.extend(told);
            }
        }
        if nothing {
            let quiet =
                say(lang, "Nothing is kept of this time.", "Rien n’est conservé de cette période.");
            lines.extend([String::new(), quiet.to_owned()]);
        }
        lines.join("\n")
    }

    fn record_lines(&self, lang: Lang, paper: Paper) -> Vec<String> {
        let mut lines = Vec::new();
        for record in &self.records {
            lines.push(format!("  {}", plain(&change_in_words(&record.what, lang))));
            for period in record.periods.iter().take(PERIODS) {
                lines.push(paper.dim(&format!("    {}", time(period.bounds, period.stands, lang))));
                let values = match &period.value {
                    Some(value) => value.lines().map(plain).collect(),
                    None => vec![say(lang, "(nothing)", "(rien)").to_owned()],
                };
                for value in values {
                    lines.extend(wrapped(&value, "      ", "        ", paper.width));
                }
            }
            lines.extend(more(record.periods.len(), PERIODS, "    ", lang));
        }
        lines
    }

    fn finding_lines(&self, lang: Lang, paper: Paper) -> Vec<String> {
        let mut lines = Vec::new();
        for spell in self.findings.iter().take(SPELLS) {
            let state = State::of_weight(Status::Fail, spell.severity);
            let head = format!("{} {}  {}", glyph(state), badge(state, lang), plain(&spell.title));
            let head = wrapped(&head, "  ", "    ", paper.width).into_iter();
            if spell.stands {
                lines.extend(head.map(|line| paper.state(state, &line)));
            } else {
                lines.extend(head.map(|line| paper.dim(&line)));
            }
            lines.push(format!("    {}", time(spell.bounds, spell.stands, lang)));
            let about = format!("{} · {}", spell.id, plain(&spell.subject));
            lines.extend(wrapped(&about, "    ", "    ", paper.width).iter().map(|l| paper.dim(l)));
        }
        lines.extend(more(self.findings.len(), SPELLS, "  ", lang));
        lines
    }

    fn untold_lines(&self, lang: Lang, paper: Paper) -> Vec<String> {
        let line = |untold: &UntoldReport| {
            let mut told = check_label(&untold.check, lang);
            if !untold.instance.is_empty() {
                told = format!("{told} · {}", plain(&untold.instance));
            }
            let reason = plain(reason_in_words(&untold.reason, lang));
            let told = format!("? {told}  {}  {reason}", time(untold.bounds, false, lang));
            wrapped(&told, "  ", "    ", paper.width)
        };
        let mut lines: Vec<String> = self.untold.iter().take(UNTOLD).flat_map(line).collect();
        lines.extend(more(self.untold.len(), UNTOLD, "  ", lang));
        lines
    }
}

fn record(thing: Thing) -> RecordReport {
    let periods = thing.periods.into_iter().map(|period| {
        let Period { value, first_seen, last_seen, stands } = period;
        let bounds = (first_seen, last_seen);
        let (first_seen, last_seen) = (written(first_seen), written(last_seen));
        PeriodReport { value, first_seen, last_seen, stands, bounds }
    });
    RecordReport {
        what: thing.what,
        check: thing.check,
        instance: thing.instance,
        periods: periods.collect(),
    }
}

fn untold(untold: Untold) -> UntoldReport {
    UntoldReport {
        check: untold.check,
        instance: untold.instance,
        reason: untold.reason,
        first_seen: written(untold.first_seen),
        last_seen: written(untold.last_seen),
        bounds: (untold.first_seen, untold.last_seen),
    }
}

/// From when to when, and whether it is so still.
fn time((first, last): (DateTime<Utc>, DateTime<Utc>), stands: bool, lang: Lang) -> String {
    let (first, last) = (moment(first, lang), moment(last, lang));
    match (lang, stands) {
        (Lang::En, true) if first == last => format!("since {first}"),
        (Lang::Fr, true) if first == last => format!("depuis le {first}"),
        (Lang::En, true) => format!("since {first}, last seen {last}"),
        (Lang::Fr, true) => format!("depuis le {first}, vu le {last}"),
        (Lang::En, false) if first == last => format!("on {first}"),
        (Lang::Fr, false) if first == last => format!("le {first}"),
        (Lang::En, false) => format!("from {first} to {last}"),
        (Lang::Fr, false) => format!("du {first} au {last}"),
    }
}

fn more(all: usize, shown: usize, indent: &str, lang: Lang) -> Option<String> {
    let more = all.checked_sub(shown).filter(|more| *more > 0)?;
    Some(match lang {
        Lang::En => format!("{indent}… and {more} before; --format json tells all"),
        Lang::Fr => format!("{indent}… et {more} avant ; --format json dit tout"),
    })
}
