//! How is a text kept on its line, inside its limit, and out of a service's markup?

use vigie_checks::records::display::is_unsafe;

/// Characters kept of any one text; what services take of it is their own limit.
const LONGEST: usize = 2000;

/// The text on one line, with what a screen obeys or hides written out (`\u{202e}`), and cut.
pub fn clean(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for (count, c) in text.trim().chars().enumerate() {
        match c {
            _ if count == LONGEST => {
                line.push('…');
                break;
            }
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => line.push(' '),
            _ if is_unsafe(c) => line.extend(c.escape_unicode()),
            _ => line.push(c),
        }
    }
    line
}

/// How long a service finds a text.
#[derive(Clone, Copy, Debug)]
pub enum Measure {
    Characters,
    /// UTF-16 code units.
    Units,
    /// Octets of UTF-8.
    Octets,
}

impl Measure {
    fn of(self, c: char) -> usize {
        match self {
            Self::Characters => 1,
            Self::Units => c.len_utf16(),
            Self::Octets => c.len_utf8(),
        }
    }

    pub fn length(self, text: &str) -> usize {
        text.chars().map(|c| self.of(c)).sum()
    }
}

/// The beginning of a text, at most so long; `…` stands for what is left out.
pub fn cut(text: &str, most: usize, measure: Measure) -> String {
    escaped(text, most, measure, |c, out| out.push(c))
}

/// The text with each character as `escape` writes it, at most so long as written: no escape is
/// cut in the middle.
pub fn escaped(
    text: &str,
    most: usize,
    measure: Measure,
    escape: impl Fn(char, &mut String),
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut length = 0;
    // Where `…` still fits.
    let mut last = 0;
    let room = most.saturating_sub(measure.of('…'));
    for c in text.chars() {
        let from = out.len();
        escape(c, &mut out);
        length += measure.length(&out[from..]);
        if length > most {
            out.truncate(last);
            out.push('…');
            return out;
        }
        if length <= room {
            last = out.len();
        }
    }
    out
}

/// `&`, `<` and `>`, as HTML, Slack and Telegram read them.
pub fn html(c: char, out: &mut String) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        _ => out.push(c),
    }
}

/// Markdown as chats read it: no emphasis, no link, no quote, no mention.
pub fn markdown(c: char, out: &mut String) {
    match c {
        '\\' | '*' | '_' | '~' | '`' | '|' | '>' | '<' | '#' | '[' | ']' | '(' | ')' | '!' => {
            out.push('\\');
            out.push(c);
        }
        // A word joiner: it looks the same and names nobody.
        '@' => out.push_str("@\u{2060}"),
        _ => out.push(c),
    }
}

/// Inside a fence of back-ticks, which it must not end.
pub fn fenced(c: char, out: &mut String) {
    out.push(if c == '`' { 'ˋ' } else { c });
}

/// Inside a fence of a service that looks for `&`, `<` and `>` there too.
pub fn fenced_html(c: char, out: &mut String) {
    match c {
        '`' => out.push('ˋ'),
        '"' => out.push(c),
        _ => html(c, out),
    }
}
