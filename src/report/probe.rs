//! What is told of a test send: `vigie.probe/1`, and the page of a terminal.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::Value;

use vigie_checks::kernel::{Lang, Outcome, Severity};
use vigie_checks::probe::{Arrival, ProbeFacts, SeedEnd};

use super::build::FindingReport;
use super::grade::{State, Verdict};
use super::paint::{Paper, glyph, plain, wrapped};
use super::text;
use super::words::say;
use crate::run::{Course, DomainAudit, courses};

/// Messages that a terminal is shown one by one.
const SHOWN: usize = 20;

/// One test send.
#[derive(Clone, Debug, Serialize)]
pub struct ProbeReport {
    pub schema: &'static str,
    pub version: &'static str,
    pub probe: String,
    pub domain: String,
    /// When the first message was taken; null if none was.
    pub submitted_at: Option<String>,
    /// When the last one arrived; null unless all did.
    pub arrived_at: Option<String>,
    /// Where they lie; null unless all lie in a folder of the same name.
    pub folder: Option<String>,
    /// The longest time from being taken to arriving; null unless all did.
    pub delay_ms: Option<u64>,
    pub findings: Vec<FindingReport>,
    pub evidence: ProbeEvidence,
    #[serde(skip)]
    pub duration_ms: u64,
    #[serde(skip)]
    pub started_at: DateTime<Utc>,
    #[serde(skip)]
    panicked: bool,
}

/// What a test send is judged from.
#[derive(Clone, Debug, Serialize)]
pub struct ProbeEvidence {
    /// What the submission host said of the message: of the first that went wrong, else of the first.
    pub reply: Option<String>,
    /// The public addresses that receivers saw the messages come from.
    pub sending_ips: Vec<String>,
    pub messages: Vec<MessageReport>,
}

/// One message.
#[derive(Clone, Debug, Serialize)]
pub struct MessageReport {
    pub address: String,
    pub message_id: String,
    /// How often it was handed in.
    pub tries: usize,
    pub reply: Option<String>,
    pub submitted_at: Option<String>,
    pub arrived_at: Option<String>,
    pub folder: Option<String>,
    pub delay_ms: Option<u64>,
    /// What became of it.
    pub outcome: Value,
    #[serde(skip)]
    state: State,
}

impl MessageReport {
    fn of(course: Course, end: Option<&SeedEnd>) -> Self {
        Self {
            delay_ms: course.delay_ms(),
            submitted_at: course.submitted_at.map(written),
            arrived_at: course.arrived_at.map(written),
            address: course.address,
            message_id: course.message_id,
            tries: course.tries,
            reply: course.reply,
            folder: course.folder,
            outcome: serde_json::to_value(end).unwrap_or_default(),
            state: end.map_or(State::Unknown, state),
        }
    }
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn state(end: &SeedEnd) -> State {
    match end {
        SeedEnd::Arrived(Arrival { junk: true, .. }) | SeedEnd::Unsubmitted { .. } => State::Error,
        SeedEnd::Arrived(Arrival { verdicts: Some(verdicts), .. }) if !verdicts.authenticated => {
            State::Critical
        }
        SeedEnd::Arrived(arrival) if arrival.late || arrival.duplicated => State::Warning,
        SeedEnd::Arrived(arrival) if !arrival.altered.is_empty() => State::Warning,
        SeedEnd::Arrived(_) => State::Ok,
        SeedEnd::Deferred { to_the_end: false, .. } => State::Warning,
        SeedEnd::Refused { .. }
        | SeedEnd::Bounced(_)
        | SeedEnd::Deferred { .. }
        | SeedEnd::Missing => State::Critical,
        SeedEnd::Unknown { .. } => State::Unknown,
    }
}

impl ProbeReport {
    /// Tells what became of the messages; nothing if the audit was no test send.
    pub fn of(audit: &DomainAudit, lang: Lang) -> Option<Self> {
        let probe = audit.target.probe.as_ref()?;
        let outcome = audit.outcomes.iter().find(|outcome| outcome.check == "probe")?;
        let facts: ProbeFacts = outcome.facts.read().unwrap_or_default();
        let courses = courses(audit);
        let arrived = || courses.iter().map(|course| course.arrived_at);
        let folder = courses.first().and_then(|course| course.folder.clone());
        let same = courses.iter().all(|course| course.folder == folder);
        let all_arrived = arrived().collect::<Option<Vec<_>>>().is_some();
        let longest = courses.iter().filter_map(Course::delay_ms).max();
        let submitted = courses.iter().filter_map(|course| course.submitted_at).min();
        let arrived_at = arrived().max().flatten().filter(|_| all_arrived);
        let ends = facts.seeds.iter().map(|seed| Some(&seed.end)).chain(std::iter::repeat(None));
        let messages: Vec<MessageReport> = courses
            .into_iter()
            .zip(ends)
            .map(|(course, end)| MessageReport::of(course, end))
            .collect();
        let wrong = messages.iter().find(|message| message.state != State::Ok);
        Some(Self {
            schema: "vigie.probe/1",
            version: env!("CARGO_PKG_VERSION"),
            probe: probe.name.clone(),
            domain: audit.target.domain.to_string(),
            submitted_at: submitted.map(written),
            arrived_at: arrived_at.map(written),
            folder: folder.filter(|_| same),
            delay_ms: longest.filter(|_| all_arrived),
            findings: findings(outcome, audit, lang),
            evidence: ProbeEvidence {
                reply: wrong.or(messages.first()).and_then(|message| message.reply.clone()),
                sending_ips: facts.sending_ips.iter().map(ToString::to_string).collect(),
                messages,
            },
            duration_ms: audit.duration_ms,
            started_at: audit.started_at,
            panicked: outcome.facts.is_none(),
        })
    }

