//! What does a table of the file hold? Each key is asked for once, so what nobody asked for is a
//! mistake; all mistakes are gathered, and reading goes on.

use std::cell::RefCell;
#[cfg(test)]
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use vigie_checks::kernel::Bilingual;

use super::mistake::{BadValue, Mistake};
use super::secret::Environment;
use super::source::Source;
use super::suggest;

pub(super) type Value<'i> = Spanned<DeValue<'i>>;

/// A file while it is read: its mistakes so far, and the octets that must not be shown.
pub(super) struct Reading<'a> {
    pub source: &'a Source,
    pub environment: &'a dyn Environment,
    said: RefCell<Vec<(Range<usize>, BadValue)>>,
    /// Mistakes in lists that the file names.
    elsewhere: RefCell<Vec<Mistake>>,
    hidden: RefCell<Vec<Range<usize>>>,
    /// Lines were no TOML: what seems absent may stand on them.
    pub damaged: bool,
    /// The keys that were asked for, by the title of their table.
    #[cfg(test)]
    asked: RefCell<BTreeMap<String, BTreeSet<&'static str>>>,
}

impl<'a> Reading<'a> {
    pub fn new(source: &'a Source, environment: &'a dyn Environment) -> Self {
        Self {
            source,
            environment,
            said: RefCell::default(),
            elsewhere: RefCell::default(),
            hidden: RefCell::default(),
            damaged: false,
            #[cfg(test)]
            asked: RefCell::default(),
        }
    }

    pub fn mistake(&self, span: Range<usize>, what: BadValue) {
        self.said.borrow_mut().push((span, what));
    }

    /// The value, or none and a mistake at `span`.
    pub fn accept<T>(&self, span: Range<usize>, read: Result<T, BadValue>) -> Option<T> {
        read.map_err(|what| self.mistake(span, what)).ok()
    }

    /// Hides a line of a list but for its first cell.
    pub fn hide_after_first_cell(&self, line: Range<usize>) {
        let first = self.source.text[line.clone()].find(',').map_or(0, |at| at + 1);
        self.hide(line.start + first..line.end);
    }

    pub fn mistakes_elsewhere(&self, mistakes: Vec<Mistake>) {
        self.elsewhere.borrow_mut().extend(mistakes);
    }

    pub fn hide(&self, span: Range<usize>) {
        self.hidden.borrow_mut().push(span);
    }

    #[cfg(test)]
    fn note_asked(&self, title: &str, keys: &[&'static str]) {
        self.asked.borrow_mut().entry(title.to_owned()).or_default().extend(keys);
    }

    #[cfg(test)]
    pub fn asked(self) -> BTreeMap<String, BTreeSet<&'static str>> {
        self.asked.into_inner()
    }

    /// Every mistake, by line.
    pub fn into_mistakes(self) -> Vec<Mistake> {
        let hidden = self.hidden.into_inner();
        let mut said = self.said.into_inner();
        said.sort_by_key(|(span, _)| (span.start, span.end));
        let here = said.into_iter().map(|(span, what)| self.source.mistake(span, what, &hidden));
        here.chain(self.elsewhere.into_inner()).collect()
    }
}

/// A table under the title that mistakes give it.
pub(super) struct Section<'a, 'i> {
    pub reading: &'a Reading<'a>,
    /// As written, `[network]`; empty for the file itself.
    title: Bilingual,
    /// Where a mistake about the whole table is shown.
    pub span: Range<usize>,
    table: Option<&'a DeTable<'i>>,
    known: Vec<&'static str>,
}

impl<'a, 'i> Section<'a, 'i> {
    /// `table` is none for a section that is not written: every key is then absent.
    pub fn new(
        reading: &'a Reading<'a>,
        title: Bilingual,
        span: Range<usize>,
        table: Option<&'a DeTable<'i>>,
    ) -> Self {
        Self { reading, title, span, table, known: Vec::new() }
    }

    /// All that is written.
    pub fn table(&self) -> Option<&'a DeTable<'i>> {
        self.table
    }

    /// The value of a key, which is known from now on.
    pub fn value(&mut self, key: &'static str) -> Option<&'a Value<'i>> {
        self.known.push(key);
        self.table?.get(key)
    }

    pub fn is_written(&self, key: &str) -> bool {
        self.table.is_some_and(|table| table.get(key).is_some())
    }

    pub fn refuse(&self, span: Range<usize>, what: BadValue) {
        self.reading.mistake(span, what);
    }

