//! Where does each entry of a zone file begin, and what does it delete? (RFC 1035 §5.1)
//!
//! Writes entries one to a line, as hickory's parser takes them: inside parentheses that parser
//! loses `;` and the bounds of quoted strings, and it misreads `\DDD`.

use vigie_checks::kernel::Bilingual;

use super::{OverlayError, RECORD_LIMIT};

/// One entry without its parentheses and comments.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// Counted from 1: where it begins.
    pub line: usize,
    pub text: String,
}

/// What a line of a zone file says.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    Entry(Entry),
    /// The words after `;-`, which is a comment to everybody else.
    Deletion {
        line: usize,
        words: Vec<String>,
    },
}

/// The entries and deletions of a zone file, in their order.
///
/// # Errors
/// A quoted string or a parenthesis does not end, or there are too many entries.
pub fn read(text: &str) -> Result<Vec<Line>, OverlayError> {
    let mut reader = Reader { chars: text.chars().peekable(), at: 1, lines: Vec::new() };
    while reader.chars.peek().is_some() {
        reader.line()?;
        if reader.lines.len() > RECORD_LIMIT {
            return Err(OverlayError::TooLarge);
        }
    }
    Ok(reader.lines)
}

struct Reader<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
    /// The line that is being read.
    at: usize,
    lines: Vec<Line>,
}

impl Reader<'_> {
    /// Reads to the end of an entry, which may be several lines away.
    fn line(&mut self) -> Result<(), OverlayError> {
        let line = self.at;
        let mut text = String::new();
        let mut parenthesis = None;
        while let Some(char) = self.chars.next() {
            match char {
                '\n' => {
                    self.at += 1;
                    if parenthesis.is_none() {
                        break;
                    }
                    text.push(' ');
                }
                '"' => self.quoted(&mut text)?,
                '\\' => self.escaped(&mut text),
                ';' => self.comment(parenthesis.is_none() && text.trim().is_empty()),
                '(' => {
                    parenthesis.get_or_insert(self.at);
                    text.push(' ');
                }
                ')' => {
                    parenthesis = None;
                    text.push(' ');
                }
                '\r' => {}
                _ => text.push(char),
            }
        }
        if let Some(line) = parenthesis {
            return Err(OverlayError::Open {
                line,
                what: Bilingual::new("parenthesis", "la parenthèse"),
            });
        }
        if !text.trim().is_empty() {
            self.lines.push(Line::Entry(Entry { line, text }));
        }
        Ok(())
    }

    fn quoted(&mut self, text: &mut String) -> Result<(), OverlayError> {
        text.push('"');
        while let Some(char) = self.chars.next() {
            match char {
                '"' => {
                    text.push('"');
                    return Ok(());
                }
                '\\' => self.escaped(text),
                '\n' => break,
                _ => text.push(char),
            }
        }
        Err(OverlayError::Open {
            line: self.at,
            what: Bilingual::new("quoted string", "la chaîne entre guillemets"),
        })
    }

    /// After a backslash: `\DDD` of a character that `\X` can stand for is written so.
    fn escaped(&mut self, text: &mut String) {
        text.push('\\');
        let digits: String = self.chars.clone().take(3).collect();
        let octet = digits
            .parse::<u8>()
            .ok()
            .filter(|_| digits.len() == 3 && digits.bytes().all(|digit| digit.is_ascii_digit()));
        let plain =
            |octet: &u8| (*octet == b' ' || octet.is_ascii_graphic()) && !octet.is_ascii_digit();
        if let Some(octet) = octet.filter(plain) {
            self.chars.nth(2);
            text.push(char::from(octet));
        } else if let Some(next) = self.chars.next_if(|next| *next != '\n') {
            text.push(next);
        }
    }

    /// Passes over a comment; one that begins a line with `;-` and a blank deletes.
    fn comment(&mut self, begins_line: bool) {
        let mut comment = String::new();
        while let Some(char) = self.chars.next_if(|next| *next != '\n') {
            comment.push(char);
        }
        let deletes = comment
            .strip_prefix('-')
            .filter(|rest| begins_line && rest.starts_with(char::is_whitespace));
        if let Some(rest) = deletes {
            let words = rest.split_whitespace().map(str::to_owned).collect();
            self.lines.push(Line::Deletion { line: self.at, words });
        }
    }
}
