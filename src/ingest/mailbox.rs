//! Which messages are in a mailbox file? (RFC 4155) One at a time, however large the file is.

use std::io::{BufRead, Read};

use vigie_checks::kernel::Bilingual;

use super::Fault;
use super::content::{LARGEST, MEGABYTE};

/// Octets of a line that are read at once.
const LINE: u64 = 64 * 1024;

/// How each message of a mailbox begins.
pub const BEGINNING: &[u8] = b"From ";

/// The messages of a mailbox, in order.
pub struct Messages<R> {
    reader: R,
    /// The first line of the next message.
    next: Option<Vec<u8>>,
}

impl<R: BufRead> Messages<R> {
    pub fn of(reader: R) -> Self {
        Self { reader, next: Some(Vec::new()) }
    }

    /// A part of a line, or all of it; nothing at the end.
    fn line(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        let mut line = Vec::new();
        let read = (&mut self.reader).take(LINE).read_until(b'\n', &mut line);
        let read = read.map_err(|error| Fault::Unreadable { reason: Bilingual::of_io(&error) })?;
        Ok((read > 0).then_some(line))
    }

    fn message(&mut self, first: Vec<u8>) -> Result<Vec<u8>, Fault> {
        let mut message = first;
        let mut is_too_large = false;
        let (mut after_end, mut after_blank) = (true, message.is_empty());
        while let Some(line) = self.line()? {
            if after_end && after_blank && line.starts_with(BEGINNING) && !message.is_empty() {
                self.next = Some(line);
                break;
            }
            after_blank = after_end && matches!(line.as_slice(), b"\n" | b"\r\n");
            after_end = line.ends_with(b"\n");
            is_too_large |= (message.len() + line.len()) as u64 > LARGEST;
            if !is_too_large {
                message.extend(line);
            }
        }
        if is_too_large {
            return Err(Fault::TooLarge { megabytes: LARGEST / MEGABYTE });
        }
        Ok(message)
    }
}

impl<R: BufRead> Iterator for Messages<R> {
    type Item = Result<Vec<u8>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let first = self.next.take()?;
        match self.message(first) {
            Ok(message) if message.is_empty() => None,
            other => Some(other),
        }
    }
}
