//! What is told of reports that were taken in: `vigie.ingest/1`, and the page of a terminal.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use vigie_checks::kernel::Lang;

use super::grade::State;
use super::paint::{Paper, glyph, plain, wrapped};
use super::words::say;
use crate::ingest::{DomainIntake, Fault, Inside, Intake, Kind, Place, Unread};

/// Domains and reporters that a terminal is shown.
const DOMAINS: usize = 100;
const REPORTERS: usize = 5;

/// What was taken in, and what was not.
#[derive(Clone, Debug, Serialize)]
pub struct IngestReport {
    pub schema: &'static str,
    pub version: &'static str,
    /// Reports that are new, and that were there already.
    pub new: u64,
    pub known: u64,
    /// Messages and files without a report.
    pub passed_over: u64,
    pub domains: Vec<DomainReports>,
    pub unread: Vec<UnreadReport>,
    /// What was not read beyond those.
    pub unread_beyond: u64,
}

/// What was taken in of one domain; the counts are those of the new reports.
#[derive(Clone, Debug, Serialize)]
pub struct DomainReports {
    pub domain: String,
    pub new: u64,
    pub known: u64,
    /// Null without a new report.
    pub begin: Option<String>,
    pub end: Option<String>,
    pub messages: u64,
    pub aligned: u64,
    pub by_dkim: u64,
    pub by_spf: u64,
    pub quarantined: u64,
    pub rejected: u64,
    /// Most reports first.
    pub reporters: Vec<Reporter>,
    #[serde(skip)]
    range: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// Who sent how many of the new reports.
#[derive(Clone, Debug, Serialize)]
pub struct Reporter {
    pub name: String,
    pub reports: u64,
}

/// What was not read, where it stands, and why.
#[derive(Clone, Debug, Serialize)]
pub struct UnreadReport {
    pub file: String,
    /// From the outside in: the number of a message, the name of an attachment or member.
    pub inside: Vec<String>,
    /// What it is, where that is known; else null.
    pub kind: Option<String>,
    /// What is wrong with it, where it should be a report; else null.
    pub problem: Option<&'static str>,
    pub sentence: String,
}

impl IngestReport {
    /// Tells what was taken in in one language.
    pub fn of(intake: &Intake, lang: Lang) -> Self {
        let sum = |of: fn(&DomainIntake) -> u64| intake.domains.values().map(of).sum();
        let domains = intake.domains.iter().map(|(domain, intake)| {
            let DomainIntake { new, known, range, tally, ref reporters } = *intake;
            let mut reporters: Vec<Reporter> = reporters
                .iter()
                .map(|(name, reports)| Reporter { name: name.clone(), reports: *reports })
                .collect();
            reporters.sort_by_key(|reporter| std::cmp::Reverse(reporter.reports));
            DomainReports {
                domain: domain.to_string(),
                new,
                known,
                begin: range.map(|(begin, _)| written(begin)),
                end: range.map(|(_, end)| written(end)),
                messages: tally.messages,
                aligned: tally.aligned,
                by_dkim: tally.by_dkim,
                by_spf: tally.by_spf,
                quarantined: tally.quarantined,
                rejected: tally.rejected,
                reporters,
                range,
            }
        });
        Self {
            schema: "vigie.ingest/1",
            version: env!("CARGO_PKG_VERSION"),
            new: sum(|of| of.new),
            known: sum(|of| of.known),
            passed_over: intake.passed_over,
            domains: domains.collect(),
            unread: intake.unread.iter().map(|(place, why)| unread(place, why, lang)).collect(),
            unread_beyond: intake.unread_beyond,
        }
    }

    /// As a person reads it in a terminal, without its last line end.
    pub fn text(&self, lang: Lang, paper: Paper) -> String {
        let mut lines = vec![paper.bold(&self.summary(lang))];
        for domain in self.domains.iter().take(DOMAINS) {
            lines.push(format!("  {}", plain(&domain.domain)));
            let said = wrapped(&domain.text(lang), "      ", "      ", paper.width);
            lines.extend(said.iter().map(|line| paper.dim(line)));
        }
        let left = self.domains.len().saturating_sub(DOMAINS);
        if left > 0 {
            lines.push(format!("  {}", beyond(left as u64, lang)));
        }
        let unread = self.unread_text(lang, paper);
        if !unread.is_empty() {
            lines.push(String::new());
            lines.push(unread);
        }
        lines.join("\n")
    }

    /// What was not read alone, without its last line end; empty if everything was.
    pub fn unread_text(&self, lang: Lang, paper: Paper) -> String {
        if self.unread.is_empty() {
            return String::new();
        }
        let mut lines = vec![paper.bold(say(lang, "Not read", "Non lu"))];
        for unread in &self.unread {
            let mark = paper.state(State::Warning, glyph(State::Warning));
            let said = wrapped(&plain(&unread.sentence), "  ", "    ", paper.width);
            let mut said = said.into_iter();
            let first = said.next().unwrap_or_default();
            lines.push(format!("  {mark} {}", first.trim_start()));
            lines.extend(said);
        }
        if self.unread_beyond > 0 {
            lines.push(format!("    {}", beyond(self.unread_beyond, lang)));
        }
        lines.join("\n")
    }

