//! `vigie explain`: what does a finding, a grade or the reply of a mail server mean, and what is to be done?

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use vigie_checks::kernel::{Bilingual, Catalogue, Lang};
use vigie_checks::names;

use super::UsageError;
use super::audit::Format;
use super::output::{paper, write};
use super::world::TellingArgs;
use crate::config::{Settings, did_you_mean};
use crate::report::paint::{Paper, plain};
use crate::report::{FindingManual, GradeManual, ReplyManual};

#[derive(Args)]
pub struct ExplainArgs {
    /// A finding such as spf.too-many-lookups, a reply such as "550 5.7.26 …", or `grade`
    #[arg(required = true, value_name = "WHAT")]
    what: Vec<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// The configuration that names plugins [default: $VIGIE_CONFIG, ./vigie.toml, /etc/vigie/vigie.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    telling: TellingArgs,
}

#[derive(Serialize)]
struct Explained {
    schema: &'static str,
    #[serde(flatten)]
    what: What,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum What {
    Finding(FindingManual),
    Grades(Vec<GradeManual>),
    Reply(ReplyManual),
}

/// Explains, and gives the exit code.
pub fn run(args: ExplainArgs) -> anyhow::Result<u8> {
    let lang = args.telling.lang();
    let what = args.find(lang)?;
    let text = match args.format {
        Format::Text => what.text(lang, paper(args.telling.color)),
        Format::Json => {
            serde_json::to_string_pretty(&Explained { schema: "vigie.explain/1", what })?
        }
    };
    write(&format!("{text}\n"), None)?;
    Ok(0)
}

impl What {
    fn text(&self, lang: Lang, paper: Paper) -> String {
        match self {
            Self::Finding(finding) => finding.text(lang, paper),
            Self::Grades(grades) => {
                let lines: Vec<String> = grades.iter().map(|grade| grade.text(paper)).collect();
                lines.join("\n")
            }
            Self::Reply(reply) => reply.text(lang, paper),
        }
    }
}

impl ExplainArgs {
    /// What is asked for; a reply may be written without quotes.
    fn find(&self, lang: Lang) -> anyhow::Result<What> {
        let written = self.what.join(" ");
        let asked = written.trim().to_ascii_lowercase();
        if matches!(asked.as_str(), "grade" | "grades") {
            return Ok(What::Grades(GradeManual::all(lang)));
        }
        let reply = ReplyManual::find(&written, lang).or_else(|| of_enhanced_code(&asked, lang));
        let reply = reply.map(What::Reply);
        let finding = || FindingManual::find(&asked, lang).map(What::Finding);
        if let Some(found) = reply.or_else(finding) {
            return Ok(found);
        }
        match self.of_plugin(&asked, lang)? {
            Some(found) => Ok(What::Finding(found)),
            None => Err(no_such(&written, &asked).into()),
        }
    }

    /// The finding of a plugin that the configuration names. It is read only for what a plugin may say:
    /// everything else is answered without, whatever is wrong with it.
    fn of_plugin(&self, asked: &str, lang: Lang) -> anyhow::Result<Option<FindingManual>> {
        let may_have = |condition| Catalogue::every_plugin().contains_key(condition);
        let Some((name, _)) = asked.split_once('.').filter(|(_, condition)| may_have(*condition))
        else {
            return Ok(None);
        };
        let (settings, _) = Settings::load(self.config.as_deref())?;
        let findings = match settings.plugins.iter().any(|plugin| plugin.name == name) {
            true => FindingManual::of_plugin(name, lang),
            false => Vec::new(),
        };
        Ok(findings.into_iter().find(|finding| finding.id == asked))
    }
}

/// An enhanced status code alone (RFC 3463), as logs often show it.
fn of_enhanced_code(asked: &str, lang: Lang) -> Option<ReplyManual> {
    let basic = match asked.split_once('.')?.0 {
        "4" => "450",
        "5" => "550",
        _ => return None,
    };
    ReplyManual::find(&format!("{basic} {asked}"), lang)
}

/// Whether there is such a finding.
///
/// # Errors
/// There is none; the sentence says which may have been meant.
pub(super) fn known_finding(written: &str) -> Result<(), UsageError> {
    let found = FindingManual::find(written, Lang::En).map(|_| ());
    found.ok_or_else(|| no_such(written, written))
}

/// What is written is none; `asked` is what was looked for.
fn no_such(written: &str, asked: &str) -> UsageError {
    UsageError(meant_instead(asked).about(format!("`{}`", plain(written))))
}

fn meant_instead(asked: &str) -> Bilingual {
    if names::is_built_in(asked) {
        return Bilingual::new(
            format!("that is a check; `vigie checks show {asked}` tells its findings"),
            format!("c’est un contrôle ; `vigie checks show {asked}` dit ses constats"),
        );
    }
    if asked.starts_with(|c: char| c.is_ascii_digit()) {
        return Bilingual::new(
            "that is no reply that refuses; such as: 550 5.7.26",
            "ce n’est pas une réponse qui refuse ; par exemple : 550 5.7.26",
        );
    }
    let ids: Vec<String> = Catalogue::all()
        .flat_map(|catalogue| {
            let check = catalogue.check();
            catalogue.entries().keys().map(move |condition| format!("{check}.{condition}"))
        })
        .collect();
    let known = ids.iter().map(String::as_str).chain(["grade"]);
    let hint = did_you_mean(asked, known).unwrap_or_else(|| {
        Bilingual::new(
            "`vigie checks list` names what there is",
            "`vigie checks list` nomme ce qu’il y a",
        )
    });
    Bilingual::new("no finding has that id", "aucun constat n’a cet identifiant").and(hint)
}
