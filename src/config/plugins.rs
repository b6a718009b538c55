//! `[[plugins]]`: which executables behave as checks?

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Serialize;
use toml::de::DeTable;

use super::mistake::BadValue;
use super::reader::{Section, not_empty};
use super::schedule::Schedule;
use super::{cadence, duration, suggest};

/// Time that a plugin gets where none is written.
const USUAL_TIME: Duration = Duration::from_secs(30);

/// The longest time of a plugin: a place for others is taken meanwhile.
const LONGEST_TIME: Duration = Duration::from_secs(600);

/// The longest name: it stands in every id.
const LONGEST_NAME: usize = 40;

/// What stands for the domain in an argument, between braces.
pub(super) const DOMAIN: &str = "domain";

#[derive(Clone, Debug, Serialize)]
pub struct Plugin {
    /// The name of its check, which its findings begin with.
    pub name: String,
    /// The path of the executable and its arguments; `{domain}` is the domain.
    pub command: Vec<String>,
    /// Default: as `[schedule]` says, else every hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Default: 30 s.
    #[serde(serialize_with = "duration::serialize")]
    pub timeout: Duration,
}

pub(super) fn read(sections: Vec<Section<'_, '_>>) -> Vec<Plugin> {
    let mut seen = BTreeSet::new();
    sections.into_iter().filter_map(|section| plugin(section, &mut seen)).collect()
}

fn plugin(mut section: Section<'_, '_>, seen: &mut BTreeSet<String>) -> Option<Plugin> {
    let name = section.parsed("name", name);
    let command = section.list("command", argument);
    let schedule = section.parsed("schedule", Schedule::parse);
    let timeout = section.parsed("timeout", time).unwrap_or(USUAL_TIME);
    let name = section.needed("name", name);
    let command = section.needed("command", command);
    if let Some(name) = name.as_ref().filter(|name| !seen.insert((*name).clone())) {
        let what = BadValue::sentence(
            format!("the plugin `{name}` is named twice"),
            format!("le greffon `{name}` figure deux fois"),
        );
        section.refuse(section.value_span("name"), what);
    }
    // A whole path: no shell looks for it, and `{domain}` chooses no program.
    let names_a_program = |command: &Vec<String>| {
        command.first().is_some_and(|path| path.starts_with('/') && !path.contains("{domain}"))
    };
    if command.as_ref().is_some_and(|command| !names_a_program(command)) {
        let what = BadValue::no_program("[\"/usr/lib/vigie/check_queue\", \"{domain}\"]");
        section.refuse(section.value_span("command"), what);
    }
    section.finish();
    Some(Plugin { name: name?, command: command?, schedule, timeout })
}

/// The words between braces; other braces are the argument's own.
pub(super) fn braced(argument: &str) -> impl Iterator<Item = &str> {
    let opened = argument.split('{').skip(1);
    let words = opened.filter_map(|rest| Some(rest.split_once('}')?.0));
    words.filter(|word| {
        !word.is_empty() && word.bytes().all(|c| c.is_ascii_alphabetic() || c == b'_')
    })
}

/// An argument; a slip in `{domain}` would be given to the program as it is written.
fn argument(written: &str) -> Result<String, BadValue> {
    let slip = |word: &&str| *word != DOMAIN && suggest::nearest(word, [DOMAIN]).is_some();
    match braced(written).find(slip) {
        Some(word) => {
            let what = BadValue::predicate(
                format!("holds `{{{word}}}`, which stands for nothing"),
                format!("contient `{{{word}}}`, qui n’est remplacé par rien"),
            );
            Err(what.hint("did you mean `{domain}`?", "vouliez-vous dire `{domain}` ?"))
        }
        None => not_empty(written),
    }
}

impl BadValue {
    /// A command whose first word is no whole path.
    pub(super) fn no_program(example: &str) -> Self {
        Self::sentence(
            "`command` does not begin with the path of a program",
            "`command` ne commence pas par le chemin d’un programme",
        )
        .hint(format!("write it like {example}"), format!("écrire par exemple {example}"))
    }
}

/// Kebab-case, and no check of vigie's own.
fn name(written: &str) -> Result<String, BadValue> {
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    if written.len() > LONGEST_NAME || !written.split('-').all(part) {
        let what = BadValue::predicate(
            "is not a short name in kebab-case",
            "n’est pas un nom court en kebab-case",
        );
        return Err(what.hint(
            "write lower-case letters and digits, parted by hyphens",
            "écrire des minuscules et des chiffres, séparés par des traits d’union",
        ));
    }
    match cadence::CHECKS.contains(&written) {
        true => Err(BadValue::predicate(
            format!("is the name of a check of vigie: `{written}`"),
            format!("est le nom d’un contrôle de vigie : `{written}`"),
        )),
        false => Ok(written.to_owned()),
    }
}

fn time(written: &str) -> Result<Duration, BadValue> {
    let time = cadence::wait(written)?;
    match time <= LONGEST_TIME {
        true => Ok(time),
        false => Err(BadValue::predicate("is longer than 10m", "dure plus de 10 min")),
    }
}

/// The names of the plugins, also of those that hold a mistake: a route by one is no second mistake.
pub(super) fn names(table: &DeTable<'_>) -> Vec<String> {
    let plugins = table.get("plugins").and_then(|value| value.get_ref().as_array());
    let tables = plugins.into_iter().flatten().filter_map(|value| value.get_ref().as_table());
    let names = tables.filter_map(|table| table.get("name")?.get_ref().as_str());
    names.map(str::to_owned).collect()
}
