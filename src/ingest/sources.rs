//! Where are the reports? In files, in folders and their folders (Maildir too), or on standard input.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use vigie_checks::kernel::Bilingual;

use super::content::{Found, LARGEST, MEGABYTE, Search, Stopped, bounded};
use super::mailbox::{BEGINNING, Messages};
use super::{Fault, Place, Unread};

/// Folders inside each other.
const DEEPEST: usize = 16;

/// What one file, or one message of a mailbox, came to.
pub type Batch = Vec<(Place, Found)>;

/// Looks through all of `paths` in order and gives what is found to `told`, which says whether to go on.
pub fn look_through(paths: &[PathBuf], now: DateTime<Utc>, mut told: impl FnMut(Batch) -> bool) {
    let mut walk = Walk { now, told: &mut told, goes_on: true };
    for path in paths {
        if path == Path::new("-") {
            walk.read(BufReader::new(io::stdin().lock()), &Place::of("-"), Manner::Named);
        } else if path.is_dir() {
            walk.folder(path, 0);
        } else {
            walk.file(path, Manner::Named);
        }
    }
}

/// How a file was come upon: what nobody named and is no report is passed over.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Named,
    Found,
}

struct Walk<'a> {
    now: DateTime<Utc>,
    told: &'a mut dyn FnMut(Batch) -> bool,
    goes_on: bool,
}

impl Walk<'_> {
    fn tell(&mut self, batch: Batch) {
        self.goes_on = self.goes_on && (self.told)(batch);
    }

    fn tell_unreadable(&mut self, path: &Path, error: &io::Error) {
        let fault = Fault::Unreadable { reason: Bilingual::of_io(error) };
        self.tell(vec![(Place::of(path.to_string_lossy()), fault.into())]);
    }

    /// The files of a folder by name, then its folders. Links are not followed, so that it ends.
    fn folder(&mut self, path: &Path, depth: usize) {
        if depth > DEEPEST {
            let fault = Fault::TooDeep { limit: DEEPEST };
            return self.tell(vec![(Place::of(path.to_string_lossy()), fault.into())]);
        }
        let entries = std::fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => return self.tell_unreadable(path, &error),
        };
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            if !self.goes_on {
                return;
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => self.folder(&entry.path(), depth + 1),
                Ok(kind) if kind.is_file() => self.file(&entry.path(), Manner::Found),
                Ok(_) => {}
                Err(error) => self.tell_unreadable(&entry.path(), &error),
            }
        }
    }

    fn file(&mut self, path: &Path, manner: Manner) {
        match File::open(path) {
            Ok(file) => self.read(BufReader::new(file), &Place::of(path.to_string_lossy()), manner),
            Err(error) => self.tell_unreadable(path, &error),
        }
    }

    fn read(&mut self, mut reader: impl BufRead, place: &Place, manner: Manner) {
        let mut beginning = Vec::new();
        let begun = (&mut reader).take(BEGINNING.len() as u64).read_to_end(&mut beginning);
        if let Err(error) = begun {
            return self.tell_unreadable(Path::new(&place.file), &error);
        }
        let is_mailbox = beginning == BEGINNING;
        let reader = beginning.as_slice().chain(reader);
        if is_mailbox {
            return self.mailbox(reader, place);
        }
        let mut search = Search::at(self.now);
        match bounded(reader, LARGEST) {
            Ok(content) => search.begin(&content, place),
            Err(Stopped::Failed(error)) => {
                return self.tell_unreadable(Path::new(&place.file), &error);
            }
            Err(Stopped::TooLarge) => {
                search.note(place, Fault::TooLarge { megabytes: LARGEST / MEGABYTE });
            }
        }
        let passes_over = |found: &Found| match found {
            Found::Not(Unread::Other(kind)) => !kind.is_report(),
            Found::Not(Unread::Faulty(Fault::Empty)) => true,
            _ => false,
        };
        if manner == Manner::Found {
            for (_, found) in &mut search.found {
                if passes_over(found) {
                    *found = Found::NoReport;
                }
            }
        }
        self.tell(search.found);
    }

    fn mailbox(&mut self, reader: impl BufRead, place: &Place) {
        for (message, number) in Messages::of(reader).zip(1..) {
            if !self.goes_on {
                return;
            }
            let place = place.message(number);
            let mut search = Search::at(self.now);
            match message {
                Ok(message) => search.begin(&message, &place),
                Err(fault) => search.note(&place, fault),
            }
            self.tell(search.found);
        }
    }
}
