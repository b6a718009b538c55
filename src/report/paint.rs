//! Colour, glyphs and safe text for terminals.
//!
//! What the network said passes through [`plain`], so that no escape sequence reaches the terminal.

use vigie_checks::records::display::is_unsafe;

use super::grade::State;
use super::words::glued;

/// Whether to colour, and how wide a line may be.
#[derive(Clone, Copy, Debug)]
pub struct Paper {
    pub coloured: bool,
    pub width: usize,
}

impl Paper {
    /// Wraps text in an ANSI style, if colour is on.
    pub fn style(self, sgr: &str, text: &str) -> String {
        if self.coloured { format!("\x1b[{sgr}m{text}\x1b[0m") } else { text.to_owned() }
    }

    pub fn dim(self, text: &str) -> String {
        self.style("2", text)
    }

    pub fn bold(self, text: &str) -> String {
        self.style("1", text)
    }

    pub fn state(self, state: State, text: &str) -> String {
        self.style(sgr(state), text)
    }
}

fn sgr(state: State) -> &'static str {
    match state {
        State::Ok => "32",
        State::Info => "34",
        State::Warning => "33",
        State::Error => "31",
        State::Critical => "1;37;41",
        State::Unknown => "35",
        State::Skipped => "2",
    }
}

/// The glyph of a state; colour only doubles it.
pub fn glyph(state: State) -> &'static str {
    match state {
        State::Ok => "✓",
        State::Info => "i",
        State::Warning => "!",
        State::Error => "×",
        State::Critical => "‼",
        State::Unknown => "?",
        State::Skipped => "–",
    }
}

/// Text with everything a terminal might obey, or that could reorder it, written as an escape.
pub fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => safe.push(' '),
            _ if is_unsafe(c) => safe.extend(c.escape_unicode()),
            _ => safe.push(c),
        }
    }
    safe
}

/// Text broken into lines of at most `width` columns; `first` and `next` are put before them.
pub fn wrapped(text: &str, first: &str, next: &str, width: usize) -> Vec<String> {
    // At spaces alone, so that an address of a page stays whole.
    let options = textwrap::Options::new(width.max(20))
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .initial_indent(first)
        .subsequent_indent(next);
    let options = options.word_splitter(textwrap::WordSplitter::NoHyphenation);
    let text = glued(text);
    textwrap::wrap(&text, options).into_iter().map(std::borrow::Cow::into_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn a_line_breaks_where_the_language_lets_it() {
        #[rustfmt::skip]
        let cases = [
            ("between words",     "le chiffrement facultatif", &["le chiffrement", "facultatif"][..]),
            ("not before a mark", "le grand chiffrement : b",  &["le grand", "chiffrement\u{a0}: b"]),
            ("not in quotes",     "vous avez dit « oui »",     &["vous avez dit", "«\u{a0}oui\u{a0}»"]),
            ("addresses whole",   "a https://b.example/c",     &["a", "https://b.example/c"]),
        ];
        for (rule, text, lines) in cases {
            assert_eq!(wrapped(text, "", "", 20), lines, "{rule}");
        }
    }
}
