//! Which files are the code of a crate, and which of them only exist in tests?

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::{Attribute, File, Item, Meta};

/// A source file and its place in the crate.
pub struct Source {
    pub path: PathBuf,
    /// The module that the file is: empty for the root, `["run", "commit"]` for `run/commit/mod.rs`.
    pub module: Vec<String>,
    pub file: File,
    /// The file is compiled in tests alone: a module above it, or itself, is declared so.
    pub test_only: bool,
}

/// Every file of the crate whose root lies in `folder`, sorted by path.
pub fn of_crate(folder: &Path) -> Vec<Source> {
    let mut sources: Vec<Source> =
        files(folder).into_iter().map(|path| parsed(folder, path)).collect();
    let mut tests: BTreeSet<Vec<String>> = BTreeSet::new();
    for source in &sources {
        for item in &source.file.items {
            if let Item::Mod(declared) = item
                && is_for_tests(&declared.attrs)
            {
                tests.insert([source.module.as_slice(), &[declared.ident.to_string()]].concat());
            }
        }
    }
    for source in &mut sources {
        let within = |length| tests.contains(&source.module[..length]);
        source.test_only = (1..=source.module.len()).any(within);
    }
    sources
}

/// The files below a folder that are Rust.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The sources by the top module that they lie in; those of the root itself are left out.
pub fn by_top_module(sources: &[Source]) -> BTreeMap<&str, Vec<&Source>> {
    let mut modules: BTreeMap<&str, Vec<&Source>> = BTreeMap::new();
    for source in sources {
        if let Some(top) = source.module.first() {
            modules.entry(top).or_default().push(source);
        }
    }
    modules
}

fn parsed(folder: &Path, path: PathBuf) -> Source {
    let text = std::fs::read_to_string(&path).expect("a source can be read");
    let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let inside = path.strip_prefix(folder).expect("the file lies in the folder").with_extension("");
    let mut module: Vec<String> =
        inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if module.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        module.pop();
    }
    Source { path, module, file, test_only: false }
}

/// `#[cfg(test)]`, `#[test]` or `#[tokio::test]`.
pub fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let path = attribute.path();
        let last = path.segments.last().is_some_and(|segment| segment.ident == "test");
        let cfg = path.is_ident("cfg")
            && matches!(&attribute.meta, Meta::List(list) if list.tokens.to_string() == "test");
        last || cfg
    })
}
