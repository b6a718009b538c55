//! `vigie history`: what a domain looked like, when it changed, and what was found.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use clap::Args;
use secrecy::ExposeSecret;
use vigie_checks::kernel::Name;

use super::audit::Format;
use super::checks::known_name;
use super::output::{domain, paper, write};
use super::world::TellingArgs;
use super::{UsageError, logging};
use crate::config::{Settings, did_you_mean, parse_duration};
use crate::report::HistoryReport;
use crate::run::{Asked, HistoryError, recall_history};

#[derive(Args)]
pub struct HistoryArgs {
    /// The domain
    #[arg(value_name = "DOMAIN")]
    domain: String,
    /// Tell only what this check saw
    #[arg(long, value_name = "CHECK")]
    check: Option<String>,
    /// Leave out what ended before: a time such as 30d, or a date such as 2026-11-01
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<DateTime<Utc>>,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// The configuration [default: $VIGIE_CONFIG, ./vigie.toml, /etc/vigie/vigie.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    telling: TellingArgs,
}

/// Tells the history, and gives the exit code.
pub async fn run(args: HistoryArgs) -> anyhow::Result<u8> {
    logging::start(&args.telling, "warn");
    let domain = domain(&args.domain)?;
    let (settings, _) = Settings::load(args.config.as_deref())?;
    let check = args.check.as_deref().map(|name| known_name(&settings, name)).transpose()?;
    let asked = Asked { check, since: args.since };
    let history =
        recall_history(settings.store.url.expose_secret(), &domain, asked).await.map_err(usage)?;
    let lang = args.telling.lang();
    let report = HistoryReport::of(history, lang);
    let text = match args.format {
        Format::Json => serde_json::to_string_pretty(&report)?,
        Format::Text => report.text(lang, paper(args.telling.color)),
    };
    write(&format!("{text}\n"), None)?;
    Ok(0)
}

/// One sentence, with the domain that was probably meant.
fn usage(error: HistoryError) -> UsageError {
    let hint = match &error {
        HistoryError::Unknown { domain, known } => {
            did_you_mean(domain.as_str(), known.iter().map(Name::as_str))
        }
        _ => None,
    };
    UsageError(error.words().and(hint))
}

fn since(written: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(date) = written.parse::<NaiveDate>() {
        return Ok(date.and_time(chrono::NaiveTime::MIN).and_utc());
    }
    let past = parse_duration(written)
        .map_err(|_| "write it like 30d or 12h, or a date like 2026-11-01".to_owned())?;
    // A duration is at most 100 years.
    Ok(Utc::now() - TimeDelta::from_std(past).unwrap_or(TimeDelta::MAX))
}
