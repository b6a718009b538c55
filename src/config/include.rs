//! `include = ["conf.d/*.toml"]`: more files with domains, probes, channels, routes and the like.

use std::path::{Path, PathBuf, absolute};

use glob::Pattern;
use toml::Spanned;
use toml::de::DeTable;
use vigie_checks::kernel::Bilingual;

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
        let what = BadValue::predicate(
            format!("names {} files; {MOST} are the most", paths.len()),
            format!("nomme {} fichiers ; {MOST} est le maximum", paths.len()),
        );
        file.refuse(span, what.named("`include`"));
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
        let what = BadValue::predicate(
            format!("has a `*` in a folder’s name: {}", pattern.display()),
            format!("a un `*` dans le nom d’un dossier : {}", pattern.display()),
        );
        return Err(what.hint(
            "only the name of a file may hold one, as in conf.d/*.toml",
            "n’en mettre que dans le nom d’un fichier, comme conf.d/*.toml",
        ));
    }
    if !name.contains('*') {
        return Ok(vec![pattern.to_owned()]);
    }
    let names = environment.names(folder).map_err(|error| {
        let (folder, why) = (folder.display(), Bilingual::of_io(&error));
        BadValue::predicate(
            format!("names the folder {folder}: {}", why.en),
            format!("nomme le dossier {folder} : {}", why.fr),
        )
    })?;
    let pattern = Pattern::new(name).map_err(|error| {
        let why = Bilingual::quoted(error);
        BadValue::predicate(
            format!("is no pattern: {name} ({})", why.en),
            format!("n’est pas un motif : {name} ({})", why.fr),
        )
    })?;
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
            let lists = LISTS.map(|list| format!("[[{list}]]")).join(" ");
            let what = BadValue::sentence(
                format!("`{key}` belongs into the file that includes this one"),
                format!("`{key}` a sa place dans le fichier qui inclut celui-ci"),
            );
            let what = what.hint(
                format!("a file that is included holds {lists}"),
                format!("un fichier inclus contient {lists}"),
            );
            file.refuse(file.key_span(key), what);
        }
    }
    file.finish();
}