    fn summary(&self, lang: Lang) -> String {
        let (new, known) = (self.new, self.known);
        match (lang, new, known) {
            (Lang::En, 1, _) => format!("1 new aggregate report, {known} known already"),
            (Lang::En, ..) => format!("{new} new aggregate reports, {known} known already"),
            (Lang::Fr, ..) => {
                let (s, x) = (plural(new, "s"), plural(new, "x"));
                format!(
                    "{new} nouveau{x} rapport{s} agrégé{s}, {known} déjà connu{}",
                    plural(known, "s")
                )
            }
        }
    }
}

impl DomainReports {
    /// One paragraph, without the domain.
    fn text(&self, lang: Lang) -> String {
        let Self { new, known, messages, aligned, .. } = self;
        let counted = match lang {
            Lang::En => format!("{new} new, {known} known"),
            Lang::Fr => {
                let (x, s) = (plural(*new, "x"), plural(*known, "s"));
                format!("{new} nouveau{x}, {known} connu{s}")
            }
        };
        let Some((begin, end)) = self.range else { return counted };
        let [begin, end] = [begin, end].map(|at| at.format("%Y-%m-%d"));
        let named = self.reporters.iter().take(REPORTERS);
        let mut named: Vec<String> =
            named.map(|by| format!("{} {}", plain(&by.name), by.reports)).collect();
        if self.reporters.len() > REPORTERS {
            named.push("…".to_owned());
        }
        let passed = match lang {
            Lang::En => format!("{aligned} of {messages} messages pass DMARC"),
            Lang::Fr => format!("messages conformes à DMARC : {aligned} sur {messages}"),
        };
        format!("{counted} · {begin} – {end} · {passed} · {}", named.join(", "))
    }
}

fn plural(count: u64, ending: &'static str) -> &'static str {
    if count > 1 { ending } else { "" }
}

fn beyond(count: u64, lang: Lang) -> String {
    match lang {
        Lang::En => format!("and {count} more"),
        Lang::Fr => format!("et {count} de plus"),
    }
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn unread(place: &Place, why: &Unread, lang: Lang) -> UnreadReport {
    let inside = place.inside.iter().map(|inside| match inside {
        Inside::Message(number) => format!("message {number}"),
        Inside::Named(name) => name.clone(),
    });
    let inside: Vec<String> = inside.collect();
    let file = match place.file.as_str() {
        "-" => say(lang, "standard input", "entrée standard"),
        file => file,
    };
    let named = std::iter::once(file).chain(inside.iter().map(String::as_str));
    let named = named.collect::<Vec<_>>().join(", ");
    let (colon, reason) = (say(lang, ":", "\u{a0}:"), reason(why, lang));
    let (kind, problem) = match why {
        Unread::Other(kind) => (Some(kind.to_string()), None),
        Unread::Faulty(fault) => (None, Some(fault.into())),
    };
    let sentence = format!("{named}{colon} {reason}");
    UnreadReport { file: place.file.clone(), inside, kind, problem, sentence }
}

fn reason(why: &Unread, lang: Lang) -> String {
    match (why, lang) {
        (Unread::Other(kind), _) => of_kind(*kind, lang).to_owned(),
        (Unread::Faulty(fault), Lang::En) => fault.to_string(),
        (Unread::Faulty(fault), Lang::Fr) => in_french(fault),
    }
}

fn of_kind(kind: Kind, lang: Lang) -> &'static str {
    match kind {
        Kind::TlsReport => say(
            lang,
            "a report of TLS, which this version does not read",
            "un rapport TLS, que cette version ne lit pas",
        ),
        Kind::DeliveryStatus => say(
            lang,
            "a delivery status (DSN), which this version does not read",
            "un avis de remise (DSN), que cette version ne lit pas",
        ),
        Kind::Complaint => say(
            lang,
            "a complaint or failure report (ARF), which this version does not read",
            "une plainte ou un rapport d’échec (ARF), que cette version ne lit pas",
        ),
        Kind::MailLog => say(
            lang,
            "the log of a mail server, which this version does not read",
            "le journal d’un serveur de messagerie, que cette version ne lit pas",
        ),
        Kind::OtherXml => {
            say(lang, "XML, but no aggregate report", "du XML, mais pas un rapport agrégé")
        }
        Kind::Unknown => say(lang, "not a report", "pas un rapport"),
    }
}

fn in_french(fault: &Fault) -> String {
    match fault {
        Fault::Unreadable { reason } => format!("lecture impossible\u{a0}: {}", reason.fr),
        Fault::Empty => "vide".to_owned(),
        Fault::TooLarge { megabytes } => {
            format!("dépasse {megabytes}\u{a0}Mo, tel quel ou décompressé")
        }
        Fault::TooManyMembers { limit } => format!("contient plus de {limit} fichiers"),
        Fault::TooDeep { limit } => format!("emboîté plus de {limit} fois"),
        Fault::DamagedZip => "fichier ZIP endommagé".to_owned(),
        Fault::StrangeZip => "fichier ZIP chiffré, ou compressé d’une façon inconnue".to_owned(),
        Fault::DamagedGzip => "fichier gzip endommagé".to_owned(),
        Fault::NotXml => "XML mal formé".to_owned(),
        Fault::TooManyRecords => "contient plus d’entrées que vigie n’en lit".to_owned(),
        Fault::Lacks { element } => format!("il manque {element} au rapport"),
        Fault::Wrong { element } => format!("{element} est faux dans le rapport"),
        Fault::InFuture => "le rapport porte sur un temps à venir".to_owned(),
        Fault::ReaderFailed => {
            "lecture impossible à cause d’un défaut de vigie\u{a0}; merci de le signaler".to_owned()
        }
    }
}
