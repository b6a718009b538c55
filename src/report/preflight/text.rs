//! The review on a terminal.

use chrono_tz::Tz;
use vigie_checks::kernel::Lang;

use super::{PreflightReport, Reason, Verdict};
use crate::report::State;
use crate::report::paint::{Paper, plain, wrapped};
use crate::report::words::{record_line, say};

/// Reasons that are told whole; of the others the titles are enough.
const TOLD_WHOLE: usize = 3;

impl Verdict {
    pub fn state(self) -> State {
        match self {
            Self::Go => State::Ok,
            Self::Caution => State::Warning,
            Self::NoGo => State::Critical,
        }
    }
}

impl PreflightReport {
    pub fn text(&self, lang: Lang, paper: Paper) -> String {
        let badge = paper.state(self.verdict.state(), &format!(" {} ", self.verdict.word(lang)));
        let name = paper.bold(&plain(self.domain.as_str()));
        let mut lines = vec![format!("{badge} {name}  {}", self.sentence(lang))];
        let holds = format!(
            "{} {} · {} {}",
            say(lang, "holds until", "valable jusqu’au"),
            self.when(&self.valid_until, lang),
            say(lang, "rules", "règles"),
            self.rules
        );
        lines.extend(wrapped(&holds, "    ", "    ", paper.width).iter().map(|l| paper.dim(l)));
        for (place, reason) in self.reasons.iter().enumerate() {
            lines.push(String::new());
            lines.extend(told(reason, place < TOLD_WHOLE, self.zone, lang, paper));
        }
        lines.push(String::new());
        lines.push(paper.bold(say(
            lang,
            "WHAT COULD NOT BE CHECKED",
            "CE QUI N’A PAS PU ÊTRE VÉRIFIÉ",
        )));
        for what in &self.not_checked {
            let colon = say(lang, ":", " :");
            let text = format!("{}{colon} {}", plain(&what.what), plain(&what.why));
            lines.extend(wrapped(&text, "  ? ", "    ", paper.width));
        }
        lines.join("\n")
    }

    /// What the verdict comes to, in a sentence.
    pub fn sentence(&self, lang: Lang) -> &'static str {
        match self.verdict {
            Verdict::NoGo => say(lang, "Do not send yet.", "N’envoyez pas encore."),
            _ if !self.provable => say(
                lang,
                "It cannot be proven that this would arrive.",
                "Rien ne prouve que cela arriverait.",
            ),
            Verdict::Caution => {
                say(lang, "It can be sent, with care.", "L’envoi est possible, avec prudence.")
            }
            Verdict::Go => say(
                lang,
                "Nothing that was checked speaks against it.",
                "Rien de ce qui a été vérifié ne s’y oppose.",
            ),
        }
    }
}

fn told(reason: &Reason, whole: bool, zone: Tz, lang: Lang, paper: Paper) -> Vec<String> {
    let word = paper.state(reason.verdict.state(), reason.verdict.word(lang));
    let mut lines = vec![format!("{word}  {}", paper.bold(reason.title))];
    lines.push(paper.dim(&format!("        {} · {}", reason.rule, reason.owner)));
    if let Some(accepted) = &reason.accepted {
        let by = say(lang, "accepted by", "accepté par");
        let colon = say(lang, ":", " :");
        let text = format!("{by} {}{colon} {}", plain(&accepted.by), plain(&accepted.reason));
        lines.extend(wrapped(&text, "  ✓ ", "    ", paper.width));
    }
    for finding in &reason.findings {
        let text = format!("{} ({})", plain(&finding.title), finding.id);
        lines.extend(wrapped(&text, "  - ", "    ", paper.width));
        if whole {
            let remedy = plain(&finding.remedy);
            lines.extend(wrapped(&remedy, "    → ", "      ", paper.width));
            let records = finding.fix.iter().filter_map(record_line);
            lines.extend(records.map(|record| format!("      {}", plain(&record))));
        }
    }
    for change in &reason.changes {
        lines.extend(wrapped(&plain(&change.title(zone, lang)), "  - ", "    ", paper.width));
        for (name, value) in change.values(lang) {
            let value = format!("{name}{} {}", say(lang, ":", " :"), plain(value));
            lines.extend(wrapped(&value, "      ", "        ", paper.width));
        }
        lines.extend(wrapped(&change.until(zone, lang), "    → ", "      ", paper.width));
    }
    lines
}