    /// How the test send ends, as its exit code says.
    pub fn verdict(&self, fail_on: Option<Severity>) -> Verdict {
        let reaches = |finding: &FindingReport| {
            finding.is_failing() && fail_on.is_some_and(|threshold| finding.severity >= threshold)
        };
        if self.findings.iter().any(reaches) {
            Verdict::Failing
        } else if self.panicked || self.findings.iter().any(|finding| !finding.is_failing()) {
            Verdict::CouldNotTell
        } else {
            Verdict::Fine
        }
    }

    /// As a person reads it in a terminal, with its last line end.
    pub fn text(&self, exit_code: u8, lang: Lang, paper: Paper) -> String {
        let mut lines = self.head(lang, paper);
        lines.push(String::new());
        lines.extend(self.messages(lang, paper));
        for finding in &self.findings {
            lines.push(String::new());
            lines.extend(text::finding(finding, lang, paper));
        }
        lines.push(String::new());
        lines.push(match lang {
            Lang::En => format!("exit code {exit_code}"),
            Lang::Fr => format!("sortie {exit_code}"),
        });
        lines.join("\n") + "\n"
    }

    fn head(&self, lang: Lang, paper: Paper) -> Vec<String> {
        let state = self.evidence.messages.iter().map(|message| message.state).max();
        let state = state.unwrap_or(State::Unknown);
        let badge = format!(" {} ", text::badge(state, lang));
        let mut lines =
            vec![format!("{} {}", paper.state(state, &badge), paper.bold(&plain(&self.probe)))];
        lines.extend(wrapped(&self.sentence(lang), "    ", "    ", paper.width));
        let facts = format!(
            "{} · {} · {}",
            plain(&self.domain),
            text::seconds(self.duration_ms, lang),
            text::moment(self.started_at, lang),
        );
        lines.extend(wrapped(&facts, "    ", "    ", paper.width).iter().map(|l| paper.dim(l)));
        lines
    }

    /// One sentence that a manager can repeat.
    fn sentence(&self, lang: Lang) -> String {
        let messages = &self.evidence.messages;
        let count = |is: fn(&MessageReport) -> bool| messages.iter().filter(|m| is(m)).count();
        let arrived = count(|message| message.arrived_at.is_some());
        let unknown = count(|message| message.state == State::Unknown);
        match (messages.len(), arrived) {
            (all, arrived) if arrived == all && count(|m| m.state == State::Ok) == all => {
                say(lang, "The test mail arrived.", "Le courrier d’essai est arrivé.").to_owned()
            }
            (all, arrived) if arrived == all => say(
                lang,
                "The test mail arrived, not as it should.",
                "Le courrier d’essai est arrivé, mais pas comme il devrait.",
            )
            .to_owned(),
            (all, 0) if unknown == all => say(
                lang,
                "It could not be told whether the test mail arrived.",
                "Impossible de dire si le courrier d’essai est arrivé.",
            )
            .to_owned(),
            (1, _) => {
                say(lang, "The test mail did not arrive.", "Le courrier d’essai n’est pas arrivé.")
                    .to_owned()
            }
            (all, arrived) => match lang {
                Lang::En => format!("{arrived} of {all} test messages arrived."),
                Lang::Fr if arrived < 2 => {
                    format!("{arrived} message d’essai sur {all} est arrivé.")
                }
                Lang::Fr => format!("{arrived} messages d’essai sur {all} sont arrivés."),
            },
        }
    }

    /// A line per message, the worst first.
    fn messages(&self, lang: Lang, paper: Paper) -> Vec<String> {
        let mut messages: Vec<&MessageReport> = self.evidence.messages.iter().collect();
        messages.sort_by_key(|message| std::cmp::Reverse(message.state));
        let line = |message: &&MessageReport| {
            let delay = message.delay_ms.map(|ms| text::seconds(ms, lang));
            let place = message.folder.clone().or_else(|| message.reply.clone());
            let told = [Some(message.address.clone()), place, delay];
            let told: Vec<String> = told.into_iter().flatten().map(|part| plain(&part)).collect();
            let written = format!("{} {}", glyph(message.state), told.join("  "));
            let lines = wrapped(&written, "  ", "    ", paper.width);
            let state = message.state;
            lines
                .into_iter()
                .map(move |line| if state == State::Ok { line } else { paper.state(state, &line) })
        };
        let mut lines: Vec<String> = messages.iter().take(SHOWN).flat_map(line).collect();
        let more = messages.len().saturating_sub(SHOWN);
        if more > 0 {
            lines.push(match lang {
                Lang::En => format!("  … and {more} more"),
                Lang::Fr => format!("  … et {more} de plus"),
            });
        }
        lines
    }
}

fn findings(outcome: &Outcome, audit: &DomainAudit, lang: Lang) -> Vec<FindingReport> {
    let mut findings: Vec<FindingReport> = outcome
        .findings
        .iter()
        .map(|finding| FindingReport::of(finding, &audit.target.domain, lang))
        .collect();
    findings.sort_by_key(|finding| std::cmp::Reverse((finding.is_failing(), finding.severity)));
    findings
}