    /// Where the key itself stands.
    pub fn key_span(&self, key: &str) -> Range<usize> {
        let entry = self.table.and_then(|table| table.get_key_value(key));
        entry.map_or_else(|| self.span.clone(), |(key, _)| key.span())
    }

    /// Where the value stands, or the table if the key is not written.
    pub fn value_span(&self, key: &str) -> Range<usize> {
        let value = self.table.and_then(|table| table.get(key));
        value.map_or_else(|| self.span.clone(), Spanned::span)
    }

    /// The value as read; a mistake if it is of another kind or refused.
    fn read<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&'a Value<'i>) -> Result<T, BadValue>,
    ) -> Option<T> {
        let value = self.value(key)?;
        match read(value) {
            Ok(read) => Some(read),
            Err(what) => {
                self.refuse(value.span(), what.named(&format!("`{key}`")));
                None
            }
        }
    }

    /// A string that `parse` understands.
    pub fn parsed<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, BadValue>,
    ) -> Option<T> {
        self.read(key, |value| parse(string(value)?))
    }

    pub fn text(&mut self, key: &'static str) -> Option<String> {
        self.parsed(key, not_empty)
    }

    pub fn flag(&mut self, key: &'static str) -> Option<bool> {
        self.read(key, |value| match value.get_ref() {
            DeValue::Boolean(flag) => Ok(*flag),
            other => Err(wrong_kind("true or false", "true ou false", other)),
        })
    }

    pub fn count(&mut self, key: &'static str) -> Option<u32> {
        self.read(key, |value| match value.get_ref() {
            DeValue::Integer(number) => u32::from_str_radix(number.as_str(), number.radix())
                .ok()
                .filter(|number| *number > 0)
                .ok_or_else(not_counted),
            other => Err(wrong_kind("a whole number", "un nombre entier", other)),
        })
    }

    /// A list of strings; a mistake for each that `parse` refuses.
    pub fn list<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, BadValue>,
    ) -> Option<Vec<T>> {
        let values = self.read(key, |value| match value.get_ref() {
            DeValue::Array(values) => Ok(values),
            other => Err(wrong_kind("a list", "une liste", other)),
        })?;
        let mut read = Vec::new();
        for value in values.iter() {
            match string(value).and_then(&parse) {
                Ok(item) => read.push(item),
                Err(what) => self.refuse(value.span(), what.named(&format!("`{key}`"))),
            }
        }
        Some(read)
    }

    /// A string alone, or a list of strings.
    pub fn one_or_more<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, BadValue>,
    ) -> Option<Vec<T>> {
        match self.value(key)?.get_ref() {
            DeValue::Array(_) => self.list(key, parse),
            _ => self.parsed(key, parse).map(|one| vec![one]),
        }
    }

    /// A table under a key; an empty one if it is absent or something else.
    pub fn section(&mut self, key: &'static str) -> Section<'a, 'i> {
        let around = &self.title;
        let title = match around.en.is_empty() {
            true => Bilingual::same(format!("[{key}]")),
            false => Bilingual::new(
                format!("`{key}` in {}", around.en),
                format!("`{key}` dans {}", around.fr),
            ),
        };
        let table = self.read(key, |value| match value.get_ref() {
            DeValue::Table(table) => Ok(table),
            other => Err(wrong_kind("a table", "une table", other)),
        });
        Section::new(self.reading, title, self.key_span(key), table)
    }

    /// The tables of a list, `[[key]]`.
    pub fn sections(&mut self, key: &'static str) -> Vec<Section<'a, 'i>> {
        let reading = self.reading;
        let values = self.read(key, |value| match value.get_ref() {
            DeValue::Array(values) => Ok(values),
            other => Err(wrong_kind(
                &format!("a list of tables, [[{key}]]"),
                &format!("une liste de tables, [[{key}]]"),
                other,
            )),
        });
        let mut sections = Vec::new();
        for value in values.into_iter().flat_map(|values| values.iter()) {
            match value.get_ref() {
                DeValue::Table(table) => sections.push(Section::new(
                    reading,
                    Bilingual::same(format!("[[{key}]]")),
                    first_line(reading.source, value.span()),
                    Some(table),
                )),
                other => {
                    let what = wrong_kind("a table", "une table", other);
                    self.refuse(value.span(), what.named(&format!("`{key}`")));
                }
            }
        }
        sections
    }

    /// Every key with its value, whatever the keys are; all of them are known.
    pub fn entries(&mut self) -> Vec<(&'a str, Range<usize>, &'a Value<'i>)> {
        let Some(table) = self.table.take() else { return Vec::new() };
        table.iter().map(|(key, value)| (key.get_ref().as_ref(), key.span(), value)).collect()
    }

    /// The value, or a mistake about the table when the key is not written.
    pub fn needed<T>(&self, key: &'static str, value: Option<T>) -> Option<T> {
        let absent = value.is_none() && !self.is_written(key) && self.table.is_some();
        if absent && !self.reading.damaged {
            let Bilingual { en, fr } = &self.title;
            let what =
                BadValue::sentence(format!("{en} needs `{key}`"), format!("{fr} demande `{key}`"));
            self.refuse(self.span.clone(), what);
        }
        value
    }

    /// Whatever else this table holds may be a secret at the wrong place.
    pub fn hide_values_of_unknown_keys(&self) {
        for (key, value) in self.table.into_iter().flatten() {
            if !self.known.contains(&key.get_ref().as_ref()) {
                self.reading.hide(value.span());
            }
        }
    }

    /// Says every key that nobody asked for.
    pub fn finish(self) {
        #[cfg(test)]
        self.reading.note_asked(&self.title.en, &self.known);
        for (key, value) in self.table.into_iter().flatten() {
            let written: &str = key.get_ref();
            if self.known.contains(&written) {
                continue;
            }
            // A misspelt `pasword` holds a password all the same.
            if looks_secret(written) {
                self.reading.hide(value.span());
            }
            let Bilingual { en, fr } = &self.title;
            let what = match en.is_empty() {
                true => BadValue::sentence(
                    format!("`{written}` is not a section of the configuration"),
                    format!("`{written}` n’est pas une section de la configuration"),
                ),
                false => BadValue::sentence(
                    format!("`{written}` is not a key of {en}"),
                    format!("`{written}` n’est pas une clé de {fr}"),
                ),
            };
            let meant = suggest::did_you_mean(written, self.known.iter().copied());
            self.refuse(key.span(), what.suggest(meant));
        }
    }
}

