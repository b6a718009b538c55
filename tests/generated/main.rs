//! Files that tests write: are they as the sources say? `UPDATE=1` writes them again.

mod api;
mod config;
mod findings;
mod forms;
mod registry;

use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Holds a file of the tree equal to `text`, or writes it with `UPDATE=1`.
fn hold(file: &str, text: &str) {
    let path = root().join(file);
    if std::env::var_os("UPDATE").is_some() {
        let folder = path.parent().expect("a file of the tree has a folder");
        std::fs::create_dir_all(folder).expect("the tree can be written");
        std::fs::write(&path, text).expect("the tree can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == text,
        "{file} is stale; UPDATE=1 cargo nextest run --test generated writes it"
    );
}

/// The folders of checks, sorted.
fn check_folders() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join("checks")).expect("checks is there");
    let paths = entries.map(|entry| entry.expect("checks can be read").path());
    let mut folders: Vec<PathBuf> =
        paths.filter(|path| path.join("findings.toml").exists()).collect();
    folders.sort();
    folders
}
