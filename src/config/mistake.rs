//! What is wrong with the configuration, and where? Everything at once, fit to be printed.
//! Shows the lines as written, without their secrets and without anything a terminal might obey.

use std::fmt::{self, Write};
use std::path::PathBuf;

use serde::Serialize;

/// At most this many mistakes are printed; a list of domains in the wrong format has one a line.
const PRINTED: usize = 100;

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{}: cannot be read", file.display())]
    Unreadable { file: PathBuf, source: std::io::Error },
    #[error("{}: not UTF-8 text", file.display())]
    NotText { file: PathBuf },
    #[error(transparent)]
    Wrong(#[from] ConfigErrors),
}

/// Every mistake of a configuration, in the order of its lines.
#[derive(Clone, Debug, Serialize, thiserror::Error)]
#[error("{}", self.render(false))]
pub struct ConfigErrors {
    /// The configuration itself; a mistake may stand in a list that it names.
    pub file: PathBuf,
    pub errors: Vec<Mistake>,
}

/// One mistake at its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mistake {
    pub file: PathBuf,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// Names the key or the value first.
    pub message: String,
    /// The line as it may be shown: secrets are `***`.
    pub line_text: String,
    /// Where in `line_text` the mistake stands, in characters: start and length.
    #[serde(skip)]
    pub marked: (usize, usize),
    /// What was probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

impl ConfigErrors {
    /// All of it as text for a person, with ANSI colours if `coloured`.
    pub fn render(&self, coloured: bool) -> String {
        let shown = &self.errors[..self.errors.len().min(PRINTED)];
        let margin = shown.iter().map(|m| m.line.to_string().len()).max().unwrap_or(1);
        let mut text = String::new();
        for mistake in shown {
            // Writing to a String cannot fail.
            let _ = mistake.render(&mut text, margin, coloured);
        }
        match (self.errors.len(), self.errors.len().saturating_sub(PRINTED)) {
            (1, _) => text.push_str("1 mistake"),
            (all, 0) => text.push_str(&format!("{all} mistakes")),
            (all, more) => text.push_str(&format!("{all} mistakes, {more} of them not shown")),
        }
        text
    }
}

impl Mistake {
    fn render(&self, out: &mut String, margin: usize, coloured: bool) -> fmt::Result {
        let paint = |code: &str, text: &str| match coloured {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        };
        let place = format!("{}:{}:{}:", self.file.display(), self.line, self.column);
        writeln!(out, "{} {}", paint("1", &place), paint("31", &self.message))?;
        let (start, length) = self.marked;
        let number = paint("2", &format!("{:>margin$} |", self.line));
        writeln!(out, "  {number} {}", self.line_text)?;
        let blank = paint("2", &format!("{:>margin$} |", ""));
        let caret = paint("31", &"^".repeat(length.max(1)));
        writeln!(out, "  {blank} {}{caret}", " ".repeat(start))?;
        if let Some(suggestion) = &self.suggestion {
            writeln!(out, "  {blank} {}", paint("32", suggestion))?;
        }
        writeln!(out)
    }
}

/// Why a value is refused, before its place is known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadValue {
    pub message: String,
    /// A whole phrase, such as "did you mean `both`?".
    pub suggestion: Option<String>,
}

impl BadValue {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), suggestion: None }
    }

    /// The same with a phrase that helps.
    #[must_use]
    pub fn hint(mut self, suggestion: Option<impl Into<String>>) -> Self {
        self.suggestion = suggestion.map(Into::into);
        self
    }
}