/// The part of a table's span on its first line: its header, or the start of an inline table.
fn first_line(source: &Source, span: Range<usize>) -> Range<usize> {
    let end = source.text[span.clone()].find(['\n', '\r']).map_or(span.end, |at| span.start + at);
    span.start..end
}

pub(super) fn looks_secret(key: &str) -> bool {
    const WORDS: [&str; 6] = ["password", "secret", "token", "passwd", "key", "credential"];
    let key = key.to_lowercase();
    // Two slips make `key` of `web`.
    let slips = |word: &str| if word.len() <= 4 { 1 } else { 2 };
    let resembles = |word: &str| strsim::damerau_levenshtein(&key, word) <= slips(word);
    WORDS.iter().any(|word| key.contains(*word) || resembles(word))
}

pub(super) fn string<'v>(value: &'v Value<'_>) -> Result<&'v str, BadValue> {
    match value.get_ref() {
        DeValue::String(text) => Ok(text),
        other => Err(wrong_kind("a string", "une chaîne", other)),
    }
}

pub(super) fn not_empty(text: &str) -> Result<String, BadValue> {
    let text = text.trim();
    match text {
        "" => Err(BadValue::predicate("is empty", "est vide")),
        _ if text.chars().any(char::is_control) => Err(BadValue::predicate(
            "is not printable: it holds control characters",
            "contient des caractères de contrôle, qui ne s’impriment pas",
        )),
        _ => Ok(text.to_owned()),
    }
}

/// `en` and `fr` name what is needed in place of what was found.
pub(super) fn wrong_kind(en: &str, fr: &str, found: &DeValue<'_>) -> BadValue {
    let (found_en, found_fr) = match found {
        DeValue::String(_) => ("a string", "une chaîne"),
        DeValue::Integer(_) => ("a whole number", "un nombre entier"),
        DeValue::Float(_) => ("a number", "un nombre"),
        DeValue::Boolean(_) => ("true or false", "true ou false"),
        DeValue::Datetime(_) => ("a date", "une date"),
        DeValue::Array(_) => ("a list", "une liste"),
        DeValue::Table(_) => ("a table", "une table"),
    };
    BadValue::predicate(
        format!("is {found_en}, where {en} is needed"),
        format!("est {found_fr}, là où il faut {fr}"),
    )
}

fn not_counted() -> BadValue {
    BadValue::predicate("is not a number from 1 up", "n’est pas un nombre entier d’au moins 1")
}
