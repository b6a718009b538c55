//! `vigie recheck`: a running daemon looks at domains now, such as after a fix.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use vigie_checks::kernel::{Bilingual, Lang};

use super::audit::Format;
use super::output::write;
use super::world::TellingArgs;
use super::{UsageError, domains, logging};
use crate::config::{Settings, did_you_mean};
use crate::watch::{Daemon, RecheckError, Rechecked};

#[derive(Args)]
#[command(
    after_help = "Names and pages are asked anew, past what the daemon remembers; conversations with mail \
hosts stay as far apart as smtp_gap says."
)]
pub struct RecheckArgs {
    /// Domains that the daemon watches
    #[arg(value_name = "DOMAIN", required = true)]
    domains: Vec<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// The configuration of the daemon [default: $VIGIE_CONFIG, ./vigie.toml, /etc/vigie/vigie.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    telling: TellingArgs,
}

#[derive(Serialize)]
struct Printed<'a> {
    schema: &'static str,
    domains: &'a [Rechecked],
}

/// Asks for each domain, says what is looked at, and gives the exit code.
pub async fn run(args: RecheckArgs) -> anyhow::Result<u8> {
    logging::start(&args.telling, "warn");
    let named = domains::read(&args.domains, None).await?;
    let (settings, _) = Settings::load(args.config.as_deref())?;
    let daemon = Daemon::of(&settings).map_err(|error| UsageError(error.words()))?;
    let mut rechecked = Vec::new();
    for domain in &named {
        let one = daemon.recheck(domain).await.map_err(|error| refused(&error, &settings))?;
        if matches!(args.format, Format::Text) && !args.telling.quiet {
            write(&told(&one, args.telling.lang()), None)?;
        }
        rechecked.push(one);
    }
    if matches!(args.format, Format::Json) {
        let printed = Printed { schema: "vigie.recheck/1", domains: &rechecked };
        write(&format!("{}\n", serde_json::to_string_pretty(&printed)?), None)?;
    }
    Ok(0)
}

fn told(one: &Rechecked, lang: Lang) -> String {
    let Rechecked { domain, checks, url } = one;
    match (checks, lang) {
        (1, Lang::En) => format!("{domain}: 1 check runs now, and shows at {url}\n"),
        (_, Lang::En) => format!("{domain}: {checks} checks run now, and show at {url}\n"),
        (0 | 1, Lang::Fr) => {
            format!("{domain}\u{a0}: {checks} contrôle est lancé, à suivre sur {url}\n")
        }
        (_, Lang::Fr) => {
            format!("{domain}\u{a0}: {checks} contrôles sont lancés, à suivre sur {url}\n")
        }
    }
}

/// One sentence, with the domain that was probably meant.
fn refused(error: &RecheckError, settings: &Settings) -> UsageError {
    let hint = match error {
        RecheckError::NotWatched { domain, .. } => {
            if settings.domain(domain).is_some() {
                Some(Bilingual::new(
                    "the configuration has it: see the daemon's log",
                    "la configuration l’a bien : voir le journal du démon",
                ))
            } else {
                let watched = settings.domains.iter().map(|known| known.name.as_str());
                did_you_mean(domain.as_str(), watched)
            }
        }
        _ => None,
    };
    UsageError(error.words().and(hint))
}
