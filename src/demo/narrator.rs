//! Tells the story in the terminal, under its own clock.

use std::io::{self, Write};

use vigie_checks::kernel::Lang;

use crate::report::paint::{Paper, plain, wrapped};

/// Cells of the bar of a delivery rate.
const BAR: u64 = 10;

/// What kind of line it is; each has its sign and colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Well,
    Change,
    Bad,
    Note,
    Alarm,
}

/// Writes the lines of the story.
pub struct Narrator {
    pub lang: Lang,
    paper: Paper,
}

impl Narrator {
    pub fn new(lang: Lang, paper: Paper) -> Self {
        Self { lang, paper }
    }

    /// The sentence in the language of the telling.
    pub fn say<'a>(&self, en: &'a str, fr: &'a str) -> &'a str {
        match self.lang {
            Lang::En => en,
            Lang::Fr => fr,
        }
    }

    /// A line at a time of the story.
    pub fn at(&self, clock: &str, sign: Sign, text: &str) {
        let (mark, sgr) = match sign {
            Sign::Well => ("✓", "32"),
            Sign::Change => ("~", "36"),
            Sign::Bad => ("×", "31"),
            Sign::Note => ("·", "2"),
            Sign::Alarm => ("!", "1;37;41"),
        };
        let first = format!("{clock} {mark} ");
        let mut lines = wrapped(&plain(text), &first, "        ", self.paper.width).into_iter();
        if let Some(line) = lines.next() {
            let rest = line.strip_prefix(&first).unwrap_or(&line).to_owned();
            self.print(&format!("{clock} {} {rest}", self.paper.style(sgr, mark)));
        }
        lines.for_each(|line| self.print(&line));
    }

    /// A line that belongs to the one before; a record or a reply is not wrapped.
    pub fn quote(&self, text: &str) {
        self.print(&format!("        {}", self.paper.dim(&plain(text))));
    }

    /// A line as it is.
    pub fn line(&self, text: &str) {
        self.print(&plain(text));
    }

    /// The delivery rate with its bar.
    pub fn rate(&self, clock: &str, percent: u64) {
        let full = usize::try_from((percent * BAR + 50) / 100).unwrap_or(0);
        let bar = format!("{}{}", "▇".repeat(full), "·".repeat(10_usize.saturating_sub(full)));
        let sign = if percent >= 90 { Sign::Well } else { Sign::Bad };
        self.at(
            clock,
            sign,
            &format!("{}  {bar} {percent} %", self.say("Delivery rate", "Taux de remise")),
        );
    }

    fn print(&self, line: &str) {
        // A closed pipe ends the telling, not the story.
        let _ = writeln!(io::stdout(), "{line}");
    }
}
