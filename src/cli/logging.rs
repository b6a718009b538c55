//! Log lines, for people or as JSON, on standard error.

use std::io::IsTerminal;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

use super::world::TellingArgs;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    #[default]
    Human,
    Json,
}

/// What the walk from the root tells of names that are not there, which its answers say as well.
const WALK: &str = "hickory_resolver=off,hickory_net=off,hickory_proto=off";

/// Starts logging; `RUST_LOG` wins over the options.
pub fn start(telling: &TellingArgs, usual: &str) {
    let level = match (telling.quiet, telling.verbose) {
        (true, _) => "error",
        (false, 0) => usual,
        (false, 1) => "vigie=debug,vigie_checks=debug,info",
        (false, _) => "debug",
    };
    let all = telling.verbose > 1;
    let level = if all { level.to_owned() } else { format!("{level},{WALK}") };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false);
    match telling.log_format {
        LogFormat::Human => builder.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => builder.json().init(),
    }
}
