//! Which line and column is an octet of a file, and how may that line be shown?

use std::ops::Range;
use std::path::{Path, PathBuf};

use vigie_checks::kernel::Bilingual;
use vigie_checks::records::display::is_unsafe;

use super::mistake::{BadValue, Mistake};

/// The most characters of a line that are shown.
const SHOWN: usize = 160;

/// A text file with the places of its lines.
pub(super) struct Source {
    pub file: PathBuf,
    pub text: String,
    /// The octet at which each line starts.
    starts: Vec<usize>,
}

impl Source {
    pub fn new(file: &Path, text: String) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, octet)| *octet == b'\n');
        let starts = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        Self { file: file.to_owned(), text, starts }
    }

    /// The number of the line (from 0) that holds this octet.
    pub fn line_at(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at).saturating_sub(1)
    }

    /// The octets of a line without its end.
    pub fn line(&self, number: usize) -> Range<usize> {
        let start = self.starts[number];
        let end = self.starts.get(number + 1).map_or(self.text.len(), |next| next - 1);
        let end = if self.text[start..end].ends_with('\r') { end - 1 } else { end };
        start..end
    }

    /// The octets of the lines, one after the other.
    pub fn lines(&self) -> impl Iterator<Item = (Range<usize>, &str)> {
        (0..self.starts.len()).map(|number| {
            let line = self.line(number);
            (line.clone(), &self.text[line])
        })
    }

    /// A mistake at `span`; octets in `hidden` are shown as `***`.
    pub fn mistake(&self, span: Range<usize>, what: BadValue, hidden: &[Range<usize>]) -> Mistake {
        let at = floor_boundary(&self.text, span.start);
        let line = self.line_at(at);
        let octets = self.line(line);
        let at = at.min(octets.end);
        let end = floor_boundary(&self.text, span.end).clamp(at, octets.end);
        let (line_text, marked) = self.shown(octets.clone(), at..end, hidden);
        Mistake {
            file: self.file.clone(),
            line: line + 1,
            column: self.text[octets.start..at].chars().count() + 1,
            message: in_print(what.message),
            line_text,
            marked,
            suggestion: what.suggestion.map(in_print),
        }
    }

    /// The line fit to print, and where `span` stands in it.
    fn shown(
        &self,
        line: Range<usize>,
        span: Range<usize>,
        hidden: &[Range<usize>],
    ) -> (String, (usize, usize)) {
        let mut text = String::new();
        let mut length = 0;
        let (mut start, mut end) = (None, None);
        let accounts = accounts(&self.text[line.clone()]);
        let mut hiding = false;
        for (offset, c) in self.text[line.clone()].char_indices() {
            let at = line.start + offset;
            if at >= span.start && start.is_none() {
                start = Some(length);
            }
            if at >= span.end && end.is_none() {
                end = Some(length);
            }
            let hide = hidden.iter().any(|range| range.contains(&at))
                || accounts.iter().any(|range| range.contains(&offset));
            let piece = match (hide, hiding) {
                (true, true) => String::new(),
                (true, false) => "***".to_owned(),
                (false, _) => printable(c.encode_utf8(&mut [0; 4])),
            };
            hiding = hide;
            if length + piece.chars().count() > SHOWN {
                text.push('…');
                break;
            }
            length += piece.chars().count();
            text.push_str(&piece);
        }
        let start = start.unwrap_or(length).min(length);
        let end = end.unwrap_or(length);
        (text, (start, end.saturating_sub(start)))
    }
}

/// Where `user:password` stands in the URLs of a line, whatever key they are under.
fn accounts(line: &str) -> Vec<Range<usize>> {
    let starts = line.match_indices("://").map(|(at, _)| at + 3);
    let account = |start: usize| {
        let url = line[start..].split(['"', '\'', ' ', ',']).next()?;
        let account = url.rsplit_once('@')?.0;
        account.contains(':').then_some(start..start + account.len())
    };
    starts.filter_map(account).collect()
}

fn floor_boundary(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at.min(text.len()))
}

fn in_print(Bilingual { en, fr }: Bilingual) -> Bilingual {
    Bilingual { en: printable(&en), fr: printable(&fr) }
}

/// The text with everything that a terminal might obey, or that turns its direction, as an escape.
pub(super) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => shown.push(' '),
            _ if is_unsafe(c) => shown.extend(c.escape_unicode()),
            _ => shown.push(c),
        }
    }
    shown
}
