//! Which files make the configuration, and did one of them change since it was read?

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::mistake::ConfigError;
use super::secret::{Environment, ProcessEnvironment};
use super::settings::Settings;

/// The files that a configuration was read from: itself, what it includes, lists and secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs(BTreeMap<PathBuf, Option<Stamp>>);

/// What tells one state of a file from another without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

impl Inputs {
    /// The same files as they are now.
    #[must_use]
    pub fn now(&self) -> Self {
        Self(self.0.keys().map(|file| (file.clone(), stamp(file))).collect())
    }

    /// These files and those, in the state that was seen last.
    #[must_use]
    pub fn and(mut self, later: Self) -> Self {
        self.0.extend(later.0);
        self
    }
}

/// No stamp where there is no such file, or none that we may look at.
fn stamp(file: &Path) -> Option<Stamp> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(file).ok()?;
    let modified = metadata.modified().ok();
    Some(Stamp { modified, length: metadata.len(), inode: metadata.ino() })
}

/// Notes which files are asked for.
struct Noting(RefCell<Inputs>);

impl Environment for Noting {
    fn variable(&self, name: &str) -> Option<String> {
        ProcessEnvironment.variable(name)
    }

    fn file(&self, path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
        // Before it is read: a change in between is then seen as one.
        self.0.borrow_mut().0.insert(path.to_owned(), stamp(path));
        ProcessEnvironment.file(path, limit)
    }

    fn names(&self, folder: &Path) -> std::io::Result<Vec<String>> {
        // A folder changes when a file comes or goes.
        self.0.borrow_mut().0.insert(folder.to_owned(), stamp(folder));
        ProcessEnvironment.names(folder)
    }
}

impl Settings {
    /// As [`Settings::load`], with the files that were read on the way, also where that failed.
    pub fn load_noting(
        path: Option<&Path>,
    ) -> (Result<(Self, Option<PathBuf>), ConfigError>, Inputs) {
        let noting = Noting(RefCell::default());
        let loaded = Self::load_in(&noting, path);
        (loaded, noting.0.into_inner())
    }
}
