//! `vigie ingest`: takes the aggregate reports that others send back into the history.

use std::path::PathBuf;

use chrono::Utc;
use clap::Args;
use secrecy::ExposeSecret;
use vigie_checks::kernel::Lang;

use super::audit::Format;
use super::output::{paper, tell, write};
use super::world::TellingArgs;
use super::{UsageError, logging};
use crate::config::Settings;
use crate::ingest::{Intake, take_in};
use crate::report::paint::plain;
use crate::report::{IngestReport, say};

/// Domains that a note names.
const NAMED: usize = 5;

#[derive(Args)]
pub struct IngestArgs {
    /// Reports: .xml, .xml.gz, .zip, messages, mailboxes, or folders of them; - is standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// The configuration [default: $VIGIE_CONFIG, ./vigie.toml, /etc/vigie/vigie.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    telling: TellingArgs,
}

/// Takes in, tells what, and gives the exit code: 1 if something could not be read.
pub async fn run(args: IngestArgs) -> anyhow::Result<u8> {
    logging::start(&args.telling, "warn");
    let (settings, _) = Settings::load(args.config.as_deref())?;
    let taken = take_in(settings.store.url.expose_secret(), args.paths, Utc::now()).await;
    let intake = taken.map_err(|error| UsageError(error.words()))?;
    let (lang, paper) = (args.telling.lang(), paper(args.telling.color));
    let report = IngestReport::of(&intake, lang);
    let text = match (args.format, args.telling.quiet) {
        (Format::Json, _) => serde_json::to_string_pretty(&report)?,
        (Format::Text, false) => report.text(lang, paper),
        // What went well needs no words in a job that runs every night.
        (Format::Text, true) => report.unread_text(lang, paper),
    };
    if !text.is_empty() {
        write(&format!("{text}\n"), None)?;
    }
    if !args.telling.quiet {
        tell_of_strangers(&settings, &intake, lang);
    }
    Ok(u8::from(!intake.is_whole()))
}

/// A slip in a name, or a domain that is not watched yet: its reports are kept, and nothing reads them.
fn tell_of_strangers(settings: &Settings, intake: &Intake, lang: Lang) {
    let strangers = intake.domains.keys().filter(|name| settings.domain(name).is_none());
    let strangers: Vec<String> = strangers.map(|name| plain(name.as_str())).collect();
    let (named, more) = strangers.split_at(strangers.len().min(NAMED));
    if named.is_empty() {
        return;
    }
    let mut named = named.join(", ");
    if !more.is_empty() {
        named += &format!(" {} {}", say(lang, "and more:", "et d’autres encore :"), more.len());
    }
    tell(&match lang {
        Lang::En => format!(
            "note: no [[domains]] names {named}; the reports are kept, and no check reads them"
        ),
        Lang::Fr => format!(
            "à noter : aucun [[domains]] ne nomme {named} ; les rapports sont gardés, mais aucun contrôle \
             ne les lit"
        ),
    });
}
