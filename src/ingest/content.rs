//! What is in a file, a message or an attachment? Known by what it begins with, not by its name.

use std::borrow::Cow;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, Utc};
use flate2::read::GzDecoder;

use super::{Fault, Kind, Place, Unread, aggregate, mail, zip};
use crate::store::Report;

/// What a file, message or member may have, as it is and unpacked.
pub const LARGEST: u64 = 64 * MEGABYTE;

/// So many times as much everything in one file or message may have together, unpacked.
const TOGETHER: u64 = 4;

pub const MEGABYTE: u64 = 1024 * 1024;

/// How often something may be packed: a message in a message in an archive.
const DEEPEST: usize = 5;

/// Files of one archive, and of everything in one file or message.
const MOST_MEMBERS: usize = 1000;

/// Octets that tell of what kind a text is.
const SIGHT: usize = 4096;

/// What was found at a place.
#[derive(Debug, PartialEq)]
pub enum Found {
    Report(Box<Report>),
    Not(Unread),
    /// A message of another kind; nobody promised a report.
    NoReport,
}

impl<F: Into<Unread>> From<F> for Found {
    fn from(why: F) -> Self {
        Self::Not(why.into())
    }
}

/// Looks through one file or message, and notes what it finds.
pub struct Search {
    now: DateTime<Utc>,
    pub found: Vec<(Place, Found)>,
    largest: u64,
    octets_left: u64,
    members_left: usize,
}

impl Search {
    pub fn at(now: DateTime<Utc>) -> Self {
        Self::within(now, LARGEST)
    }

    /// With another bound on what anything may have unpacked.
    pub fn within(now: DateTime<Utc>, largest: u64) -> Self {
        let (octets_left, members_left) = (TOGETHER * largest, MOST_MEMBERS);
        Self { now, found: Vec::new(), largest, octets_left, members_left }
    }

    pub fn note(&mut self, place: &Place, found: impl Into<Found>) {
        self.found.push((place.clone(), found.into()));
    }

    /// Looks into a whole file or message.
    pub fn begin(&mut self, content: &[u8], place: &Place) {
        self.contained(place, |search| search.look(content, place, 0));
    }

    /// Looks as `look` does. Octets that make a library panic cost what lies at `place`, and nothing else.
    pub fn contained(&mut self, place: &Place, look: impl FnOnce(&mut Self)) {
        // What was found before is whole: it is only ever added to.
        if catch_unwind(AssertUnwindSafe(|| look(self))).is_err() {
            self.note(place, Fault::ReaderFailed);
        }
    }

    /// Looks into `content`, which lies in so many others.
    pub fn look(&mut self, content: &[u8], place: &Place, depth: usize) {
        let limit = DEEPEST;
        if depth > limit {
            return self.note(place, Fault::TooDeep { limit });
        }
        if zip::BEGINNINGS.iter().any(|beginning| content.starts_with(beginning)) {
            return self.look_into_zip(content, place, depth);
        }
        if content.starts_with(b"\x1f\x8b") {
            return match self.unpack(GzDecoder::new(content)) {
                Ok(unpacked) => self.look(&unpacked, place, depth + 1),
                Err(stopped) => self.note(place, stopped.or(Fault::DamagedGzip)),
            };
        }
        let text = text(content);
        let begins = beginning(&text);
        if begins.is_empty() {
            self.note(place, Fault::Empty);
        } else if begins.starts_with('<') {
            match aggregate::read(begins, self.now) {
                Ok(report) => self.found.push((place.clone(), Found::Report(Box::new(report)))),
                Err(why) => self.note(place, why),
            }
        } else if mail::is_message(begins) {
            mail::look(self, content, place, depth);
        } else {
            self.note(place, Unread::Other(kind(begins)));
        }
    }

    fn look_into_zip(&mut self, archive: &[u8], place: &Place, depth: usize) {
        let members = match zip::members(archive, self.members_left) {
            Ok(members) => members,
            Err(fault) => return self.note(place, fault),
        };
        self.members_left -= members.len();
        if members.is_empty() {
            self.note(place, Fault::Empty);
        }
        for member in members {
            let place = place.named(&member.name);
            match self.unpack(member.unpacking()) {
                Ok(unpacked) if member.holds(&unpacked) => self.look(&unpacked, &place, depth + 1),
                Ok(_) => self.note(&place, Fault::DamagedZip),
                Err(stopped) => self.note(&place, stopped.or(Fault::DamagedZip)),
            }
        }
    }

    /// All that `packed` gives. What is read of it counts, also where it is damaged or too large.
    ///
    /// # Errors
    /// It is damaged, or gives more than may still be unpacked.
    pub fn unpack(&mut self, packed: impl Read) -> Result<Vec<u8>, Stopped> {
        let (mut unpacked, limit) = (Vec::new(), self.octets_left.min(self.largest));
        let read = read_bounded(packed, limit, &mut unpacked);
        self.octets_left = self.octets_left.saturating_sub(unpacked.len() as u64);
        read.map(|()| unpacked)
    }
}

/// Why something was not read to its end.
#[derive(Debug)]
pub enum Stopped {
    Failed(io::Error),
    TooLarge,
}

impl Stopped {
    /// The fault of a file that is `damaged` when it cannot be unpacked.
    pub fn or(self, damaged: Fault) -> Fault {
        match self {
            Self::Failed(_) => damaged,
            Self::TooLarge => Fault::TooLarge { megabytes: LARGEST / MEGABYTE },
        }
    }
}

/// All that a reader gives.
///
/// # Errors
/// It fails, or gives more than `limit` octets.
pub fn bounded(reader: impl Read, limit: u64) -> Result<Vec<u8>, Stopped> {
    let mut octets = Vec::new();
    read_bounded(reader, limit, &mut octets)?;
    Ok(octets)
}

/// The same into `octets`, which hold what was read up to an error too.
fn read_bounded(reader: impl Read, limit: u64, octets: &mut Vec<u8>) -> Result<(), Stopped> {
    reader.take(limit + 1).read_to_end(octets).map_err(Stopped::Failed)?;
    if octets.len() as u64 > limit { Err(Stopped::TooLarge) } else { Ok(()) }
}

/// A text without the byte order mark and the blanks that may stand before it.
pub fn beginning(text: &str) -> &str {
    text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n'])
}

/// The text of octets: UTF-16 where they begin so, else UTF-8; names in other character sets lose their
/// accents, and no report its counts.
fn text(content: &[u8]) -> Cow<'_, str> {
    let pairs = |of: fn([u8; 2]) -> u16| {
        let units = content[2..].chunks_exact(2).map(|pair| of([pair[0], pair[1]]));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match content {
        [0xff, 0xfe, ..] => Cow::Owned(pairs(u16::from_le_bytes)),
        [0xfe, 0xff, ..] => Cow::Owned(pairs(u16::from_be_bytes)),
        _ => String::from_utf8_lossy(content),
    }
}

/// What a text is that is neither XML nor a message.
fn kind(text: &str) -> Kind {
    let seen = &text[..text.floor_char_boundary(SIGHT)];
    // RFC 8460 §4.4.
    if seen.starts_with('{') && seen.contains("\"organization-name\"") {
        return Kind::TlsReport;
    }
    let is_logged = |line: &str| {
        ["postfix/", "sendmail[", "sm-mta[", " <= ", " => ", "opensmtpd", "smtpd["]
            .iter()
            .any(|mark| line.contains(mark))
    };
    let mut lines = seen.lines().take(20);
    if lines.any(is_logged) { Kind::MailLog } else { Kind::Unknown }
}
