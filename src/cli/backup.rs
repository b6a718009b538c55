//! `vigie backup`: a consistent copy of the history, while the daemon runs.

use std::path::PathBuf;

use clap::Args;
use secrecy::ExposeSecret;
use vigie_checks::kernel::Lang;

use super::output::write;
use super::world::TellingArgs;
use super::{UsageError, logging};
use crate::config::Settings;
use crate::run::back_up;

#[derive(Args)]
#[command(
    after_help = "To restore: stop vigie, put the copy in the place of the store's file, and remove \
the files beside it that end in -wal and -shm: they belong to what stood there before."
)]
pub struct BackupArgs {
    /// The file that is written; it must not exist yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The configuration [default: $VIGIE_CONFIG, ./vigie.toml, /etc/vigie/vigie.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    telling: TellingArgs,
}

/// Copies, says how much, and gives the exit code.
pub async fn run(args: BackupArgs) -> anyhow::Result<u8> {
    logging::start(&args.telling, "warn");
    if args.file.as_os_str() == "-" {
        return Err(UsageError::new(
            "a copy is looked through before it counts, so it goes to a file; name one",
            "une copie est relue avant de compter, il lui faut donc un fichier ; en nommer un",
        )
        .into());
    }
    let (settings, _) = Settings::load(args.config.as_deref())?;
    let copied = back_up(settings.store.url.expose_secret(), &args.file).await;
    let octets = copied.map_err(|error| UsageError(error.words()))?;
    if !args.telling.quiet {
        let (file, size) = (args.file.display(), octets.div_ceil(1000));
        let said = match args.telling.lang() {
            Lang::En => format!("{file}: {size} kB, looked through and whole\n"),
            Lang::Fr => format!("{file} : {size} ko, relu et intact\n"),
        };
        write(&said, None)?;
    }
    Ok(0)
}
