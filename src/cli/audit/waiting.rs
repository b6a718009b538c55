//! The texts of domains that are done, until all are: thousands of them would fill the memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use tracing::debug;

/// Octets of texts that stay in memory; the reports of some twenty domains.
const IN_MEMORY: usize = 256 << 10;

/// Keeps the first texts in memory and the others in a file without a name, which is gone with the
/// process. Where no such file can be had, memory takes them all.
#[derive(Default)]
pub struct Waiting {
    in_memory: usize,
    file: Option<File>,
    /// Octets in the file.
    end: u64,
    has_failed: bool,
}

/// Where a text is.
#[derive(Debug)]
pub enum Place {
    Memory(String),
    File { at: u64, octets: usize },
}

impl Waiting {
    /// Puts a text aside.
    pub fn keep(&mut self, text: String) -> Place {
        if self.in_memory + text.len() <= IN_MEMORY || self.has_failed {
            self.in_memory += text.len();
            return Place::Memory(text);
        }
        match self.append(&text) {
            Ok(place) => place,
            Err(error) => {
                debug!(%error, "reports wait in memory");
                self.has_failed = true;
                Place::Memory(text)
            }
        }
    }

    fn append(&mut self, text: &str) -> io::Result<Place> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        file.write_all(text.as_bytes())?;
        let (at, octets) = (self.end, text.len());
        self.end += octets as u64;
        Ok(Place::File { at, octets })
    }

    /// Takes a text back.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn take(&mut self, place: Place) -> io::Result<String> {
        let (at, octets) = match place {
            Place::Memory(text) => return Ok(text),
            Place::File { at, octets } => (at, octets),
        };
        let file = self.file.as_mut().ok_or(io::ErrorKind::NotFound)?;
        let mut text = vec![0; octets];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut text)?;
        String::from_utf8(text).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_comes_back_as_it_was_in_any_order() {
        let mut waiting = Waiting::default();
        let texts: Vec<String> =
            (0..40).map(|number| format!("é{number}").repeat(10_000)).collect();
        let mut places: Vec<Place> = texts.iter().map(|text| waiting.keep(text.clone())).collect();
        let in_file = places.iter().filter(|place| matches!(place, Place::File { .. })).count();
        assert!((1..40).contains(&in_file), "{in_file} of 40 in the file");
        for text in texts.iter().rev() {
            assert_eq!(waiting.take(places.pop().unwrap()).unwrap(), *text);
        }
    }

    #[test]
    fn memory_takes_what_no_file_does() {
        let mut waiting =
            Waiting { file: Some(File::open("/dev/null").unwrap()), ..Waiting::default() };
        let text = "a".repeat(IN_MEMORY + 1);
        let place = waiting.keep(text.clone());
        assert!(matches!(place, Place::Memory(_)));
        assert_eq!(waiting.take(place).unwrap(), text);
    }
}
