//! The records to publish, as tools take them.

mod bind;
mod octodns;
mod terraform;
#[cfg(test)]
mod tests;

use serde::Serialize;
use vigie_checks::kernel::{Catalogue, Finding, Lang, Name, Rtype, Severity};

use crate::run::{Left, Proposal};

pub use bind::quoted;

/// What one domain is to publish.
#[derive(Clone, Debug, Serialize)]
pub struct FixReport {
    pub schema: &'static str,
    pub version: &'static str,
    pub domain: Name,
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
    pub heals: Vec<FindingName>,
}

/// A finding as a comment names it.
#[derive(Clone, Debug, Serialize)]
pub struct FindingName {
    pub id: String,
    pub subject: String,
    pub severity: Severity,
    pub title: String,
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
        let named = |finding: &Finding| FindingName {
            id: finding.id.clone(),
            subject: finding.subject.clone(),
            severity: finding.severity,
            title: Catalogue::words(finding, lang).title,
        };
        let records = proposal.sets.iter().map(|set| SetReport {
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
        let said = match lang {
            Lang::En => "left:",
            Lang::Fr => "reste :",
        };
        let lines = self.left.iter().map(|left| {
            format!(
                "{sign} {said} {} {}: {}\n",
                left.finding.id, left.finding.subject, left.because
            )
        });
        lines.collect()
    }
}

impl SetReport {
    /// Which findings it heals, as comments behind `sign`.
    fn reasons(&self, sign: &str) -> String {
        let line = |finding: &FindingName| {
            format!("{sign} {} {}: {}\n", finding.severity, finding.id, plain(&finding.title))
        };
        self.heals.iter().map(line).collect()
    }
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
            "son enregistrement à {name} est déjà changé par un correctif ci-dessus ; publiez, puis relancez"
        ),
        (Left::Withheld(why), lang) => why.words().get(lang).to_owned(),
        (Left::Untold { name, reason }, Lang::En) => {
            format!("what else stands at {name} could not be told ({reason})")
        }
        (Left::Untold { name, reason }, Lang::Fr) => {
            format!("le reste de {name} n’a pas pu être lu ({reason})")
        }
    }
}
