//! `vigie ingest`: takes the aggregate reports that others send back into the history.

use std::path::PathBuf;

use chrono::Utc;
use clap::Args;
use secrecy::ExposeSecret;

use super::audit::Format;
use super::output::{paper, write};
use super::world::TellingArgs;
use super::{UsageError, logging};
use crate::config::Settings;
use crate::ingest::take_in;
use crate::report::IngestReport;

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
    Ok(u8::from(!intake.is_whole()))
}
