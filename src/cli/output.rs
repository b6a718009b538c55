//! Where results and errors go: results to standard output, everything else to standard error.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::ValueEnum;
use vigie_checks::kernel::Lang;

use crate::config::ConfigError;
use crate::report::paint::{Paper, plain};

/// Columns where there is no terminal.
const DEFAULT_WIDTH: usize = 80;

/// Lines longer than this are hard to read on any terminal.
const WIDEST: usize = 100;

/// Wrong usage or configuration: one clear sentence, exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// A language of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LangArg {
    En,
    Fr,
}

/// The language asked for, else that of the locale.
pub fn language(asked: Option<LangArg>) -> Lang {
    match asked {
        Some(LangArg::En) => return Lang::En,
        Some(LangArg::Fr) => return Lang::Fr,
        None => {}
    }
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    if locale.is_some_and(|locale| locale.starts_with("fr")) { Lang::Fr } else { Lang::En }
}

/// The paper that standard output is.
pub fn paper(color: Color) -> Paper {
    let terminal = io::stdout().is_terminal();
    let coloured = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    };
    let size = terminal_size::terminal_size().filter(|_| terminal);
    let width = size.map_or(DEFAULT_WIDTH, |(width, _)| usize::from(width.0));
    Paper { coloured, width: width.clamp(24, WIDEST) }
}

/// Writes a result; a closed pipe ends it quietly.
///
/// # Errors
/// The output cannot be written for another reason.
pub fn write(text: &str, file: Option<&Path>) -> anyhow::Result<()> {
    if let Some(path) = file {
        return std::fs::write(path, text).map_err(|source| {
            UsageError(format!("{}: cannot be written: {source}", path.display())).into()
        });
    }
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Says what went wrong, on one line but for the mistakes of a configuration, and gives the exit code.
pub fn explain(error: &anyhow::Error) -> ExitCode {
    if let Some(ConfigError::Wrong(mistakes)) = error.downcast_ref() {
        let coloured = io::stderr().is_terminal()
            && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let _ = writeln!(io::stderr(), "{}", mistakes.render(coloured));
        return ExitCode::from(2);
    }
    // Nobody is left to tell when standard error is closed too.
    let _ = writeln!(io::stderr(), "vigie: {}", plain(&format!("{error:#}")));
    ExitCode::from(2)
}
