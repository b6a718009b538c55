//! `vigie checks`: what there is to check, and every finding of a check.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;
use vigie_checks::kernel::{Bilingual, Catalogue, CheckEntry, Lang};
use vigie_checks::registry::CHECKS;

use super::UsageError;
use super::audit::Format;
use super::output::{paper, write};
use super::world::TellingArgs;
use crate::config::{Plugin, Settings, did_you_mean};
use crate::report::paint::{Paper, plain, wrapped};
use crate::report::{FindingManual, badge, check_label, check_question, say};

/// Characters of a name that is none which are shown again.
const LONGEST_SHOWN: usize = 60;

#[derive(Args)]
pub struct ChecksArgs {
    #[command(subcommand)]
    command: ChecksCommand,
}

#[derive(Subcommand)]
enum ChecksCommand {
    /// Name every check and the question that it answers
    List(ListArgs),
    /// Tell every finding of one check
    Show(ShowArgs),
}

#[derive(Args)]
struct ListArgs {
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// The configuration that names plugins [default: $VIGIE_CONFIG, ./vigie.toml, /etc/vigie/vigie.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    telling: TellingArgs,
}

#[derive(Args)]
struct ShowArgs {
    /// The check, as `vigie checks list` names it
    name: String,
    #[command(flatten)]
    list: ListArgs,
}

/// Prints, and gives the exit code.
pub fn run(args: ChecksArgs) -> anyhow::Result<u8> {
    let (list, name) = match args.command {
        ChecksCommand::List(list) => (list, None),
        ChecksCommand::Show(show) => (show.list, Some(show.name)),
    };
    let (lang, paper) = (list.telling.lang(), paper(list.telling.color));
    let (settings, _) = Settings::load(list.config.as_deref())?;
    let all = all(&settings, lang);
    let text = match (name, list.format) {
        (None, Format::Text) => catalogue(&all, paper),
        (None, Format::Json) => {
            serde_json::to_string_pretty(&List { schema: "vigie.checks/1", checks: all })?
        }
        (Some(name), format) => {
            let about = find(&all, |about| &about.name, &name)?;
            let findings = about.findings(lang);
            match format {
                Format::Text => show(about, &findings, lang, paper),
                Format::Json => {
                    let manual = Manual { schema: "vigie.check/1", about, findings };
                    serde_json::to_string_pretty(&manual)?
                }
            }
        }
    };
    write(&format!("{text}\n"), None)?;
    Ok(0)
}

/// A check without its findings' words.
#[derive(Serialize)]
struct About {
    name: String,
    label: String,
    question: String,
    needs: &'static [&'static str],
    /// A plugin adds those of its own.
    conditions: Vec<String>,
    /// The command of a plugin.
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<Vec<String>>,
}

impl About {
    fn of(entry: &CheckEntry, lang: Lang) -> Self {
        let ids = (entry.conditions)().into_iter();
        Self {
            name: entry.name.to_owned(),
            label: check_label(entry.name, lang),
            question: check_question(entry.name, lang).to_owned(),
            needs: entry.needs,
            conditions: ids.map(|condition| format!("{}.{condition}", entry.name)).collect(),
            command: None,
        }
    }

    fn of_plugin(plugin: &Plugin, lang: Lang) -> Self {
        let conditions = Catalogue::every_plugin().keys();
        let question = match lang {
            Lang::En => format!("What does the plugin {} say?", plugin.command[0]),
            Lang::Fr => format!("Que dit le greffon {} ?", plugin.command[0]),
        };
        Self {
            label: plugin.name.clone(),
            question,
            needs: &[],
            conditions: conditions.map(|one| format!("{}.{one}", plugin.name)).collect(),
            command: Some(plugin.command.clone()),
            name: plugin.name.clone(),
        }
    }

