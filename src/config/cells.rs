//! Lists of domains and mailboxes as comma-separated files: a header, then a row a line.

use std::ops::Range;
use std::path::Path;

use vigie_checks::kernel::Bilingual;

use super::mistake::{BadValue, not_text};
use super::reader::Reading;
use super::secret::Environment;
use super::source::Source;
use super::suggest;

/// A list of 100,000 domains is about 8 MiB.
const LIMIT: u64 = 64 * 1024 * 1024;

/// The text of a list, or why it cannot be read.
pub(super) fn open(environment: &dyn Environment, path: &Path) -> Result<Source, BadValue> {
    let refuse = |why: Bilingual| BadValue::from(why).named(&path.display().to_string());
    let octets = environment.file(path, LIMIT).map_err(|error| refuse(Bilingual::of_io(&error)))?;
    let text = String::from_utf8(octets).map_err(|_| refuse(not_text()))?;
    Ok(Source::new(path, text))
}

/// One row: its cells by the position of the known columns, absent ones empty.
pub(super) struct Row<'s> {
    cells: Vec<(&'s str, Range<usize>)>,
}

impl<'s> Row<'s> {
    pub fn cell(&self, column: usize) -> (&'s str, Range<usize>) {
        self.cells[column].clone()
    }
}

/// The rows of a list whose header names some of `columns`, of which the first is needed. Blank lines
/// and lines that start with `#` are skipped.
pub(super) fn rows<'s, const N: usize>(
    reading: &Reading<'s>,
    columns: [&'static str; N],
) -> Vec<Row<'s>> {
    let source = reading.source;
    let written = |text: &str| !text.trim().is_empty() && !text.trim_start().starts_with('#');
    let mut lines = source.lines().filter(|(_, text)| written(text));
    let Some((header, _)) = lines.next() else {
        let header = columns.join(",");
        let what = BadValue::sentence(
            format!("the list is empty; it starts with {header}"),
            format!("la liste est vide ; elle commence par {header}"),
        );
        reading.mistake(0..0, what);
        return Vec::new();
    };
    let mut positions: Vec<Option<usize>> = Vec::new();
    for (name, span) in split(source, header.clone()) {
        let position = columns.iter().position(|column| column.eq_ignore_ascii_case(name));
        if position.is_none() {
            let what = BadValue::sentence(
                format!("`{name}` is not a column of this list"),
                format!("`{name}` n’est pas une colonne de cette liste"),
            );
            reading.mistake(span.clone(), what.suggest(suggest::did_you_mean(name, columns)));
        }
        if position.is_some() && positions.contains(&position) {
            let what = BadValue::sentence(
                format!("`{name}` stands twice in the header"),
                format!("`{name}` figure deux fois dans l’en-tête"),
            );
            reading.mistake(span, what);
        }
        positions.push(position);
    }
    if !positions.contains(&Some(0)) {
        let what = BadValue::sentence(
            format!("the header does not name `{}`", columns[0]),
            format!("l’en-tête ne nomme pas `{}`", columns[0]),
        );
        reading.mistake(header, what);
        return Vec::new();
    }
    lines.filter_map(|(span, _)| row::<N>(reading, span, &positions)).collect()
}

fn row<'s, const N: usize>(
    reading: &Reading<'s>,
    span: Range<usize>,
    positions: &[Option<usize>],
) -> Option<Row<'s>> {
    let found = split(reading.source, span.clone());
    if found.len() > positions.len() {
        let (cells, named) = (found.len(), positions.len());
        let what = BadValue::sentence(
            format!("the row has {cells} cells, the header names {named}"),
            format!("la ligne a {cells} cellules, l’en-tête en nomme {named}"),
        );
        reading.mistake(span, what);
        return None;
    }
    let mut cells = vec![("", span.end..span.end); N];
    for (cell, position) in found.into_iter().zip(positions) {
        if let Some(position) = position {
            cells[*position] = cell;
        }
    }
    Some(Row { cells })
}

/// The cells of a line, without the blanks and the quotes around them.
fn split(source: &Source, line: Range<usize>) -> Vec<(&str, Range<usize>)> {
    let mut start = line.start;
    let mut cells = Vec::new();
    for cell in source.text[line].split(',') {
        let trimmed = cell.trim();
        let bare = trimmed.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let bare = bare.unwrap_or(trimmed).trim_start_matches('\u{feff}');
        let at = start + (bare.as_ptr() as usize - cell.as_ptr() as usize);
        cells.push((bare, at..at + bare.len()));
        start += cell.len() + 1;
    }
    cells
}
