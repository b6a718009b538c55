//! `include = ["conf.d/*.toml"]`: more files with domains, probes, channels, routes and the like.

use std::path::{Path, PathBuf, absolute};

use glob::Pattern;
use toml::Spanned;
use toml::de::DeTable;

use super::mistake::{BadValue, Mistake};
use super::reader::{Reading, Section, not_empty};
use super::secret::{Environment, beside};
use super::source::Source;
use super::{cells, damage};

/// Files that one configuration includes at most.
const MOST: usize = 1000;

/// What a file that is included may hold: lists of tables, which add to one another.
pub(super) const LISTS: [&str; 7] =
    ["domains", "probes", "channels", "routes", "maintenance", "blocklists", "plugins"];

/// The files that `include` names, by name; a pattern that fits none names none.
pub(super) fn sources(file: &mut Section<'_, '_>) -> Vec<Source> {
    let patterns = file.one_or_more("include", not_empty).unwrap_or_default();
    let span = file.value_span("include");
    let environment = file.reading.environment;
    let mut paths: Vec<PathBuf> = Vec::new();
    let main = &file.reading.source.file;
    for pattern in patterns {
        match matching(environment, &beside(main, &pattern)) {
            Ok(found) => paths.extend(found.into_iter().filter(|path| !is_same(path, main))),
            Err(what) => file.refuse(span.clone(), what.named("`include`")),
        }
    }
    paths.sort();
    paths.dedup();
    if paths.len() > MOST {
        let message = format!("names {} files; {MOST} are the most", paths.len());
        file.refuse(span, BadValue::new(message).named("`include`"));
        return Vec::new();
    }
    let mut sources = Vec::new();
    for path in paths {
        match cells::open(environment, &path) {
            Ok(source) => sources.push(source),
            Err(what) => file.refuse(span.clone(), what),
        }
    }
    sources
}

/// Whether two paths name the same file, however they are written: `./a.toml`, `a.toml` or from the root.
fn is_same(one: &Path, other: &Path) -> bool {
    let whole = |path: &Path| absolute(path).unwrap_or_else(|_| path.to_owned());
    whole(one) == whole(other)
}

/// A path without a wildcard is itself, whether or not it is there; wildcards stand in file names.
fn matching(environment: &dyn Environment, pattern: &Path) -> Result<Vec<PathBuf>, BadValue> {
    let name = pattern.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let folder = pattern.parent().unwrap_or(Path::new(""));
    if folder.to_string_lossy().contains('*') {
        return Err(BadValue::new(format!("has a `*` in a folder’s name: {}", pattern.display()))
            .hint(Some("only the name of a file may hold one, as in conf.d/*.toml")));
    }
    if !name.contains('*') {
        return Ok(vec![pattern.to_owned()]);
    }
    let names = environment.names(folder).map_err(|error| {
        BadValue::new(format!("names the folder {}: {error}", folder.display()))
    })?;
    let pattern = Pattern::new(name)
        .map_err(|error| BadValue::new(format!("is no pattern: {name} ({error})")))?;
    // A leading dot hides a file, as in a shell: editors leave such files behind.
    let fits = |found: &String| !found.starts_with('.') && pattern.matches(found);
    Ok(names.into_iter().filter(fits).map(|name| folder.join(name)).collect())
}

/// A file that is included, fit to be read.
pub(super) struct Included<'a> {
    pub reading: Reading<'a>,
    sound: String,
}

impl<'a> Included<'a> {
    pub fn of(source: &'a Source, environment: &'a dyn Environment) -> Self {
        let mut reading = Reading::new(source, environment);
        let sound = damage::cut_out(&mut reading);
        Self { reading, sound }
    }

    pub fn document(&self) -> Spanned<DeTable<'_>> {
        DeTable::parse_recoverable(&self.sound).0
    }

    pub fn into_mistakes(self) -> Vec<Mistake> {
        self.reading.into_mistakes()
    }
}

/// Refuses what stands in the main file alone.
pub(super) fn finish(mut file: Section<'_, '_>) {
    for key in ["network", "store", "web", "schedule", "heartbeat", "include"] {
        if file.value(key).is_some() {
            let message = format!("`{key}` belongs into the file that includes this one");
            let lists = LISTS.map(|list| format!("[[{list}]]")).join(" ");
            let hint = format!("a file that is included holds {lists}");
            file.refuse(file.key_span(key), BadValue::new(message).hint(Some(&hint)));
        }
    }
    file.finish();
}