    fn findings(&self, lang: Lang) -> Vec<FindingManual> {
        match self.command {
            None => FindingManual::of_check(&self.name, lang),
            Some(_) => FindingManual::of_plugin(&self.name, lang),
        }
    }
}

#[derive(Serialize)]
struct List {
    schema: &'static str,
    checks: Vec<About>,
}

#[derive(Serialize)]
struct Manual<'a> {
    schema: &'static str,
    #[serde(flatten)]
    about: &'a About,
    findings: Vec<FindingManual>,
}

/// Every check and plugin.
fn all(settings: &Settings, lang: Lang) -> Vec<About> {
    let checks = CHECKS.iter().map(|entry| About::of(entry, lang));
    checks.chain(settings.plugins.iter().map(|plugin| About::of_plugin(plugin, lang))).collect()
}

/// The name of a check or plugin as it is kept, however its letters were written.
///
/// # Errors
/// There is none; the sentence says which may be meant.
pub fn known_name<'a>(settings: &'a Settings, name: &str) -> Result<&'a str, UsageError> {
    let checks = CHECKS.iter().map(|entry| entry.name);
    let plugins = settings.plugins.iter().map(|plugin| plugin.name.as_str());
    let names: Vec<&str> = checks.chain(plugins).collect();
    find(&names, |known| known, name).copied()
}

/// The checks of a list as they are written, in either case.
///
/// # Errors
/// As [`known_name`].
pub fn known_names(settings: &Settings, names: &[String]) -> Result<Vec<String>, UsageError> {
    names.iter().map(|name| known_name(settings, name.trim()).map(str::to_owned)).collect()
}

fn find<'a, T>(
    all: &'a [T],
    name_of: impl Fn(&'a T) -> &'a str,
    name: &str,
) -> Result<&'a T, UsageError> {
    if let Some(found) = all.iter().find(|known| name_of(known).eq_ignore_ascii_case(name)) {
        return Ok(found);
    }
    let hint = did_you_mean(name, all.iter().map(name_of)).unwrap_or_else(|| {
        Bilingual::new("`vigie checks list` names them all", "`vigie checks list` les nomme tous")
    });
    let name: String = plain(name).chars().take(LONGEST_SHOWN).collect();
    let none = Bilingual::new(
        format!("there is no check `{name}`"),
        format!("il n’y a pas de contrôle `{name}`"),
    );
    Err(UsageError(none.and(hint)))
}

fn catalogue(all: &[About], paper: Paper) -> String {
    let mut lines = Vec::new();
    for about in all {
        let name = format!("{:<10}  ", about.name);
        let question = plain(&about.question);
        let told = wrapped(&question, &name, "            ", paper.width).join("\n");
        lines.push(told.replacen(&about.name, &paper.bold(&about.name), 1));
    }
    lines.join("\n")
}

fn show(about: &About, findings: &[FindingManual], lang: Lang, paper: Paper) -> String {
    let mut lines = vec![paper.bold(&about.label)];
    lines.extend(wrapped(&plain(&about.question), "", "", paper.width));
    if !about.needs.is_empty() {
        let needs = format!("{} {}", say(lang, "It needs", "Il lui faut"), about.needs.join(", "));
        lines.push(paper.dim(&needs));
    }
    for finding in findings {
        let word = badge(finding.state(), lang);
        lines.extend([
            String::new(),
            format!("{}  {}", paper.state(finding.state(), word), finding.id),
        ]);
        lines.extend(wrapped(&finding.title, "  ", "  ", paper.width));
    }
    let more = match about.command {
        None => say(
            lang,
            "`vigie explain ID` tells why one matters and what to do.",
            "`vigie explain ID` dit pourquoi un constat compte et que faire.",
        ),
        Some(_) => say(
            lang,
            "It may print findings of its own, which bring their words with them.",
            "Il peut afficher des constats qui lui sont propres, avec leurs propres mots.",
        ),
    };
    lines.extend([String::new(), paper.dim(more)]);
    lines.join("\n")
}
