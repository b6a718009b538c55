//! What does a plugin's end say of the domain? Pure: the same sight is judged the same again.
//!
//! Exit codes are those of the Monitoring Plugins Development Guidelines: 0 OK, 1 WARNING, 2 CRITICAL,
//! 3 UNKNOWN. Findings as JSON come with 0, 1 or 2.

use serde_json::{Map, Value, json};
use vigie_checks::kernel::{Finding, REASON_DETAIL, Severity, Status, Target};

use super::answer;
use super::{End, Sight};

/// The version of the facts' form.
pub const FACTS_VERSION: u32 = 1;

/// Characters of the first line that a title takes.
const LINE: usize = 200;

/// Characters of its outputs that evidence keeps.
const KEPT: usize = 4000;

/// What a plugin comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    pub findings: Vec<Finding>,
    /// Only what lasts: a plugin's own facts, or its state without the text, which counts and measures.
    pub facts: Value,
}

/// Judges what was seen of the plugin of that name.
pub fn judge(plugin: &str, sight: &Sight, target: &Target) -> Said {
    let case = Case { plugin, sight, target };
    let code = match &sight.end {
        End::Exited { code } => *code,
        End::Signalled => return case.silent("unexpected-end", "it was ended by a signal"),
        End::TookTooLong => return case.silent("timeout", ""),
        End::PrintedTooMuch => return case.silent("too-much-output", ""),
        End::NotStarted { error } => return case.silent("not-started", error),
        End::NotRecorded => return case.silent("not-recorded", ""),
    };
    let Some(printed) = &sight.printed else {
        return case.silent("unreadable-output", "it is not UTF-8 text");
    };
    match code {
        0..=2 if answer::is_json(printed) => match answer::read(plugin, printed, target) {
            Ok((findings, facts)) => Said { findings, facts },
            Err(error) => case.silent("unreadable-output", &error.to_string()),
        },
        // Who is fine says so: a program that prints nothing may have done nothing.
        0 if printed.trim().is_empty() => case.silent("unreadable-output", "it printed nothing"),
        0 => Said { findings: Vec::new(), facts: json!({ "state": "ok" }) },
        1 => case.fails("warning", Severity::Warning, printed),
        2 => case.fails("critical", Severity::Critical, printed),
        3 => case.silent("says-unknown", &first_line(printed)),
        other => case.silent("unexpected-end", &format!("it ended with {other}")),
    }
}

struct Case<'a> {
    plugin: &'a str,
    sight: &'a Sight,
    target: &'a Target,
}

impl Case<'_> {
    fn fails(&self, condition: &str, severity: Severity, printed: &str) -> Said {
        let line = first_line(printed);
        let text = if line.is_empty() { condition.to_uppercase() } else { line };
        let finding = self.finding(condition, severity, Status::Fail, [("text", text)], Map::new());
        Said { findings: vec![finding], facts: json!({ "state": condition }) }
    }

    /// It could not tell; `detail` says more of the reason to whoever looks after the plugin.
    fn silent(&self, reason: &str, detail: &str) -> Said {
        let mut evidence = Map::from_iter([("reason".to_owned(), reason.into())]);
        if !detail.is_empty() {
            evidence.insert("detail".to_owned(), answer::bounded(detail, LINE).into());
        }
        let params = [("reason", reason.to_owned())];
        let severity = Severity::Info;
        let mut finding =
            self.finding("could-not-tell", severity, Status::Indeterminate, params, evidence);
        // Whoever wrote the plugin looks for the place.
        if reason == "unreadable-output" && !detail.is_empty() {
            finding.params.insert(REASON_DETAIL.to_owned(), answer::bounded(detail, LINE));
        }
        Said { findings: vec![finding], facts: json!({ "state": "unknown" }) }
    }

    fn finding(
        &self,
        condition: &str,
        severity: Severity,
        status: Status,
        params: [(&str, String); 1],
        mut evidence: Map<String, Value>,
    ) -> Finding {
        let outputs =
            [("output", self.sight.printed.as_deref()), ("errors", Some(&*self.sight.complaint))];
        for (name, text) in outputs {
            let text = text.unwrap_or_default().trim();
            if !text.is_empty() {
                evidence.insert(name.to_owned(), excerpt(text).into());
            }
        }
        let plugin = [("plugin", self.plugin.to_owned())];
        let params = plugin.into_iter().chain(params);
        Finding {
            id: format!("{}.{condition}", self.plugin),
            severity,
            status,
            subject: self.target.domain.to_string(),
            params: params.map(|(name, value)| (name.to_owned(), value)).collect(),
            evidence: Value::Object(evidence),
            fix: Vec::new(),
            withheld: None,
        }
    }
}

/// The text of the first line, without the performance data behind the bar.
fn first_line(printed: &str) -> String {
    let line = printed.trim_start().lines().next().unwrap_or_default();
    let text = line.split_once('|').map_or(line, |(text, _)| text);
    answer::bounded(text, LINE)
}

fn excerpt(text: &str) -> String {
    let printable = |c: &char| !c.is_control() || *c == '\n' || *c == '\t';
    text.chars().filter(printable).take(KEPT).collect()
}
