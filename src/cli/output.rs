//! Where results and errors go: results to standard output, everything else to standard error.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use vigie_checks::kernel::{Bilingual, Lang, Name, parse_domain};

use crate::config::ConfigError;
use crate::report::paint::{Paper, plain};

/// Columns where there is no terminal.
const DEFAULT_WIDTH: usize = 80;

/// Lines longer than this are hard to read on any terminal.
const WIDEST: usize = 100;

/// Wrong usage or configuration: one clear sentence in the language of who reads it, exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.en)]
pub struct UsageError(pub Bilingual);

impl UsageError {
    pub fn new(en: impl Into<String>, fr: impl Into<String>) -> Self {
        Self(Bilingual::new(en, fr))
    }

    /// A file that is named cannot be read.
    pub fn unreadable(path: &Path, source: &io::Error) -> Self {
        Self(Bilingual::unreadable(source).about(path.display()))
    }

    /// A file that is named cannot be written.
    pub fn unwritable(path: &Path, source: &io::Error) -> Self {
        Self(Bilingual::unwritable(source).about(path.display()))
    }
}

/// A domain as it was typed.
///
/// # Errors
/// It is none; the error says why.
pub fn domain(typed: &str) -> Result<Name, UsageError> {
    parse_domain(typed).map_err(|error| UsageError(error.words()))
}

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

/// Where results go: standard output, or a file that is written anew.
pub enum Output {
    Stdout,
    /// Nobody reads any more: a closed pipe ends it quietly.
    Closed,
    File(Anew),
}

impl Output {
    /// Opens the file, if one is given. What it holds stays until there is something to write.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn open(path: Option<&Path>) -> Result<Self, UsageError> {
        let Some(path) = path else { return Ok(Self::Stdout) };
        let file = Anew::open(path).map_err(|source| UsageError::unwritable(path, &source))?;
        Ok(Self::File(file))
    }

    /// Writes a part of the result.
    ///
    /// # Errors
    /// The output cannot be written, for another reason than a closed pipe.
    pub fn write(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(self.write_all(text.as_bytes())?)
    }
}

/// What is written here is out at once; an error names the file.
impl Write for Output {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match self {
            Self::Closed => {}
            Self::File(file) => file.write(octets).map_err(|source| {
                io::Error::new(source.kind(), UsageError::unwritable(&file.path, &source))
            })?,
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                match stdout.write_all(octets).and_then(|()| stdout.flush()) {
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => *self = Self::Closed,
                    other => other?,
                }
            }
        }
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file that is open from the start, so that a wrong name is told before any work, and keeps the report of
/// before until the new one is there: who interrupts loses neither. It is written in place, for it may be a
/// link, a device or a pipe, and its owner and rights are to stay.
pub struct Anew {
    path: PathBuf,
    file: File,
    /// It was not there before.
    is_new: bool,
    is_written: bool,
}

impl Anew {
    fn open(path: &Path) -> io::Result<Self> {
        let (file, is_new) = match OpenOptions::new().write(true).create_new(true).open(path) {
            Ok(file) => (file, true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                // A link that leads nowhere is there, and what it leads to is not.
                let mut there = OpenOptions::new();
                (there.write(true).create(true).truncate(false).open(path)?, false)
            }
            Err(error) => return Err(error),
        };
        Ok(Self { path: path.to_owned(), file, is_new, is_written: false })
    }

    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        if !self.is_written {
            self.is_written = true;
            // Devices and pipes have no length.
            if self.file.metadata()?.is_file() {
                self.file.set_len(0)?;
            }
        }
        self.file.write_all(octets)
    }
}

impl Drop for Anew {
    fn drop(&mut self) {
        if self.is_new && !self.is_written {
            // It holds nothing, and nobody is left to tell that it stays.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Writes a whole result; a closed pipe ends it quietly.
///
/// # Errors
/// As [`Output::open`] and [`Output::write`].
pub fn write(text: &str, file: Option<&Path>) -> anyhow::Result<()> {
    Output::open(file)?.write(text)
}

/// Says what went wrong, on one line but for the mistakes of a configuration, and gives the exit code.
pub fn explain(error: &anyhow::Error, lang: Lang) -> ExitCode {
    let text = match error.downcast_ref() {
        Some(ConfigError::Wrong(mistakes)) => {
            let coloured = io::stderr().is_terminal()
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
            mistakes.render(lang, coloured)
        }
        _ => format!("vigie: {}", plain(in_words(error).get(lang))),
    };
    tell(&text);
    ExitCode::from(2)
}

/// A line for standard error.
pub fn tell(text: &str) {
    // Nobody is left to tell when it is closed too.
    let _ = writeln!(io::stderr(), "{text}");
}

/// What an error says. What has no words of its own is told as the part says it that met it.
pub fn in_words(error: &anyhow::Error) -> Bilingual {
    if let Some(UsageError(words)) = error.downcast_ref() {
        return words.clone();
    }
    if let Some(unread) = error.downcast_ref::<ConfigError>() {
        return unread.why().about(unread.file().display());
    }
    crate::watch::in_words(error).unwrap_or_else(|| {
        let said = sentence(error);
        Bilingual::new(said.clone(), format!("message du programme, en anglais : « {said} »"))
    })
}

/// The error with its causes; what a sentence says already is not said twice.
fn sentence(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs::{read_to_string, write};
    use std::path::Path;

    use super::Output;

    fn open(path: &Path) -> Output {
        Output::open(Some(path)).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn a_report_takes_the_place_of_the_one_before_once_it_is_there() {
        let folder = tempfile::tempdir().expect("there is a temporary folder");
        let [old, new] = ["old", "new"].map(|name| folder.path().join(name));
        write(&old, "a long report of before").expect("the folder can be written");
        drop((open(&old), open(&new)));
        assert_eq!(read_to_string(&old).ok().as_deref(), Some("a long report of before"));
        assert!(!new.exists(), "nothing came, and nothing is left behind");
        for file in [&old, &new] {
            let mut output = open(file);
            output.write("short, ").expect("it is open");
            output.write("in two parts").expect("it is open");
            drop(output);
            assert_eq!(read_to_string(file).ok().as_deref(), Some("short, in two parts"));
        }
    }

    #[test]
    fn links_and_devices_stay_what_they_are() {
        let folder = tempfile::tempdir().expect("there is a temporary folder");
        let [link, file] = ["link", "file"].map(|name| folder.path().join(name));
        std::os::unix::fs::symlink(&file, &link).expect("the folder can be written");
        open(&link).write("through the link").expect("it is open");
        assert!(link.is_symlink());
        assert_eq!(read_to_string(&file).ok().as_deref(), Some("through the link"));
        open(Path::new("/dev/null")).write("nowhere").expect("it takes everything");
        assert!(Output::open(Some(folder.path())).is_err(), "a folder is no file");
    }
}
