//! The records to publish, as tools take them.

mod bind;
mod octodns;
mod places;
mod terraform;
#[cfg(test)]
mod tests;

use serde::Serialize;
use vigie_checks::kernel::{Catalogue, Finding, Lang, Name, Rtype, Severity, reason_in_words};

use super::words::say;
use crate::run::{Left, Proposal};

pub use bind::quoted;

/// What one domain is to publish.
#[derive(Clone, Debug, Serialize)]
pub struct FixReport {
    pub schema: &'static str,
    pub version: &'static str,
    pub domain: Name,
    /// The zone in which it stands.
    pub zone: Name,
    pub records: Vec<SetReport>,
    /// Findings whose records cannot be published as they are, and why.
    pub left: Vec<LeftReport>,
    /// Findings that no record heals; `vigie explain` says what does.
    pub elsewhere: Vec<FindingName>,
}

/// One RRset, whole.
#[derive(Clone, Debug, Serialize)]
pub struct SetReport {
    pub name: Name,
    #[serde(rename = "type")]
    pub rtype: Rtype,
    /// Seconds.
    pub ttl: u32,
    /// Empty: the set is to be removed.
    pub values: Vec<String>,
    pub was: Vec<String>,
    /// The zone in which it stands.
    pub zone: Name,
    pub heals: Vec<FindingName>,
}

/// A finding as a comment names it.
#[derive(Clone, Debug, Serialize)]
pub struct FindingName {
    pub id: String,
    pub subject: String,
    pub severity: Severity,
    pub title: String,
    /// When and how to mend it: a record may ask for something to be seen to first.
    #[serde(skip)]
    remedy: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct LeftReport {
    #[serde(flatten)]
    pub finding: FindingName,
    pub because: String,
}

impl FixReport {
    /// What was proposed for `findings`, and which findings no record heals.
    pub fn of(
        domain: &Name,
        findings: &[&Finding],
        proposal: &Proposal,
        elsewhere: &[&Finding],
        lang: Lang,
    ) -> Self {
        let named = |finding: &Finding| {
            let words = Catalogue::words(finding, lang);
            FindingName {
                id: finding.id.clone(),
                subject: finding.subject.clone(),
                severity: finding.severity,
                title: words.title,
                remedy: words.fix,
            }
        };
        let zone = proposal.zone.clone().unwrap_or_else(|| domain.registrable());
        let likely = |name: &Name| {
            if name.is_at_or_below(&zone) { zone.clone() } else { name.registrable() }
        };
        let records = proposal.sets.iter().map(|set| SetReport {
            zone: set.zone.clone().unwrap_or_else(|| likely(&set.name)),
            name: set.name.clone(),
            rtype: set.rtype,
            ttl: set.ttl,
            values: set.records.clone(),
            was: set.was.clone(),
            heals: set.heals.iter().map(|at| named(findings[*at])).collect(),
        });
        let left = proposal.left.iter().map(|(at, why)| LeftReport {
            finding: named(findings[*at]),
            because: because(why, lang),
        });
        Self {
            schema: "vigie.fix/1",
            version: env!("CARGO_PKG_VERSION"),
            domain: domain.clone(),
            records: records.collect(),
            left: left.collect(),
            zone: zone.clone(),
            elsewhere: elsewhere.iter().map(|finding| named(finding)).collect(),
        }
    }

    /// Whether something could not be told that a record rests on.
    pub fn is_partly_untold(proposal: &Proposal) -> bool {
        proposal.left.iter().any(|(_, why)| matches!(why, Left::Untold { .. }))
    }

    /// A zone fragment that `vigie audit --overlay` takes as it is.
    pub fn bind(&self, lang: Lang) -> String {
        bind::render(self, lang)
    }

    /// A zone of octoDNS's YamlProvider.
    pub fn octodns(&self, lang: Lang) -> String {
        octodns::render(self, lang)
    }

    /// Resources of the `hashicorp/dns` provider.
    pub fn terraform(&self, lang: Lang) -> String {
        terraform::render(self, lang)
    }

    /// What is said beside the records, as comments behind `sign`.
    fn remarks(&self, sign: &str, lang: Lang) -> String {
        let said = |left: &LeftReport| {
            let (id, subject) = (&left.finding.id, plain(&left.finding.subject));
            let what = colon(&format!("{id} {subject}"), lang);
            let why = colon(&left.because, lang);
            format!("{sign} {}{what}{why}\n", say(lang, "left", "reste"))
        };
        self.left.iter().map(said).collect()
    }

    /// The records of other zones, as comments behind `sign`.
    fn of_others(&self, sign: &str, lang: Lang) -> String {
        let (_, elsewhere) = self.parted();
        let told = |set: &SetReport| set.remarks(self, sign, lang) + &set.as_comment(sign);
        elsewhere.into_iter().map(told).collect()
    }
}

impl SetReport {
    /// Where it stands, which findings it heals and which records it does away with, as comments behind
    /// `sign`.
    fn remarks(&self, report: &FixReport, sign: &str, lang: Lang) -> String {
        let mut text = places::said(self, report, lang)
            .map_or_else(String::new, |place| format!("{sign} {place}\n"));
        for finding in &self.heals {
            let (severity, title) = (finding.severity.word(lang), plain(&finding.title));
            text.push_str(&format!("{sign} {severity} {}{}\n", finding.id, colon(&title, lang)));
            text.push_str(&format!("{sign}   {}\n", plain(&finding.remedy)));
        }
        let gone = self.was.iter().filter(|record| !self.values.contains(record));
        text + &gone.map(|record| self.removal(record, sign, lang)).collect::<String>()
    }

    fn removal(&self, record: &str, sign: &str, lang: Lang) -> String {
        let record = colon(&bind::record(self, record), lang);
        format!("{sign} {}{record}\n", say(lang, "remove", "à retirer"))
    }

    /// Its records as comments behind `sign`, for a tool that does not take them.
    fn as_comment(&self, sign: &str) -> String {
        let line = |value: &String| format!("{sign} {}\n", bind::record(self, value));
        self.values.iter().map(line).collect()
    }
}

/// What follows a colon, which French sets apart.
fn colon(text: &str, lang: Lang) -> String {
    say(lang, ": ", " : ").to_owned() + text
}

/// One line without control characters, since it stands in a comment.
fn plain(text: &str) -> String {
    crate::report::paint::plain(text).replace(['\n', '\r'], " ")
}

fn because(why: &Left, lang: Lang) -> String {
    match (why, lang) {
        (Left::Overtaken { name }, Lang::En) => {
            format!("its record at {name} is changed by a fix above; publish, then look again")
        }
        (Left::Overtaken { name }, Lang::Fr) => format!(
            "son enregistrement à {name} est déjà changé par un correctif ci-dessus ; publier, puis relancer"
        ),
        (Left::Withheld(why), lang) => why.words().get(lang).to_owned(),
        (Left::Untold { name, reason }, lang) => {
            let reason = reason.to_string();
            let reason = reason_in_words(&reason, lang);
            match lang {
                Lang::En => format!("what else stands at {name} could not be told: {reason}"),
                Lang::Fr => format!("le reste de {name} n’a pas pu être lu : {reason}"),
            }
        }
    }
}
