//! Which lines are no TOML, and what is left to read without them?

use std::collections::BTreeSet;
use std::ops::Range;

use toml::de::DeTable;
use vigie_checks::kernel::Bilingual;

use super::mistake::BadValue;
use super::reader::{Reading, looks_secret};
use super::source::Source;

/// A file of another kind altogether need not be followed to its end.
const ROUNDS: usize = 20;

/// Says what is no TOML, and gives the text with blanks in its place: the parser stops at some faults,
/// and what comes after should be read as well.
pub(super) fn cut_out(reading: &mut Reading<'_>) -> String {
    let source = reading.source;
    let mut sound = source.text.clone();
    let mut said = BTreeSet::new();
    for _ in 0..ROUNDS {
        let (_, errors) = DeTable::parse_recoverable(&sound);
        if errors.is_empty() {
            break;
        }
        reading.damaged = true;
        let mut cut = Vec::new();
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            let line = source.line_at(span.start);
            cut.push(statement(source, line));
            if said.insert(line) {
                hide_like_a_secret(reading, line);
                let why = Bilingual::quoted(error.message().replace('\n', "; "));
                let what = BadValue::sentence(
                    format!("not TOML: {}", why.en),
                    format!("ce n’est pas du TOML : {}", why.fr),
                );
                reading.mistake(span, what);
            }
        }
        for range in cut {
            let blank: String =
                sound[range.clone()].bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect();
            sound.replace_range(range, &blank);
        }
    }
    sound
}

/// The line and those after it that go on with it, such as the rest of a list.
fn statement(source: &Source, line: usize) -> Range<usize> {
    let begins = |text: &str| {
        let text = text.trim_start();
        let key = text.split('=').next().unwrap_or_default().trim_end();
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-.\"".contains(c);
        text.is_empty()
            || text.starts_with(['[', '#'])
            || (text.contains('=') && !key.is_empty() && key.chars().all(plain))
    };
    let first = source.line(line);
    let rest = source.lines().skip(line + 1).take_while(|(_, text)| !begins(text));
    first.start..rest.last().map_or(first.end, |(last, _)| last.end)
}

/// Hides what may be a secret on a line that could not be read.
fn hide_like_a_secret(reading: &Reading<'_>, line: usize) {
    let line = reading.source.line(line);
    let text = &reading.source.text[line.clone()];
    let before = &reading.source.text[..line.start];
    let inside_string =
        ["\"\"\"", "'''"].iter().any(|quotes| before.matches(quotes).count() % 2 == 1);
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    if inside_string {
        reading.hide(line);
    } else if words.any(|word| word == "url" || looks_secret(word)) || text.contains("whsec_") {
        let value = text.find('=').map_or(0, |at| at + 1);
        reading.hide(line.start + value..line.end);
    }
}
