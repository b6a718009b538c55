//! `vigie checks`: what there is to check, and every finding of a check.

use clap::{Args, Subcommand};
use serde::Serialize;
use vigie_checks::kernel::{CheckEntry, Lang};
use vigie_checks::registry::CHECKS;

use super::UsageError;
use super::audit::Format;
use super::output::{paper, write};
use super::world::TellingArgs;
use crate::config::did_you_mean;
use crate::report::paint::{Paper, plain, wrapped};
use crate::report::{FindingManual, badge, check_label, check_question, say};

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
    let text = match (name, list.format) {
        (None, Format::Text) => catalogue(lang, paper),
        (None, Format::Json) => {
            let checks = CHECKS.iter().map(|entry| About::of(entry, lang)).collect();
            serde_json::to_string_pretty(&List { schema: "vigie.checks/1", checks })?
        }
        (Some(name), Format::Text) => show(find(&name)?, lang, paper),
        (Some(name), Format::Json) => {
            let entry = find(&name)?;
            let findings = FindingManual::of_check(entry.name, lang);
            let about = About::of(entry, lang);
            serde_json::to_string_pretty(&Manual { schema: "vigie.check/1", about, findings })?
        }
    };
    write(&format!("{text}\n"), None)?;
    Ok(0)
}

/// A check without its findings' words.
#[derive(Serialize)]
struct About {
    name: &'static str,
    label: String,
    question: String,
    needs: &'static [&'static str],
    conditions: Vec<String>,
}

impl About {
    fn of(entry: &CheckEntry, lang: Lang) -> Self {
        let ids = (entry.conditions)().into_iter();
        Self {
            name: entry.name,
            label: check_label(entry.name, lang),
            question: check_question(entry.name, lang).to_owned(),
            needs: entry.needs,
            conditions: ids.map(|condition| format!("{}.{condition}", entry.name)).collect(),
        }
    }
}

#[derive(Serialize)]
struct List {
    schema: &'static str,
    checks: Vec<About>,
}

#[derive(Serialize)]
struct Manual {
    schema: &'static str,
    #[serde(flatten)]
    about: About,
    findings: Vec<FindingManual>,
}

/// The check of that name.
///
/// # Errors
/// There is none; the sentence says which may be meant.
pub fn find(name: &str) -> Result<&'static CheckEntry, UsageError> {
    CHECKS.iter().find(|entry| entry.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
        let known = CHECKS.iter().map(|entry| entry.name);
        let hint = did_you_mean(name, known)
            .unwrap_or_else(|| "`vigie checks list` names them all".to_owned());
        UsageError(format!("there is no check `{}`; {hint}", plain(name)))
    })
}

fn catalogue(lang: Lang, paper: Paper) -> String {
    let mut lines = Vec::new();
    for entry in CHECKS {
        let question = check_question(entry.name, lang);
        let name = format!("{:<10}  ", entry.name);
        let told = wrapped(question, &name, "            ", paper.width).join("\n");
        lines.push(told.replacen(entry.name, &paper.bold(entry.name), 1));
    }
    lines.join("\n")
}

fn show(entry: &CheckEntry, lang: Lang, paper: Paper) -> String {
    let mut lines = vec![paper.bold(&check_label(entry.name, lang))];
    lines.extend(wrapped(check_question(entry.name, lang), "", "", paper.width));
    if !entry.needs.is_empty() {
        let needs = format!("{} {}", say(lang, "It needs", "Il lui faut"), entry.needs.join(", "));
        lines.push(paper.dim(&needs));
    }
    for finding in FindingManual::of_check(entry.name, lang) {
        let word = badge(finding.state(), lang);
        lines.extend([
            String::new(),
            format!("{}  {}", paper.state(finding.state(), word), finding.id),
        ]);
        lines.extend(wrapped(&finding.title, "  ", "  ", paper.width));
    }
    lines.extend([
        String::new(),
        paper.dim(say(
            lang,
            "`vigie explain ID` tells why one matters and what to do.",
            "`vigie explain ID` dit pourquoi un constat compte et que faire.",
        )),
    ]);
    lines.join("\n")
}
