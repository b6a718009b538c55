//! What is wrong with the configuration, and where? Everything at once, fit to be printed.
//! Shows the lines as written, without their secrets and without anything a terminal might obey. Each
//! sentence stands in both languages, so that whoever reads it later is told in their own.

use std::fmt::{self, Write};
use std::io;
use std::path::{Path, PathBuf};

use vigie_checks::kernel::{Bilingual, Lang};

/// At most this many mistakes are printed; a list of domains in the wrong format has one a line.
const PRINTED: usize = 100;

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{}: cannot be read", file.display())]
    Unreadable { file: PathBuf, source: io::Error },
    #[error("{}: not UTF-8 text", file.display())]
    NotText { file: PathBuf },
    #[error(transparent)]
    Wrong(#[from] ConfigErrors),
}

impl ConfigError {
    /// The configuration.
    pub fn file(&self) -> &Path {
        match self {
            Self::Unreadable { file, .. } | Self::NotText { file } => file,
            Self::Wrong(wrong) => &wrong.file,
        }
    }

    /// Why it does not hold; of mistakes in it, how many they are.
    pub fn why(&self) -> Bilingual {
        match self {
            Self::Unreadable { source, .. } => Bilingual::unreadable(source),
            Self::NotText { .. } => not_text(),
            Self::Wrong(wrong) => counted(wrong.errors.len(), 0),
        }
    }
}

/// Every mistake of a configuration, in the order of its lines.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", self.render(Lang::En, false))]
pub struct ConfigErrors {
    /// The configuration itself; a mistake may stand in a list that it names.
    pub file: PathBuf,
    pub errors: Vec<Mistake>,
}

/// One mistake at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub file: PathBuf,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// Names the key or the value first.
    pub message: Bilingual,
    /// The line as it may be shown: secrets are `***`.
    pub line_text: String,
    /// Where in `line_text` the mistake stands, in characters: start and length.
    pub marked: (usize, usize),
    /// What was probably meant.
    pub suggestion: Option<Bilingual>,
}

impl ConfigErrors {
    /// All of it as text for a person, with ANSI colours if `coloured`.
    pub fn render(&self, lang: Lang, coloured: bool) -> String {
        let shown = &self.errors[..self.errors.len().min(PRINTED)];
        let margin = shown.iter().map(|m| m.line.to_string().len()).max().unwrap_or(1);
        let mut text = String::new();
        for mistake in shown {
            // Writing to a String cannot fail.
            let _ = mistake.render(&mut text, margin, lang, coloured);
        }
        let all = self.errors.len();
        text + counted(all, all.saturating_sub(PRINTED)).get(lang)
    }
}

fn counted(all: usize, more: usize) -> Bilingual {
    match (all, more) {
        (1, _) => Bilingual::new("1 mistake", "1 erreur"),
        (_, 0) => Bilingual::new(format!("{all} mistakes"), format!("{all} erreurs")),
        _ => Bilingual::new(
            format!("{all} mistakes, {more} of them not shown"),
            format!("{all} erreurs, dont {more} ne figurent pas ici"),
        ),
    }
}

impl Mistake {
    fn render(&self, out: &mut String, margin: usize, lang: Lang, coloured: bool) -> fmt::Result {
        let paint = |code: &str, text: &str| match coloured {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        };
        let place = format!("{}:{}:{}:", self.file.display(), self.line, self.column);
        writeln!(out, "{} {}", paint("1", &place), paint("31", self.message.get(lang)))?;
        let (start, length) = self.marked;
        let number = paint("2", &format!("{:>margin$} |", self.line));
        writeln!(out, "  {number} {}", self.line_text)?;
        let blank = paint("2", &format!("{:>margin$} |", ""));
        let caret = paint("31", &"^".repeat(length.max(1)));
        writeln!(out, "  {blank} {}{caret}", " ".repeat(start))?;
        if let Some(suggestion) = &self.suggestion {
            writeln!(out, "  {blank} {}", paint("32", suggestion.get(lang)))?;
        }
        writeln!(out)
    }
}

/// Why a value is refused, before its place is known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", message.en)]
pub struct BadValue {
    pub message: Bilingual,
    /// A whole phrase, such as "did you mean `both`?".
    pub suggestion: Option<Bilingual>,
    form: Form,
}

/// How the message goes together with the name of what is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// It begins with its verb: "is empty", "est vide".
    Predicate,
    Sentence,
}

impl BadValue {
    /// Said of the key, which [`Self::named`] makes its subject.
    pub fn predicate(en: impl Into<String>, fr: impl Into<String>) -> Self {
        Self { message: Bilingual::new(en, fr), suggestion: None, form: Form::Predicate }
    }

    /// A sentence that stands by itself.
    pub fn sentence(en: impl Into<String>, fr: impl Into<String>) -> Self {
        Bilingual::new(en, fr).into()
    }

    /// The same with a phrase that helps.
    #[must_use]
    pub fn hint(self, en: impl Into<String>, fr: impl Into<String>) -> Self {
        self.suggest(Some(Bilingual::new(en, fr)))
    }

    /// The same with a phrase that helps, if there is one.
    #[must_use]
    pub fn suggest(mut self, suggestion: Option<Bilingual>) -> Self {
        self.suggestion = suggestion;
        self
    }

    /// The same with the key that it is about.
    #[must_use]
    pub fn named(self, key: &str) -> Self {
        let Self { message: Bilingual { en, fr }, suggestion, form } = self;
        let message = match form {
            Form::Predicate => Bilingual::new(format!("{key} {en}"), format!("{key} {fr}")),
            Form::Sentence => Bilingual::new(format!("{key}: {en}"), format!("{key} : {fr}")),
        };
        Self { message, suggestion, form: Form::Sentence }
    }
}

impl From<Bilingual> for BadValue {
    fn from(message: Bilingual) -> Self {
        Self { message, suggestion: None, form: Form::Sentence }
    }
}

pub(super) fn not_text() -> Bilingual {
    Bilingual::new("not UTF-8 text", "ce n’est pas du texte UTF-8")
}
