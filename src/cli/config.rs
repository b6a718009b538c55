//! `vigie config`: writes a first configuration, says whether one is whole, describes what it may hold, and
//! shows what it amounts to.

#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use vigie_checks::kernel::{Bilingual, Lang};
use vigie_checks::registry::CHECKS;

use super::UsageError;
use super::output::{self, LangArg, write};
use super::world::TellingArgs;
use crate::config::{self, MINIMAL, MINIMAL_FR, Settings};
use crate::net::dns::RecursionSettings;
use crate::net::trust::Roots;
use crate::report::paint::plain;
use crate::report::{counted, say};
use crate::schedule::{Planned, plan};

/// How many of the next runs are named.
const RUNS_NAMED: usize = 3;

#[derive(Args)]
pub struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Write a short configuration to start from
    Init {
        /// Where to write it; `-` is standard output
        #[arg(default_value = "vigie.toml", value_name = "FILE")]
        file: PathBuf,
        /// The language of its comments [default: that of the locale]
        #[arg(long, value_enum, value_name = "LANG")]
        lang: Option<LangArg>,
    },
    /// Say whether the configuration is whole, or every mistake in it
    Check(FileArgs),
    /// Print the JSON Schema of the configuration
    Schema,
    /// Print the configuration as used, defaults filled in and secrets as ***
    Show(FileArgs),
}

#[derive(Args)]
struct FileArgs {
    /// The configuration [default: $VIGIE_CONFIG, ./vigie.toml, /etc/vigie/vigie.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    telling: TellingArgs,
}

/// Does it, and gives the exit code.
pub fn run(args: ConfigArgs) -> anyhow::Result<u8> {
    match args.command {
        ConfigCommand::Init { file, lang } => init(&file, output::language(lang)),
        ConfigCommand::Check(args) => {
            let (settings, file) = Settings::load(args.config.as_deref())?;
            try_files(&settings)?;
            let lang = args.telling.lang();
            let now = Utc::now();
            write(&summary(&settings, file.as_deref(), now, lang), None)?;
            for doubt in settings.doubts(now) {
                let note = say(lang, "note: ", "à noter : ");
                output::tell(&format!("{note}{}", plain(doubt.get(lang))));
            }
            Ok(0)
        }
        ConfigCommand::Schema => {
            write(&format!("{:#}\n", config::schema()), None)?;
            Ok(0)
        }
        ConfigCommand::Show(args) => {
            let (settings, _) = Settings::load(args.config.as_deref())?;
            write(&toml::to_string(&settings)?, None)?;
            Ok(0)
        }
    }
}

/// The files that the daemon would read when it starts.
fn try_files(settings: &Settings) -> Result<(), UsageError> {
    let network = &settings.network;
    Roots::only(&network.ca).map_err(|error| UsageError(error.words()))?;
    let recursion = RecursionSettings {
        root_hints: network.root_hints.clone(),
        trust_anchors: network.trust_anchors.clone(),
        ..RecursionSettings::default()
    };
    recursion.try_files().map_err(|error| UsageError(error.words()))
}

fn init(file: &Path, lang: Lang) -> anyhow::Result<u8> {
    let text = say(lang, MINIMAL, MINIMAL_FR);
    if file == Path::new("-") {
        write(text, None)?;
        return Ok(0);
    }
    let written = OpenOptions::new().write(true).create_new(true).open(file);
    let mut written = written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => UsageError(
            Bilingual::new(
                "is there already; it was left as it is",
                "ce fichier existe déjà ; il est resté tel quel",
            )
            .about(file.display()),
        ),
        _ => UsageError::unwritable(file, &error),
    })?;
    written.write_all(text.as_bytes()).map_err(|error| UsageError::unwritable(file, &error))?;
    let written = Bilingual::new(
        "written; name your domain in it, then run `vigie config check`",
        "écrit ; y nommer votre domaine, puis lancer `vigie config check`",
    );
    let written = written.about(file.display());
    write(&format!("{}\n", written.get(lang)), None)?;
    Ok(0)
}

/// What the configuration amounts to, on two or three lines.
fn summary(settings: &Settings, file: Option<&Path>, now: DateTime<Utc>, lang: Lang) -> String {
    let none = say(
        lang,
        "no configuration file; the defaults",
        "pas de fichier de configuration ; valeurs par défaut",
    );
    let file = file.map_or(none.to_owned(), |file| plain(&file.display().to_string()));
    let counts = [
        (settings.domains.len(), ("domain", "domains"), ("domaine", "domaines")),
        (settings.probes.len(), ("probe", "probes"), ("sonde", "sondes")),
        (settings.channels.len(), ("channel", "channels"), ("canal", "canaux")),
        (settings.routes.len(), ("route", "routes"), ("route", "routes")),
        (settings.plugins.len(), ("plugin", "plugins"), ("greffon", "greffons")),
    ];
    let counts = counts.map(|(count, en, fr)| counted(count, lang, en, fr)).join(", ");
    let whole = say(lang, ": whole", " : aucune erreur");
    let mut text = format!("{file}{whole}\n{counts}\n");
    let checks: Vec<&str> = CHECKS.iter().map(|check| check.name).collect();
    let zone = settings.schedule.timezone;
    let next = |planned: &Planned| Some((planned.next_after(now, zone)?, planned.key.to_string()));
    let first = say(
        lang,
        "What never ran runs at the start. The next runs:",
        "Ce qui n’a jamais été examiné l’est au démarrage. Les passages suivants :",
    );
    let mut runs: Vec<_> = plan(settings, &checks).iter().filter_map(next).collect();
    runs.sort();
    if !runs.is_empty() {
        let _ = writeln!(text, "{first}");
    }
    for (at, key) in runs.iter().take(RUNS_NAMED) {
        let _ = writeln!(text, "  {}  {key}", at.with_timezone(&zone).format("%Y-%m-%d %H:%M %Z"));
    }
    text
}
